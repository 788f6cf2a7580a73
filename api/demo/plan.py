"""Which files the two cameras leave on their cards: decided without touching a disk."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Final
from zoneinfo import ZoneInfo

from api.demo.cast import CAMERAS, Camera, NamePattern, Segment
from api.demo.errors import NaiveStart
from api.demo.model import Footage, FootageFile, FootageKind

WIDTH: Final = 1280
HEIGHT: Final = 720
NOBODY: Final = "000000"
LIES_ON_ITS_SIDE: Final = 6  # EXIF orientation: to be turned a quarter clockwise before it is shown


def plan_footage(into: Path, *, started_at: datetime, zone: ZoneInfo) -> Footage:
    """List the files that `make_footage` writes and what each should become. Raises NaiveStart."""
    if started_at.tzinfo is None:
        raise NaiveStart(started_at)
    started_at = started_at.astimezone(zone).replace(microsecond=0)
    files = tuple(file for camera in CAMERAS for file in _card(camera, started_at))
    last = max(segment.offset_s + segment.duration_s for camera in CAMERAS for segment in camera.segments)
    return Footage(into, zone, started_at, later(started_at, last), files)


def segment_file(camera: Camera, segment: Segment, started_at: datetime) -> FootageFile:
    """The recording that a camera makes of one segment, under its first name."""
    at = later(started_at, segment.offset_s)
    number = camera.segments.index(segment) + 1
    return FootageFile(
        path=_path(camera, at, number, "mp4", marked=False),
        kind=FootageKind.VIDEO,
        device=camera.serial,
        officer_code=None if camera.unassigned else camera.officer.device_code,
        officer=camera.officer.certificate_number,
        started_at=at,
        duration_s=None if segment.cut_off else float(segment.duration_s),
        important=segment.marked,
        damaged=segment.cut_off,
        # A side file is written when its recording is closed, which power loss prevents.
        latitude=None if segment.cut_off else camera.latitude,
        longitude=None if segment.cut_off else camera.longitude,
        codec=None if segment.cut_off else camera.codec,
        width=None if segment.cut_off else WIDTH,
        height=None if segment.cut_off else HEIGHT,
    )


def marked_copy(camera: Camera, segment: Segment, recording: FootageFile) -> FootageFile:
    """The second name of a segment whose wearer pressed the key for important moments."""
    number = camera.segments.index(segment) + 1
    path = _path(camera, recording.started_at, number, "mp4", marked=True)
    return replace(recording, path=path, copy_of=recording.path)


def side_file(recording: FootageFile) -> FootageFile:
    """The file of positions beside a recording; it carries them for the recording, not for itself."""
    return FootageFile(
        path=recording.path.with_suffix(".xml"),
        kind=FootageKind.SIDECAR,
        device=recording.device,
        officer_code=recording.officer_code,
        officer=recording.officer,
        started_at=recording.started_at,
        belongs_to=recording.path,
    )


def photo_file(camera: Camera, offset_s: int, started_at: datetime) -> FootageFile:
    """The photo taken while recording; cameras count photos apart from videos."""
    at = later(started_at, offset_s)
    return FootageFile(
        path=_path(camera, at, 1, "jpg", marked=False),
        kind=FootageKind.PHOTO,
        device=camera.serial,
        officer_code=None if camera.unassigned else camera.officer.device_code,
        officer=camera.officer.certificate_number,
        started_at=at,
        latitude=camera.latitude,
        longitude=camera.longitude,
        codec="mjpeg",
        width=WIDTH,
        height=HEIGHT,
        orientation=LIES_ON_ITS_SIDE,
    )


def has_side_files(camera: Camera) -> bool:
    """Cameras that write no positions into their recordings write them beside."""
    return camera.pattern is NamePattern.A


def _card(camera: Camera, started_at: datetime) -> list[FootageFile]:
    files = []
    for segment in camera.segments:
        recording = segment_file(camera, segment, started_at)
        files.append(recording)
        if segment.marked:
            files.append(marked_copy(camera, segment, recording))
        if has_side_files(camera) and not segment.cut_off:
            files.append(side_file(recording))
    if camera.photo_offset_s is not None:
        files.append(photo_file(camera, camera.photo_offset_s, started_at))
    return sorted(files, key=lambda file: file.started_at.timestamp())


def _path(camera: Camera, at: datetime, number: int, suffix: str, *, marked: bool) -> PurePosixPath:
    officer = NOBODY if camera.unassigned else camera.officer.device_code
    mark = "IMP" if marked else ""
    match camera.pattern:
        case NamePattern.A:
            name = f"{officer}_{camera.serial}_{at:%Y%m%d%H%M%S}_{number:04}{mark}.{suffix}"
            return PurePosixPath(camera.slot, "DCIM", f"{at:%Y%m%d}", name)
        case NamePattern.C:
            name = f"DCAM_{camera.serial}_{officer}_{at:%Y%m%d_%H%M%S}{mark and '_' + mark}.{suffix}"
            return PurePosixPath(camera.slot, "DCAM", f"{at:%Y%m%d}", name)


def later(at: datetime, seconds: int) -> datetime:
    """Count elapsed seconds; plain addition would count on the wall clock, which a change of offset moves."""
    return datetime.fromtimestamp(at.timestamp() + seconds, at.tzinfo)
