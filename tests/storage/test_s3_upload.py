"""The upload's steps against requests that are recorded: order, bounded memory, and what a fault leaves behind."""

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest

from storage.errors import StorageError, StoreMisconfigured, StoreUnavailable
from storage.model import Bucket, Lock, LockMode, StoredVersion, VersionReference
from storage.s3_headers import ATTEMPT, Headers
from storage.s3_parts import PartBuffers, PartPool
from storage.s3_settings import MIB, PARTS_AT_MOST, part_size_for
from storage.s3_upload import S3Upload, UploadGone

PART_SIZE, PARALLEL_PARTS = 100, 3
LOCK = Lock(LockMode.GOVERNANCE, datetime(2031, 1, 1, tzinfo=UTC))


class RecordedRequests:
    """A store that remembers what it was asked; `gate` holds parts back, `failing` names a part that fails so often.

    `making` says what becomes of each request to make the version; once it is empty, they succeed.
    """

    def __init__(self, *, failing: dict[int, int] | None = None, making: Iterable[StorageError] = ()) -> None:
        self.parts: dict[int, bytes] = {}
        self.completed: list[str] | None = None
        self.aborted: list[str] = []
        self.removed: list[VersionReference] = []
        self.whole: bytes | None = None
        self.headers: Headers = {}
        self.under_way = self.most_under_way = 0
        self.gate = threading.Event()
        self.gate.set()
        self.versions: dict[str, str] = {}
        """What lies there: versions by the attempts that made them."""
        self.asked_to_make = 0
        self.made_although: set[int] = set()
        """The requests, counted from one, that make the version and then fail all the same."""
        self.blind = False
        """Nobody can look what lies there."""
        self._failing = dict(failing or {})
        self._making = iter(making)
        self._counting = threading.Lock()

    def make(self) -> str:
        self.asked_to_make += 1
        error = next(self._making, None)
        attempt = str(self.headers[ATTEMPT])
        if error is None or self.asked_to_make in self.made_although:
            assert attempt not in self.versions, "the version was made twice"
            self.versions[attempt] = "version"
        if error is not None:
            raise error
        return "version"

    def put_whole(self, bucket: Bucket, key: str, headers: Headers, content: memoryview) -> str | None:
        del bucket, key
        self.whole, self.headers = bytes(content), headers
        return self.make()

    def find_made(self, bucket: Bucket, key: str, attempt: str) -> str | None:
        del bucket, key
        if self.blind:
            raise StoreUnavailable("here", "of this test")
        return self.versions.get(attempt)

    def open_parts(self, bucket: Bucket, key: str, headers: Headers) -> str:
        del bucket, key
        self.headers = headers
        return "upload"

    def put_part(self, bucket: Bucket, key: str, upload_id: str, number: int, content: memoryview) -> str:
        del bucket, key, upload_id
        with self._counting:
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
        assert self.gate.wait(10)
        with self._counting:
            self.under_way -= 1
            self.parts[number] = bytes(content)
            left = self._failing.get(number, 0)
            self._failing[number] = left - 1
        if left > 0:
            raise StoreUnavailable("here", "of this test")
        return f"etag-{number}"

    def complete_parts(self, bucket: Bucket, key: str, upload_id: str, etags: list[str]) -> str | None:
        del bucket, key, upload_id
        self.completed = list(etags)
        return self.make()

    def abort_parts(self, bucket: Bucket, key: str, upload_id: str) -> bool:
        del bucket, key
        assert self.under_way == 0, "a part that arrives after the abort stays for ever"
        self.aborted.append(upload_id)
        return True

    def remove_version(self, reference: VersionReference) -> None:
        self.removed.append(reference)


def upload_to(
    requests: RecordedRequests,
    *,
    lock: Lock | None = LOCK,
    kept: Lock | None = LOCK,
    late: bool = False,
    late_error: StorageError | None = None,
    size: int | None = None,
    lost: int = 0,
    parallel_parts: int = PARALLEL_PARTS,
) -> S3Upload:
    """An upload to a store that reports `kept` as the version's lock, and `lost` bytes fewer than it was given."""

    def head(reference: VersionReference) -> StoredVersion:
        given = len(requests.whole or b"") + sum(len(part) for part in requests.parts.values())
        return StoredVersion(reference, given - lost, datetime(2030, 1, 1, tzinfo=UTC), kept)

    def lock_late(reference: VersionReference, wanted: Lock) -> StoredVersion:
        if late_error is not None:
            raise late_error
        return StoredVersion(reference, 0, datetime(2030, 1, 1, tzinfo=UTC), wanted)

    return S3Upload(
        requests,
        head,
        lock_late if late else None,
        Bucket.ORIGINALS,
        "recording.mp4",
        lock=lock,
        headers={"x-lock": "as asked"},
        buffers=PartBuffers(PartPool(PART_SIZE, keep=4), PART_SIZE, at_most=parallel_parts + 1, size=size),
        parallel_parts=parallel_parts,
        wait=lambda _seconds: None,
    )


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


