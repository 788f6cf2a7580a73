import io
import struct

from hypothesis import given
from hypothesis import strategies as st

from ingest.media.boxes import BoxReader
from ingest.media.model import ProblemCode
from ingest.media.movie import Movie, read_movie
from ingest.media.samples import read_samples


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def read(content: bytes) -> Movie:
    return read_movie(BoxReader(io.BytesIO(content), len(content)))


def track(offset: int, sizes: list[int], handler: bytes = b"vide") -> bytes:
    stbl = box(
        b"stbl",
        box(b"stsd", struct.pack(">II", 0, 1), box(b"avc1", bytes(8))),
        box(b"stts", struct.pack(">IIII", 0, 1, len(sizes), 100)),
        box(b"stsc", struct.pack(">IIIII", 0, 1, 1, len(sizes), 1)),
        box(b"stsz", struct.pack(">III", 0, 0, len(sizes)), struct.pack(f">{len(sizes)}I", *sizes)),
        box(b"stco", struct.pack(">III", 0, 1, offset)),
    )
    mdhd = box(b"mdhd", struct.pack(">IIIIII", 0, 0, 0, 1000, 100 * len(sizes), 0))
    return box(b"trak", box(b"mdia", mdhd, box(b"hdlr", bytes(8), handler, bytes(13)), box(b"minf", stbl)))


def mvhd(seconds: int) -> bytes:
    return box(b"mvhd", struct.pack(">IIIII", 0, 3_547_477_677, 0, 1000, seconds * 1000), bytes(80))


def test_samples_past_the_end_are_counted_and_the_rest_is_timed() -> None:
    movie = read(box(b"moov", mvhd(1), track(0, [40, 40, 100_000])))
    assert movie.playable_s == 0.2
    assert movie.duration_s == 1
    (problem,) = movie.problems
    assert problem.code is ProblemCode.TRUNCATED
    assert problem.detail.startswith("1 of 3 samples")


def test_samples_lie_where_the_tables_say() -> None:
    content = box(b"moov", mvhd(1), track(16, [5, 7]))
    reader = BoxReader(io.BytesIO(content), len(content))
    found = [(s.offset, s.size, s.time, s.duration) for s in read_samples(reader, read_movie(reader).tracks[0].samples)]
    assert found == [(16, 5, 0, 100), (21, 7, 100, 100)]


def test_places_of_quicktime_and_3gpp() -> None:
    text = b"+40.680-074.500/"
    quicktime = box(b"udta", box(b"\xa9xyz", struct.pack(">HH", len(text), 0x15C7), text))
    gpp = box(b"udta", box(b"loci", bytes(6), b"here\0", b"\0", struct.pack(">iii", 98 << 16, 25 << 16, 0), b"\0\0"))
    keys = box(b"keys", struct.pack(">II", 0, 1), box(b"mdta", b"com.apple.quicktime.location.ISO6709"))
    data = box(b"data", struct.pack(">II", 1, 0), b"+25.5000+098.2500+1600.0/")
    apple = box(b"meta", box(b"hdlr", bytes(24)), keys, box(b"ilst", box(b"\0\0\0\1", data)))
    found = [read(box(b"moov", mvhd(1), place)).position for place in (quicktime, gpp, apple)]
    assert [(p.latitude, p.longitude) for p in found if p] == [(40.68, -74.5), (25.0, 98.0), (25.5, 98.25)]
    broken = read(
        box(b"moov", mvhd(1), track(0, [1]), box(b"udta", box(b"\xa9xyz", struct.pack(">HH", 4, 0), b"here")))
    )
    assert [problem.code for problem in broken.problems] == [ProblemCode.POSITION_UNREADABLE]
    unset = box(b"udta", box(b"\xa9xyz", struct.pack(">HH", 16, 0), b"+00.000+000.000/"))
    assert read(box(b"moov", mvhd(1), track(0, [1]), unset)).problems == []


def test_tables_that_run_back_end() -> None:
    runs = struct.pack(">II", 0, 20_000) + struct.pack(">III", 1, 0, 1) * 20_000
    sizes = box(b"stsz", struct.pack(">III", 0, 1, 400_000))
    offsets = box(b"stco", struct.pack(">II", 0, 20_000), bytes(80_000))
    stbl = box(b"stbl", box(b"stsc", runs), sizes, offsets)
    bomb = box(b"trak", box(b"mdia", box(b"minf", stbl)))
    assert len(read(box(b"moov", mvhd(1), bomb)).tracks) == 1


@given(st.binary(max_size=400), st.sampled_from([b"", b"\0\0\0\x10ftypisom\0\0\0\0", mvhd(1)]))
def test_no_bytes_break_the_walker(content: bytes, before: bytes) -> None:
    read(before + content)
    read(before + box(b"moov", content))
    read(box(b"moov", mvhd(1), box(b"trak", content)))


@given(st.data())
def test_no_flipped_byte_breaks_the_walker(data: st.DataObject) -> None:
    content = bytearray(box(b"moov", mvhd(1), track(0, [40, 40, 90])))
    for _ in range(4):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(content))
