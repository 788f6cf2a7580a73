"""The photo a camera takes while it records: held upright by its wearer, stored lying on its side."""

from datetime import datetime
from pathlib import Path
from typing import Final

from PIL import ExifTags, Image

from api.demo.model import FootageFile
from api.demo.plan import HEIGHT, WIDTH

_SECONDS_PARTS: Final = 10_000


def write_photo(scene: Image.Image, file: FootageFile, path: Path) -> None:
    """Write a JPEG whose EXIF holds the time with its offset, the position and the orientation.

    The pixels are stored `WIDTH` by `HEIGHT`; turned as the orientation asks, they stand upright.
    """
    upright = scene.crop((0, 0, scene.height * HEIGHT // WIDTH, scene.height)).resize((HEIGHT, WIDTH))
    stored = upright.transpose(Image.Transpose.ROTATE_90)
    stored.save(path, "JPEG", quality=88, exif=_exif(file))


def _exif(file: FootageFile) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "DSJ"
    exif[ExifTags.Base.Model] = file.device
    exif[ExifTags.Base.Orientation] = file.orientation
    exif[ExifTags.Base.DateTime] = _clock(file.started_at)
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = _clock(file.started_at)
    details[ExifTags.Base.OffsetTimeOriginal] = file.started_at.isoformat()[-len("+08:00") :]
    if file.latitude is not None and file.longitude is not None:
        position = exif.get_ifd(ExifTags.IFD.GPSInfo)
        position[ExifTags.GPS.GPSLatitudeRef] = "N" if file.latitude >= 0 else "S"
        position[ExifTags.GPS.GPSLatitude] = _degrees(abs(file.latitude))
        position[ExifTags.GPS.GPSLongitudeRef] = "E" if file.longitude >= 0 else "W"
        position[ExifTags.GPS.GPSLongitude] = _degrees(abs(file.longitude))
        position[ExifTags.GPS.GPSMapDatum] = "WGS-84"
    return exif


def _clock(at: datetime) -> str:
    return f"{at:%Y:%m:%d %H:%M:%S}"


def _degrees(value: float) -> tuple[float, float, float]:
    """Split degrees into degrees, minutes and seconds, the last to a ten-thousandth."""
    seconds = round(value * 3600 * _SECONDS_PARTS)
    minutes, rest = divmod(seconds, 60 * _SECONDS_PARTS)
    degrees, minutes = divmod(minutes, 60)
    return float(degrees), float(minutes), rest / _SECONDS_PARTS