SIZES = pytest.mark.parametrize("size", [7, PART_SIZE * 2 + 1], ids=["single put", "parts"])


def send(upload: S3Upload, size: int) -> None:
    with upload:
        upload.write(bytes(size))
        upload.complete()


def answered() -> StoreUnavailable:
    """The store said that it failed."""
    return StoreUnavailable("here", "it answers InternalError")


def cut() -> StoreUnavailable:
    """No answer came."""
    return StoreUnavailable("here", "it broke off", outcome_unknown=True)


@SIZES
@pytest.mark.parametrize("fault", [answered, cut])
def test_a_version_that_was_made_although_the_store_did_not_say_so_is_found(
    size: int, fault: Callable[[], StoreUnavailable]
) -> None:
    requests = RecordedRequests(making=[fault()])
    requests.made_although = {1}
    with upload_to(requests) as upload:
        upload.write(bytes(size))
        assert upload.complete().reference.version_id == "version"
    assert requests.asked_to_make == 1
    assert requests.aborted == []


@SIZES
def test_a_version_that_the_store_refused_to_make_is_asked_for_again(size: int) -> None:
    requests = RecordedRequests(making=[answered(), answered()])
    with upload_to(requests) as upload:
        upload.write(bytes(size))
        upload.complete()
    assert requests.asked_to_make == 3


def test_a_single_put_without_answer_is_not_repeated_blindly() -> None:
    """The server may still be at it: a second put would leave a second locked version."""
    requests = RecordedRequests(making=[cut()])
    with upload_to(requests) as upload, pytest.raises(StoreUnavailable):
        upload.complete()
    assert requests.asked_to_make == 1


def test_a_single_put_is_not_repeated_where_nobody_can_look() -> None:
    requests = RecordedRequests(making=[answered()])
    requests.blind = True
    with upload_to(requests) as upload, pytest.raises(StoreUnavailable):
        upload.complete()
    assert requests.asked_to_make == 1


def test_a_completion_without_answer_is_asked_for_again_since_it_makes_one_version_at_most() -> None:
    requests = RecordedRequests(making=[cut()])
    with upload_to(requests) as upload:
        upload.write(bytes(PART_SIZE + 1))
        upload.complete()
    assert requests.asked_to_make == 2


def test_a_completion_of_an_upload_that_is_gone_finds_the_version_or_fails_at_once() -> None:
    gone = UploadGone("here", "it knows nothing of this upload")
    requests = RecordedRequests(making=[cut(), gone])
    requests.made_although = {1}
    requests.blind = True  # so that the first look fails and the completion is asked for again

    def see(_seconds: float) -> None:
        requests.blind = False

    upload = upload_to(requests)
    upload._wait = see
    with upload:
        upload.write(bytes(PART_SIZE + 1))
        assert upload.complete().reference.version_id == "version"
    swept = RecordedRequests(making=[gone])
    with pytest.raises(UploadGone):
        send(upload_to(swept), PART_SIZE + 1)
    assert swept.asked_to_make == 1


@SIZES
def test_a_store_that_never_recovers_fails_the_upload(size: int) -> None:
    requests = RecordedRequests(making=[answered() for _ in range(99)])
    with pytest.raises(StoreUnavailable):
        send(upload_to(requests), size)
    assert requests.asked_to_make < 10


@SIZES
def test_a_version_that_is_shorter_than_what_was_sent_is_noticed(size: int) -> None:
    with pytest.raises(StoreUnavailable, match="bytes of the"):
        send(upload_to(RecordedRequests(), lost=1), size)


@pytest.mark.parametrize(
    ("size", "expected"),
    [(None, 8), (0, 8), (8 * MIB, 8), (80_000 * MIB, 8), (80_001 * MIB, 9), (300 * 1024 * MIB, 31)],
)
def test_parts_grow_so_that_ten_thousand_are_enough(size: int | None, expected: int) -> None:
    found = part_size_for(size, 8 * MIB)
    assert found == expected * MIB
    assert size is None or -(-size // found) <= PARTS_AT_MOST
