"""Where each sample of an MP4 track lies, from its tables, bounded."""

import struct
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.media.boxes import Box, BoxReader

SAMPLE_LIMIT = 4_000_000  # 24 hours of 48 kHz AAC; more is a parser bomb or a film archive
REPEATED_LIMIT = 500_000  # samples of one size are uncompressed sound: its first ten seconds tell enough
_TABLE_BYTES = SAMPLE_LIMIT * 4 + 16


@dataclass(frozen=True, slots=True)
class Sample:
    """`time` and `duration` in ticks of the track's timescale."""

    offset: int
    size: int
    time: int
    duration: int


@dataclass(frozen=True, slots=True)
class Presence:
    """How many samples a track announces, how many lie in the file, and for how many ticks they run unbroken."""

    announced: int
    present: int
    playable_ticks: int


def read_samples(reader: BoxReader, table: dict[bytes, Box]) -> Iterator[Sample]:
    """Yield the samples of one track in order; ends early where the tables do."""
    sizes = _sizes(reader, table)
    runs = _pairs(reader, table.get(b"stts"), 2)
    time, run_left, delta = 0, 0, 0
    index = 0
    for offset, count in _chunks(reader, table):
        position = offset
        for _ in range(count):
            if index >= len(sizes):
                return
            while run_left == 0:
                run_left, delta = next(runs, (SAMPLE_LIMIT, 0))
            yield Sample(position, sizes[index], time, delta)
            position += sizes[index]
            time += delta
            run_left -= 1
            index += 1


def presence(reader: BoxReader, table: dict[bytes, Box]) -> Presence:
    """Compare what the tables announce with the bytes that are there."""
    announced = len(_sizes(reader, table))
    present, playable, broken = 0, 0, False
    for sample in read_samples(reader, table):
        if sample.offset + sample.size <= reader.size:
            present += 1
            playable = playable if broken else sample.time + sample.duration
        else:
            broken = True
    return Presence(announced, present, playable)


def _sizes(reader: BoxReader, table: dict[bytes, Box]) -> "array[int] | _Repeated":
    data = reader.payload(table.get(b"stsz"), _TABLE_BYTES)
    if len(data) < 12:  # noqa: PLR2004 - version, common size, count
        return array("I")
    common, count = struct.unpack_from(">II", data, 4)
    if common:
        return _Repeated(common, min(count, REPEATED_LIMIT))
    return _numbers(data[12:], "I", count)


@dataclass(frozen=True, slots=True)
class _Repeated:
    """Many samples of one size, without a list of them."""

    size: int
    count: int

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> int:
        return self.size


def _chunks(reader: BoxReader, table: dict[bytes, Box]) -> Iterator[tuple[int, int]]:
    """Yield each chunk's offset and its number of samples."""
    offsets = _offsets(reader, table)
    runs = list(_pairs(reader, table.get(b"stsc"), 3))
    chunk = 1
    for number, (_, per_chunk, _) in enumerate(runs):
        last = runs[number + 1][0] if number + 1 < len(runs) else len(offsets) + 1
        while chunk < min(last, len(offsets) + 1):  # only ever forward: a table that runs back would never end
            yield offsets[chunk - 1], min(per_chunk, SAMPLE_LIMIT)
            chunk += 1


def _offsets(reader: BoxReader, table: dict[bytes, Box]) -> "array[int]":
    wide = table.get(b"co64")
    data = reader.payload(wide or table.get(b"stco"), _TABLE_BYTES)
    if len(data) < 8:  # noqa: PLR2004 - version, count
        return array("Q")
    return _numbers(data[8:], "Q" if wide else "I", struct.unpack_from(">I", data, 4)[0])


def _pairs(reader: BoxReader, box: Box | None, width: int) -> Iterator[tuple[int, ...]]:
    """Yield the entries of a run-length table: `width` 32-bit numbers each."""
    data = reader.payload(box, _TABLE_BYTES)
    if len(data) < 8:  # noqa: PLR2004 - version, count
        return
    (count,) = struct.unpack_from(">I", data, 4)
    for index in range(min(count, (len(data) - 8) // (4 * width))):
        yield struct.unpack_from(f">{width}I", data, 8 + index * 4 * width)


def _numbers(data: bytes, width: str, count: int) -> "array[int]":
    numbers = array(width)
    numbers.frombytes(data[: min(count, len(data) // numbers.itemsize) * numbers.itemsize])
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers
