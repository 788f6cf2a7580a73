"""The upload's steps against requests that are recorded: order, bounded memory, the lock that was asked for."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from storage.errors import StoreMisconfigured, StoreUnavailable
from storage.model import Bucket, Lock, LockMode, VersionReference
from storage.s3_settings import MIB, PARTS_AT_MOST, part_size_for
from tests.storage.recorded_requests import BLOCKS_AT_MOST, LOCK, PARALLEL_PARTS, PART_SIZE, RecordedRequests, upload_to


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
        for _ in range(2):  # nine blocks of 30 are two parts of 100 and no third
            assert written.acquire(timeout=10)
        assert not written.acquire(timeout=0.2), "a further part was taken while all memory was in use"
        requests.gate.set()
        writer.join(10)
        assert not writer.is_alive()
        upload.complete()
    assert requests.most_under_way <= PARALLEL_PARTS
    assert requests.completed is not None
    assert len(requests.completed) == 10


class Source:
    """What is uploaded, and how often it was asked for once more."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.asked: list[tuple[int, int]] = []

    def again(self, start: int, length: int) -> Iterator[bytes]:
        self.asked.append((start, length))
        for place in range(start, start + length, 7):
            yield self.content[place : min(place + 7, start + length)]


def test_parts_that_were_sent_take_no_memory_while_their_answers_are_awaited() -> None:
    requests = RecordedRequests()
    requests.gate.clear()
    requests.takes_before_it_answers = True
    source = Source(bytes(range(250)) * 4)
    written = threading.Semaphore(0)
    with upload_to(requests, parallel_parts=8, blocks_at_most=5, again=source.again) as upload:

        def write_all() -> None:
            for start in range(0, len(source.content), PART_SIZE):
                upload.write(source.content[start : start + PART_SIZE])
                written.release()

        writer = threading.Thread(target=write_all)
        writer.start()
        for _ in range(8):
            assert written.acquire(timeout=10), "a part that was sent held memory until it was answered"
        requests.gate.set()
        writer.join(10)
        upload.complete()
    assert requests.most_under_way == 8
    assert b"".join(requests.parts[number] for number in sorted(requests.parts)) == source.content
    assert source.asked == []


@pytest.mark.parametrize("takes_before_it_answers", [True, False])
def test_a_part_that_fails_when_it_was_forgotten_is_read_from_the_source_again(takes_before_it_answers: bool) -> None:  # noqa: FBT001 - a parameter of the test
    requests = RecordedRequests(failing={1: 2, 4: 1})
    requests.takes_before_it_answers = takes_before_it_answers
    source = Source(bytes(range(200)) * 2 + b"end")
    with upload_to(requests, blocks_at_most=5, again=source.again) as upload:
        for start in range(0, len(source.content), 40):
            upload.write(source.content[start : start + 40])
        upload.complete()
    assert b"".join(requests.parts[number] for number in sorted(requests.parts)) == source.content
    assert sorted(source.asked) == [(0, PART_SIZE), (0, PART_SIZE), (3 * PART_SIZE, PART_SIZE)]


def test_a_source_that_is_gone_when_a_part_must_be_sent_again_fails_the_upload_with_its_own_error() -> None:
    requests = RecordedRequests(failing={1: 1})

    def gone(_start: int, _length: int) -> Iterator[bytes]:
        raise FileNotFoundError
        yield b""

    def attempt() -> None:
        with upload_to(requests, again=gone) as upload:
            upload.write(bytes(PART_SIZE * 3))
            upload.complete()

    with pytest.raises(FileNotFoundError):
        attempt()
    assert requests.completed is None
    assert requests.aborted == ["upload"]


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
    written = 0
    with upload_to(requests) as upload:
        while written < PART_SIZE * 50:
            space = upload.space(PART_SIZE)
            assert space is not None
            seen.add(id(space.obj))
            written += len(space)
            upload.write(space)
        upload.complete()
    assert len(seen) <= BLOCKS_AT_MOST
    assert sum(len(part) for part in requests.parts.values()) == written


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
