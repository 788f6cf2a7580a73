import json
import re
import subprocess
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from defusedxml.ElementTree import parse
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps

from api.demo.cast import FIRST_CAMERA
from api.demo.display import find_display_font
from api.demo.errors import FootageInTheWay, FootageNotMade
from api.demo.footage import Footage, FootageFile, FootageKind, make_footage
from api.demo.recorder import FRAME_RATE, record_segment

ONE_FRAME_S = 1 / FRAME_RATE


def playable(footage: Footage) -> list[FootageFile]:
    return [file for file in footage.files if file.kind is FootageKind.VIDEO and not file.damaged]


def probe(path: Path) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", str(path)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=30).stdout)
    return found


def frame(path: Path, at_s: float) -> NDArray[np.int16]:
    command = ["ffmpeg", "-v", "error", "-ss", f"{at_s}", "-i", str(path), "-frames:v", "1"]
    command += ["-f", "rawvideo", "-pix_fmt", "gray", "-"]
    raw = subprocess.run(command, check=True, capture_output=True, timeout=30).stdout
    return np.frombuffer(raw, np.uint8).reshape(720, 1280).astype(np.int16)


def difference(one: NDArray[np.int16], other: NDArray[np.int16]) -> float:
    return float(np.abs(one - other).mean())


def test_the_cards_hold_the_planned_files_and_nothing_else(footage: Footage) -> None:
    there = {path.relative_to(footage.root).as_posix() for path in footage.root.rglob("*") if path.is_file()}
    assert there == {str(file.path) for file in footage.files}
    assert sorted(path.name for path in footage.root.iterdir()) == ["slot-1", "slot-2"]


def test_videos_are_what_the_footage_says(footage: Footage) -> None:
    for file in playable(footage):
        found = probe(footage.source(file))
        video, sound = found["streams"]
        assert (video["codec_name"], video["width"], video["height"]) == (file.codec, file.width, file.height)
        assert video["pix_fmt"] == "yuv420p"
        assert sound["codec_name"] == "aac"
        assert float(found["format"]["duration"]) == pytest.approx(file.duration_s, abs=ONE_FRAME_S)
        created = datetime.fromisoformat(found["format"]["tags"]["creation_time"])
        assert created == file.started_at
        assert created.tzinfo == UTC


def test_the_second_camera_writes_its_position_into_the_recording(footage: Footage) -> None:
    for file in playable(footage):
        written = probe(footage.source(file))["format"]["tags"].get("location")
        if file.slot == "slot-1":
            assert written is None
        else:
            latitude, longitude = re.findall(r"[+-][\d.]+", written)[:2]
            assert (float(latitude), float(longitude)) == (file.latitude, file.longitude)
            assert b"\xa9xyz" in footage.source(file).read_bytes()


def test_the_first_camera_writes_its_positions_beside(footage: Footage) -> None:
    recordings = {file.path: file for file in playable(footage)}
    sidecars = [file for file in footage.files if file.kind is FootageKind.SIDECAR]
    assert {file.belongs_to for file in sidecars} == {f.path for f in playable(footage) if f.slot == "slot-1"} - {
        f.path for f in footage.files if f.copy_of
    }
    for file in sidecars:
        assert file.belongs_to
        recording = recordings[file.belongs_to]
        locations = parse(footage.source(file)).getroot()
        assert locations.tag == "locations"
        assert (locations.get("policeNum"), locations.get("devNum")) == (recording.officer_code, recording.device)
        assert float(locations.get("videoDuration")) == recording.duration_s
        assert locations.get("beginTime") == f"{recording.started_at:%Y-%m-%d %H:%M:%S}"
        points = [(float(point.get("latitude")), float(point.get("longitude"))) for point in locations]
        assert points[0] == (recording.latitude, recording.longitude)
        assert len(set(points)) == len(points) > 1


def test_the_file_cut_off_by_power_loss_does_not_probe(footage: Footage) -> None:
    (file,) = [file for file in footage.files if file.damaged]
    content = footage.source(file).read_bytes()
    assert content[4:8] == b"ftyp"
    assert b"mdat" in content
    assert b"moov" not in content
    with pytest.raises(subprocess.CalledProcessError) as refused:
        probe(footage.source(file))
    assert b"moov atom not found" in refused.value.stderr


def test_marked_content_has_two_names(footage: Footage) -> None:
    digests: dict[str, list[FootageFile]] = {}
    for file in footage.files:
        digests.setdefault(sha256(footage.source(file).read_bytes()).hexdigest(), []).append(file)
    ((first, second),) = [files for files in digests.values() if len(files) > 1]
    assert (first.copy_of, second.copy_of) == (None, first.path)
    assert first.important
    assert second.important


