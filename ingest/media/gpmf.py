"""GoPro telemetry (GPMF): positions with their fix quality. Values without a fix are no places.

Read by ourselves because telemetry libraries hide the fix, and with it which samples to believe.
Sources: the GPMF introduction of gopro/gpmf-parser for GPS5, GPSF, GPSP, GPSU and GPS9; the streams of the
Karma drone (GPRI, SYST) describe their own types and scales.
"""

import math
import struct
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from ingest.media.location import is_place
from ingest.media.model import Fix, Position, TrackPoint

POINT_LIMIT = 20_000
_MAX_DILUTION = 20.0  # beyond this a fix is off by hundreds of metres
_DEPTH_LIMIT = 4
_FIXES = {2: Fix.TWO_D, 3: Fix.THREE_D}
_FORMATS = {"b": "b", "B": "B", "s": "h", "S": "H", "l": "i", "L": "I", "f": "f", "d": "d", "j": "q", "J": "Q"}
_YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Entry = tuple[bytes, str, int, int, bytes]


def read_track(payloads: Iterable[tuple[float, float, bytes]]) -> tuple[TrackPoint, ...]:
    """One point a second, at most, from payloads of (start, duration in seconds, bytes), in order.

    Asks for no further payload once POINT_LIMIT points are found, and keeps none.
    """
    points: list[TrackPoint] = []
    last = None
    for start, duration, payload in payloads:
        for point in _readable_points(start, duration, payload):
            second = int(point.offset_s or 0)
            if second != last:
                points.append(point)
                last = second
        if len(points) >= POINT_LIMIT:
            break
    return tuple(points[:POINT_LIMIT])


def best_position(track: Iterable[TrackPoint]) -> Position | None:
    """The first point with a height, else the first at all: where the recording began, as well as is known."""
    points = list(track)
    chosen = next((point for point in points if point.fix is Fix.THREE_D), next(iter(points), None))
    if chosen is None:
        return None
    return Position(
        latitude=chosen.latitude,
        longitude=chosen.longitude,
        origin="gpmf",
        fix=chosen.fix,
        at=chosen.at,
        altitude_m=chosen.altitude_m,
        accuracy_m=chosen.accuracy_m,
    )


def _readable_points(start: float, duration: float, payload: bytes) -> list[TrackPoint]:
    """The points of one payload; none where its numbers are beyond any date or count."""
    try:
        return _points(start, duration, payload)
    except (OverflowError, ValueError):
        return []


def _points(start: float, duration: float, payload: bytes) -> list[TrackPoint]:
    streams = [dict(_by_key(body)) for body in _streams(payload, 0)]
    boot = next((clock for stream in streams if (clock := _boot_clock(stream))), None)
    for key, reader in ((b"GPS9", _gps9), (b"GPS5", _gps5)):
        rows = [point for stream in streams if key in stream for point in reader(stream)]
        if rows:
            return list(_placed(rows, start, duration))
    rows = [point for stream in streams if b"GPRI" in stream for point in _karma(stream, boot)]
    return list(_placed(rows, start, duration))


def _placed(rows: list[TrackPoint | None], start: float, duration: float) -> Iterator[TrackPoint]:
    """Spread the rows evenly over their payload, and drop what is no place."""
    for index, row in enumerate(rows):
        if row is None or not is_place(row.latitude, row.longitude):
            continue
        offset = start + duration * index / len(rows)
        altitude, dilution, accuracy = map(_finite, (row.altitude_m, row.dilution, row.accuracy_m))
        yield TrackPoint(offset, row.latitude, row.longitude, altitude, row.at, row.fix, dilution, accuracy)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _gps5(stream: dict[bytes, Entry]) -> list[TrackPoint | None]:
    fix = _FIXES.get(int(_number(stream, b"GPSF") or 0))
    dilution = (_number(stream, b"GPSP") or 0) / 100 or None
    at = _written_time(stream)
    return [
        TrackPoint(None, row[0], row[1], row[2], at, fix, dilution) if len(row) >= 3 and _good(fix, dilution) else None  # noqa: PLR2004
        for row in _rows(stream, b"GPS5")
    ]


def _gps9(stream: dict[bytes, Entry]) -> list[TrackPoint | None]:
    """Latitude, longitude, altitude, two speeds, days since 2000, seconds of the day, dilution, fix."""
    points: list[TrackPoint | None] = []
    for row in _rows(stream, b"GPS9"):
        fix = _FIXES.get(int(row[8])) if len(row) >= 9 else None  # noqa: PLR2004
        if fix is None or not _good(fix, row[7] or None):
            points.append(None)
            continue
        at = _YEAR_2000 + timedelta(days=row[5], seconds=row[6])
        points.append(TrackPoint(None, row[0], row[1], row[2], at, fix, row[7] or None))
    return points


