import struct
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from ingest.media.boxes import BoxReader
from ingest.media.describe import describe
from ingest.media.exif_structure import exif_damage
from ingest.media.heif import read_properties
from ingest.media.model import Fix, MediaDescription, MediaKind, ProblemCode
from ingest.media.photo import read_photo
from ingest.process import run

ZONE = ZoneInfo("Asia/Shanghai")
NOISE = np.random.default_rng(1).integers(0, 255, (240, 320, 3), dtype=np.uint8)


def tell(source: Path) -> MediaDescription:
    return describe(source, source.name, run=run, zone=ZONE)


def codes(description: MediaDescription) -> set[ProblemCode]:
    return {problem.code for problem in description.problems}


def photo(target: Path, *, offset: str | None = None, status: str = "A", latitude: float = 25.0) -> Path:
    image = Image.fromarray(NOISE)
    exif = image.getexif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "ACME  ", "Cam 1", 6
    times = exif.get_ifd(0x8769)
    times[0x9003] = "2024:02:03 04:05:06"
    if offset:
        times[0x9011] = offset
    gps = exif.get_ifd(0x8825)
    gps.update({1: "S", 2: (latitude, 30.0, 36.0), 3: "E", 4: (98.0, 15.0, 0.0), 5: b"\1", 6: 12.5, 9: status, 10: "3"})
    gps.update({7: (20.0, 4.0, 11.0), 29: "2024:02:02"})
    image.save(target, exif=exif)
    return target


def test_a_good_photo(tmp_path: Path) -> None:
    told = tell(photo(tmp_path / "a.jpg", offset="-05:00"))
    assert told.problems == ()
    assert (told.kind, told.width, told.height, told.orientation) == (MediaKind.PHOTO, 320, 240, 6)
    assert (told.make, told.model) == ("ACME", "Cam 1")
    assert told.captured is not None
    assert told.captured.at.isoformat() == "2024-02-03T04:05:06-05:00"
    assert told.captured.zone_origin == "file"
    assert told.position is not None
    assert told.position.latitude == pytest.approx(-25.51)
    assert told.position.longitude == pytest.approx(98.25)
    assert (told.position.altitude_m, told.position.fix) == (-12.5, Fix.THREE_D)
    assert told.position.at is not None
    assert told.position.at.isoformat() == "2024-02-02T20:04:11+00:00"


def test_a_receiver_without_fix_gives_no_place(tmp_path: Path) -> None:
    assert tell(photo(tmp_path / "void.jpg", status="V")).position is None


def test_an_impossible_place_is_unreadable_not_unknown(tmp_path: Path) -> None:
    told = tell(photo(tmp_path / "far.jpg", latitude=125.0))
    assert told.position is None
    assert codes(told) == {ProblemCode.POSITION_UNREADABLE}


def test_a_hole_in_the_pixels_is_found(tmp_path: Path) -> None:
    content = bytearray(photo(tmp_path / "good.jpg").read_bytes())
    middle = len(content) // 2
    content[middle : middle + 3000] = b"\xff\xd9" + bytes(2998)
    target = tmp_path / "hole.jpg"
    target.write_bytes(content)
    told = tell(target)
    assert codes(told) & {ProblemCode.PARTLY_DECODABLE, ProblemCode.UNDECODABLE}
    assert told.model == "Cam 1"


def test_a_cut_off_photo(tmp_path: Path) -> None:
    content = photo(tmp_path / "good.jpg").read_bytes()
    target = tmp_path / "cut.jpg"
    target.write_bytes(content[: len(content) // 2])
    assert ProblemCode.UNDECODABLE in codes(tell(target))


def test_damaged_exif_on_a_good_picture_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    content = bytearray(photo(tmp_path / "good.jpg").read_bytes())
    at = content.index(b"Exif\0\0") + 6
    order = "<" if content[at : at + 2] == b"II" else ">"
    entry = content.index(struct.pack(f"{order}HH", 0x0110, 2), at)
    struct.pack_into(f"{order}II", content, entry + 4, 60_000, 50_000)
    target = tmp_path / "exif.jpg"
    target.write_bytes(content)
    told = tell(target)
    assert codes(told) == {ProblemCode.EXIF_DAMAGED}
    assert told.captured is not None
    assert told.orientation == 6


def test_pixel_bombs_are_not_decoded(tmp_path: Path) -> None:
    facts = read_photo(photo(tmp_path / "good.jpg"), pixel_limit=1000)
    assert facts.too_large
    assert facts.unreadable is None
    assert (facts.width, facts.height) == (320, 240)


def test_heif_keeps_the_stored_size_and_its_turn(tmp_path: Path) -> None:
    pillow_heif.register_heif_opener()
    target = tmp_path / "turned.heic"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(NOISE).save(target, exif=exif)
    told = tell(target)
    assert told.problems == ()
    assert (told.kind, told.container) == (MediaKind.PHOTO, "heif")
    with Image.open(target) as shown:
        sideways = shown.size == (240, 320)
    assert (told.width, told.height) == (320, 240)
    assert (told.orientation in {6, 8}) == sideways
    cut = tmp_path / "cut.heic"
    cut.write_bytes(target.read_bytes()[:-400])
    assert ProblemCode.TRUNCATED in codes(tell(cut))


def heif_boxes(*properties: bytes) -> bytes:
    def box(kind: bytes, payload: bytes) -> bytes:
        return struct.pack(">I4s", 8 + len(payload), kind) + payload

    extent = box(b"ispe", struct.pack(">III", 0, 40, 30))
    listed = [extent, *(box(part[:4], part[4:]) for part in properties)]
    ipma = struct.pack(">IIHB", 0, 1, 1, len(listed)) + bytes(range(1, len(listed) + 1))
    inner = box(b"ipco", b"".join(listed)) + box(b"ipma", ipma)
    return box(b"meta", bytes(4) + box(b"pitm", struct.pack(">IH", 0, 1)) + box(b"iprp", inner))


@pytest.mark.parametrize(
    ("properties", "orientation"),
    [
        ((), None),
        ((b"irot\0",), 1),
        ((b"irot\3",), 6),
        ((b"irot\2",), 3),
        ((b"irot\1",), 8),
        ((b"imir\0",), 2),
        ((b"imir\1",), 4),
        ((b"irot\3", b"imir\0"), 5),
        ((b"irot\1", b"imir\0"), 7),
    ],
)
def test_heif_turns(tmp_path: Path, properties: tuple[bytes, ...], orientation: int | None) -> None:
    target = tmp_path / "boxes"
    target.write_bytes(heif_boxes(*properties))
    with target.open("rb") as stream:
        found = read_properties(BoxReader(stream, target.stat().st_size))
    assert found is not None
    assert (found.width, found.height, found.orientation) == (40, 30, orientation)


def test_exif_directories_that_run_in_circles_end() -> None:
    block = b"II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, 0x8769, 4, 1, 8) + bytes(4)
    assert exif_damage(block) == ["The Exif directory is listed twice."]
    assert exif_damage(b"no tiff")
