"""What a RIFF file (AVI, WAV) announces, compared with what is there."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from ingest.media.model import Problem, ProblemCode

_CHUNK_LIMIT = 10_000
_LIVE = {0xFFFFFFFF}  # written while the length is not known; many recorders leave it so


def looks_like_riff(head: bytes) -> bool:
    return head[:4] in {b"RIFF", b"RF64"}


def check_riff(stream: BinaryIO, size: int) -> Iterator[Problem]:
    """Yield what contradicts itself at the top level and, for sound, whether the data chunk was closed."""
    stream.seek(0)
    header = stream.read(12)
    if len(header) < 12:  # noqa: PLR2004 - RIFF, size, form
        yield Problem(ProblemCode.TRUNCATED, "The file ends within its own header.")
        return
    missing = _missing(stream, size)
    if missing:
        yield Problem(ProblemCode.TRUNCATED, f"The RIFF header announces {missing} bytes more than the file holds.")
    if header[8:12] == b"WAVE" and _open_data(stream, size):
        yield Problem(ProblemCode.MALFORMED, "The header says that there is no sound: recording was not finished.")


def _missing(stream: BinaryIO, size: int) -> int:
    """Files above 1 GiB are several RIFF chunks in a row."""
    for start, name, length in _chunks(stream, 0, size):
        if name == b"RIFF" and length not in _LIVE and start + length > size:
            return start + length - size
    return 0


def _open_data(stream: BinaryIO, size: int) -> bool:
    return any(name == b"data" and not length for _, name, length in _chunks(stream, 12, size))


def _chunks(stream: BinaryIO, start: int, end: int) -> Iterator[tuple[int, bytes, int]]:
    """Start of the payload, name, announced length."""
    position = start
    for _ in range(_CHUNK_LIMIT):
        stream.seek(position)
        header = stream.read(8)
        if len(header) < 8 or position + 8 > end:  # noqa: PLR2004 - name and length
            return
        name, length = struct.unpack("<4sI", header)
        yield position + 8, name, length
        position += 8 + length + length % 2
