"""The words of media: what a file is, when and where it was made, and what is wrong with it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import TypeAdapter

_TEXT_LIMIT = 500


class MediaKind(StrEnum):
    VIDEO = "video"
    AUDIO = "audio"
    PHOTO = "photo"
    SIDECAR = "sidecar"
    OTHER = "other"


class ProblemCode(StrEnum):
    """What can be wrong with a file that is kept all the same."""

    EMPTY = "empty"
    UNRECOGNISED = "unrecognised"
    NO_INDEX = "no_index"  # media data is there, the box that says where each frame lies is not
    TRUNCATED = "truncated"  # bytes which the file itself announces are missing
    MALFORMED = "malformed"  # the container contradicts itself
    UNDECODABLE = "undecodable"  # a stream of which no frame decodes
    PARTLY_DECODABLE = "partly_decodable"  # some frames decode, others do not
    EXIF_DAMAGED = "exif_damaged"
    POSITION_UNREADABLE = "position_unreadable"
    SIDECAR_UNREADABLE = "sidecar_unreadable"
    SIDECAR_PARTLY_UNDERSTOOD = "sidecar_partly_understood"
    ENCRYPTED_OR_VENDOR = "encrypted_or_vendor"
    TOO_LARGE = "too_large"  # more pixels than we are willing to decode: not checked
    TOOL_TIMED_OUT = "tool_timed_out"  # not checked
    TOOL_FAILED = "tool_failed"  # not checked


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: a stable code and one plain sentence."""

    code: ProblemCode
    detail: str


class ZoneOrigin(StrEnum):
    """How we know the zone in which a time was written."""

    FILE = "file"
    FORMAT = "utc by format"
    SETTING = "setting"


@dataclass(frozen=True, slots=True)
class CapturedTime:
    """When the device says it recorded. `at` keeps the zone it was written in, `raw` what was written."""

    at: datetime
    raw: str
    origin: str
    zone_origin: ZoneOrigin

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            message = "a captured time needs a zone"
            raise ValueError(message)


class Fix(StrEnum):
    """What a satellite receiver says of its own solution."""

    NONE = "none"
    TWO_D = "2d"
    THREE_D = "3d"


@dataclass(frozen=True, slots=True)
class Position:
    """A place in degrees, north and east positive. `at` is satellite time, not the device's clock."""

    latitude: float
    longitude: float
    origin: str
    fix: Fix | None = None
    datum: str = "WGS-84"
    at: datetime | None = None
    altitude_m: float | None = None
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """A place on the way; `offset_s` counts from the start of the recording, None where the source has no times."""

    offset_s: float | None
    latitude: float
    longitude: float
    altitude_m: float | None = None
    at: datetime | None = None
    fix: Fix | None = None
    dilution: float | None = None
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class MediaDescription:
    """All we know of one file. None means the file does not say, or that it could not be read: see `problems`.

    width, height: pixels as shown before rotation, sample aspect applied; coded_*: as the codec stores them.
    orientation: photos the EXIF value 1 to 8, videos the clockwise rotation in degrees.
    duration_s: what can be played; declared_duration_s: what the header claims, where it claims something else.
    """

    kind: MediaKind
    container: str | None = None
    codec: str | None = None
    audio_codec: str | None = None
    width: int | None = None
    height: int | None = None
    coded_width: int | None = None
    coded_height: int | None = None
    pixel_format: str | None = None
    bit_depth: int | None = None
    frame_rate: float | None = None
    variable_frame_rate: bool | None = None
    duration_s: float | None = None
    declared_duration_s: float | None = None
    orientation: int | None = None
    mirrored: bool = False
    make: str | None = None
    model: str | None = None
    captured: CapturedTime | None = None
    position: Position | None = None
    track: tuple[TrackPoint, ...] = ()
    bit_rate: int | None = None
    channels: int | None = None
    sample_rate: int | None = None
    problems: tuple[Problem, ...] = ()

    def has(self, *codes: ProblemCode) -> bool:
        """Tell whether any problem carries one of these codes."""
        return any(problem.code in codes for problem in self.problems)

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON column; times as ISO 8601 with their offset."""
        value: dict[str, Any] = _adapter().dump_python(self, mode="json")
        return value

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "MediaDescription":
        """Read back what `to_json` wrote. Raises pydantic.ValidationError."""
        return _adapter().validate_python(value)


@cache
def _adapter() -> TypeAdapter[MediaDescription]:
    return TypeAdapter(MediaDescription)


def printable(description: MediaDescription) -> MediaDescription:
    """The same with all text free of control characters and of moderate length: files put anything in there."""
    return MediaDescription.from_json(_printable(description.to_json()))


def _printable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _printable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_printable(part) for part in value]
    if isinstance(value, str):
        return "".join(letter if letter.isprintable() else " " for letter in value[:_TEXT_LIMIT]).strip()
    return value
