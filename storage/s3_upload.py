"""An upload to S3, apart from the client that speaks to it.

1. bytes gather in a part; an object smaller than a part is sent by step 4 alone
2. the first full part opens a multipart upload, which carries the lock already
3. parts go out in parallel, several at a time; without memory for more, `write` waits until some is free
4. completing (or the single put) makes the version, locked from its first moment
5. size and lock are read from the store for that very version, and compared; left to who reads all of it back anyway
6. a store that forgot the lock is asked for it once more, if that is allowed

Of requests that fail, parts are simply sent again. Where whoever writes can read the same bytes once more (`again`), no
memory is held for that: what was sent is forgotten, and more parts are on their way than there is memory for. Their
checksum is that of the bytes as they were first read, so a source that changed since is refused by the store. Step 4 is
not simply sent again: each upload writes its own mark into the version's
metadata, and after a fault a version with this mark is looked for first. None there: a completion is asked for again,
since one upload makes one version at most; a single put only if the store cannot have had all of it, or said no.
"""

import contextlib
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Protocol, Self

from storage.errors import StorageError, StoreMisconfigured, StoreUnavailable
from storage.model import Bucket, Lock, StoredVersion, VersionReference
from storage.s3_blocks import Blocks
from storage.s3_body import Content
from storage.s3_headers import ATTEMPT, Headers, is_weaker
from storage.s3_settings import PARTS_AT_MOST

AGAIN_AFTER_SECONDS = (0.5, 2.0, 4.0)


class UploadGone(StoreUnavailable):
    """The store knows no such unfinished upload: it was completed, or swept away."""


class UploadRequests(Protocol):
    """What an upload asks of the store. All raise StorageError; the ones that make a version return its id, if any."""

    def put_whole(self, bucket: Bucket, key: str, headers: Headers, content: Content) -> str | None: ...
    def open_parts(self, bucket: Bucket, key: str, headers: Headers) -> str: ...
    def put_part(self, bucket: Bucket, key: str, upload_id: str, number: int, content: Content) -> str: ...
    def complete_parts(self, bucket: Bucket, key: str, upload_id: str, etags: list[str]) -> str | None: ...
    def abort_parts(self, bucket: Bucket, key: str, upload_id: str) -> bool: ...
    def find_made(self, bucket: Bucket, key: str, attempt: str) -> str | None: ...
    def remove_version(self, reference: VersionReference) -> None: ...


