"""The upload's steps against requests that are recorded: order, bounded memory, the lock that was asked for."""

import threading
from datetime import timedelta

import pytest

from storage.errors import StoreMisconfigured, StoreUnavailable
from storage.model import Bucket, Lock, LockMode, VersionReference
from storage.s3_settings import MIB, PARTS_AT_MOST, part_size_for
from tests.storage.recorded_requests import LOCK, PARALLEL_PARTS, PART_SIZE, RecordedRequests, upload_to


def test_parts_are_put_together_in_the_order_they_were_written() -> None:
    requests = RecordedRequests()
    content = bytes(range(250)) * 5
    with upload_to(requests) as upload:
        for start in range(0, len(content), 7):
            upload.write(content[start : start + 7])
        upload.complete()
    assert requests.completed == [f"etag-{number}" for number in range(1, 14)]
    assert b"".join(requests.parts[number] for number in sorted(requests.parts)) == content
    assert {len(part) for part in requests.parts.values()} == {PART_SIZE, 50}
    assert requests.headers["x-lock"] == "as asked"
    assert requests.aborted == []


def test_an_object_smaller_than_a_part_is_one_request_that_carries_the_lock() -> None:
    requests = RecordedRequests()
    with upload_to(requests) as upload:
        upload.write(b"x" * (PART_SIZE - 1))
        upload.complete()
    assert requests.whole == b"x" * (PART_SIZE - 1)
    assert requests.headers["x-lock"] == "as asked"
    assert requests.parts == {}


def test_a_slow_store_holds_the_writer_back_so_memory_stays_bounded() -> None:
    requests = RecordedRequests()
    requests.gate.clear()
    written = threading.Semaphore(0)
    with upload_to(requests) as upload:

        def write_all() -> None:
            for _ in range(10):
                upload.write(b"x" * PART_SIZE)
                written.release()

        writer = threading.Thread(target=write_all)
        writer.start()
        for _ in range(PARALLEL_PARTS):
            assert written.acquire(timeout=10)
        assert not written.acquire(timeout=0.2), "a further part was taken while all places were busy"
        requests.gate.set()
        writer.join(10)
        assert not writer.is_alive()
        upload.complete()
    assert requests.most_under_way <= PARALLEL_PARTS
    assert requests.completed is not None
    assert len(requests.completed) == 10


def test_a_part_that_fails_fails_the_upload_and_leaves_nothing() -> None:
    requests = RecordedRequests(failing={2: 99})

    def attempt() -> None:
        with upload_to(requests) as upload:
            upload.write(b"x" * (PART_SIZE * 2 + 1))
            upload.complete()

    with pytest.raises(StoreUnavailable):
        attempt()
    assert requests.completed is None
    assert requests.aborted == ["upload"]


def test_abandoning_waits_for_the_parts_under_way() -> None:
    requests = RecordedRequests()
    requests.gate.clear()
    opener = threading.Timer(0.1, requests.gate.set)
    with upload_to(requests) as upload:
        upload.write(b"x" * (PART_SIZE * 2))
        opener.start()
    assert requests.aborted == ["upload"]
    assert requests.completed is None


@pytest.mark.parametrize(
    "kept", [None, Lock(LOCK.mode, LOCK.retain_until - timedelta(seconds=1))], ids=["no lock", "a shorter lock"]
)
def test_a_store_that_ignores_the_lock_is_found_out_and_the_version_taken_back(kept: Lock | None) -> None:
    requests = RecordedRequests()

    def attempt() -> None:
        with upload_to(requests, kept=kept) as upload:
            upload.write(b"evidence")
            upload.complete()

    with pytest.raises(StoreMisconfigured, match="did not lock"):
        attempt()
    assert requests.removed == [VersionReference(Bucket.ORIGINALS, "recording.mp4", "version")]


def test_a_store_that_ignores_the_lock_is_asked_again_where_that_is_allowed() -> None:
    requests = RecordedRequests()
    with upload_to(requests, kept=None, late=True) as upload:
        upload.write(b"evidence")
        assert upload.complete().lock == LOCK
    assert requests.removed == []


def test_a_version_that_cannot_be_locked_late_either_is_taken_back() -> None:
    requests = RecordedRequests()

    def attempt() -> None:
        with upload_to(requests, kept=None, late=True, late_error=StoreUnavailable("here", "of this test")) as upload:
            upload.complete()

    with pytest.raises(StoreUnavailable):
        attempt()
    assert len(requests.removed) == 1


def test_a_governance_lock_does_not_pass_for_compliance() -> None:
    requests = RecordedRequests()

    def attempt() -> None:
        with upload_to(requests, lock=Lock(LockMode.COMPLIANCE, LOCK.retain_until)) as upload:
            upload.complete()

    with pytest.raises(StoreMisconfigured):
        attempt()


@pytest.mark.parametrize("parallel_parts", [1, 3])
@pytest.mark.parametrize("size", [None, 1234])
def test_what_is_read_into_the_upload_s_own_space_arrives_and_stays_while_it_is_digested(
    size: int | None, parallel_parts: int
) -> None:
    requests = RecordedRequests()
    content = bytes(range(256)) * 4 + bytes(210)
    with upload_to(requests, size=size, parallel_parts=parallel_parts) as upload:
        position, before = 0, memoryview(b"")
        while position < len(content):
            space = upload.space(37)
            assert space is not None
            count = min(len(space), len(content) - position)
            space[:count] = content[position : position + count]
            assert bytes(before) == content[position - len(before) : position], "the chunk before was overwritten"
            before = space[:count]
            upload.write(before)
            position += count
        upload.complete()
    assert b"".join(requests.parts[number] for number in sorted(requests.parts)) == content


def test_memory_is_bounded_and_used_again() -> None:
    requests = RecordedRequests()
    seen: set[int] = set()
    with upload_to(requests) as upload:
        for _ in range(50):
            space = upload.space(PART_SIZE)
            assert space is not None
            seen.add(id(space.obj))
            upload.write(space)
        upload.complete()
    assert len(seen) <= PARALLEL_PARTS + 1
    assert len(requests.parts) == 50


def test_more_than_was_announced_is_taken_all_the_same() -> None:
    requests = RecordedRequests()
    content = bytes(range(250))
    with upload_to(requests, size=30) as upload:
        for start in range(0, len(content), 30):
            upload.write(content[start : start + 30])
        upload.complete()
    assert b"".join(requests.parts[number] for number in sorted(requests.parts)) == content


def test_a_part_that_fails_a_few_times_is_sent_again() -> None:
    requests = RecordedRequests(failing={1: 2, 3: 1})
    content = bytes(range(200)) * 2
    with upload_to(requests) as upload:
        upload.write(content)
        upload.complete()
    assert b"".join(requests.parts[number] for number in sorted(requests.parts)) == content
    assert requests.aborted == []


@pytest.mark.parametrize(
    ("size", "expected"),
    [(None, 8), (0, 8), (8 * MIB, 8), (80_000 * MIB, 8), (80_001 * MIB, 9), (300 * 1024 * MIB, 31)],
)
def test_parts_grow_so_that_ten_thousand_are_enough(size: int | None, expected: int) -> None:
    found = part_size_for(size, 8 * MIB)
    assert found == expected * MIB
    assert size is None or -(-size // found) <= PARTS_AT_MOST
