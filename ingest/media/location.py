"""Places: ISO 6709 text, 3GPP `loci`, EXIF degrees, and what is no place at all."""

import math
import re
from dataclasses import replace

from ingest.media.model import Position

_ISO_6709 = re.compile(
    r"(?P<latitude>[+-]\d{2,6}(?:\.\d+)?)(?P<longitude>[+-]\d{3,7}(?:\.\d+)?)(?P<altitude>[+-]\d{1,6}(?:\.\d+)?)?"
)
_LATITUDE_DIGITS, _LONGITUDE_DIGITS = 2, 3
_MAX_LATITUDE, _MAX_LONGITUDE = 90.0, 180.0


def is_place(latitude: float, longitude: float) -> bool:
    """Tell whether this is a point on earth that a receiver can have meant; 0,0 is what an unset one writes."""
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return False
    in_range = abs(latitude) <= _MAX_LATITUDE and abs(longitude) <= _MAX_LONGITUDE
    return in_range and not (abs(latitude) < 1e-7 and abs(longitude) < 1e-7)  # noqa: PLR2004 - a centimetre


def parse_iso_6709(text: str, *, origin: str) -> Position | None:
    """Read `+40.680-074.500/` and its forms with minutes, seconds and altitude; None where it is no place."""
    match = _ISO_6709.match(text.strip("\0 "))
    if match is None:
        return None
    latitude = _degrees(match["latitude"], _LATITUDE_DIGITS)
    longitude = _degrees(match["longitude"], _LONGITUDE_DIGITS)
    if not is_place(latitude, longitude):
        return None
    position = Position(latitude, longitude, origin)
    return replace(position, altitude_m=float(match["altitude"])) if match["altitude"] else position


def is_unset_iso_6709(text: str) -> bool:
    """Tell whether the text is well-formed and merely says 0,0: nothing known rather than unreadable."""
    match = _ISO_6709.match(text.strip("\0 "))
    return match is not None and not float(match["latitude"]) and not float(match["longitude"])


def from_sexagesimal(parts: tuple[float, ...], reference: str) -> float:
    """Degrees from degrees, minutes and seconds and N, S, E or W; not a number where they make no sense."""
    if not parts or reference[:1].upper() not in {"N", "S", "E", "W"}:
        return math.nan
    degrees = math.fsum(part / divisor for part, divisor in zip(parts, (1, 60, 3600), strict=False))
    return -degrees if reference[:1].upper() in {"S", "W"} else degrees


def _degrees(text: str, degree_digits: int) -> float:
    """Read DD.D, DDMM.M or DDMMSS.S, told apart by how many digits stand before the point."""
    sign = -1.0 if text.startswith("-") else 1.0
    whole = text[1:].split(".", maxsplit=1)[0]
    number = text[1:]
    minutes_at = degree_digits + 2
    if len(whole) <= degree_digits:
        return sign * float(number)
    if len(whole) <= minutes_at:
        return sign * (int(whole[:degree_digits]) + float(number[degree_digits:]) / 60)
    minutes = int(whole[degree_digits:minutes_at])
    return sign * (int(whole[:degree_digits]) + minutes / 60 + float(number[minutes_at:]) / 3600)
