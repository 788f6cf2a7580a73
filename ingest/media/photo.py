"""Reads a photo: size, EXIF, XMP, and whether its pixels can be read. To be called through `photo_worker`.

Picture decoders are C code fed with bytes from cards: what hangs, crashes or swells does so in a process with limits.
"""

import io
import math
import mmap
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import exifread
import pillow_heif
import simplejpeg
from PIL import ExifTags, Image

from ingest.media.exif_structure import exif_damage

PIXEL_LIMIT = 200_000_000
_TEXT_LIMIT = 1_048_576
_JPEG_FORMATS = frozenset(("JPEG", "MPO"))  # MPO: several, the first of which is shown
_BASE = {ExifTags.Base.Make: "Make", ExifTags.Base.Model: "Model", ExifTags.Base.Orientation: "Orientation"}
_GPS_NUMBERS = {1: "LatitudeRef", 2: "Latitude", 3: "LongitudeRef", 4: "Longitude", 5: "AltitudeRef", 6: "Altitude"}
_GPS_NUMBERS |= {
    7: "TimeStamp",
    9: "Status",
    10: "MeasureMode",
    18: "MapDatum",
    29: "DateStamp",
    31: "HPositioningError",
}
_TIME_NUMBERS = {
    0x9003: "DateTimeOriginal",
    0x9004: "CreateDate",
    0x9010: "OffsetTime",
    0x9011: "OffsetTimeOriginal",
    0x9012: "OffsetTimeDigitized",
    0x9291: "SubSecTimeOriginal",
    0x9292: "SubSecTimeDigitized",
}


@dataclass(slots=True)
class PhotoFacts:
    """`tags` and `gps` hold EXIF values as text, numbers or lists of numbers. Width and height as decoded.

    `sound_jpeg`: libjpeg decoded all of it and had nothing to remark.
    """

    format: str | None = None
    mode: str | None = None
    width: int = 0
    height: int = 0
    bit_depth: int | None = None
    tags: dict[str, Any] = field(default_factory=dict)
    gps: dict[str, Any] = field(default_factory=dict)
    xmp: str = ""
    exif_damage: list[str] = field(default_factory=list)
    unreadable: str | None = None
    too_large: bool = False
    sound_jpeg: bool = False


def read_photo(source: Path, pixel_limit: int = PIXEL_LIMIT) -> PhotoFacts:
    """Read what the photo says and decode it once. Never raises for what is in the file."""
    facts = PhotoFacts()
    pillow_heif.register_heif_opener()
    try:
        with Image.open(source) as image:
            _read_header(image, facts)
            facts.too_large = facts.width * facts.height > pixel_limit
            if not facts.too_large:
                facts.sound_jpeg = facts.format in _JPEG_FORMATS and _is_sound_jpeg(source)
                if not facts.sound_jpeg:
                    _decode(image)
    except Exception as error:  # noqa: BLE001 - decoders raise whatever they like on damaged pictures
        facts.unreadable = f"{type(error).__name__}: {error}".replace(str(source), "the file")
    return facts


def _read_header(image: Image.Image, facts: PhotoFacts) -> None:
    facts.format, facts.mode = image.format, image.mode
    facts.width, facts.height = image.size
    depth = image.info.get("bit_depth")
    facts.bit_depth = depth if isinstance(depth, int) else {"1": 1, "I;16": 16, "I": 32, "F": 32}.get(image.mode, 8)
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    facts.xmp = (xmp.decode("utf-8", "replace") if isinstance(xmp, bytes) else str(xmp))[:_TEXT_LIMIT]
    block = image.info.get("exif") or b""
    if block:
        facts.exif_damage = exif_damage(block.removeprefix(b"Exif\0\0"))
    try:
        _read_exif(image.getexif(), facts)
    except Exception as error:  # noqa: BLE001 - as above; a second reader may still understand it
        facts.exif_damage.append(f"{type(error).__name__}: {error}")
    turned = image.info.get("original_orientation")
    if turned:
        facts.tags["Orientation"] = turned  # the opener has turned the picture and reset the tag
    if block and (facts.exif_damage or not facts.tags):
        _read_exif_again(block.removeprefix(b"Exif\0\0"), facts)


def _read_exif(exif: Image.Exif, facts: PhotoFacts) -> None:
    facts.tags |= {name: _plain(exif[tag]) for tag, name in _BASE.items() if tag in exif}
    times = exif.get_ifd(ExifTags.IFD.Exif)
    facts.tags |= {name: _plain(times[tag]) for tag, name in _TIME_NUMBERS.items() if tag in times}
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    facts.gps |= {name: _plain(gps[tag]) for tag, name in _GPS_NUMBERS.items() if tag in gps}


def _read_exif_again(block: bytes, facts: PhotoFacts) -> None:
    """Fill what the first reader left out; this one reads on past damage."""
    try:
        found = exifread.process_file(io.BytesIO(block), details=False, extract_thumbnail=False)
    except Exception as error:  # noqa: BLE001 - as above
        facts.exif_damage.append(f"{type(error).__name__}: {error}")
        return
    names = {"EXIF DateTimeDigitized": "CreateDate"}
    for key, tag in found.items():
        group, _, name = key.partition(" ")
        target = facts.gps if group == "GPS" else facts.tags
        name = name.removeprefix("GPS") if group == "GPS" else names.get(key, name)
        wanted = _GPS_NUMBERS if group == "GPS" else _BASE | _TIME_NUMBERS
        if name in wanted.values() and group in {"Image", "EXIF", "GPS"}:
            values = tag.values
            many = isinstance(values, list) and len(values) > 1
            target.setdefault(name, _plain(values if many or isinstance(values, str) else next(iter(values), "")))


def _plain(value: Any) -> Any:
    """Text, a number or a list of numbers; what is no finite number becomes None."""
    if isinstance(value, bytes):
        return value[0] if len(value) == 1 else value.decode("latin-1").strip("\0 ")
    if isinstance(value, str):
        return value.strip("\0 ")
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value[:16]]
    try:
        result = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return result if math.isfinite(result) else None


def _decode(image: Image.Image) -> None:
    """Read all pixels; a JPEG at an eighth of its size, for which all of its data is read as well."""
    image.draft("RGB", (max(image.width // 8, 1), max(image.height // 8, 1)))
    image.load()


def _is_sound_jpeg(source: Path) -> bool:
    """Decode at an eighth of the size and only in grey: all of the data is read for that as well.

    Pillow does not tell what libjpeg remarks, and fills holes with grey. What libjpeg finds damaged or does not
    understand, such as four colours, is for others to judge.
    """
    with source.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        try:
            simplejpeg.decode_jpeg(
                content, "GRAY", fastdct=True, fastupsample=True, min_height=1, min_width=1, min_factor=8, strict=True
            )
        except ValueError:
            return False
    return True


def prepare() -> None:
    """Load the decoders, once for all photos that are read."""
    Image.init()
    pillow_heif.register_heif_opener()


def read(source: str) -> dict[str, Any]:
    """The facts of the file `source` as plain values. The whole process is ours, so its settings may be changed."""
    Image.MAX_IMAGE_PIXELS = None  # PIXEL_LIMIT holds instead, and keeps the size to tell
    return asdict(read_photo(Path(source)))
