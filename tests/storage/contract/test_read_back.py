"""What every object store says of a version that was read back: no less than a look at it would."""

import pytest

from storage.contract import ObjectStore
from storage.errors import VersionNotFound
from storage.model import Bucket, VersionReference

from .conftest import MIB, PART, governance, put, some_bytes

SIZES = pytest.mark.parametrize("size", [0, 1, MIB, PART - 1, PART, PART + 1])


class TestReadBack:
    @SIZES
    def test_says_what_a_look_says(self, store: ObjectStore, area: str, size: int) -> None:
        stored = put(
            store, f"{area}recording.mp4", some_bytes(size), lock=governance(minutes=10), metadata={"origin": "card"}
        )
        back = store.read_back(stored.reference)
        assert b"".join(back) == some_bytes(size)
        assert back.stored() == store.head(stored.reference) == stored

    @SIZES
    def test_tells_the_lock_as_it_is_by_then(self, store: ObjectStore, area: str, size: int) -> None:
        stored = put(store, f"{area}recording.mp4", some_bytes(size), lock=governance(minutes=10))
        longer = store.extend_lock(stored.reference, governance(minutes=20))
        held = store.set_hold(stored.reference)
        back = store.read_back(stored.reference)
        b"".join(back)
        store.lift_hold(stored.reference)
        assert back.stored().lock == longer.lock
        assert held.held

    def test_tells_of_no_lock_where_there_is_none(self, store: ObjectStore, area: str) -> None:
        stored = put(store, f"{area}recording.mp4", some_bytes(10))
        back = store.read_back(stored.reference)
        b"".join(back)
        assert (back.stored().lock, back.stored().size) == (None, 10)

    def test_of_what_is_not_there(self, store: ObjectStore, area: str) -> None:
        stored = put(store, f"{area}recording.mp4", some_bytes(10))
        gone = VersionReference(Bucket.ORIGINALS, stored.reference.key, stored.reference.version_id[::-1] + "x")
        with pytest.raises(VersionNotFound):
            b"".join(store.read_back(gone))

    @SIZES
    def test_is_enough_for_what_was_made_without_a_look(self, store: ObjectStore, area: str, size: int) -> None:
        lock = governance(minutes=10)
        with store.upload(Bucket.ORIGINALS, f"{area}recording.mp4", lock=lock, size=size) as upload:
            upload.write(some_bytes(size))
            reference = upload.make()
            back = store.read_back(reference)
            assert b"".join(back) == some_bytes(size)
            confirmed = upload.confirm(reference)
        assert confirmed == store.head(reference)
        assert confirmed.lock is not None
        assert confirmed.lock.retain_until >= lock.retain_until
        if store.holds_back(size):
            assert back.stored() == confirmed
        assert [each.reference for each in store.list_versions(Bucket.ORIGINALS, area)] == [reference]

    def test_what_is_held_back_is_not_there_before_it_is_completed(self, store: ObjectStore, area: str) -> None:
        with store.upload(Bucket.ORIGINALS, f"{area}recording.mp4", size=PART - 1) as upload:
            upload.write(some_bytes(PART - 1))
            if store.holds_back(PART - 1):
                assert store.sweep_abandoned(only_count=True) == 0
        assert list(store.list_versions(Bucket.ORIGINALS, area)) == []
