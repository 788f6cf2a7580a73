"""What is sent to an S3 store: bytes with the one checksum by which the server refuses them if they were damaged."""

import base64
import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from storage.s3_headers import Headers
from storage.s3_settings import PartChecksum

# The HTTP client gives one `send` a time limit in total: a slice, not a part, must get through a slow line in time.
_SLICE = 128 * 1024


class Content:
    """Bytes of the caller's in pieces, not copied. May be gone through again from the start.

    `let_go` is handed each piece that is needed no more: once it was sent with `again`, which brings the same bytes
    once more.
    """

    def __init__(
        self,
        pieces: Iterable[memoryview],
        *,
        again: Callable[[], Iterator[bytes]] | None = None,
        let_go: Callable[[memoryview], None] = lambda _piece: None,
    ) -> None:
        self._pieces = deque(pieces)
        self._size = sum(len(piece) for piece in self._pieces)
        self._again, self._give = again, let_go
        self._begun = False
        self._headers: Headers | None = None

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes | memoryview]:
        """Yield slices. Raises what `again` raises."""
        if self._again is None:
            for piece in self._pieces:
                yield from _slices(piece)
        elif self._begun:
            self.let_go()
            yield from self._again()
        else:
            self._begun = True
            while self._pieces:
                yield from _slices(self._pieces[0])  # asked for the next, whoever sends is done with the one before
                self._give(self._pieces.popleft())

    def headers(self, checksum: PartChecksum) -> Headers:
        """The checksum of the bytes as they first were: what `again` brings must be the same, or is refused."""
        if self._headers is None:
            self._headers = _checksum_headers(self._pieces, checksum)
        return self._headers

    def let_go(self) -> None:
        """These bytes are needed no more."""
        while self._pieces:
            self._give(self._pieces.popleft())


class Body:
    """A content as the HTTP client sends it, once."""

    def __init__(self, content: Content, checksum: PartChecksum) -> None:
        self._content = content
        self.all_sent = not len(content)
        """Whether the server may have all of it: only then can it have done anything with it."""
        self.headers = content.headers(checksum)

    def __len__(self) -> int:
        return len(self._content)

    def __iter__(self) -> Iterator[bytes | memoryview]:
        left = len(self._content)
        for piece in self._content:
            left -= len(piece)
            self.all_sent = left <= 0
            yield piece


def _slices(piece: memoryview) -> Iterator[memoryview]:
    for start in range(0, len(piece), _SLICE):
        yield piece[start : start + _SLICE]


def _checksum_headers(pieces: Iterable[memoryview], checksum: PartChecksum) -> Headers:
    if checksum is PartChecksum.SHA256:
        digest = hashlib.sha256()
        for piece in pieces:
            digest.update(piece)
        return {"x-amz-content-sha256": digest.hexdigest()}
    md5 = hashlib.md5(usedforsecurity=False)
    for piece in pieces:
        md5.update(piece)
    # The header itself is signed; a second digest over all bytes would make the server no surer.
    return {"x-amz-content-sha256": "UNSIGNED-PAYLOAD", "Content-MD5": base64.b64encode(md5.digest()).decode()}
