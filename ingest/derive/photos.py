"""Makes a rendition and a thumbnail of a photo, in a process of its own with limits: see `ingest.media.photo_worker`.

What is decoded is bounded by the number of pixels too, known before any is decoded, and by the list of formats.
JPEGs are decoded at the smallest size that is large enough.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

from ingest.derive.model import DerivationPlan, DerivationResult, DerivationSettings, DerivativeKind, MadeDerivative
from ingest.media.model import Problem, ProblemCode
from ingest.media.photo_worker import PhotoWorkers
from ingest.media.tools import not_checked
from ingest.process import ToolError

# Pictures in several parts (MPO) open as the JPEG that they begin with.
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
# The larger first: the smaller is made of it.
_SIDES = {DerivativeKind.PHOTO: "photo_side", DerivativeKind.THUMBNAIL: "thumbnail_side"}
_QUALITY = 82
_UPRIGHT = 1  # the EXIF orientation of a picture that is stored as it is seen
# Halved in the cheap way while at least half as large again as wanted: 1 in 255 off the best filter, at half the price.
_REDUCING_GAP = 1.5
_HEADER = 64


def derive_photo(plan: DerivationPlan, source: Path, into: Path, photos: PhotoWorkers) -> DerivationResult:
    """Make the photo's derivatives in the existing folder `into`. What is in the file never raises.

    Raises ToolMissing, OSError where the folder cannot be written.
    """
    settings, kinds = plan.settings.model_dump(mode="json"), [kind for kind in _SIDES if kind in plan]
    try:
        answer = photos.call(make, str(source.absolute()), str(into.absolute()), kinds, settings)
    except ToolError as error:
        return DerivationResult((), (not_checked(error, "making of derivatives"),))
    return DerivationResult(
        tuple(
            MadeDerivative(DerivativeKind(kind), into / name, "image/jpeg", width, height)
            for kind, name, width, height in answer["made"]
        ),
        tuple(Problem(ProblemCode(code), detail) for code, detail in answer["problems"]),
    )


def prepare() -> None:
    """Load the decoders, once for all photos."""
    Image.init()


def make(source: str, into: str, kinds: Sequence[str], settings: dict[str, Any]) -> dict[str, Any]:
    """What runs in that process. The whole process is ours, so its settings may be changed."""
    Image.MAX_IMAGE_PIXELS = None  # the limit of the settings holds instead
    result = _make(Path(source), Path(into), frozenset(kinds), DerivationSettings(**settings))
    return {
        "made": [(made.kind, made.path.name, made.width, made.height) for made in result.made],
        "problems": [(problem.code, problem.detail) for problem in result.problems],
    }


def _make(source: Path, into: Path, kinds: frozenset[str], settings: DerivationSettings) -> DerivationResult:
    try:
        picture = _open(source, settings.photo_pixel_limit)
    except _TooLarge as error:
        return DerivationResult((), (Problem(ProblemCode.TOO_LARGE, f"It is not decoded: {error}"),))
    except Exception as error:  # noqa: BLE001 - decoders raise whatever they like on damaged pictures
        return DerivationResult((), (_unreadable(error, source),))
    with picture:
        problem = _load(picture, settings.photo_side)
        if problem is not None and not _shows_anything(picture):
            return DerivationResult((), (problem,))
        return DerivationResult(tuple(_write(picture, into, kinds, settings)), (problem,) if problem else ())


class _TooLarge(Exception):
    def __init__(self, size: tuple[int, int], limit: int) -> None:
        super().__init__(f"the picture has {size[0]} x {size[1]} pixels, more than the {limit} we decode.")


def _open(source: Path, limit: int) -> Image.Image:
    """Open a picture whose size, as its header says, is within the limit; only HEIF is decoded here."""
    with source.open("rb") as file:
        header = file.read(_HEADER)
    if pillow_heif.is_supported(header):
        heif = pillow_heif.open_heif(source, convert_hdr_to_8bit=True)
        _check_size(heif.size, limit)
        return heif.to_pillow()  # it comes turned, its orientation set to upright
    Image.init()  # a format named before its reader is loaded is a KeyError
    picture = Image.open(source, formats=_FORMATS)
    try:
        _check_size(picture.size, limit)
    except _TooLarge:
        picture.close()
        raise
    return picture


def _check_size(size: tuple[int, int], limit: int) -> None:
    if size[0] * size[1] > limit:
        raise _TooLarge(size, limit)


def _load(picture: Image.Image, side: int) -> Problem | None:
    """Decode, of a damaged picture as much as there is."""
    picture.draft("RGB", (side, side))
    try:
        picture.load()
    except Exception as error:  # noqa: BLE001 - as above
        if hasattr(picture, "tile"):
            picture.tile = []  # nothing more to decode: keep the pixels that there are
        detail = f"Only part of the picture decodes: {error}."
        return Problem(ProblemCode.PARTLY_DECODABLE, detail)
    return None


def _shows_anything(picture: Image.Image) -> bool:
    try:
        grey = picture.convert("L").tobytes()
        return min(grey) != max(grey)
    except Exception:  # noqa: BLE001 - as above
        return False


def _write(
    picture: Image.Image, into: Path, kinds: frozenset[str], settings: DerivationSettings
) -> Iterator[MadeDerivative]:
    profile = picture.info.get("icc_profile")
    rendition = _flat(picture)
    for kind, setting in _SIDES.items():
        side = getattr(settings, setting)
        rendition.thumbnail((side, side), Image.Resampling.BICUBIC, reducing_gap=_REDUCING_GAP)
        if kind is DerivativeKind.PHOTO:
            rendition = _upright(picture, rendition)
        if kind in kinds:
            path = into / f"{kind}.jpg"
            rendition.save(path, "JPEG", quality=_QUALITY, icc_profile=profile, exif=b"")
            yield MadeDerivative(kind, path, "image/jpeg", rendition.width, rendition.height)


def _flat(picture: Image.Image) -> Image.Image:
    """RGB without transparency; 16 bit grey brought down to what screens show. May be the picture itself."""
    if picture.mode.startswith(("I", "F")):
        return picture.convert("F").point(lambda value: value / 256).convert("L").convert("RGB")
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        paper = Image.new("RGB", layered.size, "white")
        paper.paste(layered, mask=layered.getchannel("A"))
        return paper
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _upright(picture: Image.Image, rendition: Image.Image) -> Image.Image:
    """Apply the orientation that the picture's EXIF asks for; unreadable EXIF asks for nothing."""
    with suppress(Exception):
        orientation = picture.getexif().get(0x0112, _UPRIGHT)
        if orientation != _UPRIGHT:  # a copy of a large picture takes as long as encoding it
            rendition.getexif()[0x0112] = orientation
            return ImageOps.exif_transpose(rendition)
    return rendition


def _unreadable(error: Exception, source: Path) -> Problem:
    if isinstance(error, UnidentifiedImageError):
        return Problem(ProblemCode.UNDECODABLE, "No picture could be recognised in it.")
    return Problem(ProblemCode.UNDECODABLE, f"The picture cannot be decoded: {error}.".replace(str(source), "the file"))
