"""The stamps of an authority outside, as rows and as objects beside the log: altered, gone, of another checkpoint."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from api.verifying.model import Code
from catalog.tables import CustodyStamp
from catalog.tables.custody import StampState
from storage.local import LocalStore
from storage.model import Bucket, VersionReference
from tests.api.verifying.conftest import House
from tests.catalog.custody.authority import answering, make_authority
from tests.store_attacker import DiskAttacker

STEP = timedelta(minutes=2)

pytestmark = [pytest.mark.usefixtures("authority"), pytest.mark.parametrize("house", ["embedded"], indirect=True)]


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with answering(make_authority(tmp_path / "authority")) as made:
        told = [{"name": "local", "url": made.url, "ca_file": str(made.ca_file)}]
        monkeypatch.setenv("ZHILU_CUSTODY__AUTHORITIES", json.dumps(told))
        monkeypatch.setenv("ZHILU_CUSTODY__STAMP_SECONDS", "60")
        yield


def stamped(house: House) -> list[CustodyStamp]:
    """A stamp on each of two checkpoints, two minutes apart."""
    house.runtime.custody.stamper().run()
    house.clock.ahead += STEP
    house.look()
    house.sign()
    house.runtime.custody.stamper().run()
    assert house.findings() == {}
    with house.runtime.catalog.reading() as session:
        found = list(session.exec(select(CustodyStamp)))
    assert {each.state for each in found} == {StampState.STAMPED}
    assert len(found) == 2
    return found


def objects(house: House) -> list[VersionReference]:
    return [each.reference for each in house.runtime.store.list_references(Bucket.CUSTODY, "stamp/")]


def attacker(house: House) -> DiskAttacker:
    assert isinstance(house.runtime.store, LocalStore)
    return DiskAttacker(house.runtime.store)


def test_a_stamp_object_altered_then_gone(house: House) -> None:
    stamped(house)
    altered = objects(house)[0]
    attacker(house).flip(altered, 300)
    named = {"object": f"custody/{altered.key}"}
    assert house.findings()[Code.OBJECT_CHANGED] == named
    attacker(house).remove(altered)
    assert house.findings()[Code.OBJECT_MISSING]["object"] in {str(altered), f"custody/{altered.key}"}


def test_a_stamp_object_of_another_checkpoint(house: House) -> None:
    stamped(house)
    store = house.runtime.store
    one, other = objects(house)
    bytes_of_other = b"".join(store.read(other))
    attacker(house).remove(one)
    with store.upload(Bucket.CUSTODY, one.key) as upload:
        upload.write(bytes_of_other)
        upload.complete()
    found = house.findings()
    assert found[Code.OBJECT_CHANGED] == {"object": f"custody/{one.key}"}


def test_a_stamp_row_of_another_checkpoint_then_altered_then_gone(house: House) -> None:
    one, other = stamped(house)
    house.attacker.change("custody_stamp", one.id, token=other.token)
    found = house.findings()
    assert found[Code.STAMP_WRONG]["checkpoint"] == str(one.checkpoint_id)
    assert Code.OBJECT_CHANGED in found, "the one that lies in the store says otherwise"
    token = one.token or b""
    house.attacker.change("custody_stamp", one.id, token=token[:-1] + bytes([token[-1] ^ 1]))
    assert house.findings()[Code.STAMP_WRONG]["authority"] == "local"
    house.attacker.change("custody_stamp", one.id, token=None)
    assert house.findings()[Code.STAMP_WRONG]["checkpoint"] == str(one.checkpoint_id)
