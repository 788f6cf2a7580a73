"""Whatever a camera writes plays or shows in a real Chromium, from the page, after the whole way of a file.

The media are made here with Debian's ffmpeg and Pillow; each stands for a family of cameras or phones.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from api.runtime import Runtime, open_runtime
from api.serving import serving
from api.settings import load_settings
from ingest import process
from ingest.process import ProcessLimits, ProcessResult

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ZHILU = Path(sys.executable).with_name("zhilu")
SECONDS = 3
PICTURE = ("-f", "lavfi", "-i", f"testsrc2=size=320x240:rate=25:duration={SECONDS}")
SOUND = ("-f", "lavfi", "-i", f"sine=frequency=440:duration={SECONDS}")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25")
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error")

# name: (arguments after the inputs, whether the original is played as it is, width of the picture as shown)
VIDEOS: dict[str, tuple[tuple[str, ...], bool, int]] = {
    "h264.mp4": ((*H264, "-c:a", "aac"), True, 320),
    "h264.mov": ((*H264, "-c:a", "aac"), True, 320),
    "h264_four_two_two.mp4": (("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv422p"), False, 320),
    "h264.ts": ((*H264, "-c:a", "aac"), False, 320),
    "hevc_8_bit.mp4": ((*HEVC, "-pix_fmt", "yuv420p", "-tag:v", "hvc1", "-c:a", "aac"), False, 320),
    "hevc_10_bit.mp4": ((*HEVC, "-pix_fmt", "yuv420p10le", "-tag:v", "hvc1"), False, 320),
    "vp9.mp4": (("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-pix_fmt", "yuv420p"), True, 320),
    "h263.3gp": (("-c:v", "h263", "-s", "176x144", "-an"), False, 192),  # samples are 12:11
    "motion_jpeg.avi": (("-c:v", "mjpeg", "-pix_fmt", "yuvj422p", "-c:a", "pcm_s16le"), False, 320),
    "mpeg2.mpg": (("-c:v", "mpeg2video", "-c:a", "mp2"), False, 320),
    "fragmented.mp4": ((*H264, "-movflags", "frag_keyframe+empty_moov"), True, 320),
    "variable_rate.mp4": ((*H264, "-vf", "select='lt(mod(n,7),4)'", "-fps_mode", "vfr", "-an"), True, 320),
    "edit_list.mp4": ((*H264, "-bf", "2", "-ss", "0.7", "-an"), True, 320),
}
SOUNDS = {"aac.aac": ("-c:a", "aac"), "adpcm.wav": ("-c:a", "adpcm_ima_wav"), "mp3.mp3": ("-c:a", "libmp3lame")}


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("card")
    for name, (arguments, _, _) in VIDEOS.items():
        ffmpeg(*PICTURE, *SOUND, *arguments, folder / name)
    turn(folder / "h264.mp4", folder / "turned.mp4")
    for name, sound in SOUNDS.items():
        ffmpeg(*SOUND, *sound, folder / name)
    picture = Image.effect_noise((640, 400), 60).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(folder / "turned.jpg", exif=exif)
    picture.save(folder / "plain.jpg")
    pillow_heif.from_pillow(picture).save(folder / "phone.heic")
    return folder


def ffmpeg(*arguments: object) -> None:
    result = attempt(*arguments)
    assert result.returncode == 0, result.stderr


def attempt(*arguments: object) -> ProcessResult:
    command = ["ffmpeg", "-v", "error", "-y", *(str(argument) for argument in arguments)]
    return process.run(command, limits=ProcessLimits(seconds=60, memory_bytes=2 << 30))


def turn(source: Path, target: Path) -> None:
    """Rotation is a fact of the container, as a phone held upright writes it; ffmpeg 6 has another word for it."""
    if attempt("-display_rotation", "-90", "-i", source, "-c", "copy", target).returncode:
        ffmpeg("-i", source, "-c", "copy", "-metadata:s:v:0", "rotate=90", target)


@pytest.fixture(scope="module")
def runtime(card: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    home = tmp_path_factory.mktemp("home")
    environment = {**os.environ, "ZHILU_HOME": str(home), "LANG": "C.UTF-8"}
    done = subprocess.run(
        [ZHILU, "ingest", card, "--wait", "--json"], env=environment, capture_output=True, text=True, check=False
    )
    outcomes = {json.loads(line)["outcome"] for line in done.stdout.splitlines()}
    assert outcomes == {"secured"}, done.stdout + done.stderr
    with open_runtime(load_settings(home=home)) as opened:
        yield opened


@pytest.fixture(scope="module")
def recordings(runtime: Runtime) -> dict[str, str]:
    from api.reading.listing import search
    from catalog.repositories.finding import FindCriteria

    with runtime.catalog.reading() as session:
        return {found.name: str(found.id) for found in search(session, FindCriteria(), limit=100).recordings}


@pytest.fixture(scope="module")
def served(runtime: Runtime) -> Iterator[str]:
    with serving(runtime, 0) as address:
        yield address


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN")
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


PLAYED = """async (medium) => {
    medium.muted = true;
    const told = (name) => new Promise((done, failed) => {
        medium.addEventListener(name, done, {once: true});
        medium.addEventListener('error', () => failed(new Error(medium.error?.message || 'error')), {once: true});
    });
    if (medium.readyState < 2) { const ready = told('loadeddata'); medium.load(); await ready; }
    await medium.play();
    while (medium.currentTime < 0.3 && !medium.ended) await new Promise((next) => setTimeout(next, 30));
    const reached = medium.currentTime;
    medium.pause();
    const arrived = told('seeked');
    medium.currentTime = medium.duration * 0.6;
    await arrived;
    return {
        reached, duration: medium.duration, sought: medium.currentTime,
        width: medium.videoWidth || 0, height: medium.videoHeight || 0,
    };
}"""


@pytest.mark.parametrize("name", [*VIDEOS, "turned.mp4"])
def test_a_video_plays_and_seeks(name: str, recordings: dict[str, str], served: str, window: Page) -> None:
    window.goto(f"{served}recordings/{recordings[name]}")
    played = window.locator("video").evaluate(PLAYED)
    _, as_it_is, width = VIDEOS.get(name, ((), True, 240))
    assert played["reached"] >= 0.3
    assert played["width"] == width
    assert abs(played["duration"] - SECONDS) < 1.0
    assert abs(played["sought"] - played["duration"] * 0.6) < 0.2
    source = window.locator("video").get_attribute("src") or ""
    assert source.endswith("/original" if as_it_is else "/derivatives/proxy")


@pytest.mark.parametrize("name", SOUNDS)
def test_a_sound_plays_and_seeks(name: str, recordings: dict[str, str], served: str, window: Page) -> None:
    window.goto(f"{served}recordings/{recordings[name]}")
    played = window.locator("audio").evaluate(PLAYED)
    assert played["reached"] >= 0.3
    assert abs(played["duration"] - SECONDS) < 0.5


@pytest.mark.parametrize(("name", "upright"), [("plain.jpg", False), ("turned.jpg", True), ("phone.heic", False)])
def test_a_photo_shows_the_right_way_up(
    name: str, recordings: dict[str, str], served: str, window: Page, *, upright: bool
) -> None:
    window.goto(f"{served}recordings/{recordings[name]}")
    picture = window.locator(".player.photo img")
    picture.wait_for()
    size = picture.evaluate(
        "async (shown) => { await shown.decode(); return [shown.naturalWidth, shown.naturalHeight]; }"
    )
    assert size == ([400, 640] if upright else [640, 400])
