"""An upload to S3, apart from the client that speaks to it.

1. bytes gather in a part; an object smaller than a part is sent by step 4 alone
2. the first full part opens a multipart upload, which carries the lock already
3. parts go out in parallel, a few at a time; with all on their way, `write` waits for the oldest
4. completing (or the single put) makes the version, locked from its first moment
5. the lock is read from the store for that very version, and compared
"""

import contextlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Protocol, Self

from storage.errors import StorageError, StoreMisconfigured
from storage.model import Bucket, Lock, StoredVersion, VersionReference
from storage.s3_headers import Headers, is_weaker


class UploadRequests(Protocol):
    """What an upload asks of the store. All raise StorageError; the ones that make a version return its id, if any."""

    def put_whole(self, bucket: Bucket, key: str, headers: Headers, body: bytes | bytearray) -> str | None: ...
    def open_parts(self, bucket: Bucket, key: str, headers: Headers) -> str: ...
    def put_part(self, bucket: Bucket, key: str, upload_id: str, number: int, body: bytes | bytearray) -> str: ...
    def complete_parts(self, bucket: Bucket, key: str, upload_id: str, etags: list[str]) -> str | None: ...
    def abort_parts(self, bucket: Bucket, key: str, upload_id: str) -> bool: ...
    def remove_version(self, reference: VersionReference) -> None: ...


class S3Upload:
    """See `storage.contract.Upload`. Holds up to `parallel_parts` + 1 parts of `part_size` bytes in memory."""

    def __init__(
        self,
        requests: UploadRequests,
        head: Callable[[VersionReference], StoredVersion],
        lock_late: Callable[[VersionReference, Lock], StoredVersion] | None,
        bucket: Bucket,
        key: str,
        *,
        lock: Lock | None,
        headers: Headers,
        part_size: int,
        parallel_parts: int,
    ) -> None:
        self._requests, self._head, self._lock_late = requests, head, lock_late
        self._bucket, self._key, self._lock, self._headers = bucket, key, lock, headers
        self._part_size, self._parallel_parts = part_size, parallel_parts
        self._part = bytearray()
        self._upload_id: str | None = None
        self._threads = ThreadPoolExecutor(parallel_parts, thread_name_prefix="s3-part")
        self._on_the_way: deque[Future[str]] = deque()
        self._etags: list[str] = []

    def write(self, chunk: bytes | memoryview) -> None:
        rest = memoryview(chunk).cast("B")
        while rest:
            taken = rest[: self._part_size - len(self._part)]
            self._part += taken  # step 1
            rest = rest[len(taken) :]
            if len(self._part) == self._part_size:
                self._send_part()

    def complete(self) -> StoredVersion:
        """See `Upload.complete`. Raises StoreMisconfigured too: when the store keeps no versions or not the lock."""
        version_id = self._complete_parts() if self._upload_id else self._put_whole()
        if not version_id:
            raise StoreMisconfigured(f"The store's bucket for {self._bucket} keeps no versions: switch versioning on.")
        reference = VersionReference(self._bucket, self._key, version_id)
        stored = self._head(reference)  # step 5
        if self._lock is None or (stored.lock is not None and not is_weaker(stored.lock, than=self._lock)):
            return stored
        if self._lock_late is not None:  # step 6
            try:
                return self._lock_late(reference, self._lock)
            except StorageError:
                self._take_back(reference)
                raise
        self._take_back(reference)
        raise StoreMisconfigured(
            f"The store did not lock {reference} when it was made, as it was asked to, so it was taken back: "
            "use a store that does, or read on `lock_after_complete` in storage/README.md."
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A part that arrives after the abort would stay for ever: no request may be under way by then.
        self._threads.shutdown(cancel_futures=True)
        if self._upload_id is not None:
            # What cannot be aborted now is swept later; it must not hide the reason for leaving.
            with contextlib.suppress(StorageError):
                self._requests.abort_parts(self._bucket, self._key, self._upload_id)

    def _send_part(self) -> None:
        if self._upload_id is None:  # step 2
            self._upload_id = self._requests.open_parts(self._bucket, self._key, self._headers)
        if len(self._on_the_way) == self._parallel_parts:  # step 3
            self._etags.append(self._on_the_way.popleft().result())
        number = len(self._etags) + len(self._on_the_way) + 1
        body, self._part = self._part, bytearray()
        request = self._threads.submit(self._requests.put_part, self._bucket, self._key, self._upload_id, number, body)
        self._on_the_way.append(request)

    def _put_whole(self) -> str | None:  # step 4
        return self._requests.put_whole(self._bucket, self._key, self._headers, self._part)

    def _complete_parts(self) -> str | None:
        if self._part:
            self._send_part()
        while self._on_the_way:
            self._etags.append(self._on_the_way.popleft().result())
        upload_id, etags = str(self._upload_id), self._etags
        version_id = self._requests.complete_parts(self._bucket, self._key, upload_id, etags)  # step 4
        self._upload_id = None
        return version_id

    def _take_back(self, reference: VersionReference) -> None:
        """Remove the version that this upload just made and nobody was told of."""
        with contextlib.suppress(StorageError):  # a weaker lock forbids it; what matters is said right after
            self._requests.remove_version(reference)
