"""Small frames and their times, as ffmpeg writes them and as a killed ffmpeg leaves them."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from ingest.fingerprint.errors import FramesUnreadable
from ingest.fingerprint.frames import FRAME_HEIGHT, FRAME_WIDTH, PIXELS_NAME, TIMES_NAME, read_frames

from .conftest import Recording

SIZE = FRAME_WIDTH * FRAME_HEIGHT
TIMES = "#software: x\n#tb 0: 1/100\n0,  0,  25,  1,  16384, 0xabc\n0,  150,  150,  1,  16384, 0xabc\n"


def leave(folder: Path, pixels: int, times: str) -> Path:
    (folder / PIXELS_NAME).write_bytes(bytes(range(256)) * (pixels // 256))
    (folder / TIMES_NAME).write_text(times)
    return folder


def test_times_come_from_the_time_base(tmp_path: Path) -> None:
    frames = list(read_frames(leave(tmp_path, 2 * SIZE, TIMES)))
    assert [time_s for time_s, _ in frames] == [0.25, 1.5]
    assert frames[0][1].shape == (FRAME_HEIGHT, FRAME_WIDTH)
    assert frames[0][1][0, :4].tolist() == [0, 1, 2, 3]


def test_a_picture_cut_short_is_left_out(tmp_path: Path) -> None:
    assert len(list(read_frames(leave(tmp_path, 2 * SIZE - 256, TIMES)))) == 1


def test_a_line_cut_short_is_left_out(tmp_path: Path) -> None:
    assert len(list(read_frames(leave(tmp_path, 2 * SIZE, TIMES[:-30])))) == 1


@pytest.mark.parametrize("times", ["0, 0, 25, 1\n", "#tb 0: 1/0\n0, 0, 25\n", "#tb 0: 1/25\nnonsense\n"])
def test_times_that_are_none_are_refused(tmp_path: Path, times: str) -> None:
    with pytest.raises(FramesUnreadable) as refused:
        list(read_frames(leave(tmp_path, SIZE, times)))
    assert refused.value.folder == tmp_path


def test_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FramesUnreadable):
        list(read_frames(tmp_path))


def test_key_frames_keep_their_own_times(recordings: dict[str, Recording]) -> None:
    street = recordings["street"]
    show = ["-skip_frame", "nokey", "-select_streams", "v", "-show_entries", "frame=pts_time", "-of", "csv=p=0"]
    told = subprocess.run(["ffprobe", "-v", "error", *show, street.path], capture_output=True, text=True, check=True)
    expected = [float(line.strip(",")) for line in told.stdout.split()]
    assert len(expected) > 8
    assert street.from_key_frames.times_s == pytest.approx(expected, abs=0.001)


def test_all_frames_are_thinned_to_about_one_a_second(recordings: dict[str, Recording]) -> None:
    steps = np.diff(recordings["street"].from_all_frames.times_s)
    assert steps.min() >= 0.88
    assert steps.max() <= 1.0
