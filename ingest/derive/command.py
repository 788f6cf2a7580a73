"""Spells the one ffmpeg process that makes everything of a recording at once.

            +-- every frame, at most 720p ------------------> proxy.mp4 (only where re-encoded)
picture --> +-- about one a second, 128 x 128 grey ---------> frames.gray + frames.times
            +-- at most a hundred or so, 160 wide ----------> tiles.rgb + tiles.times
            +-- ten, spread evenly -------------------------> posters.rgb + posters.times
sound ----> +-- AAC ----------------------------------------> proxy.mp4
            +-- 8 kHz mono ---------------------------------> sound.pcm

Scaling for the proxy is shared by the small pictures. Pictures are picked by their time and never repeated, so
a recording with a wrong duration, gaps or key frames only costs no more than it holds.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from ingest.derive import raw
from ingest.derive.model import DerivationPlan
from ingest.fingerprint.frames import FRAME_FILTER, FRAME_OUTPUT_OPTIONS, frame_target
from ingest.media.tools import DEMUXERS

PROXY_NAME = "proxy.mp4"
TILES_NAME = "tiles.rgb"
POSTERS_NAME = "posters.rgb"
SOUND_NAME = "sound.pcm"
SOUND_RATE = 8000  # samples a second: peaks for the eye, not sound for the ear

POSTER_COUNT = 10
TILE_COUNT = 100
TILE_WIDTH, TILE_HEIGHT_LIMIT = 160, 320
_LONG_SIDE_LIMIT = 4096  # of the proxy: a strip of a picture must not become an absurd one
_UNKNOWN_DURATION_S = 300.0  # body cameras cut segments of 5 to 30 minutes


@dataclass(frozen=True, slots=True)
class Pass:
    """What one run of ffmpeg reads: a second one may leave out what broke the first."""

    picture: bool
    sound: bool
    proxy: bool
    key_frames_only: bool


def build(plan: DerivationPlan, step: Pass, source: Path, into: Path) -> list[str]:
    """The command and its arguments; the outputs go into the existing folder `into`."""
    stream = _input(plan, step, source)
    picture, sound = None, None
    outputs = []
    if step.picture:
        picture, small = _picture(plan, step, stream)
        outputs += _small_pictures(plan, small, into)
    if step.sound:
        sound, peaks = _sound(step, stream)
        outputs.append(ffmpeg.output(peaks, _file(into / SOUND_NAME), format="s16le", ar=SOUND_RATE))
    if step.proxy:
        streams = [part for part in (picture, sound) if part is not None]
        outputs.append(ffmpeg.output(*streams, _file(into / PROXY_NAME), **_proxy_options(plan)))
    process = ffmpeg.merge_outputs(*outputs).global_args(
        *("-nostdin", "-hide_banner", "-v", "error", "-nostats", "-progress", "pipe:1"),
        *("-filter_complex_threads", str(plan.settings.threads)),
    )
    command: list[str] = process.compile(overwrite_output=True)
    return command


def _input(plan: DerivationPlan, step: Pass, source: Path) -> Any:
    options: dict[str, Any] = {
        "protocol_whitelist": "file",
        "format_whitelist": ",".join(DEMUXERS),
        "threads": plan.settings.threads,
        "max_pixels": plan.settings.video_pixel_limit,  # the header may have told the probe less
    }
    if not plan.rotated:
        options["noautorotate"] = None  # a matrix that turns by no right angle is damage, not a wish
    if step.key_frames_only:
        # The demuxer leaves out what the decoder would only throw away. Smoothing block edges would take a seventh of
        # the time, and made smaller the pictures are the same without it (above 50 dB).
        options |= {"discard:v": "nokey", "skip_frame:v": "nokey", "skip_loop_filter:v": "all"}
    return ffmpeg.input(_file(source), **options)


def _picture(plan: DerivationPlan, step: Pass, stream: Any) -> tuple[Any, Any]:
    """The pictures of the proxy, or None, and those that the small ones are made of."""
    picture = stream["V:0"]
    if not step.proxy:
        return None, picture
    picture = _fit(picture, plan.settings.proxy_short_side).filter("format", "yuv420p")
    both = picture.split()
    return both[0], both[1]


def _small_pictures(plan: DerivationPlan, picture: Any, into: Path) -> list[Any]:
    duration = plan.duration_s or _UNKNOWN_DURATION_S
    parts = picture.split()
    tiles = _every(parts[0], max(1.0, duration / TILE_COUNT), TILE_COUNT)
    tiles = _scale(tiles, f"{TILE_WIDTH}/(iw*sar)", f"{TILE_HEIGHT_LIMIT}/ih").filter("format", "rgb24")
    posters = _every(parts[1], duration / POSTER_COUNT, POSTER_COUNT)
    posters = _fit(posters, plan.settings.proxy_short_side).filter("format", "rgb24")
    frames = _chain(parts[2], FRAME_FILTER)
    frame_options = dict(zip((name[1:] for name in FRAME_OUTPUT_OPTIONS[::2]), FRAME_OUTPUT_OPTIONS[1::2], strict=True))
    # In a graph with several outputs "the input's time base" is not known to ffmpeg, which then rounds.
    frame_options["enc_time_base"] = raw.TIME_BASE
    return [
        ffmpeg.output(tiles, raw.target(into / TILES_NAME), **raw.OUTPUT_OPTIONS),
        ffmpeg.output(posters, raw.target(into / POSTERS_NAME), **raw.OUTPUT_OPTIONS, **{"frames:v": POSTER_COUNT}),
        ffmpeg.output(frames, frame_target(into), **frame_options),
    ]


def _sound(step: Pass, stream: Any) -> tuple[Any, Any]:
    """The sound of the proxy, or None, and the one that peaks are taken from; gaps are filled, so times agree."""
    sound = stream["a:0"].filter("aresample", **{"async": 1, "first_pts": 0})
    if step.proxy:
        both = sound.asplit()
        return both[0], _for_peaks(both[1])
    return None, _for_peaks(sound)


def _for_peaks(sound: Any) -> Any:
    return sound.filter("aresample", SOUND_RATE).filter("aformat", channel_layouts="mono", sample_fmts="s16")


def _proxy_options(plan: DerivationPlan) -> dict[str, Any]:
    settings = plan.settings
    options: dict[str, Any] = {
        "c:v": "libx264",
        "preset": settings.proxy_preset,
        "crf": settings.proxy_quality,
        "profile:v": "high",
        "threads:v": settings.threads,
        # Seeking lands on key frames; fragments start at them.
        "force_key_frames:v": f"expr:gte(t,n_forced*{settings.key_frame_seconds})",
        "fps_mode:v": "vfr",
        "enc_time_base:v": raw.TIME_BASE,
        "c:a": "aac",
        "b:a": settings.audio_bit_rate,
        # An index over all fragments at the front: a player knows the duration and seeks by range requests, and
        # what a killed ffmpeg leaves behind plays as far as it goes. A delayed header can hold the edit list
        # without which reordered frames would start two frames late, and times differ from the original's.
        "movflags": "+frag_keyframe+empty_moov+delay_moov+default_base_moof+global_sidx",
        "map_metadata": "-1",  # position and names belong into the catalog, not into copies that are handed out
        "map_chapters": "-1",
        "max_muxing_queue_size": 1024,
        "format": "mp4",
    }
    if (plan.channels or 1) > 2:  # noqa: PLR2004 - more than stereo
        options["ac"] = 2
    return options


def _fit(picture: Any, short_side: int) -> Any:
    """Scale down, never up, until the short side fits, with square pixels and limited range."""
    return _scale(picture, f"{short_side}/min(iw*sar,ih)", f"{_LONG_SIDE_LIMIT}/max(iw*sar,ih)")


def _scale(picture: Any, *factors: str) -> Any:
    factor = f"min(1,min({','.join(factors)}))"
    scaled = picture.filter(
        "scale",
        w=f"max(2,2*floor(iw*sar*{factor}/2+0.01))",
        h=f"max(2,2*floor(ih*{factor}/2+0.01))",
        flags="bilinear",
        out_range="tv",
    )
    return scaled.filter("setsar", 1)


def _every(picture: Any, seconds: float, count: int) -> Any:
    """At most one picture in so many seconds, fewer and fewer past `count` of them: the duration may be a lie."""
    interval = f"max({seconds:.4f},t/{count})*0.98"  # a frame a little early must not cost a whole interval
    return picture.filter("select", expr=f"isnan(prev_selected_t)+gte(t-prev_selected_t,{interval})")


def _chain(picture: Any, text: str) -> Any:
    """Append a filter chain written as text, such as `select=...,scale=128:128:flags=area`."""
    for part in re.split(r"(?<!\\),", text):
        name, _, arguments = part.replace("\\,", ",").partition("=")
        positional, named = [], {}
        for argument in arguments.split(":"):
            key, equals, value = argument.partition("=")
            if equals and key.isidentifier():
                named[key] = value
            else:
                positional.append(argument)
        picture = picture.filter(name, *positional, **named)
    return picture


def _file(path: Path) -> str:
    """A path that ffmpeg cannot mistake for an option or an address."""
    return f"file:{path.absolute()}"
