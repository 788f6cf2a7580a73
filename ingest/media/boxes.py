"""The boxes of ISO base media files (MP4, MOV, 3GP, HEIC), walked with bounds: nothing in the file is believed.

Only headers are read, and payloads up to a limit the caller gives. There is no recursion: who wants the children
of a box asks for them, so a thousand boxes inside each other cost no more than the levels somebody asks for.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

BOX_LIMIT = 200_000  # a day of one-second fragments is 172,800 boxes
_LARGE, _TO_THE_END = 1, 0


@dataclass(frozen=True, slots=True)
class Box:
    """One box: `start` of its payload, `end` as far as it is there, `claimed_end` as its header says."""

    kind: bytes
    offset: int
    start: int
    end: int
    claimed_end: int

    @property
    def complete(self) -> bool:
        return self.claimed_end <= self.end


@dataclass(slots=True)
class BoxReader:
    """Reads boxes of one open file of `size` bytes, and remembers in `damage` what made no sense."""

    stream: BinaryIO
    size: int
    damage: list[str] = field(default_factory=list)
    _seen: int = 0

    def top(self) -> Iterator[Box]:
        return self.children(0, self.size)

    def children(self, start: int, end: int) -> Iterator[Box]:
        """Yield the boxes between `start` and `end`; stop at the first header that makes no sense."""
        position = start
        while position + 8 <= min(end, self.size):
            self._seen += 1
            if self._seen > BOX_LIMIT:
                self.damage.append(f"There are more than {BOX_LIMIT} boxes; the rest was not read.")
                return
            box = self._box(position, min(end, self.size))
            if box is None:
                return
            yield box
            position = box.claimed_end

    def inside(self, box: Box | None) -> dict[bytes, Box]:
        """The children of `box` by kind, the first of each; empty for None."""
        found: dict[bytes, Box] = {}
        if box is not None:
            for child in self.children(box.start, box.end):
                found.setdefault(child.kind, child)
        return found

    def payload(self, box: Box | None, limit: int = 65_536) -> bytes:
        """The payload of `box`, at most `limit` bytes of it; empty for None."""
        return b"" if box is None else self.read(box.start, min(box.end - box.start, limit))

    def read(self, offset: int, length: int) -> bytes:
        self.stream.seek(offset)
        return self.stream.read(max(length, 0))

    def _box(self, position: int, end: int) -> Box | None:
        header = self.read(position, 16)
        size, kind = struct.unpack_from(">I4s", header)
        start = position + 8
        if size == _LARGE and len(header) == 16:  # noqa: PLR2004 - 32-bit size, kind, 64-bit size
            (size,) = struct.unpack_from(">Q", header, 8)
            start = position + 16
        elif size == _TO_THE_END:
            if kind == b"\0\0\0\0":
                self.damage.append(f"The bytes from {position} on are zero where a box should begin.")
                return None
            size = end - position
        if size < start - position:
            self.damage.append(f"The box at byte {position} claims an impossible size of {size}.")
            return None
        claimed_end = position + size
        return Box(kind, position, start, min(claimed_end, end), claimed_end)
