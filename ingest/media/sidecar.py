"""Side files of a recording: the place list some recorders write as XML, and plain logs.

The list is `<locations usrName policeNum devNum videoDuration beginTime endTime>` around points without times.
Spellings differ between makers, so names are compared without case and by meaning; what is not understood is
listed, not dropped in silence.
"""

import re
from dataclasses import dataclass
from pathlib import PurePath
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ingest.media.location import is_place

SIZE_LIMIT = 4 * 1024 * 1024
POINT_LIMIT = 20_000
SUFFIXES = frozenset((".xml", ".txt", ".log"))
_HEADER_NAMES = {
    "officer_name": ("usrname", "username", "policename"),
    "officer_number": ("policenum", "policenume", "policeno", "policenumber", "usrnum"),
    "device_number": ("devnum", "devnume", "devno", "devicenum", "deviceno", "devid"),
    "video_duration": ("videoduration", "duration"),
    "begin": ("begintime", "starttime"),
    "end": ("endtime", "stoptime"),
}
_LATITUDE = ("latitude", "lat", "y", "wd")
_LONGITUDE = ("longitude", "longtitude", "lng", "lon", "long", "x", "jd")
_ALTITUDE = ("altitude", "alt", "height", "z")
_ENCODING = re.compile(rb"""<\?xml[^>]*encoding=["']([A-Za-z0-9._-]+)["'][^>]*\?>""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
# What may stand in a declaration, and how it is read: each as its superset. Any other name of a codec is refused,
# because a file that may choose among all of them chooses one whose decoder takes quadratic time.
_CODECS = {
    "utf-8": "utf-8-sig",
    "utf8": "utf-8-sig",
    "us-ascii": "utf-8-sig",
    "ascii": "utf-8-sig",
    "utf-16": "utf-8-sig",  # a declaration that is read byte by byte stands in no UTF-16, whatever it says
    **dict.fromkeys(("gbk", "gb2312", "gb18030", "cp936"), "gb18030"),
    "big5": "big5",
    **dict.fromkeys(("iso-8859-1", "latin-1", "latin1"), "latin-1"),
    **dict.fromkeys(("windows-1252", "cp1252"), "cp1252"),
}
# Each optional part stands beside one that must be there, so that no run of blanks can be split in two ways.
_VALUE_LIMIT = 64
_COORDINATE = re.compile(r"([NSEWnsew]?)\s*([+-]?\d{1,3}(?:\.\d+)?)\s*(?:°\s*)?([NSEWnsew]?)")
_HEIGHT = re.compile(r"([+-]?\d{1,5}(?:\.\d+)?)\s*m?")


class SidecarDamaged(ValueError):
    """The XML cannot be read, or does what only an attack does."""


@dataclass(frozen=True, slots=True)
class LocationPoint:
    latitude: float
    longitude: float
    altitude_m: float | None = None


@dataclass(frozen=True, slots=True)
class LocationFile:
    """What a place list says; header values as written. Points at 0,0 are no places."""

    officer_name: str | None = None
    officer_number: str | None = None
    device_number: str | None = None
    video_duration: str | None = None
    begin: str | None = None
    end: str | None = None
    points: tuple[LocationPoint, ...] = ()
    not_understood: tuple[str, ...] = ()


def reads_as_sidecar(name: str, head: bytes) -> bool:
    """Tell by the name and the first bytes: text beside a recording, in any encoding."""
    if PurePath(name).suffix.lower() not in SUFFIXES:
        return False
    return head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" not in head


def looks_like_xml(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def parse_location_xml(content: bytes) -> LocationFile:
    """Read a place list; an XML file that is none gives no points. Raises SidecarDamaged."""
    if len(content) > SIZE_LIMIT:
        raise SidecarDamaged("The side file is larger than any place list.")
    codec = _codec(content)
    try:
        root = fromstring(_text(content, codec), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise SidecarDamaged(f"The XML cannot be read: {error}") from error
    return _read(root)


def _codec(content: bytes) -> str:
    """How to decode: by the byte order mark, else as declared. Raises SidecarDamaged for what no place list is in."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    match = _ENCODING.search(content[:200])
    declared = match[1].decode("ascii").lower() if match else "utf-8"
    if declared not in _CODECS:
        raise SidecarDamaged(f"The XML declares the encoding {declared[:40]}, which place lists are not read in.")
    return _CODECS[declared]


def _text(content: bytes, codec: str) -> str:
    try:
        text = content.decode(codec)
    except UnicodeDecodeError:
        text = content.decode("gb18030")  # makers declare UTF-8 and write GBK
    return _DECLARATION.sub("", text, count=1)


def _read(root: Element) -> LocationFile:
    not_understood: list[str] = []
    header: dict[str, str] = {}
    for name, value in root.attrib.items():
        meaning = next((key for key, names in _HEADER_NAMES.items() if _plain(name) in names), None)
        if meaning is None:
            not_understood.append(f"attribute {name}")
        elif value.strip():
            header[meaning] = value.strip()
    points: list[LocationPoint] = []
    for element in root.iter():
        values = _values(element)
        if element is root or not (_first(values, _LATITUDE) or _first(values, _LONGITUDE)):
            continue
        point = _point(values)
        if point is None:
            not_understood.append(f"point {_describe(values)}")
        elif is_place(point.latitude, point.longitude) and len(points) < POINT_LIMIT:
            points.append(point)
    return LocationFile(
        officer_name=header.get("officer_name"),
        officer_number=header.get("officer_number"),
        device_number=header.get("device_number"),
        video_duration=header.get("video_duration"),
        begin=header.get("begin"),
        end=header.get("end"),
        points=tuple(points),
        not_understood=tuple(dict.fromkeys(not_understood))[:50],
    )


def _values(element: Element) -> dict[str, str]:
    """Attributes and the texts of children that are leaves, by plain name."""
    values = {_plain(child.tag): child.text or "" for child in element if not len(child)}
    return values | {_plain(name): value for name, value in element.attrib.items()}


def _point(values: dict[str, str]) -> LocationPoint | None:
    latitude, longitude = _coordinate(_first(values, _LATITUDE)), _coordinate(_first(values, _LONGITUDE))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:  # noqa: PLR2004 - degrees
        return None
    return LocationPoint(latitude, longitude, _height(_first(values, _ALTITUDE)))


def _height(text: str | None) -> float | None:
    match = _HEIGHT.fullmatch(_short(text))
    return float(match[1]) if match else None


def _coordinate(text: str | None) -> float | None:
    match = _COORDINATE.fullmatch(_short(text))
    if match is None:
        return None
    negative = (match[1] or match[3]).upper() in {"S", "W"}
    return -float(match[2]) if negative else float(match[2])


def _short(text: str | None) -> str:
    """A value without the blanks around it; nothing where it is longer than any number."""
    stripped = (text or "").strip()
    return stripped if len(stripped) <= _VALUE_LIMIT else ""


def _first(values: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((values[name] for name in names if name in values), None)


def _plain(name: str) -> str:
    return name.rpartition("}")[2].lower().replace("_", "").replace("-", "")


def _describe(values: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())[:120]
