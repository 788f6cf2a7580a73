"""What lies in the store beside originals is attacked: pages, certificates, what people watch, and the locks of all."""

import hashlib
from datetime import timedelta

import pytest
from PIL import Image

from api.verifying.model import Code
from api.verifying.run import Scope
from catalog.custody.objects import Shelf
from catalog.repositories import custody
from catalog.tables.custody import CustodyAction, CustodyObjectKind
from retention.holds import HoldOrder
from storage.local import LocalStore
from storage.model import Bucket, StoredVersion, VersionReference
from tests.api.verifying.conftest import House
from tests.store_attacker import DiskAttacker

pytestmark = pytest.mark.parametrize("house", ["embedded"], indirect=True)


def attacker(house: House) -> DiskAttacker:
    assert isinstance(house.runtime.store, LocalStore)
    return DiskAttacker(house.runtime.store)


def newest(house: House, bucket: Bucket, beginning: str) -> VersionReference:
    listed = list(house.runtime.store.list_references(bucket, beginning))
    return max(listed, key=lambda each: each.stored_at).reference


def page(house: House) -> VersionReference:
    order = HoldOrder(authority="法院", document="1", reason="诉讼", recordings=[str(house.recordings[0])])
    house.runtime.retention.hold_desk().place(order)
    house.work()
    assert house.findings() == {}
    return newest(house, Bucket.MANIFESTS, "tables/hold/")


def test_a_page_changed_then_deleted(house: House) -> None:
    reference = page(house)
    attacker(house).flip(reference, 20)
    assert house.findings()[Code.OBJECT_CHANGED] == {"object": str(reference)}
    attacker(house).remove(reference)
    assert house.findings()[Code.OBJECT_MISSING] == {"object": str(reference)}


def certificate(house: House) -> StoredVersion:
    """As it is put when a list was carried out."""
    content, now = b'{"certificate": {}}', house.clock()
    stored = house.runtime.custody.shelf().put("disposal/1/certificate.json", content, now)
    told = {"stored_as": str(stored.reference), "sha256": hashlib.sha256(content).hexdigest()}
    with house.runtime.catalog.writing() as session:
        Shelf.note(session, CustodyObjectKind.CERTIFICATE, stored, now)
        custody.record(
            session,
            CustodyAction.DISPOSAL_CERTIFIED,
            at=now,
            actor="zhilu",
            subject_kind="disposal",
            subject_id=None,
            files={"certificate.json": told},
        )
    assert house.findings() == {}
    return stored


def test_a_certificate_changed_then_deleted(house: House) -> None:
    reference = certificate(house).reference
    attacker(house).flip(reference, 5)
    assert house.findings()[Code.OBJECT_CHANGED] == {"object": str(reference)}
    attacker(house).remove(reference)
    assert house.findings()[Code.OBJECT_MISSING] == {"object": str(reference)}


def test_what_people_watch_changed_then_deleted(house: House) -> None:
    reference = newest(house, Bucket.DERIVATIVES, "")
    attacker(house).flip(reference, 200)
    assert house.findings()[Code.DERIVATIVE_CHANGED]["version"] == str(reference)
    assert house.findings(Scope(contents=False)) == {}
    attacker(house).remove(reference)
    assert house.findings()[Code.DERIVATIVE_MISSING] == {"version": str(reference)}


@pytest.mark.parametrize(
    ("bucket", "beginning"),
    [
        (Bucket.MANIFESTS, "tables/"),
        (Bucket.MANIFESTS, ""),
        (Bucket.CUSTODY, "key/"),
        (Bucket.CUSTODY, "segment/"),
        (Bucket.CUSTODY, "checkpoint/"),
    ],
)
def test_the_lock_of_another_object_shortened(house: House, bucket: Bucket, beginning: str) -> None:
    if beginning == "tables/":
        reference = page(house)
    elif bucket is Bucket.MANIFESTS:
        reference = next(
            each.reference for each in house.runtime.store.list_references(bucket) if each.reference.key[:6] != "tables"
        )
    else:
        reference = newest(house, bucket, beginning)
    attacker(house).shorten(reference, house.clock() + timedelta(hours=1))
    found = house.findings(Scope(contents=False))
    assert found[Code.OBJECT_LOCK_SHORTER]["object"] == str(reference)


def test_a_job_that_waits_for_ever_for_a_manifest_that_never_was(house: House) -> None:
    """An invented job looks like a true one: it excuses for two weeks after the securing, which is sealed."""
    card = house.folder / "another card"
    card.mkdir()
    Image.effect_noise((320, 240), 99).save(card / "012345_1234567_20260301230000_0008.jpg")
    (taken,) = house.runtime.intake_desk(threads=1).take_all([bytes(card)], actor="li")
    house.sign()
    assert Code.MANIFEST_MISSING not in house.findings(Scope(contents=False))
    house.clock.ahead += timedelta(days=15)
    found = house.findings(Scope(contents=False))
    assert found[Code.MANIFEST_MISSING] == {"recording": str(taken.recording_id)}
