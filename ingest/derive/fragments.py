"""Walks the top-level boxes of a fragmented MP4: is there anything in it that plays, and how long?"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_SHORT, _LONG = 8, 16
_INDEX_LIMIT = 16 * 1024 * 1024
_TIMES_LENGTH = {0: 8, 1: 16}  # of earliest time and offset, by version of the index box


@dataclass(frozen=True, slots=True)
class Fragments:
    """`count` whole fragments; `duration_s` as the index in front of them says, None without one."""

    count: int
    duration_s: float | None


def read_fragments(path: Path) -> Fragments:
    """Count what follows a whole header; nothing when the file is missing or its header is not whole."""
    count, header, previous = 0, False, b""
    durations = []
    if path.exists():
        with path.open("rb") as file:
            for name, start, length in _boxes(file, path.stat().st_size):
                header = header or name == b"moov"
                count += header and name == b"mdat" and previous == b"moof"
                if name == b"sidx" and length <= _INDEX_LIMIT:
                    file.seek(start)
                    durations.append(_index_duration(file.read(length)))
                previous = name
    return Fragments(count, max(durations, default=None))


def _boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and length of each whole box; a cut one ends the walk."""
    position = 0
    while position + _SHORT <= size:
        file.seek(position)
        length, name = struct.unpack(">I4s", file.read(_SHORT))
        if length == 1 and position + _LONG <= size:
            (length,) = struct.unpack(">Q", file.read(_LONG - _SHORT))
        if length < _SHORT or position + length > size:
            return
        yield name, position, length
        position += length


def _index_duration(box: bytes) -> float:
    """Seconds that a segment index covers (ISO/IEC 14496-12, 8.16.3)."""
    timescale = struct.unpack_from(">I", box, _SHORT + 8)[0]
    references = _SHORT + 12 + _TIMES_LENGTH[min(box[_SHORT], 1)]
    count = struct.unpack_from(">H", box, references + 2)[0]
    ticks = sum(struct.unpack_from(">I", box, references + 4 + 12 * index + 4)[0] for index in range(count))
    return float(ticks / timescale) if timescale else 0.0
