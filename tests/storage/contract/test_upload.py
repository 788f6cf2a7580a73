"""What every object store does with an upload: all of it or nothing, whatever else goes on."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from storage.contract import ObjectStore
from storage.errors import InvalidKey
from storage.model import Bucket

from .conftest import MIB, PART, governance, listed, put, read, some_bytes


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
