"""The upload's steps against requests that are recorded: order, bounded memory, and what a fault leaves behind."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from storage.errors import StorageError, StoreMisconfigured, StoreUnavailable
from storage.model import Bucket, Lock, LockMode, StoredVersion, VersionReference
from storage.s3_headers import Headers
from storage.s3_upload import S3Upload

PART_SIZE, PARALLEL_PARTS = 100, 3
LOCK = Lock(LockMode.GOVERNANCE, datetime(2031, 1, 1, tzinfo=UTC))


class RecordedRequests:
    """A store that remembers what it was asked; `gate` holds parts back, `failing` names a part that fails."""

    def __init__(self, *, failing: int | None = None) -> None:
        self.parts: dict[int, bytes] = {}
        self.completed: list[str] | None = None
        self.aborted: list[str] = []
        self.removed: list[VersionReference] = []
        self.whole: bytes | None = None
        self.headers: Headers = {}
        self.under_way = self.most_under_way = 0
        self.gate = threading.Event()
        self.gate.set()
        self._failing = failing
        self._counting = threading.Lock()

    def put_whole(self, bucket: Bucket, key: str, headers: Headers, body: bytes | bytearray) -> str | None:
        del bucket, key
        self.whole, self.headers = bytes(body), headers
        return "version"

    def open_parts(self, bucket: Bucket, key: str, headers: Headers) -> str:
        del bucket, key
        self.headers = headers
        return "upload"

    def put_part(self, bucket: Bucket, key: str, upload_id: str, number: int, body: bytes | bytearray) -> str:
        del bucket, key, upload_id
        with self._counting:
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
        assert self.gate.wait(10)
        with self._counting:
            self.under_way -= 1
            self.parts[number] = bytes(body)
        if number == self._failing:
            raise StoreUnavailable("here", "of this test")
        return f"etag-{number}"

    def complete_parts(self, bucket: Bucket, key: str, upload_id: str, etags: list[str]) -> str | None:
        del bucket, key, upload_id
        self.completed = list(etags)
        return "version"

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
) -> S3Upload:
    """An upload to a store that reports `kept` as the version's lock."""

    def head(reference: VersionReference) -> StoredVersion:
        return StoredVersion(reference, 0, datetime(2030, 1, 1, tzinfo=UTC), kept)

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
        part_size=PART_SIZE,
        parallel_parts=PARALLEL_PARTS,
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
    assert requests.headers == {"x-lock": "as asked"}
    assert requests.aborted == []


def test_an_object_smaller_than_a_part_is_one_request_that_carries_the_lock() -> None:
    requests = RecordedRequests()
    with upload_to(requests) as upload:
        upload.write(b"x" * (PART_SIZE - 1))
        upload.complete()
    assert requests.whole == b"x" * (PART_SIZE - 1)
    assert requests.headers == {"x-lock": "as asked"}
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
    requests = RecordedRequests(failing=2)

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
