"""From what the photo process found to a description."""

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from ingest.media import photo, xmp
from ingest.media.boxes import BoxReader
from ingest.media.decodes import check_jpeg
from ingest.media.heif import looks_like_heif, missing_bytes, read_properties
from ingest.media.location import from_sexagesimal, is_place
from ingest.media.model import CapturedTime, Fix, MediaDescription, MediaKind, Position, Problem, ProblemCode
from ingest.media.photo_worker import PhotoWorkers
from ingest.media.times import from_text
from ingest.media.tools import ToolRunner, not_checked
from ingest.process import ToolError

_BELOW_SEA = 1
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"II*\0", b"MM\0*", b"BM")
_TURNED_SIDEWAYS = 5
_TIMES = (
    ("DateTimeOriginal", ("OffsetTimeOriginal", "OffsetTime"), "SubSecTimeOriginal"),
    ("CreateDate", ("OffsetTimeDigitized", "OffsetTime"), "SubSecTimeDigitized"),
)


def looks_like_photo(head: bytes) -> bool:
    is_webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    return head.startswith(_SIGNATURES) or is_webp or looks_like_heif(head)


def describe_photo(
    source: Path, head: bytes, *, run: ToolRunner, photos: PhotoWorkers, zone: tzinfo
) -> MediaDescription:
    """Read the photo in a process of its own, bounded. Raises ToolMissing."""
    base = MediaDescription(MediaKind.PHOTO)
    if looks_like_heif(head):
        base = replace(base, container="heif", **_from_boxes(source))
    try:
        facts = photos.call(photo.read, str(source.absolute()))
    except ToolError as error:
        return replace(base, problems=(*base.problems, not_checked(error, "reading of the photo")))
    description = _describe(base, facts, zone)
    if description.codec == "jpeg" and not facts["sound_jpeg"]:
        description = replace(description, problems=(*description.problems, *check_jpeg(source, run)))
    return description


def _from_boxes(source: Path) -> dict[str, Any]:
    with source.open("rb") as stream:
        reader = BoxReader(stream, source.stat().st_size)
        missing, properties = missing_bytes(reader), read_properties(reader)
    known: dict[str, Any] = {}
    if properties:
        known = {"width": properties.width, "height": properties.height, "orientation": properties.orientation}
    if missing > 0:
        detail = f"The boxes announce {missing} bytes more than the file holds."
        known["problems"] = (Problem(ProblemCode.TRUNCATED, detail),)
    return known


def _describe(base: MediaDescription, facts: dict[str, Any], zone: tzinfo) -> MediaDescription:
    tags, container = facts["tags"], base.container or _lower(facts["format"])
    position, position_problem = _position(facts["gps"])
    coded_width, coded_height = facts["width"] or None, facts["height"] or None
    sideways = base.container == "heif" and (base.orientation or 0) >= _TURNED_SIDEWAYS
    if sideways:  # the decoder hands the picture out turned
        coded_width, coded_height = coded_height, coded_width
    return replace(
        base,
        container=container,
        codec={"mpo": "jpeg", "heif": "heif"}.get(_lower(facts["format"]) or "", _lower(facts["format"])),
        width=base.width or coded_width,
        height=base.height or coded_height,
        coded_width=coded_width,
        coded_height=coded_height,
        pixel_format=_lower(facts["mode"]),
        bit_depth=facts["bit_depth"],
        # In HEIF the boxes alone turn the picture; its EXIF is only told what was done.
        orientation=base.orientation if base.width else _orientation(tags.get("Orientation")),
        make=_text(tags.get("Make")),
        model=_text(tags.get("Model")),
        captured=_captured(tags, facts["xmp"], zone),
        position=position,
        problems=(*base.problems, *position_problem, *_problems(facts)),
    )


def _problems(facts: dict[str, Any]) -> Iterator[Problem]:
    for damage in facts["exif_damage"]:
        yield Problem(ProblemCode.EXIF_DAMAGED, damage)
    if facts["too_large"]:
        pixels = facts["width"] * facts["height"]
        yield Problem(ProblemCode.TOO_LARGE, f"The picture has {pixels} pixels and was not decoded.")
    if facts["unreadable"]:
        yield Problem(ProblemCode.UNDECODABLE, f"The picture cannot be read: {facts['unreadable']}")


def _captured(tags: dict[str, Any], packet: str, zone: tzinfo) -> CapturedTime | None:
    for name, offsets, fraction in _TIMES:
        offset = next((text for key in offsets if (text := _text(tags.get(key)))), None)
        found = from_text(
            _text(tags.get(name)) or "",
            origin=f"exif:{name}",
            zone=zone,
            offset=offset,
            fraction=_text(tags.get(fraction)),
        )
        if found:
            return found
    return from_text(xmp.created(packet) or "", origin="xmp:CreateDate", zone=zone)


def _position(gps: dict[str, Any]) -> tuple[Position | None, tuple[Problem, ...]]:
    """The place in EXIF; a receiver that says it has no fix gives none."""
    if "Latitude" not in gps or "Longitude" not in gps or gps.get("Status") == "V":
        return None, ()
    latitude, longitude = _degrees(gps, "Latitude"), _degrees(gps, "Longitude")
    if not is_place(latitude, longitude):
        if not latitude and not longitude:
            return None, ()
        return None, (Problem(ProblemCode.POSITION_UNREADABLE, "The place in EXIF is incomplete or impossible."),)
    altitude, accuracy = gps.get("Altitude"), gps.get("HPositioningError")
    below = gps.get("AltitudeRef") == _BELOW_SEA
    return Position(
        latitude=latitude,
        longitude=longitude,
        origin="exif",
        fix={"2": Fix.TWO_D, "3": Fix.THREE_D}.get(str(gps.get("MeasureMode"))),
        datum=_text(gps.get("MapDatum")) or "WGS-84",
        at=_satellite_time(gps),
        altitude_m=(-altitude if below else altitude) if isinstance(altitude, float) else None,
        accuracy_m=accuracy if isinstance(accuracy, float) else None,
    ), ()


def _degrees(gps: dict[str, Any], name: str) -> float:
    value = gps[name]
    parts = value if isinstance(value, list) else [value]
    if not all(isinstance(part, int | float) for part in parts):
        return math.nan
    return from_sexagesimal(tuple(parts), str(gps.get(f"{name}Ref", "")))


def _satellite_time(gps: dict[str, Any]) -> datetime | None:
    day, clock = _text(gps.get("DateStamp")), gps.get("TimeStamp")
    if not day or not isinstance(clock, list) or len(clock) != 3:  # noqa: PLR2004 - hours, minutes, seconds
        return None
    midnight = from_text(f"{day} 00:00:00", origin="exif:GPSDateStamp", zone=UTC)
    if midnight is None or not all(isinstance(part, int | float) for part in clock):
        return None
    return midnight.at.astimezone(UTC) + timedelta(hours=clock[0], minutes=clock[1], seconds=clock[2])


def _orientation(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and value in range(1, 9) else None


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _lower(value: str | None) -> str | None:
    return value.lower() if value else None
