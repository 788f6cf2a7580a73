"""Record one segment as a camera does: moving picture, sound, on-screen display, clock and position."""

from datetime import UTC
from pathlib import Path
from typing import Any, Final

import ffmpeg

from api.demo.cast import Camera, Segment, VideoCodec
from api.demo.display import DisplayFont, draw_display
from api.demo.errors import FootageNotMade
from api.demo.model import FootageFile
from api.demo.plan import HEIGHT, WIDTH, has_side_files
from api.demo.scenes import SWAY, WALK
from ingest.process import ProcessLimits, ToolError, run

FRAME_RATE: Final = 25
_SAMPLE_RATE: Final = 32_000
_ALTITUDE: Final = 3276  # metres, of Shangri-La's old town
_LIMITS: Final = ProcessLimits(seconds=120, memory_bytes=1024 * 1024 * 1024)


def record_segment(
    camera: Camera,
    segment: Segment,
    file: FootageFile,
    *,
    scene: Path,
    person: Path,
    font: DisplayFont | None,
    into: Path,
) -> None:
    """Encode the segment that `file` describes to `into`. Raises FootageNotMade."""
    picture = draw_display(_walk(scene, person, segment), camera, file, font)
    output = ffmpeg.output(
        picture, _speech(segment), str(into.absolute()), **_encoding(camera.codec), **_facts(camera, file, segment)
    )
    try:
        result = run(
            ffmpeg.compile(output.global_args("-nostdin", "-v", "error"), overwrite_output=True), limits=_LIMITS
        )
    except ToolError as error:
        raise FootageNotMade(into, str(error).rstrip(".")) from error
    if result.returncode != 0:
        raise FootageNotMade(into, result.stderr.strip() or f"ffmpeg ended with code {result.returncode}")


def _walk(scene: Path, person: Path, segment: Segment) -> Any:
    """Move along the scenery with the sway of a chest while somebody crosses the picture."""
    now = f"(t+{segment.offset_s})"
    sway = f"{SWAY}+{SWAY / 2:g}*sin(2*PI*{now}*0.9)+6*sin(2*PI*{now}*2.3)"
    picture = _still(scene, "yuv420p").filter("crop", w=WIDTH, h=HEIGHT, x=f"min({WALK}*t,iw-ow)", y=sway)
    across = f"{WIDTH}-(t/{segment.duration_s})*({WIDTH}+w)"
    return picture.overlay(_still(person, "yuva420p"), x=across, y=f"{HEIGHT}-h-40+8*abs(sin(2*PI*t*1.6))")


def _still(image: Path, pixels: str) -> Any:
    """Repeat a picture for ever, decoding it once."""
    still = ffmpeg.input(str(image.absolute())).filter("format", pixels).filter("loop", loop=-1, size=1, start=0)
    return still.filter("setpts", f"N/{FRAME_RATE}/TB")


def _speech(segment: Segment) -> Any:
    """Make something that rises, falls and pauses like talk: harmonics of a voice, cut into syllables and sentences."""
    now = f"(t+{segment.offset_s})"
    pitch = f"2*PI*(140*{now}+3*sin(2*PI*{now}*0.7))"
    voice = "+".join(f"sin({number}*{pitch})/{number}" for number in range(1, 6))
    syllables = f"pow(sin(2*PI*{now}*1.9),2)"
    sentences = f"gt(sin(2*PI*{now}*0.23+0.6),-0.55)"
    expression = f"0.22*({voice})*{syllables}*{sentences}"
    return ffmpeg.input(f"aevalsrc=exprs='{expression}':s={_SAMPLE_RATE}", f="lavfi").audio


def _encoding(codec: VideoCodec) -> dict[str, Any]:
    """Give the options of the codec; the index goes to the end of the file, as a camera cannot know it earlier."""
    shared = {
        "r": FRAME_RATE, "g": 2 * FRAME_RATE, "pix_fmt": "yuv420p", "preset": "ultrafast", "acodec": "aac", "ac": 1,
        "audio_bitrate": "64k",
    }  # fmt: skip
    match codec:
        case VideoCodec.H264:
            return shared | {"vcodec": "libx264", "crf": 27, "format": "mp4"}
        case VideoCodec.HEVC:
            # The QuickTime writer is the one that puts the position where cameras put it (`©xyz`).
            x265 = {"vcodec": "libx265", "crf": 30, "x265-params": "log-level=error", "tag:v": "hvc1"}
            return shared | x265 | {"format": "mov", "brand": "mp42"}


def _facts(camera: Camera, file: FootageFile, segment: Segment) -> dict[str, Any]:
    created = f"creation_time={file.started_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000000Z"
    position = f"location={camera.latitude:+08.4f}{camera.longitude:+09.4f}+{_ALTITUDE}/"
    facts = [created] if has_side_files(camera) else [created, position]
    # ffmpeg ignores the number after `g`; it makes the options' names differ, as the command builder needs.
    return {"t": segment.duration_s} | {f"metadata:g:{number}": fact for number, fact in enumerate(facts)}
