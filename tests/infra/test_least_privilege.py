"""What each role's key may do on a real store under infra/deploy/ceph/policies, and what it may not.

The attacks are what somebody would try who has taken a machine over and holds its key.
"""

import re
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from minio import Minio
from minio.commonconfig import ENABLED, GOVERNANCE, Filter
from minio.datatypes import Part
from minio.deleteobjects import DeleteObject
from minio.error import S3Error
from minio.lifecycleconfig import Expiration, LifecycleConfig, Rule
from minio.objectlockconfig import DAYS, ObjectLockConfig
from minio.versioningconfig import SUSPENDED, VersioningConfig

from infra.deploy.ceph.apply_policies import ROLES, apply_policies, main, policy_of, statements_for
from ingest.intake import IntakeOutcome
from ingest.reconcile_model import FindingKind, FindingState
from storage.errors import StorageError, StoreMisconfigured
from storage.model import Bucket, Lock, LockMode, StoredVersion
from storage.s3 import S3Settings, S3Store, bucket_name, open_client
from tests.conftest import OpenHome
from tests.ingest.reconcile.conftest import Archive

pytestmark = pytest.mark.s3
Keys = Callable[[str], S3Settings]
Attack = Callable[[Minio, str, StoredVersion], object]

WITHOUT_DELETION = ("dock", "work", "serve")
MACHINES = (*WITHOUT_DELETION, "retention")
BYPASS: dict[str, str | list[str] | tuple[str]] = {"x-amz-bypass-governance-retention": "true"}
PUBLIC: dict[str, str | list[str] | tuple[str]] = {"x-amz-acl": "public-read"}


def put(
    settings: S3Settings, bucket: Bucket, *, size: int = 100, locked: bool = False, lock: Lock | None = None
) -> StoredVersion:
    if locked:
        lock = Lock(LockMode.GOVERNANCE, datetime.now(UTC) + timedelta(days=1))
    with S3Store(settings).upload(bucket, f"tests/{uuid.uuid4().hex}", lock=lock) as upload:
        upload.write(b"z" * size)
        return upload.complete()


def refused(attack: Callable[[], object]) -> bool:
    """Whether the server said no for want of rights. Anything else than that goes through as it is."""
    try:
        attack()
    except S3Error as error:
        if error.code != "AccessDenied":
            raise
        return True
    return False


def survives(keys: Keys, victim: StoredVersion) -> bool:
    return S3Store(keys("retention")).head(victim.reference).size == victim.size


def _delete_version(client: Minio, name: str, victim: StoredVersion) -> object:
    return client._execute(
        "DELETE", name, victim.reference.key, query_params={"versionId": victim.reference.version_id}
    )


def _bypass(client: Minio, name: str, victim: StoredVersion) -> object:
    version = {"versionId": victim.reference.version_id}
    return client._execute("DELETE", name, victim.reference.key, query_params=version, headers=dict(BYPASS))


def _multi_delete(client: Minio, name: str, victim: StoredVersion) -> object:
    doomed = [DeleteObject(victim.reference.key, victim.reference.version_id)]
    for error in client.remove_objects(name, doomed, bypass_governance_mode=True):
        raise S3Error(None, error.code, error.message, None, None, None)
    return None


def _hide(client: Minio, name: str, victim: StoredVersion) -> object:
    return client._execute("DELETE", name, victim.reference.key)


