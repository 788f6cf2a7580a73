"""Does an EXIF block keep to its own rules? Readers forgive much and say nothing.

TIFF 6.0, section 2: directories of 12-byte entries (tag, type, count, value or where it lies).
"""

import struct

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1}
_NESTED = {0x8769: "Exif", 0x8825: "GPS", 0xA005: "Interoperability"}
_DAMAGE_LIMIT = 10


def exif_damage(block: bytes) -> list[str]:
    """Sentences about what lies outside the block, has no known type or no value; empty when all is well."""
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None or len(block) < 8:  # noqa: PLR2004 - byte order, 42, first directory
        return ["The EXIF block has no TIFF header."]
    damage: list[str] = []
    todo = [("main", struct.unpack_from(f"{order}I", block, 4)[0])]
    seen: set[int] = set()
    while todo and len(damage) < _DAMAGE_LIMIT:
        name, offset = todo.pop()
        if offset in seen:
            damage.append(f"The {name} directory is listed twice.")
        elif offset:
            seen.add(offset)
            todo += _check_directory(block, order, name, offset, damage)
    return damage[:_DAMAGE_LIMIT]


def _check_directory(block: bytes, order: str, name: str, offset: int, damage: list[str]) -> list[tuple[str, int]]:
    """Check one directory; returns the ones it points to."""
    if offset + 2 > len(block):
        damage.append(f"The {name} directory lies outside the EXIF block.")
        return []
    (count,) = struct.unpack_from(f"{order}H", block, offset)
    end = offset + 2 + count * 12
    if end > len(block):
        damage.append(f"The {name} directory announces {count} entries and is cut off.")
        return []
    found = []
    for position in range(offset + 2, end, 12):
        tag, kind, number, value = struct.unpack_from(f"{order}HHII", block, position)
        damage += _check_entry(len(block), f"tag {tag:#06x} of the {name} directory", kind, number, value)
        if tag in _NESTED:
            found.append((_NESTED[tag], value))
    if name == "main" and end + 4 <= len(block):
        found.append(("thumbnail", struct.unpack_from(f"{order}I", block, end)[0]))
    return found


def _check_entry(size: int, what: str, kind: int, number: int, value: int) -> list[str]:
    if kind not in _SIZES:
        return [f"The {what} has the unknown type {kind}."]
    if not number:
        return [f"The {what} has no value."]
    length = _SIZES[kind] * number
    if length > 4 and value + length > size:  # noqa: PLR2004 - up to four bytes lie in the entry itself
        return [f"The value of {what} lies outside the EXIF block."]
    return []
