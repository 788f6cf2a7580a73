"""What is sent to an S3 store: bytes with the one checksum by which the server refuses them if they were damaged."""

import base64
import hashlib
from collections.abc import Iterator

from storage.s3_headers import Headers
from storage.s3_settings import PartChecksum

# The HTTP client gives one `send` a time limit in total: a slice, not a part, must get through a slow line in time.
_SLICE = 128 * 1024


class Body:
    """Bytes of the caller's, sent in slices and without being copied. May be sent again from the start."""

    def __init__(self, content: bytes | bytearray | memoryview, checksum: PartChecksum) -> None:
        self._content = memoryview(content).cast("B")
        self.all_sent = not self._content
        """Whether the server may have all of it: only then can it have done anything with it."""
        self.headers = _checksum_headers(self._content, checksum)

    def __len__(self) -> int:
        return len(self._content)

    def __iter__(self) -> Iterator[memoryview]:
        for start in range(0, len(self._content), _SLICE):
            piece = self._content[start : start + _SLICE]
            self.all_sent = start + len(piece) == len(self._content)
            yield piece


def _checksum_headers(content: memoryview, checksum: PartChecksum) -> Headers:
    if checksum is PartChecksum.SHA256:
        return {"x-amz-content-sha256": hashlib.sha256(content).hexdigest()}
    digest = hashlib.md5(content, usedforsecurity=False).digest()
    # The header itself is signed; a second digest over all bytes would make the server no surer.
    return {"x-amz-content-sha256": "UNSIGNED-PAYLOAD", "Content-MD5": base64.b64encode(digest).decode()}
