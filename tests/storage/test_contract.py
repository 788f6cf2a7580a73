"""What every object store does for Zhilu. One suite, run by every engine."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from storage.contract import ObjectStore
from storage.errors import InvalidKey, LockInThePast, LockWouldShrink, StorageError, VersionLocked, VersionNotFound
from storage.model import Bucket, Lock, LockMode, StoredVersion, VersionReference

MIB = 1024 * 1024
PART = 5 * MIB  # the S3 engine of these tests sends parts of this size
PATIENCE = 20  # seconds until a lock of two seconds counts as never ending


def some_bytes(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - reproducible, not secret


def in_the_future(**delta: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(**delta)


def governance(**delta: float) -> Lock:
    return Lock(LockMode.GOVERNANCE, in_the_future(**delta))


def put(
    store: ObjectStore,
    key: str,
    content: bytes = b"content",
    *,
    bucket: Bucket = Bucket.ORIGINALS,
    lock: Lock | None = None,
    metadata: dict[str, str] | None = None,
) -> StoredVersion:
    with store.upload(bucket, key, lock=lock, metadata=metadata) as upload:
        upload.write(content)
        return upload.complete()


def read(store: ObjectStore, reference: VersionReference, start: int = 0, length: int | None = None) -> bytes:
    return b"".join(store.read(reference, start, length))


def listed(store: ObjectStore, prefix: str) -> list[VersionReference]:
    return [stored.reference for stored in store.list_versions(Bucket.ORIGINALS, prefix)]


def delete_once_allowed(store: ObjectStore, reference: VersionReference) -> None:
    """Delete as soon as the lock is over, by the clock of whoever keeps it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            store.delete_version(reference)
        except VersionLocked:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


class TestBytes:
    @pytest.mark.parametrize("size", [0, 1, MIB, PART - 1, PART, PART + 1, 3 * PART + 7])
    def test_come_back_as_they_went_in(self, store: ObjectStore, area: str, size: int) -> None:
        content = some_bytes(size)
        stored = put(store, f"{area}recording.mp4", content)
        assert stored.size == size
        assert store.head(stored.reference).size == size
        assert read(store, stored.reference) == content
        assert b"".join(store.read_back(stored.reference)) == content

    def test_may_be_written_from_one_reused_buffer(self, store: ObjectStore, area: str) -> None:
        content = some_bytes(PART + 3 * MIB + 11)
        buffer = bytearray(700_001)
        with store.upload(Bucket.ORIGINALS, f"{area}recording.mp4") as upload:
            for start in range(0, len(content), len(buffer)):
                piece = content[start : start + len(buffer)]
                buffer[: len(piece)] = piece
                upload.write(memoryview(buffer)[: len(piece)])
                buffer[:] = bytes(len(buffer))
            stored = upload.complete()
        assert read(store, stored.reference) == content

    def test_are_read_in_chunks_of_one_mebibyte_at_most(self, store: ObjectStore, area: str) -> None:
        stored = put(store, f"{area}recording.mp4", some_bytes(3 * MIB + 1))
        assert max(len(chunk) for chunk in store.read(stored.reference)) <= MIB
        assert max(len(chunk) for chunk in store.read_back(stored.reference)) <= MIB

    @pytest.mark.parametrize(
        ("start", "length", "expected"),
        [
            (0, None, slice(0, None)),
            (0, 1, slice(0, 1)),
            (0, 0, slice(0, 0)),
            (10, 5, slice(10, 15)),
            (999, 1, slice(999, 1000)),
            (990, 500, slice(990, 1000)),
            (10, None, slice(10, None)),
            (1000, None, slice(0, 0)),
            (1000, 5, slice(0, 0)),
            (5000, None, slice(0, 0)),
        ],
    )
    def test_are_read_by_range(
        self, store: ObjectStore, area: str, start: int, length: int | None, expected: slice
    ) -> None:
        content = some_bytes(1000)
        stored = put(store, f"{area}recording.mp4", content)
        assert read(store, stored.reference, start, length) == content[expected]

    def test_of_a_range_across_parts(self, store: ObjectStore, area: str) -> None:
        content = some_bytes(2 * PART + 5)
        stored = put(store, f"{area}recording.mp4", content)
        assert read(store, stored.reference, PART - 3, MIB + 6) == content[PART - 3 : PART + MIB + 3]

    def test_of_an_empty_object_have_no_range(self, store: ObjectStore, area: str) -> None:
        stored = put(store, f"{area}empty", b"")
        assert read(store, stored.reference, 0, 10) == b""

    def test_can_be_left_half_read(self, store: ObjectStore, area: str) -> None:
        content = some_bytes(4 * MIB)
        stored = put(store, f"{area}recording.mp4", content)
        for _ in range(3):
            chunks = store.read(stored.reference)
            assert content.startswith(next(chunks))
            del chunks
        assert read(store, stored.reference) == content