def _shorten(client: Minio, name: str, victim: StoredVersion) -> object:
    soon = (datetime.now(UTC) + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = f"<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>{soon}</RetainUntilDate></Retention>".encode()
    where = {"retention": "", "versionId": victim.reference.version_id}
    return client._execute("PUT", name, victim.reference.key, body=body, query_params=where, headers=dict(BYPASS))


def _expire_by_lifecycle(client: Minio, name: str, _victim: StoredVersion) -> object:
    rule = Rule(ENABLED, rule_filter=Filter(prefix=""), rule_id="expire", expiration=Expiration(days=1))
    return client.set_bucket_lifecycle(name, LifecycleConfig([rule]))


def _change_lock_configuration(client: Minio, name: str, _victim: StoredVersion) -> object:
    return client.set_object_lock_config(name, ObjectLockConfig(GOVERNANCE, 1, DAYS))


def _suspend_versioning(client: Minio, name: str, _victim: StoredVersion) -> object:
    return client.set_bucket_versioning(name, VersioningConfig(SUSPENDED))


def _remove_policy(client: Minio, name: str, _victim: StoredVersion) -> object:
    return client.delete_bucket_policy(name)


def _make_bucket(client: Minio, _name: str, _victim: StoredVersion) -> object:
    return client.make_bucket(f"zhilu-made-{uuid.uuid4().hex[:12]}")


def _publish_object(client: Minio, name: str, victim: StoredVersion) -> object:
    where = {"acl": "", "versionId": victim.reference.version_id}
    return client._execute("PUT", name, victim.reference.key, query_params=where, headers=dict(PUBLIC))


def _publish_bucket(client: Minio, name: str, _victim: StoredVersion) -> object:
    return client._execute("PUT", name, query_params={"acl": ""}, headers=dict(PUBLIC))


def _hold(client: Minio, name: str, victim: StoredVersion) -> object:
    return client.enable_object_legal_hold(name, victim.reference.key, version_id=victim.reference.version_id)


def _lift_hold(client: Minio, name: str, victim: StoredVersion) -> object:
    return client.disable_object_legal_hold(name, victim.reference.key, version_id=victim.reference.version_id)


def test_dock_secures_small_and_large_files(keys: Keys, open_home: OpenHome, tmp_path: Path) -> None:
    card = tmp_path / "card"
    card.mkdir()
    (card / "small.jpg").write_bytes(b"j" * 70_000)
    (card / "large.mp4").write_bytes(bytes(range(256)) * 48 * 1024)  # 12 MiB: three parts
    home = open_home(store=S3Store(keys("dock")))

    assert [result.outcome for result in home.take(card)] == [IntakeOutcome.SECURED] * 2
    kept = list(S3Store(keys("serve")).list_versions(Bucket.ORIGINALS))
    assert {70_000, 12 * 1024 * 1024} <= {version.size for version in kept if version.lock is not None}


def test_work_reads_originals_lengthens_locks_and_makes_derivatives_anew(keys: Keys) -> None:
    original = put(keys("dock"), Bucket.ORIGINALS, size=70_000, locked=True)
    store = S3Store(keys("work"))

    assert b"".join(store.read(original.reference)) == b"z" * 70_000
    later = Lock(LockMode.GOVERNANCE, datetime.now(UTC) + timedelta(days=2))
    extended = store.extend_lock(original.reference, later).lock
    assert extended is not None
    assert extended.retain_until > datetime.now(UTC) + timedelta(days=1, hours=1)
    derivative = put(keys("work"), Bucket.DERIVATIVES, size=6 * 1024 * 1024)
    store.delete_version(derivative.reference)
    assert put(keys("work"), Bucket.MANIFESTS).size == 100


def test_retention_alone_deletes_an_original_without_lock(keys: Keys) -> None:
    version = put(keys("dock"), Bucket.ORIGINALS)
    for role in WITHOUT_DELETION:
        with pytest.raises(StoreMisconfigured):
            S3Store(keys(role)).delete_version(version.reference)

    S3Store(keys("retention")).delete_version(version.reference)

    references = [kept.reference for kept in S3Store(keys("serve")).list_versions(Bucket.ORIGINALS)]
    assert version.reference not in references


def test_retention_adopts_what_it_finds_and_removes_copies(keys: Keys, open_home: OpenHome, tmp_path: Path) -> None:
    catalog = open_home().catalog
    content = uuid.uuid4().bytes
    first = Archive(catalog, S3Store(keys("dock")), tmp_path).put(content, key=f"2026/03/02/{uuid.uuid4()}")
    copy = Archive(catalog, S3Store(keys("owner")), tmp_path).put(content, key=f"2026/03/03/{uuid.uuid4()}", lock=None)
    archive = Archive(catalog, S3Store(keys("retention")), tmp_path)

    found = {each.reference: each for each in archive.reconcile(settle=True)[0]}
    assert found[first.reference].kind is FindingKind.UNKNOWN_CONTENT
    assert found[copy.reference].kind is FindingKind.SURPLUS
    assert {found[each.reference].state for each in (first, copy)} == {FindingState.SETTLED}, found
    left = {each.reference for each in archive.store.list_references(Bucket.ORIGINALS)}
    assert left & {first.reference, copy.reference} == {first.reference}


def test_retention_alone_holds_and_lifts(keys: Keys) -> None:
    version = put(keys("dock"), Bucket.ORIGINALS, locked=True)
    store = S3Store(keys("retention"))

    assert store.set_hold(version.reference).held
    assert not store.lift_hold(version.reference).held


@pytest.mark.parametrize("bucket", list(Bucket))
def test_serve_reads_and_writes_nothing(keys: Keys, bucket: Bucket) -> None:
    writer = {Bucket.ORIGINALS: "dock", Bucket.DERIVATIVES: "work", Bucket.MANIFESTS: "work", Bucket.CUSTODY: "work"}[
        bucket
    ]
    version = put(keys(writer), bucket)
    store = S3Store(keys("serve"))

    store.check()
    assert store.head(version.reference).size == 100
    assert b"".join(store.read(version.reference, start=90)) == b"z" * 10
    with pytest.raises(StorageError):
        put(keys("serve"), bucket)
    with pytest.raises(StorageError):
        store.extend_lock(version.reference, Lock(LockMode.GOVERNANCE, datetime.now(UTC) + timedelta(days=2)))


@pytest.mark.parametrize(
    ("role", "bucket"), [("dock", Bucket.DERIVATIVES), ("dock", Bucket.MANIFESTS), ("dock", Bucket.CUSTODY)]
)
def test_dock_writes_originals_alone(keys: Keys, role: str, bucket: Bucket) -> None:
    with pytest.raises(StorageError):
        put(keys(role), bucket)


def test_retention_writes_what_replaces_a_damaged_original_beside_it(keys: Keys) -> None:
    version = put(keys("dock"), Bucket.ORIGINALS, locked=True)
    assert put(keys("retention"), Bucket.ORIGINALS, locked=True).lock is not None
    assert survives(keys, version)


@pytest.mark.parametrize("role", ["work", "serve", "owner"])
def test_nobody_but_docks_writes_originals_the_others_cannot_even_replace_one(keys: Keys, role: str) -> None:
    version = put(keys("dock"), Bucket.ORIGINALS, locked=True)
    if role == "owner":  # may write, as every owner may, but not over what is there: a new version, the old one stays
        open_client(keys(role))._execute("PUT", bucket_name(keys(role), Bucket.ORIGINALS), version.reference.key, b"x")
    else:
        with pytest.raises(StorageError):
            put(keys(role), Bucket.ORIGINALS)
    assert survives(keys, version)


@pytest.mark.parametrize("role", MACHINES)
@pytest.mark.parametrize("attack", [_delete_version, _bypass, _multi_delete, _hide, _shorten, _publish_object])
def test_no_machine_gets_rid_of_a_locked_original(keys: Keys, role: str, attack: Attack) -> None:
    victim = put(keys("dock"), Bucket.ORIGINALS, locked=True)
    client, name = open_client(keys(role)), bucket_name(keys(role), Bucket.ORIGINALS)

    assert refused(lambda: attack(client, name, victim))
    assert survives(keys, victim)


@pytest.mark.parametrize("attack", [_delete_version, _bypass, _hide, _shorten, _expire_by_lifecycle, _publish_object])
def test_owner_needs_more_than_one_step_against_governance(keys: Keys, attack: Attack) -> None:
    """Not listed: many deletions in one request, bypassing. Ceph 16 lets an owner do that whatever the policy says."""
    victim = put(keys("dock"), Bucket.ORIGINALS, locked=True)
    client, name = open_client(keys("owner")), bucket_name(keys("owner"), Bucket.ORIGINALS)

    assert refused(lambda: attack(client, name, victim))
    assert survives(keys, victim)


@pytest.mark.parametrize("attack", [_delete_version, _bypass, _multi_delete, _hide, _shorten])
def test_compliance_stops_the_owner_too(keys: Keys, attack: Attack) -> None:
    soon = Lock(LockMode.COMPLIANCE, datetime.now(UTC) + timedelta(seconds=60))
    victim = put(keys("dock"), Bucket.ORIGINALS, lock=soon)
    client, name = open_client(keys("owner")), bucket_name(keys("owner"), Bucket.ORIGINALS)

    assert refused(lambda: attack(client, name, victim))
    assert survives(keys, victim)


@pytest.mark.parametrize("role", WITHOUT_DELETION)
@pytest.mark.parametrize("attack", [_delete_version, _multi_delete, _hold, _lift_hold])
def test_machines_neither_delete_nor_hold_even_what_is_not_locked(keys: Keys, role: str, attack: Attack) -> None:
    victim = put(keys("dock"), Bucket.ORIGINALS)
    client, name = open_client(keys(role)), bucket_name(keys(role), Bucket.ORIGINALS)

    assert refused(lambda: attack(client, name, victim))
    assert survives(keys, victim)


@pytest.mark.parametrize("role", MACHINES)
@pytest.mark.parametrize(
    "attack",
    [
        _change_lock_configuration,
        _suspend_versioning,
        _remove_policy,
        _make_bucket,
        _publish_bucket,
        _expire_by_lifecycle,
    ],
)
def test_no_machine_changes_the_buckets(keys: Keys, role: str, attack: Attack) -> None:
    victim = put(keys("dock"), Bucket.ORIGINALS)
    client, name = open_client(keys(role)), bucket_name(keys(role), Bucket.ORIGINALS)

    assert refused(lambda: attack(client, name, victim))


@pytest.mark.parametrize("role", [*MACHINES, "owner"])
@pytest.mark.parametrize("attack", [_delete_version, _bypass, _hide, _hold])
def test_nobody_deletes_from_the_log_even_what_is_not_locked(keys: Keys, role: str, attack: Attack) -> None:
    victim = put(keys("work"), Bucket.CUSTODY)
    client, name = open_client(keys(role)), bucket_name(keys(role), Bucket.CUSTODY)
    if (role, attack) != ("owner", _hold):  # a hold of the owner's only keeps it longer
        assert refused(lambda: attack(client, name, victim))
    assert survives(keys, victim)


@pytest.mark.parametrize("role", ["work", "retention"])
def test_the_locks_of_the_log_are_lengthened_by_workers_and_retention(keys: Keys, role: str) -> None:
    version = put(keys("work"), Bucket.CUSTODY, locked=True)
    later = Lock(LockMode.GOVERNANCE, datetime.now(UTC) + timedelta(days=3))
    lock = S3Store(keys(role)).extend_lock(version.reference, later).lock
    assert lock is not None
    assert lock.retain_until > datetime.now(UTC) + timedelta(days=2)


@pytest.mark.parametrize("role", MACHINES)
@pytest.mark.parametrize("attack", [_delete_version, _bypass, _multi_delete, _hide, _hold])
def test_no_machine_deletes_a_manifest_even_one_that_is_not_locked(keys: Keys, role: str, attack: Attack) -> None:
    victim = put(keys("work"), Bucket.MANIFESTS)
    client, name = open_client(keys(role)), bucket_name(keys(role), Bucket.MANIFESTS)
    assert refused(lambda: attack(client, name, victim))
    assert survives(keys, victim)


def test_retention_lengthens_the_locks_of_manifests(keys: Keys) -> None:
    version = put(keys("work"), Bucket.MANIFESTS, locked=True)
    later = Lock(LockMode.GOVERNANCE, datetime.now(UTC) + timedelta(days=3))
    assert S3Store(keys("retention")).extend_lock(version.reference, later).lock is not None


def test_upload_made_public_stays_closed(keys: Keys) -> None:
    """The access list of a multipart upload is beyond what policies see: the public access block has to stop it."""
    settings = keys("dock")
    client, name, key = open_client(settings), bucket_name(settings, Bucket.ORIGINALS), f"tests/{uuid.uuid4().hex}"
    begun = client._execute("POST", name, key, query_params={"uploads": ""}, headers=dict(PUBLIC))
    found = re.search(rb"<UploadId>(.+?)</UploadId>", begun.data)
    assert found is not None
    upload_id = found[1].decode()
    etag = client._upload_part(
        bucket_name=name, object_name=key, data=b"z", headers={}, upload_id=upload_id, part_number=1
    )
    client._complete_multipart_upload(
        bucket_name=name, object_name=key, upload_id=upload_id, parts=[Part(part_number=1, etag=etag)]
    )

    address = f"{'https' if settings.secure else 'http'}://{settings.endpoint}/{name}/{key}"
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(address)  # noqa: S310 - the address of the test store
    assert answer.value.code == 403


def test_applying_again_changes_nothing(keys: Keys) -> None:
    owner = keys("owner")
    client = open_client(owner)
    before = client.get_bucket_policy(bucket_name=bucket_name(owner, Bucket.ORIGINALS))
    apply_policies(client, owner, {role: f"zhilu-{role}" for role in ROLES})
    assert client.get_bucket_policy(bucket_name=bucket_name(owner, Bucket.ORIGINALS)) == before


def test_show_prints_what_would_be_put(
    keys: Keys, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = keys("owner")
    monkeypatch.setenv("ZHILU_STORAGE__ENGINE", "s3")
    monkeypatch.setenv("ZHILU_STORAGE__S3__ENDPOINT", owner.endpoint)
    monkeypatch.setenv("ZHILU_STORAGE__S3__ACCESS_KEY", owner.access_key)
    monkeypatch.setenv("ZHILU_STORAGE__S3__SECRET_KEY", owner.secret_key.get_secret_value())
    monkeypatch.setenv("ZHILU_STORAGE__S3__BUCKET_PREFIX", owner.bucket_prefix)
    assert main(["--show"]) == 0
    shown = capsys.readouterr().out
    assert f"arn:aws:s3:::{owner.bucket_prefix}-originals/*" in shown
    assert owner.secret_key.get_secret_value() not in shown


def test_each_bucket_is_spoken_of_in_its_own_policy_alone() -> None:
    statements = statements_for("p", {role: role for role in ROLES})
    for bucket in Bucket:
        resources = {name for s in policy_of(f"p-{bucket}", statements)["Statement"] for name in s["Resource"]}
        assert resources == {f"arn:aws:s3:::p-{bucket}", f"arn:aws:s3:::p-{bucket}/*"}