def test_the_photo_stands_upright_once_turned_and_knows_where_and_when(footage: Footage) -> None:
    (file,) = [file for file in footage.files if file.kind is FootageKind.PHOTO]
    with Image.open(footage.source(file)) as photo:
        exif = photo.getexif()
        details, position = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
        assert photo.size == (file.width, file.height)
        assert exif[ExifTags.Base.Orientation] == file.orientation == 6
        upright = np.asarray(ImageOps.exif_transpose(photo).convert("RGB")).astype(int)
    assert upright.shape == (1280, 720, 3)
    sky, ground = upright[:60].mean((0, 1)), upright[-60:].mean((0, 1))
    assert sky[2] > ground[2] + 50
    taken = details[ExifTags.Base.DateTimeOriginal] + details[ExifTags.Base.OffsetTimeOriginal]
    assert datetime.strptime(taken, "%Y:%m:%d %H:%M:%S%z") == file.started_at
    for reference, name, expected in (
        ("N", ExifTags.GPS.GPSLatitude, file.latitude),
        ("E", ExifTags.GPS.GPSLongitude, file.longitude),
    ):
        degrees, minutes, seconds = (float(part) for part in position[name])
        assert position[name - 1] == reference
        assert degrees + minutes / 60 + seconds / 3600 == pytest.approx(expected, abs=1e-6)


def test_scenes_differ_and_go_on(footage: Footage) -> None:
    for slot in ("slot-1", "slot-2"):
        first, second = [f for f in playable(footage) if f.slot == slot and f.copy_of is None][:2]
        assert first.duration_s
        end = frame(footage.source(first), first.duration_s - 2 * ONE_FRAME_S)
        start, following = frame(footage.source(first), 0), frame(footage.source(second), 0)
        assert difference(start, frame(footage.source(first), 2)) > 10
        assert difference(start, following) > 10
        assert difference(end, following) < difference(start, following) / 2


@pytest.mark.skipif(find_display_font() is None, reason="fontconfig knows no font to write a display with")
def test_the_display_is_burnt_in_and_its_clock_runs(footage: Footage) -> None:
    for slot in ("slot-1", "slot-2"):
        file = next(file for file in playable(footage) if file.slot == slot)
        for corner in (np.s_[15:55, 20:190], np.s_[15:55, 940:1260], np.s_[660:705, 20:220], np.s_[660:705, 1030:1260]):
            written = frame(footage.source(file), 1.5)[corner]
            assert ((written > 235).mean()) > 0.03
            assert ((written < 40).mean()) > 0.03
        # The last digits of the seconds, without the border that scenery shines through.
        digits = np.s_[20:52, 1225:1256]
        first, same, later = (frame(footage.source(file), at)[digits] > 235 for at in (1.2, 1.8, 2.2))
        assert (first != later).mean() > 2 * (first != same).mean()


def test_sound_rises_and_pauses_as_speech_does(footage: Footage) -> None:
    for file in playable(footage):
        command = ["ffmpeg", "-v", "error", "-i", str(footage.source(file)), "-vn", "-f", "s16le", "-ac", "1"]
        command += ["-ar", "8000", "-"]
        raw = subprocess.run(command, check=True, capture_output=True, timeout=30).stdout
        samples = np.abs(np.frombuffer(raw, np.int16).astype(int))
        loudness = np.array([samples[at : at + 400].max() for at in range(0, len(samples) - 400, 400)])
        assert loudness.max() > 3000
        assert loudness.min() < loudness.max() / 10


def test_files_keep_the_times_of_the_camera(footage: Footage) -> None:
    durations = {file.path: file.duration_s or 0.0 for file in footage.files}
    for file in footage.files:
        closed_at = file.started_at.timestamp() + durations[file.belongs_to or file.path]
        assert footage.source(file).stat().st_mtime == closed_at


def test_other_files_in_the_way_stay_untouched(footage: Footage, tmp_path: Path) -> None:
    other = tmp_path / footage.files[0].path
    other.parent.mkdir(parents=True)
    other.write_bytes(b"somebody's evidence")
    with pytest.raises(FootageInTheWay) as refused:
        make_footage(tmp_path, started_at=footage.started_at, zone=footage.zone)
    assert refused.value.path == other
    assert other.read_bytes() == b"somebody's evidence"


def test_a_recording_that_ffmpeg_refuses_is_told(footage: Footage, tmp_path: Path) -> None:
    missing, into = tmp_path / "missing.png", tmp_path / "recording.mp4"
    segment = FIRST_CAMERA.segments[0]
    with pytest.raises(FootageNotMade) as failed:
        record_segment(FIRST_CAMERA, segment, footage.files[0], scene=missing, person=missing, font=None, into=into)
    assert failed.value.path == into
    assert "No such file" in failed.value.why
