"""The words of the demonstration: which files there are, and what each should become once it is docked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo


class FootageKind(StrEnum):
    VIDEO = "video"
    PHOTO = "photo"
    SIDECAR = "sidecar"


@dataclass(frozen=True, slots=True)
class FootageFile:
    """One file of a card and what should be known of it. `path` is relative to the station's folder.

    - `device` is the serial in the name. `officer_code` is the officer in the name, None where the camera says that
      it was given to nobody (`000000`); `officer` is the certificate number that the registers lead to.
    - `started_at` is aware, in the station's zone, and a whole second, as the name has no more.
    - `duration_s` is None where there is no playing time: photos, side files, and the damaged file.
    - `position` facts are WGS-84 degrees; for a video with a side file they are those of its first point.
    - `important` holds for both names of marked content, as one recording takes the higher mark of its sightings.
    - `copy_of` names the file with the same content, `belongs_to` the recording that a side file describes.
    """

    path: PurePosixPath
    kind: FootageKind
    device: str
    officer_code: str | None
    officer: str
    started_at: datetime
    duration_s: float | None = None
    important: bool = False
    damaged: bool = False
    latitude: float | None = None
    longitude: float | None = None
    codec: str | None = None
    width: int | None = None
    height: int | None = None
    orientation: int | None = None
    copy_of: PurePosixPath | None = None
    belongs_to: PurePosixPath | None = None

    @property
    def slot(self) -> str:
        """The docking station's port in which the card stands."""
        return self.path.parts[0]


@dataclass(frozen=True, slots=True)
class Footage:
    """All files of both cards below `root`, oldest first within each card."""

    root: Path
    zone: ZoneInfo
    started_at: datetime
    ended_at: datetime
    files: tuple[FootageFile, ...]

    def source(self, file: FootageFile) -> Path:
        return self.root / file.path

    @property
    def gaps(self) -> tuple[tuple[FootageFile, FootageFile, timedelta], ...]:
        """Pairs of following videos of one camera with time between them, and how much."""
        found = []
        videos = [file for file in self.files if file.kind is FootageKind.VIDEO and file.copy_of is None]
        for earlier, later in pairwise(videos):
            if earlier.device != later.device or earlier.duration_s is None:
                continue
            # Elapsed time: the difference of two datetimes of one zone would be one of wall clocks.
            gap = later.started_at.timestamp() - earlier.started_at.timestamp() - earlier.duration_s
            if gap > 0:
                found.append((earlier, later, timedelta(seconds=gap)))
        return tuple(found)
