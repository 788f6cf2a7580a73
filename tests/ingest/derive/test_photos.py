"""Photos come out upright, small enough, and as whole as they are."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from ingest.derive import DerivationResult, DerivationSettings, DerivativeKind, derive, plan
from ingest.media.model import MediaDescription, MediaKind, ProblemCode

RED, BLUE = (220, 20, 20), (20, 20, 220)


def scene(width: int = 3000, height: int = 2000) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image


def noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8))


def make(source: Path, into: Path, settings: DerivationSettings | None = None) -> DerivationResult:
    progress: list[float] = []
    photo = plan(MediaDescription(MediaKind.PHOTO), settings or DerivationSettings())
    result = derive(photo, source, into, on_progress=progress.append)
    assert progress == [1.0]
    return result


def near(image: Image.Image, place: tuple[float, float], colour: tuple[int, int, int]) -> bool:
    at = (int(place[0] * image.width), int(place[1] * image.height))
    seen = image.convert("RGB").getpixel(at)
    assert isinstance(seen, tuple)
    return all(abs(one - other) < 40 for one, other in zip(seen, colour, strict=True))


def test_a_photo_becomes_a_rendition_and_a_thumbnail(tmp_path: Path) -> None:
    source = tmp_path / "photo.jpg"
    scene().save(source)
    result = make(source, tmp_path / "made")
    assert [(one.kind, one.width, one.height) for one in result.made] == [
        (DerivativeKind.PHOTO, 2048, 1365),
        (DerivativeKind.THUMBNAIL, 480, 320),
    ]
    for one in result.made:
        with Image.open(one.path) as image:
            assert image.size == (one.width, one.height)
            assert near(image, (0.2, 0.5), RED)
    assert result.problems == ()


def test_a_small_photo_is_not_blown_up(tmp_path: Path) -> None:
    source = tmp_path / "photo.png"
    scene(100, 60).save(source)
    assert {(one.width, one.height) for one in make(source, tmp_path / "made").made} == {(100, 60)}


@pytest.mark.parametrize(("orientation", "red"), [(3, (0.8, 0.5)), (6, (0.5, 0.2)), (8, (0.5, 0.8)), (2, (0.8, 0.5))])
def test_exif_orientation_is_applied_once(tmp_path: Path, orientation: int, red: tuple[float, float]) -> None:
    source = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = orientation
    scene(400, 200).save(source, exif=exif)
    with Image.open(make(source, tmp_path / "made").made[0].path) as image:
        assert image.size == ((200, 400) if orientation in {6, 8} else (400, 200))
        assert near(image, red, RED)
        assert image.getexif().get(0x0112, 1) == 1


def test_a_heif_photo_is_not_turned_twice(tmp_path: Path) -> None:
    source = tmp_path / "photo.heic"
    exif = Image.Exif()
    exif[0x0112] = 6
    pillow_heif.from_pillow(scene(400, 200)).save(source, exif=exif.tobytes())
    with Image.open(make(source, tmp_path / "made").made[0].path) as image:
        assert image.size == (200, 400)
        assert near(image, (0.5, 0.2), RED)


def test_no_position_leaves_with_the_copy(tmp_path: Path) -> None:
    source = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x010F] = "CAMERA MAKER"
    exif.get_ifd(0x8825)[1] = "N"
    scene(400, 200).save(source, exif=exif)
    for one in make(source, tmp_path / "made").made:
        assert b"CAMERA MAKER" not in one.path.read_bytes()


@pytest.mark.parametrize("name", ["cut.jpg", "cut.png"])
def test_a_cut_photo_shows_what_there_is(tmp_path: Path, name: str) -> None:
    source = tmp_path / name
    noise(800, 600).save(source)
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    result = make(source, tmp_path / "made")
    assert [problem.code for problem in result.problems] == [ProblemCode.PARTLY_DECODABLE]
    with Image.open(result.made[0].path) as image:
        top = np.asarray(image)[: image.height // 3]
    assert top.std() > 20


def test_what_is_no_picture_gives_a_problem_only(tmp_path: Path) -> None:
    source = tmp_path / "photo.jpg"
    source.write_bytes(b"\xff\xd8\xff\xe0" + b"nothing" * 100)
    result = make(source, tmp_path / "made")
    assert result.made == ()
    assert [problem.code for problem in result.problems] == [ProblemCode.UNDECODABLE]


def decompression_bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that announces a picture of many gigabytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [12_000, 60_000])
def test_a_decompression_bomb_is_not_decoded(tmp_path: Path, side: int) -> None:
    source = tmp_path / "bomb.png"
    source.write_bytes(decompression_bomb(side, side))
    result = make(source, tmp_path / "made")
    assert result.made == ()
    assert [problem.code for problem in result.problems] == [ProblemCode.TOO_LARGE]


def test_transparency_is_laid_on_white_paper(tmp_path: Path) -> None:
    source = tmp_path / "photo.png"
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    image.paste((*RED, 255), (0, 0, 32, 64))
    image.save(source)
    with Image.open(make(source, tmp_path / "made").made[0].path) as made:
        assert near(made, (0.25, 0.5), RED)
        assert near(made, (0.75, 0.5), (255, 255, 255))


def test_the_same_photo_gives_the_same_bytes(tmp_path: Path) -> None:
    source = io.BytesIO()
    noise(300, 200).save(source, "JPEG")
    path = tmp_path / "photo.jpg"
    path.write_bytes(source.getvalue())
    first, second = (make(path, tmp_path / name).made[0].path.read_bytes() for name in ("a", "b"))
    assert first == second