class TestUpload:
    @pytest.mark.parametrize("size", [10, PART + 1])
    def test_is_invisible_until_complete(self, store: ObjectStore, area: str, size: int) -> None:
        key = f"{area}recording.mp4"
        with store.upload(Bucket.ORIGINALS, key) as upload:
            upload.write(some_bytes(size))
            assert listed(store, area) == []
            stored = upload.complete()
        assert listed(store, area) == [stored.reference]

    @pytest.mark.parametrize("size", [10, 2 * PART + 1])
    def test_abandoned_leaves_nothing(self, store: ObjectStore, area: str, size: int) -> None:
        with store.upload(Bucket.ORIGINALS, f"{area}recording.mp4") as upload:
            upload.write(some_bytes(size))
        assert listed(store, area) == []

    def test_abandoned_by_an_error_leaves_nothing_and_lets_the_error_through(
        self, store: ObjectStore, area: str
    ) -> None:
        def card_pulled() -> None:
            with store.upload(Bucket.ORIGINALS, f"{area}recording.mp4", lock=governance(hours=1)) as upload:
                upload.write(some_bytes(PART + 1))
                raise OSError(5, "card pulled")

        with pytest.raises(OSError, match="card pulled"):
            card_pulled()
        assert listed(store, area) == []

    def test_reports_what_the_store_holds(self, store: ObjectStore, area: str) -> None:
        metadata = {"sha256": "ab" * 32, "note": "two words, 100 %"}
        stored = put(store, f"{area}recording.mp4", metadata=metadata, lock=governance(hours=1))
        assert stored == store.head(stored.reference)
        assert stored.metadata == metadata
        assert stored.stored_at.utcoffset() == timedelta(0)
        assert stored.reference.version_id
        assert not stored.held

    @pytest.mark.parametrize("metadata", [{"officer": "执法"}, {"执法": "officer"}, {"note": "a\nb"}])
    def test_takes_only_printable_ascii_as_metadata(
        self, store: ObjectStore, area: str, metadata: dict[str, str]
    ) -> None:
        with pytest.raises(ValueError, match="ASCII"):
            put(store, f"{area}recording.mp4", metadata=metadata)
        assert listed(store, area) == []

    @pytest.mark.parametrize("key", ["", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", "a\nb", "记录.mp4", "a" * 1025])
    def test_refuses_keys_that_some_engine_cannot_hold(self, store: ObjectStore, key: str) -> None:
        with pytest.raises(InvalidKey):
            put(store, key)

    @pytest.mark.parametrize("name", ["a b+c%20d&e=f.mp4", "~tilde!*'();:@$,?#[].mp4", "data", "facts.json"])
    def test_takes_odd_keys(self, store: ObjectStore, area: str, name: str) -> None:
        stored = put(store, f"{area}{name}")
        assert read(store, stored.reference) == b"content"
        assert listed(store, area) == [stored.reference]

    def test_to_one_key_twice_makes_two_versions(self, store: ObjectStore, area: str) -> None:
        key = f"{area}manifest.json"
        first, second = put(store, key, b"first"), put(store, key, b"second")
        assert first.reference != second.reference
        assert read(store, first.reference) == b"first"
        assert read(store, second.reference) == b"second"

    @pytest.mark.parametrize("said", [None, 0, PART + 9, 2 * PART + 9, 5 * PART])
    def test_takes_what_is_read_into_its_own_space_whatever_size_was_said(
        self, store: ObjectStore, area: str, said: int | None
    ) -> None:
        content = some_bytes(2 * PART + 9)
        with store.upload(Bucket.ORIGINALS, f"{area}recording.mp4", size=said) as upload:
            position = 0
            while position < len(content):
                space = upload.space(min(700_001, len(content) - position))
                if space is None:  # an engine that has none takes what is given
                    space = memoryview(bytearray(700_001))
                count = min(len(space), len(content) - position)
                space[:count] = content[position : position + count]
                upload.write(space[:count])
                position += count
            stored = upload.complete()
        assert stored.size == len(content)
        assert read(store, stored.reference) == content

    def test_does_not_mix_with_another_at_the_same_time(self, store: ObjectStore, area: str) -> None:
        contents = [some_bytes(PART + 9, seed) for seed in (1, 2)]
        with (
            store.upload(Bucket.ORIGINALS, f"{area}recording.mp4") as one,
            store.upload(Bucket.ORIGINALS, f"{area}recording.mp4") as other,
        ):
            for start in range(0, PART + 9, MIB):
                one.write(contents[0][start : start + MIB])
                other.write(contents[1][start : start + MIB])
            stored = [one.complete(), other.complete()]
        assert [read(store, each.reference) for each in stored] == contents

    def test_that_is_alive_survives_a_sweep(self, open_store: Callable[[], ObjectStore], area: str) -> None:
        content = some_bytes(PART + 1)
        with open_store().upload(Bucket.ORIGINALS, f"{area}recording.mp4") as upload:
            upload.write(content)
            open_store().sweep_abandoned()
            stored = upload.complete()
        assert read(open_store(), stored.reference) == content

    def test_puts_each_bucket_s_objects_apart(self, store: ObjectStore, area: str) -> None:
        key = f"{area}thing"
        for bucket in Bucket:
            put(store, key, bucket.encode(), bucket=bucket)
        for bucket in Bucket:
            (only,) = store.list_versions(bucket, area)
            assert read(store, only.reference) == bucket.encode()


class TestLock:
    @pytest.mark.parametrize("size", [10, PART + 1])
    @pytest.mark.parametrize(
        ("mode", "seconds"), [(LockMode.GOVERNANCE, 3600), (LockMode.COMPLIANCE, 5)]
    )  # compliance is short: nothing but time removes it
    def test_lies_on_the_version_from_its_first_moment(
        self, store: ObjectStore, area: str, mode: LockMode, seconds: int, size: int
    ) -> None:
        lock = Lock(mode, in_the_future(seconds=seconds))
        stored = put(store, f"{area}recording.mp4", some_bytes(size), lock=lock)
        assert stored.lock == lock
        assert store.head(stored.reference).lock == lock
        (only,) = store.list_versions(Bucket.ORIGINALS, area)
        assert only.lock == lock

    def test_never_ends_earlier_than_asked_for(self, store: ObjectStore, area: str) -> None:
        lock = Lock(LockMode.GOVERNANCE, in_the_future(hours=1) + timedelta(microseconds=999_999))
        stored = put(store, f"{area}recording.mp4", lock=lock)
        assert stored.lock is not None
        assert timedelta(0) <= stored.lock.retain_until - lock.retain_until <= timedelta(seconds=1)

    @pytest.mark.parametrize("mode", LockMode)
    def test_forbids_deletion(self, store: ObjectStore, area: str, mode: LockMode) -> None:
        lock = Lock(mode, in_the_future(seconds=10))
        stored = put(store, f"{area}recording.mp4", lock=lock)
        with pytest.raises(VersionLocked) as refused:
            store.delete_version(stored.reference)
        assert refused.value.reference == stored.reference
        assert refused.value.until == lock.retain_until
        assert not refused.value.held
        assert read(store, stored.reference) == b"content"

    def test_allows_deletion_when_it_is_over(self, store: ObjectStore, area: str) -> None:
        stored = put(store, f"{area}recording.mp4", lock=governance(seconds=2))
        delete_once_allowed(store, stored.reference)
        assert listed(store, area) == []

    def test_is_absent_unless_asked_for(self, store: ObjectStore, area: str) -> None:
        stored = put(store, f"{area}proxy.mp4")
        assert stored.lock is None
        store.delete_version(stored.reference)
        assert listed(store, area) == []

    def test_can_be_lengthened(self, store: ObjectStore, area: str) -> None:
        stored = put(store, f"{area}recording.mp4", lock=governance(hours=1))
        longer = governance(hours=2)
        assert store.extend_lock(stored.reference, longer).lock == longer
        assert store.head(stored.reference).lock == longer

    def test_extended_to_the_same_end_stays(self, store: ObjectStore, area: str) -> None:
        lock = governance(hours=1)
        stored = put(store, f"{area}recording.mp4", lock=lock)
        assert store.extend_lock(stored.reference, lock).lock == lock

    def test_can_be_set_on_a_version_without_one(self, store: ObjectStore, area: str) -> None:
        stored = put(store, f"{area}proxy.mp4")
        lock = governance(hours=1)
        assert store.extend_lock(stored.reference, lock).lock == lock
        with pytest.raises(VersionLocked):
            store.delete_version(stored.reference)

    def test_that_would_be_over_already_is_refused(self, store: ObjectStore, area: str) -> None:
        stored = put(store, f"{area}proxy.mp4")
        with pytest.raises(LockInThePast):
            store.extend_lock(stored.reference, governance(hours=-1))
        assert store.head(stored.reference).lock is None

    def test_never_shrinks(self, store: ObjectStore, area: str) -> None:
        lock = governance(hours=2)
        stored = put(store, f"{area}recording.mp4", lock=lock)
        with pytest.raises(LockWouldShrink):
            store.extend_lock(stored.reference, governance(hours=1))
        assert store.head(stored.reference).lock == lock

    def test_never_weakens(self, store: ObjectStore, area: str) -> None:
        lock = Lock(LockMode.COMPLIANCE, in_the_future(seconds=6))
        stored = put(store, f"{area}recording.mp4", lock=lock)
        with pytest.raises(LockWouldShrink):
            store.extend_lock(stored.reference, governance(hours=1))
        assert store.head(stored.reference).lock == lock

    def test_and_hold_are_enforced_after_a_restart(self, open_store: Callable[[], ObjectStore], area: str) -> None:
        locked = put(open_store(), f"{area}locked", lock=governance(hours=1)).reference
        held = put(open_store(), f"{area}held").reference
        open_store().set_hold(held)
        for reference in (locked, held):
            with pytest.raises(VersionLocked):
                open_store().delete_version(reference)


class TestHold:
    def test_outlives_the_lock(self, store: ObjectStore, area: str) -> None:
        lock = governance(seconds=1)
        stored = put(store, f"{area}recording.mp4", lock=lock)
        unheld = put(store, f"{area}witness.mp4", lock=lock)
        assert store.set_hold(stored.reference).held
        delete_once_allowed(store, unheld.reference)  # shows that the lock of both is over
        with pytest.raises(VersionLocked) as refused:
            store.delete_version(stored.reference)
        assert refused.value.held
        assert not store.lift_hold(stored.reference).held
        store.delete_version(stored.reference)
        assert listed(store, area) == []

    def test_is_set_and_lifted_any_number_of_times(self, store: ObjectStore, area: str) -> None:
        reference = put(store, f"{area}recording.mp4").reference
        assert not store.lift_hold(reference).held
        assert store.set_hold(reference).held
        assert store.set_hold(reference).held
        assert store.head(reference).held
        assert not store.lift_hold(reference).held
        assert not store.lift_hold(reference).held
        assert not store.head(reference).held

    def test_leaves_the_lock_alone(self, store: ObjectStore, area: str) -> None:
        lock = governance(hours=1)
        reference = put(store, f"{area}recording.mp4", lock=lock).reference
        assert store.set_hold(reference).lock == lock
        assert store.lift_hold(reference).lock == lock
        with pytest.raises(VersionLocked):
            store.delete_version(reference)

    def test_lies_on_one_version_only(self, store: ObjectStore, area: str) -> None:
        key = f"{area}manifest.json"
        first, second = put(store, key).reference, put(store, key).reference
        store.set_hold(first)
        assert not store.head(second).held
        store.delete_version(second)
        assert listed(store, area) == [first]


class TestVersion:
    def test_deleted_leaves_the_others(self, store: ObjectStore, area: str) -> None:
        key = f"{area}manifest.json"
        first, second, third = (put(store, key, content).reference for content in (b"1", b"2", b"3"))
        store.delete_version(second)
        assert listed(store, area) == [first, third]
        assert read(store, first) == b"1"
        assert read(store, third) == b"3"

    @pytest.mark.parametrize("kind", ["deleted", "of another key", "never made", "without a version"])
    def test_missing_is_said_to_be_missing(self, store: ObjectStore, area: str, kind: str) -> None:
        there = put(store, f"{area}there").reference
        gone = put(store, f"{area}gone").reference
        store.delete_version(gone)
        reference, error = {
            "deleted": (gone, VersionNotFound),
            "of another key": (VersionReference(there.bucket, f"{area}other", there.version_id), VersionNotFound),
            "never made": (VersionReference(there.bucket, there.key, gone.version_id), VersionNotFound),
            # An engine that takes this for the newest version would delete what nobody named.
            "without a version": (VersionReference(there.bucket, there.key, ""), StorageError),
        }[kind]
        attempts: list[Callable[[], object]] = [
            lambda: store.head(reference),
            lambda: list(store.read(reference)),
            lambda: list(store.read(reference, 0, 0)),
            lambda: list(store.read_back(reference)),
            lambda: store.extend_lock(reference, governance(hours=1)),
            lambda: store.set_hold(reference),
            lambda: store.lift_hold(reference),
            lambda: store.delete_version(reference),
        ]
        for attempt in attempts:
            with pytest.raises(error):
                attempt()
        assert listed(store, area) == [there]

    def test_listing_goes_by_key_then_oldest_first(self, store: ObjectStore, area: str) -> None:
        made: dict[str, list[VersionReference]] = {}
        for name in ("b", "a", "a.b", "a/b", "b", "a", "B", "a"):
            made.setdefault(f"{area}{name}", []).append(put(store, f"{area}{name}", name.encode()).reference)
        assert listed(store, area) == [reference for key in sorted(made) for reference in made[key]]

    def test_listing_is_bounded_by_its_prefix(self, store: ObjectStore, area: str) -> None:
        names = ("case-1/original", "case-1/manifest", "case-10/original", "case-2/original")
        made = {name: put(store, f"{area}{name}").reference for name in names}
        assert listed(store, f"{area}case-1/") == [made["case-1/manifest"], made["case-1/original"]]
        assert listed(store, f"{area}case-1") == [
            made["case-1/manifest"],
            made["case-1/original"],
            made["case-10/original"],
        ]
        assert listed(store, f"{area}case-3") == []

    def test_a_listing_of_references_says_the_same_in_the_same_order(self, store: ObjectStore, area: str) -> None:
        for name in ("b", "a/b", "a", "b"):
            put(store, f"{area}{name}", name.encode() * 3, lock=governance(hours=1))
        expected = [(each.reference, each.size) for each in store.list_versions(Bucket.ORIGINALS, area)]
        found = list(store.list_references(Bucket.ORIGINALS, area))
        assert [(each.reference, each.size) for each in found] == expected
        for each in found:
            # Listings and heads may round differently.
            assert abs(each.stored_at - store.head(each.reference).stored_at) <= timedelta(seconds=1)
        assert [each.reference for each in store.list_references(Bucket.ORIGINALS, f"{area}a/")] == [
            reference for reference, _ in expected if reference.key == f"{area}a/b"
        ]
        assert list(store.list_references(Bucket.ORIGINALS, f"{area}nothing")) == []

    def test_a_listing_of_references_leaves_out_what_is_deleted(self, store: ObjectStore, area: str) -> None:
        gone, stays = put(store, f"{area}a").reference, put(store, f"{area}a").reference
        store.delete_version(gone)
        assert [each.reference for each in store.list_references(Bucket.ORIGINALS, area)] == [stays]

    def test_listing_reports_what_head_reports(self, store: ObjectStore, area: str) -> None:
        locked = put(store, f"{area}a", lock=governance(hours=1), metadata={"sha256": "ab"}).reference
        held = store.set_hold(put(store, f"{area}b").reference).reference
        assert list(store.list_versions(Bucket.ORIGINALS, area)) == [store.head(locked), store.head(held)]
