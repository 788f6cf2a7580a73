"""The fingerprint of a clip whose origin is asked for: denser than that of a recording, and under several framings.

A crop moves everything in the picture, which PDQ does not forgive. What was cut away cannot be had back, but the
clip's picture, set into a frame that continues its edges, comes close enough to what the original's hash saw.
So a clip is hashed as it is and as each of five parts of a picture a ninth larger. The index pays nothing for it.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from ingest.fingerprint.errors import ClipUnreadable
from ingest.fingerprint.frames import (
    FRAME_HEIGHT,
    FRAME_OUTPUT_OPTIONS,
    FRAME_WIDTH,
    frame_filter,
    frame_target,
    read_frames,
)
from ingest.fingerprint.hashing import HASH_BYTES, MINIMUM_QUALITY, VideoFingerprint, fingerprint_frames
from ingest.process import ProcessLimits, ProcessResult

CLIP_FRAME_RATE: Final = 30.0
"""Most frames a second of a clip. The index has frames at any time, and a running camera's picture moves by a thirtieth
of its width in 0.06 s: at 10 frames a second clips from running cameras were missed that are found with all frames."""

CLIP_SECONDS: Final = 120
"""No more of a clip than this is looked at: enough to recognise it, and the work of a search stays bounded."""

_LIMITS: Final = ProcessLimits(seconds=300, memory_bytes=2 * 1024**3)
_HIDDEN: Final = 1 / 9  # a tenth cut from a picture is a ninth of what is left
_ACROSS: Final = round(FRAME_WIDTH * _HIDDEN)
_DOWN: Final = round(FRAME_HEIGHT * _HIDDEN)


class Framing(StrEnum):
    """Which part of the original picture the clip is taken to show."""

    WHOLE = "whole"
    CENTRE = "centre"
    TOP_LEFT = "top left"
    TOP_RIGHT = "top right"
    BOTTOM_LEFT = "bottom left"
    BOTTOM_RIGHT = "bottom right"


@dataclass(frozen=True, slots=True, eq=False)
class ClipFingerprint:
    """A clip under each framing tried; all framings have the same times and the quality of the picture as it is."""

    times_s: npt.NDArray[np.float64]
    quality: npt.NDArray[np.uint8]
    hashes: dict[Framing, npt.NDArray[np.uint8]]
    shortened: bool = False  # the clip goes on after CLIP_SECONDS

    @classmethod
    def of(cls, video: VideoFingerprint) -> Self:
        """A recording's own fingerprint as a question: what else shows the same?"""
        return cls(video.times_s, video.quality, {Framing.WHOLE: video.hashes})

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Which frames show enough to be recognised, (n,) bool."""
        return self.quality >= MINIMUM_QUALITY

    @property
    def duration_s(self) -> float:
        """Seconds from the first frame to the last, 0 for none."""
        return float(self.times_s[-1] - self.times_s[0]) if len(self.times_s) else 0.0


def fingerprint_clip(path: Path, *, run: Callable[..., ProcessResult]) -> ClipFingerprint:
    """Decode the first CLIP_SECONDS of `path` with ffmpeg, started by `run` (ingest.process.run), and hash them.

    A clip damaged half way is taken as far as it decodes. Raises ClipUnreadable when nothing does, FramesUnreadable,
    and what `run` raises.
    """
    with tempfile.TemporaryDirectory(prefix="zhilu-clip-") as name:
        folder = Path(name)
        result = run(_command(path, folder), limits=_LIMITS)
        frames = list(read_frames(folder)) if any(folder.iterdir()) else []
    if not frames:
        # Before the last colon stands the name, as ffmpeg shows it, or a part of ffmpeg: the error says what counts.
        last_words = result.stderr.strip().splitlines()[-1:] or ["it holds no video"]
        raise ClipUnreadable(path, last_words[0].rpartition(": ")[2])
    return fingerprint_clip_frames(frames)


def fingerprint_clip_frames(frames: list[tuple[float, npt.NDArray[np.uint8]]]) -> ClipFingerprint:
    """Hash decoded frames (seconds, grey picture) under every framing."""
    whole = fingerprint_frames(frames)
    hashes = {Framing.WHOLE: whole.hashes}
    for framing in Framing:
        if framing is not Framing.WHOLE:
            framed = ((time_s, _set_into_frame(picture, framing)) for time_s, picture in frames)
            hashes[framing] = fingerprint_frames(framed).hashes.reshape(-1, HASH_BYTES)
    shortened = len(frames) > 0 and frames[-1][0] > CLIP_SECONDS - 0.5
    return ClipFingerprint(whole.times_s, whole.quality, hashes, shortened=shortened)


def _set_into_frame(picture: npt.NDArray[np.uint8], framing: Framing) -> npt.NDArray[np.uint8]:
    """The picture as that part of a larger one whose hidden border continues the visible edge."""
    above, below, left, right = _border(framing)
    return np.pad(picture, ((above, below), (left, right)), mode="edge")


def _border(framing: Framing) -> tuple[int, int, int, int]:
    """Hidden rows above and below, hidden columns to the left and right."""
    match framing:
        case Framing.WHOLE:
            return 0, 0, 0, 0
        case Framing.CENTRE:
            return _DOWN // 2, _DOWN - _DOWN // 2, _ACROSS // 2, _ACROSS - _ACROSS // 2
        case Framing.TOP_LEFT:
            return 0, _DOWN, 0, _ACROSS
        case Framing.TOP_RIGHT:
            return 0, _DOWN, _ACROSS, 0
        case Framing.BOTTOM_LEFT:
            return _DOWN, 0, 0, _ACROSS
        case Framing.BOTTOM_RIGHT:
            return _DOWN, 0, _ACROSS, 0


def _command(path: Path, folder: Path) -> list[str]:
    # "file:" keeps a name with a colon or a leading dash from being taken for a protocol or an option.
    return [
        *("ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "2"),
        *("-protocol_whitelist", "file", "-t", str(CLIP_SECONDS), "-i", f"file:{path}"),
        *("-filter_complex", f"[0:V:0]{frame_filter(CLIP_FRAME_RATE)}[frames]"),
        *("-map", "[frames]", *FRAME_OUTPUT_OPTIONS, frame_target(folder)),
    ]
