"""Make the footage of two body cameras as a docking station shows it, with all that happens to real cards.

1. Plan every file and what it should become.
2. Draw the scenery, then record the segments, two at a time, into a folder of their own.
3. Do to them what befalls cards: cut off the tail of the file that lost power, copy the marked one.
4. Put all in place, with the times of the camera; until then nothing shows but a hidden folder.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from api.demo.cast import CAMERAS, Camera, Segment
from api.demo.display import DisplayFont, find_display_font
from api.demo.errors import FootageInTheWay
from api.demo.model import Footage, FootageFile, FootageKind
from api.demo.photo import write_photo
from api.demo.plan import has_side_files, marked_copy, photo_file, plan_footage, segment_file, side_file
from api.demo.recorder import record_segment
from api.demo.scenes import draw_person, draw_strip, scene_of
from api.demo.side_file import write_side_file

__all__ = ["Footage", "FootageFile", "FootageKind", "make_footage"]

_AT_ONCE: Final = 2
_KEPT: Final = 0.6  # of the file whose camera lost power; the index behind it is gone


def make_footage(into: Path, *, started_at: datetime, zone: ZoneInfo) -> Footage:
    """Write `slot-1` and `slot-2` below `into` and tell what each file should become.

    Names and displays show the wall clock of `zone`. Raises NaiveStart, FootageInTheWay, FootageNotMade, OSError.
    """
    # 1.
    footage = plan_footage(into, started_at=started_at, zone=zone)
    for file in footage.files:
        if footage.source(file).exists():
            raise FootageInTheWay(footage.source(file))
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".footage-", dir=into) as workshop:
        cards = replace(footage, root=Path(workshop, "cards"))
        font = find_display_font()
        # 2.
        work = [job for camera in CAMERAS for job in _prepare(camera, cards, Path(workshop), font)]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for done in [pool.submit(job) for job in work]:
                done.result()
        # 4.
        for file in footage.files:
            moment = _closed_at(file, footage)
            os.utime(cards.source(file), (moment, moment))
        for file in footage.files:
            footage.source(file).parent.mkdir(parents=True, exist_ok=True)
            cards.source(file).replace(footage.source(file))
    return footage


def _prepare(camera: Camera, cards: Footage, workshop: Path, font: DisplayFont | None) -> Iterator[Callable[[], None]]:
    """Draw what the camera sees, take its photo, and yield the work of each segment."""
    strip = draw_strip(camera)
    person = workshop / f"{camera.slot}-person.png"
    draw_person(camera).save(person)
    for number, segment in enumerate(camera.segments):
        scene = workshop / f"{camera.slot}-scene-{number}.png"
        scene_of(strip, camera, segment).save(scene, compress_level=1)
        yield partial(_film, camera, segment, cards, scene=scene, person=person, font=font)
    if camera.photo_offset_s is not None:
        file = photo_file(camera, camera.photo_offset_s, cards.started_at)
        write_photo(strip, file, _room_for(cards.source(file)))


def _film(
    camera: Camera, segment: Segment, cards: Footage, *, scene: Path, person: Path, font: DisplayFont | None
) -> None:
    """Leave all that one segment leaves on a card."""
    file = segment_file(camera, segment, cards.started_at)
    path = _room_for(cards.source(file))
    record_segment(camera, segment, file, scene=scene, person=person, font=font, into=path)
    # 3.
    if segment.cut_off:
        os.truncate(path, int(path.stat().st_size * _KEPT))
        return
    if segment.marked:
        shutil.copyfile(path, cards.source(marked_copy(camera, segment, file)))
    if has_side_files(camera):
        write_side_file(camera, segment, file, cards.source(side_file(file)))


def _room_for(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _closed_at(file: FootageFile, footage: Footage) -> float:
    """When the camera last wrote to the file: side files are closed with their recording."""
    durations = {other.path: other.duration_s or 0.0 for other in footage.files}
    return file.started_at.timestamp() + durations[file.belongs_to or file.path]