def _karma(stream: dict[bytes, Entry], boot: tuple[float, float] | None) -> list[TrackPoint | None]:
    """Time since start, latitude, longitude, altitude, two errors in metres, speed, course, fix, satellites."""
    points: list[TrackPoint | None] = []
    for row in _rows(stream, b"GPRI"):
        fix = _FIXES.get(int(row[8])) if len(row) >= 9 else None  # noqa: PLR2004
        if fix is None:
            points.append(None)
            continue
        at = _EPOCH + timedelta(seconds=boot[1] + row[0] - boot[0]) if boot else None
        points.append(TrackPoint(None, row[1], row[2], row[3], at, fix, accuracy_m=row[4] or None))
    return points


def _good(fix: Fix | None, dilution: float | None) -> bool:
    return fix is not None and (dilution is None or dilution <= _MAX_DILUTION)


def _boot_clock(stream: dict[bytes, Entry]) -> tuple[float, float] | None:
    """Seconds since the device's start, and since 1970, of one moment."""
    row = next(iter(_rows(stream, b"SYST")), ())
    return (row[0], row[1]) if len(row) == 2 and 0 < row[1] < 4e9 else None  # noqa: PLR2004 - before the year 2096


def _written_time(stream: dict[bytes, Entry]) -> datetime | None:
    """Satellite time, `yymmddhhmmss.sss`."""
    if b"GPSU" not in stream:
        return None
    text = stream[b"GPSU"][4].decode("latin-1").strip("\0 ")
    try:
        return datetime.strptime(text[:12], "%y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _number(stream: dict[bytes, Entry], key: bytes) -> float | None:
    if key not in stream:
        return None
    _, kind, _, _, body = stream[key]
    layout = ">" + _FORMATS.get(kind, "B")
    if struct.calcsize(layout) > len(body):
        return None
    value: float = struct.unpack_from(layout, body)[0]
    return value


def _rows(stream: dict[bytes, Entry], key: bytes) -> list[tuple[float, ...]]:
    """The values of one key, scaled, one tuple a sample; empty where the layout is unknown."""
    if key not in stream:
        return []
    _, kind, size, count, body = stream[key]
    letters = stream[b"TYPE"][4].decode("latin-1") if kind == "?" and b"TYPE" in stream else ""
    if kind in _FORMATS:
        letters = kind * (size // struct.calcsize(">" + _FORMATS[kind]))
    layout = ">" + "".join(_FORMATS.get(letter, "?") for letter in letters)
    if not letters or "?" in layout or struct.calcsize(layout) != size:
        return []
    scales = _scales(stream, len(letters))
    raw = [struct.unpack_from(layout, body, index * size) for index in range(min(count, len(body) // size))]
    return [tuple(value / scale for value, scale in zip(row, scales, strict=True)) for row in raw]


def _scales(stream: dict[bytes, Entry], width: int) -> list[float]:
    if b"SCAL" not in stream:
        return [1.0] * width
    _, kind, size, count, body = stream[b"SCAL"]
    layout = ">" + _FORMATS.get(kind, "i")
    if struct.calcsize(layout) != size:
        return [1.0] * width
    scales = [
        struct.unpack_from(layout, body, index * size)[0] or 1.0 for index in range(min(count, len(body) // size))
    ]
    if len(scales) == 1:
        return scales * width
    return scales if len(scales) == width else [1.0] * width


def _by_key(body: bytes) -> Iterator[tuple[bytes, Entry]]:
    return ((entry[0], entry) for entry in _entries(body))


def _streams(data: bytes, depth: int) -> Iterator[bytes]:
    if depth > _DEPTH_LIMIT:
        return
    for key, kind, _, _, body in _entries(data):
        if key == b"STRM":
            yield body
        elif kind == "\0":
            yield from _streams(body, depth + 1)


def _entries(data: bytes) -> Iterator[Entry]:
    """Key, type, size of one element, number of elements, bytes; padded to four."""
    position = 0
    while position + 8 <= len(data):
        key, kind, size, count = struct.unpack_from(">4sBBH", data, position)
        length = size * count
        yield key, chr(kind), size, count, data[position + 8 : position + 8 + length]
        position += 8 + (length + 3) // 4 * 4
