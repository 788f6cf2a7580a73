"""Makes a rendition and a thumbnail of a photo.

In this very process: a thousand photos a minute leave no time to start another for each. What bounds it is the
number of pixels, which is known before any is decoded, and the list of formats. JPEGs are decoded at the
smallest size that is large enough.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

from ingest.derive.model import DerivationPlan, DerivationResult, DerivativeKind, MadeDerivative
from ingest.media.model import Problem, ProblemCode

# Pictures in several parts (MPO) open as the JPEG that they begin with.
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
_QUALITY = 82
_HEADER = 64


def derive_photo(plan: DerivationPlan, source: Path, into: Path) -> DerivationResult:
    """Make the photo's derivatives in the existing folder `into`. What is in the file never raises."""
    try:
        picture = _open(source, plan.settings.photo_pixel_limit)
    except (Image.DecompressionBombError, _TooLarge) as error:
        return DerivationResult((), (Problem(ProblemCode.TOO_LARGE, f"It is not decoded: {error}"),))
    except Exception as error:  # noqa: BLE001 - decoders raise whatever they like on damaged pictures
        return DerivationResult((), (_unreadable(error, source),))
    with picture:
        problem = _load(picture, plan.settings.photo_side)
        if problem is not None and not _shows_anything(picture):
            return DerivationResult((), (problem,))
        return DerivationResult(tuple(_write(plan, picture, into)), (problem,) if problem else ())


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


def _write(plan: DerivationPlan, picture: Image.Image, into: Path) -> Iterator[MadeDerivative]:
    profile = picture.info.get("icc_profile")
    rendition = _flat(picture)
    sizes = ((DerivativeKind.PHOTO, plan.settings.photo_side), (DerivativeKind.THUMBNAIL, plan.settings.thumbnail_side))
    for kind, side in sizes:  # the larger first: the smaller is made of it
        rendition.thumbnail((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
        if kind is DerivativeKind.PHOTO:
            rendition = _upright(picture, rendition)
        if kind in plan.kinds:
            path = into / f"{kind}.jpg"
            rendition.save(path, "JPEG", quality=_QUALITY, icc_profile=profile, exif=b"")
            yield MadeDerivative(kind, path, "image/jpeg", rendition.width, rendition.height)


def _flat(picture: Image.Image) -> Image.Image:
    """RGB without transparency; 16 bit grey brought down to what screens show."""
    if picture.mode.startswith(("I", "F")):
        return picture.convert("F").point(lambda value: value / 256).convert("L").convert("RGB")
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        paper = Image.new("RGB", layered.size, "white")
        paper.paste(layered, mask=layered.getchannel("A"))
        return paper
    return picture.convert("RGB")


def _upright(picture: Image.Image, rendition: Image.Image) -> Image.Image:
    """Apply the orientation that the picture's EXIF asks for; unreadable EXIF asks for nothing."""
    with suppress(Exception):
        orientation = picture.getexif().get(0x0112, 1)
        rendition.getexif()[0x0112] = orientation
        return ImageOps.exif_transpose(rendition)
    return rendition


def _unreadable(error: Exception, source: Path) -> Problem:
    if isinstance(error, UnidentifiedImageError):
        return Problem(ProblemCode.UNDECODABLE, "No picture could be recognised in it.")
    return Problem(ProblemCode.UNDECODABLE, f"The picture cannot be decoded: {error}.".replace(str(source), "the file"))
