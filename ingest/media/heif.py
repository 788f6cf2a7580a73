"""The stored size and the turning of a HEIF picture, from its boxes: its decoder only tells the turned size."""

import struct
from dataclasses import dataclass

from ingest.media.boxes import Box, BoxReader

BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis"))
_TURNED = {0: 1, 90: 6, 180: 3, 270: 8}
_TURNED_THEN_MIRRORED = {0: 2, 90: 5, 180: 4, 270: 7}


@dataclass(frozen=True, slots=True)
class HeifProperties:
    """`orientation` as an EXIF value, None where the picture is neither turned nor mirrored explicitly."""

    width: int
    height: int
    orientation: int | None


def looks_like_heif(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in BRANDS


def missing_bytes(reader: BoxReader) -> int:
    """How many bytes the boxes announce past the end of the file."""
    return max((box.claimed_end - reader.size for box in reader.top()), default=0)


def read_properties(reader: BoxReader) -> HeifProperties | None:
    """Read the properties of the primary picture; None where the boxes do not give them."""
    meta = next((box for box in reader.top() if box.kind == b"meta"), None)
    if meta is None:
        return None
    kinds = {box.kind: box for box in reader.children(meta.start + 4, meta.end)}
    primary = reader.payload(kinds.get(b"pitm"), 16)
    properties = reader.inside(kinds.get(b"iprp"))
    container = properties.get(b"ipco")
    if container is None or len(primary) < 6:  # noqa: PLR2004 - version and item
        return None
    item = struct.unpack_from(">I" if primary[0] else ">H", primary.ljust(8, b"\0"), 4)[0]
    boxes = list(reader.children(container.start, container.end))
    associated = _associations(reader.payload(properties.get(b"ipma")), item)
    return _combine(reader, {boxes[index - 1].kind: boxes[index - 1] for index in associated if index <= len(boxes)})


def _combine(reader: BoxReader, properties: dict[bytes, Box]) -> HeifProperties | None:
    extent = reader.payload(properties.get(b"ispe"), 12)
    if len(extent) < 12:  # noqa: PLR2004 - version, width, height
        return None
    width, height = struct.unpack_from(">II", extent, 4)
    turn, mirror = reader.payload(properties.get(b"irot"), 1), reader.payload(properties.get(b"imir"), 1)
    clockwise = -90 * (turn[0] & 3) % 360 if turn else 0
    if mirror:
        orientation = _TURNED_THEN_MIRRORED[(clockwise + 180 * (mirror[0] & 1)) % 360]
        return HeifProperties(width, height, orientation)
    return HeifProperties(width, height, _TURNED[clockwise] if turn else None)


def _associations(payload: bytes, wanted: int) -> list[int]:
    """The numbers, from 1, of the properties of item `wanted`."""
    if len(payload) < 8:  # noqa: PLR2004 - version, flags, count
        return []
    item_width, wide = (4, 2)[payload[0] == 0], payload[3] & 1
    (count,) = struct.unpack_from(">I", payload, 4)
    position = 8
    for _ in range(count):
        if position + item_width + 1 > len(payload):
            return []
        item = int.from_bytes(payload[position : position + item_width])
        number = payload[position + item_width]
        position += item_width + 1
        step = 2 if wide else 1
        entries = payload[position : position + number * step]
        position += number * step
        if item == wanted:
            mask = 0x7FFF if wide else 0x7F
            values = (int.from_bytes(entries[at : at + step]) & mask for at in range(0, len(entries), step))
            return [value for value in values if value]
    return []
