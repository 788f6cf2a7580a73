"""A store that remembers what an upload asked of it, holds it back, and fails as it is told."""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from storage.errors import StorageError, StoreUnavailable
from storage.model import Bucket, Lock, LockMode, StoredVersion, VersionReference
from storage.s3_blocks import BlockPool, Blocks
from storage.s3_body import Content
from storage.s3_headers import ATTEMPT, Headers
from storage.s3_upload import S3Upload

PART_SIZE, PARALLEL_PARTS, BLOCK_SIZE = 100, 3, 30
BLOCKS_AT_MOST = 9
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
        self.takes_before_it_answers = False
        """A part's bytes are taken at once, before the gate: only its answer is held back."""
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

    def put_whole(self, bucket: Bucket, key: str, headers: Headers, content: Content) -> str | None:
        del bucket, key
        self.whole, self.headers = b"".join(content), headers
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

    def put_part(self, bucket: Bucket, key: str, upload_id: str, number: int, content: Content) -> str:
        del bucket, key, upload_id
        with self._at_work():
            sent = b"".join(content) if self.takes_before_it_answers else None
            assert self.gate.wait(10)
            sent = b"".join(content) if sent is None else sent
        with self._counting:
            self.parts[number] = sent
            left = self._failing.get(number, 0)
            self._failing[number] = left - 1
        if left > 0:
            raise StoreUnavailable("here", "of this test")
        return f"etag-{number}"

    @contextlib.contextmanager
    def _at_work(self) -> Iterator[None]:
        with self._counting:
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            yield
        finally:
            with self._counting:
                self.under_way -= 1

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
    blocks_at_most: int = BLOCKS_AT_MOST,
    again: Callable[[int, int], Iterator[bytes]] | None = None,
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
        blocks=Blocks(BlockPool(BLOCK_SIZE, keep=blocks_at_most), at_most=blocks_at_most, size=size),
        part_size=PART_SIZE,
        parallel_parts=parallel_parts,
        again=again,
        wait=lambda _seconds: None,
    )
