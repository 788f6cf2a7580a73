from pathlib import Path

import ffmpeg
import pytest

from api.demo.cast import CAMERAS, Camera
from api.demo.display import DisplayFont, draw_display
from api.demo.footage import Footage


def command(camera: Camera, footage: Footage, font: DisplayFont | None) -> str:
    file = next(file for file in footage.files if file.slot == camera.slot)
    picture = draw_display(ffmpeg.input("picture.png").filter("null"), camera, file, font)
    return " ".join(ffmpeg.compile(ffmpeg.output(picture, "recording.mp4")))


@pytest.mark.parametrize("camera", CAMERAS)
def test_a_font_without_chinese_gets_ascii(camera: Camera, planned: Footage) -> None:
    shown = command(camera, planned, DisplayFont(Path("latin.ttf"), chinese=False))
    assert shown.isascii()
    assert "BODY CAMERA" in shown
    assert camera.serial in shown


@pytest.mark.parametrize("camera", CAMERAS)
def test_a_font_with_chinese_gets_it(camera: Camera, planned: Footage) -> None:
    shown = command(camera, planned, DisplayFont(Path("han.ttc"), chinese=True))
    assert "执法记录仪" in shown
    assert (camera.officer.name in shown) is not camera.unassigned
    assert ("000000" in shown) is camera.unassigned


def test_without_any_font_nothing_is_written(planned: Footage) -> None:
    assert "drawtext" not in command(CAMERAS[0], planned, None)
