"""Who and what the demonstration is about. All persons, numbers and cases are invented."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class NamePattern(StrEnum):
    """How a camera names its files; the letters are those of the built-in name patterns."""

    A = "A"
    C = "C"


class VideoCodec(StrEnum):
    """What a camera records; the values are those which ffprobe reports."""

    H264 = "h264"
    HEVC = "hevc"


@dataclass(frozen=True, slots=True)
class Officer:
    certificate_number: str
    name: str
    agency_code: str
    device_code: str


@dataclass(frozen=True, slots=True)
class Segment:
    """`offset_s` counts from the start of the footage. `marked` segments get a second name with the mark."""

    offset_s: int
    duration_s: int
    marked: bool = False
    cut_off: bool = False


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera, who wears it and what it records. `unassigned` cameras were never told their officer."""

    slot: str
    serial: str
    model: str
    officer: Officer
    unassigned: bool
    pattern: NamePattern
    codec: VideoCodec
    latitude: float
    longitude: float
    segments: tuple[Segment, ...]
    photo_offset_s: int | None = None

    @property
    def recorded_s(self) -> int:
        return sum(segment.duration_s for segment in self.segments)


PREFECTURE: Final = "533400"
COUNTY: Final = "533401"
TOWNSHIP: Final = "533401100"

AGENCIES: Final = (
    (PREFECTURE, "迪庆藏族自治州市场监督管理局", None, "prefecture"),
    (COUNTY, "香格里拉市市场监督管理局", PREFECTURE, "county"),
    (TOWNSHIP, "香格里拉市市场监督管理局建塘市场监督管理所", COUNTY, "township"),
)

LEADING_OFFICER: Final = Officer("25340100117", "和志远", PREFECTURE, "530117")
SECOND_OFFICER: Final = Officer("25340100118", "央宗", PREFECTURE, "530118")
OTHER_OFFICERS: Final = (
    Officer("25340110021", "李春明", COUNTY, "530021"),
    Officer("25340110022", "扎西顿珠", TOWNSHIP, "530022"),
)
OFFICERS: Final = (LEADING_OFFICER, SECOND_OFFICER, *OTHER_OFFICERS)

# Segments meet without a gap, as a camera in use cuts them; the first loses power before it can close its last file.
FIRST_CAMERA: Final = Camera(
    slot="slot-1",
    serial="3400017",
    model="DSJ-A1",
    officer=LEADING_OFFICER,
    unassigned=False,
    pattern=NamePattern.A,
    codec=VideoCodec.H264,
    latitude=27.8261,
    longitude=99.7064,
    segments=(Segment(0, 8), Segment(8, 10, marked=True), Segment(18, 7), Segment(25, 6, cut_off=True)),
    photo_offset_s=12,
)
# The second was switched off for a minute and a half: a gap that must be reported.
SECOND_CAMERA: Final = Camera(
    slot="slot-2",
    serial="CAM002",
    model="DCAM-4",
    officer=SECOND_OFFICER,
    unassigned=True,
    pattern=NamePattern.C,
    codec=VideoCodec.HEVC,
    latitude=27.8259,
    longitude=99.7068,
    segments=(Segment(3, 7), Segment(10, 6), Segment(106, 8), Segment(114, 6)),
)
CAMERAS: Final = (FIRST_CAMERA, SECOND_CAMERA)
