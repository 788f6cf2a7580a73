"""What every object store does with locks and holds: they forbid deletion, and nothing weakens them."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from storage.contract import ObjectStore
from storage.errors import LockInThePast, LockWouldShrink, VersionLocked
from storage.model import Bucket, Lock, LockMode

from .conftest import PART, delete_once_allowed, governance, in_the_future, listed, put, read, some_bytes


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
