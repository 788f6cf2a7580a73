"""What every object store says of its versions: each for itself, in one order."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from storage.contract import ObjectStore
from storage.errors import StorageError, VersionNotFound
from storage.model import Bucket, VersionReference

from .conftest import governance, listed, put, read


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
        for number, each in enumerate(found):
            later = store.list_references(Bucket.ORIGINALS, area, after=each.reference.key)
            assert list(later) == [one for one in found[number:] if one.reference.key > each.reference.key]

    def test_a_listing_of_references_leaves_out_what_is_deleted(self, store: ObjectStore, area: str) -> None:
        gone, stays = put(store, f"{area}a").reference, put(store, f"{area}a").reference
        store.delete_version(gone)
        assert [each.reference for each in store.list_references(Bucket.ORIGINALS, area)] == [stays]

    def test_listing_reports_what_head_reports(self, store: ObjectStore, area: str) -> None:
        locked = put(store, f"{area}a", lock=governance(hours=1), metadata={"sha256": "ab"}).reference
        held = store.set_hold(put(store, f"{area}b").reference).reference
        assert list(store.list_versions(Bucket.ORIGINALS, area)) == [store.head(locked), store.head(held)]
