"""What every object store does with bytes: they come back as they went in, whole or in part."""

import pytest

from storage.contract import ObjectStore
from storage.model import Bucket

from .conftest import MIB, PART, put, read, some_bytes


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