class S3Upload:
    """See `storage.contract.Upload`. Holds no more in memory than `blocks` give, which must be more than a part."""

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
        blocks: Blocks,
        part_size: int,
        parallel_parts: int,
        again: Callable[[int, int], Iterator[bytes]] | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._requests, self._head, self._lock_late = requests, head, lock_late
        self._bucket, self._key, self._lock = bucket, key, lock
        self._attempt = uuid.uuid4().hex
        self._headers: Headers = headers | {ATTEMPT: self._attempt}
        self._blocks, self._part_size, self._wait, self._again = blocks, part_size, wait, again
        self._block: bytearray | None = None
        self._filled = 0
        self._pieces: list[memoryview] = []
        self._in_part = 0
        self._size = 0
        self._upload_id: str | None = None
        self._parallel_parts = parallel_parts
        self._threads = ThreadPoolExecutor(parallel_parts, thread_name_prefix="s3-part")
        self._on_the_way: deque[Future[str]] = deque()
        self._etags: list[str] = []
        self._leaving = False

    def space(self, at_most: int) -> memoryview | None:
        return self._room()[:at_most]

    def write(self, chunk: bytes | memoryview) -> None:
        rest = memoryview(chunk).cast("B")
        self._size += len(rest)
        if self._block is not None and rest.obj is self._block:  # read into `space`: it lies where it belongs
            self._take(len(rest))
            return
        while rest:
            room = self._room()
            taken = rest[: len(room)]
            room[: len(taken)] = taken  # step 1
            self._take(len(taken))
            rest = rest[len(taken) :]

    def complete(self) -> StoredVersion:
        """See `Upload.complete`. Raises StoreMisconfigured too: when the store keeps no versions or not the lock."""
        return self.confirm(self.make())

    def make(self) -> VersionReference:
        """See `Upload.make`. Raises StoreMisconfigured too: when the store keeps no versions."""
        version_id = self._complete_parts() if self._upload_id else self._put_whole()
        if not version_id:
            raise StoreMisconfigured(
                f"The store's bucket for {self._bucket} keeps no versions: switch versioning on.",
                "no_versions",
                where=self._bucket,
            )
        return VersionReference(self._bucket, self._key, version_id)

    def confirm(self, reference: VersionReference) -> StoredVersion:
        """See `Upload.confirm`. Raises StoreMisconfigured too: when the store did not keep the lock."""
        stored = self._head(reference)  # step 5
        if stored.size != self._size:
            why = f"it holds {stored.size} bytes of the {self._size} that were sent"
            raise StoreUnavailable(str(reference), why, "other_bytes")
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
            "use a store that does, or read on `lock_after_complete` in storage/README.md.",
            "not_locked",
            where=reference,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving = True
        # A part that arrives after the abort would stay for ever: no request may be under way by then.
        self._threads.shutdown(cancel_futures=True)
        if self._upload_id is not None:
            # What cannot be aborted now is swept later; it must not hide the reason for leaving.
            with contextlib.suppress(StorageError):
                self._requests.abort_parts(self._bucket, self._key, self._upload_id)
        self._blocks.close()

    # --- parts ----------------------------------------------------------------------------------------------

    def _room(self) -> memoryview:
        """What is free of the block being filled, as far as it belongs to the part being filled."""
        if self._block is None:
            self._reap()
            self._block, self._filled = self._blocks.take(self._reap), 0
        return memoryview(self._block)[self._filled : self._filled + self._part_size - self._in_part]

    def _take(self, count: int) -> None:
        """Count bytes in that were just put behind the others; a full part goes out."""
        self._filled += count
        self._in_part += count
        self._blocks.last_written = self._block
        if self._in_part == self._part_size:
            self._send_part()
        elif self._block is not None and self._filled == len(self._block):
            self._close_block()

    def _close_block(self) -> None:
        if self._block is not None and self._filled:
            self._pieces.append(memoryview(self._block)[: self._filled])
            self._block = None

    def _send_part(self) -> None:
        if self._upload_id is None:  # step 2
            self._upload_id = self._requests.open_parts(self._bucket, self._key, self._headers)
        number = len(self._etags) + len(self._on_the_way) + 1
        if number > PARTS_AT_MOST:
            raise StoreMisconfigured(
                f"{self._bucket}/{self._key} takes more than {PARTS_AT_MOST} parts: raise storage.s3.part_size.",
                "too_many_parts",
                where=f"{self._bucket}/{self._key}",
                detail=PARTS_AT_MOST,
            )
        if len(self._on_the_way) == self._parallel_parts:  # step 3
            self._await_oldest()
        content = self._gathered((number - 1) * self._part_size)
        request = self._threads.submit(self._put_part, self._upload_id, number, content)
        request.add_done_callback(lambda _request: self._blocks.wake())
        self._on_the_way.append(request)

    def _gathered(self, start: int) -> Content:
        """What was written since the last part, which begins at `start`."""
        self._close_block()
        pieces, size = self._pieces, self._in_part
        self._pieces, self._in_part = [], 0
        again = None if self._again is None else partial(self._again, start, size)
        return Content(pieces, again=again, let_go=self._let_go)

    def _let_go(self, piece: memoryview) -> None:
        if isinstance(piece.obj, bytearray):
            self._blocks.give_back(piece.obj)

    def _put_part(self, upload_id: str, number: int, content: Content) -> str:
        """Send one part, again and again for a while. Runs in a thread of its own."""
        for pause in (*AGAIN_AFTER_SECONDS, None):
            try:
                etag = self._requests.put_part(self._bucket, self._key, upload_id, number, content)
            except StoreUnavailable:
                if self._leaving or pause is None:
                    raise
                self._wait(pause)
            else:
                content.let_go()
                return etag
        raise AssertionError

    def _await_oldest(self) -> None:
        self._etags.append(self._on_the_way.popleft().result())

    def _reap(self) -> None:
        """Take note of what has arrived, or failed."""
        while self._on_the_way and self._on_the_way[0].done():
            self._await_oldest()

    # --- making the version ---------------------------------------------------------------------------------

    def _put_whole(self) -> str | None:  # step 4
        self._close_block()
        content = Content(self._pieces)
        return self._made_once(
            lambda: self._requests.put_whole(self._bucket, self._key, self._headers, content), repeatable=False
        )

    def _complete_parts(self) -> str | None:  # step 4
        if self._in_part:
            self._send_part()
        while self._on_the_way:
            self._await_oldest()
        upload_id, etags = str(self._upload_id), self._etags
        version_id = self._made_once(
            lambda: self._requests.complete_parts(self._bucket, self._key, upload_id, etags), repeatable=True
        )
        self._upload_id = None
        return version_id

    def _made_once(self, make: Callable[[], str | None], *, repeatable: bool) -> str | None:
        """Have the version made, and never twice: after each fault it is looked for before anything else."""
        for pause in AGAIN_AFTER_SECONDS:
            try:
                return make()
            except StoreUnavailable as error:
                made = self._after_fault(error, pause, repeatable=repeatable)
                if made is not None:
                    return made
        try:
            return make()
        except StoreUnavailable as error:
            made = self._after_fault(error, 0.0, repeatable=False)
            if made is None:
                raise
            return made

    def _after_fault(self, error: StoreUnavailable, pause: float, *, repeatable: bool) -> str | None:
        """Return the version if it was made; None if it was not and may be asked for again. Raises `error` else."""
        looked = False
        with contextlib.suppress(StorageError):
            made = self._requests.find_made(self._bucket, self._key, self._attempt)
            if made is not None:
                return made
            looked = True
        if isinstance(error, UploadGone) and looked:
            raise error
        self._wait(pause)
        if repeatable or (looked and not error.outcome_unknown):
            return None
        with contextlib.suppress(StorageError):  # it may have come late
            made = self._requests.find_made(self._bucket, self._key, self._attempt)
            if made is not None:
                return made
        raise error

    def _take_back(self, reference: VersionReference) -> None:
        """Remove the version that this upload just made and nobody was told of."""
        with contextlib.suppress(StorageError):  # a weaker lock forbids it; what matters is said right after
            self._requests.remove_version(reference)
