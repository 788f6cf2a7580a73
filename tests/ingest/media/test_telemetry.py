import struct
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ingest import process
from ingest.media.describe import describe
from ingest.media.gpmf import POINT_LIMIT, best_position, read_track
from ingest.media.model import Fix


def klv(key: bytes, kind: str, size: int, count: int, body: bytes) -> bytes:
    return key + struct.pack(">BBH", ord(kind), size, count) + body + bytes(-len(body) % 4)


def nest(key: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return key + struct.pack(">BBH", 0, 1, len(body)) + body


def gps5(*rows: tuple[float, float, float], fix: int, dilution: int = 150) -> bytes:
    body = b"".join(struct.pack(">5i", int(a * 1e7), int(b * 1e7), int(c * 1000), 0, 0) for a, b, c in rows)
    scales = struct.pack(">5i", 10_000_000, 10_000_000, 1000, 1000, 100)
    stream = nest(
        b"STRM",
        klv(b"GPSF", "L", 4, 1, struct.pack(">I", fix)),
        klv(b"GPSU", "U", 16, 1, b"240203040506.500"),
        klv(b"GPSP", "S", 2, 1, struct.pack(">H", dilution)),
        klv(b"SCAL", "l", 4, 5, scales),
        klv(b"GPS5", "l", 20, len(rows), body),
    )
    return nest(b"DEVC", stream)


def test_samples_without_a_fix_are_no_places() -> None:
    place = (25.5, 98.25, 1600.0)
    track = read_track(
        [
            (0.0, 1.0, gps5((12.0, 13.0, 0.0), fix=0)),
            (1.0, 1.0, gps5((0.0, 0.0, 0.0), fix=3)),
            (2.0, 1.0, gps5((11.0, 11.0, 0.0), fix=3, dilution=9999)),
            (3.0, 1.0, gps5(place, place, place, fix=3)),
        ]
    )
    assert [(point.offset_s, point.latitude, point.longitude) for point in track] == [(3.0, 25.5, 98.25)]
    position = best_position(track)
    assert position is not None
    assert (position.fix, position.altitude_m, position.origin) == (Fix.THREE_D, 1600.0, "gpmf")
    assert position.at == datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert best_position(()) is None


def test_gps9_carries_its_own_fix_in_each_sample() -> None:
    rows = [(255_000_000, 982_500_000, 5000, 0, 0, 8800, 3_600_000, 120, fix) for fix in (0, 3)]
    stream = nest(
        b"STRM",
        klv(b"TYPE", "c", 1, 9, b"lllllllSS"),
        klv(b"SCAL", "l", 4, 9, struct.pack(">9i", 10**7, 10**7, 1000, 1000, 100, 1, 1000, 100, 1)),
        klv(b"GPS9", "?", 32, 2, b"".join(struct.pack(">7iHH", *row) for row in rows)),
    )
    (point,) = read_track([(0.0, 1.0, nest(b"DEVC", stream))])
    assert (point.offset_s, point.fix, point.dilution) == (0.5, Fix.THREE_D, 1.2)
    assert point.at == datetime(2024, 2, 4, 1, tzinfo=UTC)


def test_damaged_telemetry_gives_no_points() -> None:
    good = gps5((25.5, 98.25, 1600.0), fix=3)
    for cut in range(0, len(good), 3):
        read_track([(0.0, 1.0, good[:cut])])
    deep = b""
    for _ in range(500):
        deep = nest(b"DEVC", deep[:60_000])
    assert read_track([(0.0, 1.0, deep)]) == ()
    infinite = nest(b"STRM", klv(b"TYPE", "c", 1, 9, b"f" * 9), klv(b"GPS9", "?", 36, 1, b"\x7f\x80\0\0" * 9))
    assert read_track([(0.0, 1.0, nest(b"DEVC", infinite))]) == ()


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def movie_of_one_place(count: int, size: int) -> bytes:
    """A movie whose telemetry names the same bytes `count` times, each time as a payload of one second."""
    payload = gps5((25.5, 98.25, 1600.0), fix=3)
    before = box(b"ftyp", b"isom", bytes(4)) + struct.pack(">I4s", 8 + size, b"mdat")
    stbl = box(
        b"stbl",
        box(b"stsd", struct.pack(">II", 0, 1), box(b"gpmd", bytes(8))),
        box(b"stts", struct.pack(">IIII", 0, 1, count, 1000)),
        box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1)),
        box(b"stsz", struct.pack(">III", 0, size, count)),
        box(b"stco", struct.pack(">II", 0, count), struct.pack(">I", len(before)) * count),
    )
    mdhd = box(b"mdhd", struct.pack(">IIIIII", 0, 0, 0, 1000, 1000 * count, 0))
    track = box(b"trak", box(b"mdia", mdhd, box(b"hdlr", bytes(8), b"meta", bytes(13)), box(b"minf", stbl)))
    header = box(b"mvhd", struct.pack(">IIIII", 0, 3_547_477_677, 0, 1000, 1000 * count), bytes(80))
    return before + payload.ljust(size, b"\0") + box(b"moov", header, track)


def test_thousands_of_payloads_at_the_same_place_cost_no_more_than_the_file(tmp_path: Path) -> None:
    size = 1_048_576
    source = tmp_path / "recording"
    source.write_bytes(movie_of_one_place(200, size))
    tracemalloc.start()
    try:
        told = describe(source, "a.mp4", run=process.run, zone=ZoneInfo("Asia/Shanghai"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * size
    assert [point.offset_s for point in told.track] == [0.0, 1.0]


def test_payloads_without_end_are_read_one_by_one_and_no_further_than_needed() -> None:
    asked = 0

    def endless() -> Iterator[tuple[float, float, bytes]]:
        nonlocal asked
        while True:
            asked += 1
            yield float(asked), 1.0, gps5((25.5, 98.25, 1600.0), fix=3)

    assert len(read_track(endless())) == POINT_LIMIT
    assert asked == POINT_LIMIT
