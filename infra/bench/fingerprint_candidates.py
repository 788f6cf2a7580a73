# ruff: noqa: INP001 - a part of a program, no package
"""The fingerprints that are compared: how each describes a video, and how far a clip then is from a recording."""

import json
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from fingerprint_footage import CLIP_SECONDS, LIMITS, SECONDS, Scene, ffmpeg

from ingest.fingerprint.clip import ClipFingerprint, Framing
from ingest.fingerprint.frames import FRAME_OUTPUT_OPTIONS, frame_filter, frame_target, read_frames
from ingest.fingerprint.hashing import VideoFingerprint, distances, fingerprint_frames
from ingest.process import run

TOLERANCE_S = 0.15

Features = npt.NDArray[Any]


# --- 3. descriptions -------------------------------------------------------------------------------------------------


@dataclass
class Described:
    """One video under all candidates: `times_s` (n,), `signatures` (n, 380) of MPEG-7, `frames` the grey pictures."""

    times_s: Features
    signatures: Features
    frames: list[tuple[float, npt.NDArray[np.uint8]]] = field(repr=False)

    def thinned(self, rate: float) -> "Described":
        kept, last = [], -np.inf
        for position, time_s in enumerate(self.times_s):
            if time_s - last >= 0.9 / rate:
                kept.append(position)
                last = time_s
        return Described(self.times_s[kept], self.signatures[kept], [self.frames[position] for position in kept])

    @cached_property
    def fingerprint(self) -> VideoFingerprint:
        return fingerprint_frames(self.frames)


def describe(video: Path, rate: float, *, key_frames: bool = False) -> Described:
    select, separator, rest = frame_filter(rate).partition(",scale")
    shrink = separator[1:] + rest
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        signature = folder / "signature.xml"
        graph = f"[0:V:0]{select},split[a][b];[a]{shrink}[f];[b]signature=format=xml:filename={signature}[s]"
        skip = ["-skip_frame", "nokey"] if key_frames else []
        ffmpeg(
            *(*skip, "-i", video, "-filter_complex", graph),
            *("-map", "[f]", *FRAME_OUTPUT_OPTIONS, frame_target(folder), "-map", "[s]", "-f", "null", "-"),
        )
        frames = list(read_frames(folder))
        found = re.findall(r"<FrameSignature>([^<]*)", signature.read_text("ascii"))
    signatures = np.array([line.split() for line in found], np.int8)
    return Described(np.array([time_s for time_s, _ in frames]), signatures, frames)


# --- 4. comparison ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clip:
    scene: Scene
    attack: str
    start_s: float
    described: Described
    fingerprint: ClipFingerprint


@dataclass(frozen=True)
class Score:
    """How far a clip is from a recording at the best place (smaller is nearer), and where it then starts."""

    distance: float
    start_s: float


def nearest(clip_times: Features, recording_times: Features, matrix: Features) -> Score:
    """Median, over the recording's frames under the clip, of the distance to the clip frame of the same moment."""
    best = Score(np.inf, 0.0)
    for shift in np.arange(-CLIP_SECONDS / 2, SECONDS - CLIP_SECONDS / 2, 0.1):
        relative = recording_times - shift
        low = np.searchsorted(clip_times, relative - TOLERANCE_S)
        high = np.searchsorted(clip_times, relative + TOLERANCE_S, side="right")
        under = np.flatnonzero(high > low)
        if len(under) >= 3:  # noqa: PLR2004 - what Zhilu's search asks for too
            median = float(np.median([matrix[row, low[row] : high[row]].min() for row in under]))
            if median < best.distance:
                best = Score(median, float(shift))
    return best


Scorer = Callable[[Clip, Described], Score]


def pdq_as_is(clip: Clip, recording: Described) -> Score:
    hashes = clip.fingerprint.hashes[Framing.WHOLE]
    matrix = distances(recording.fingerprint.hashes[:, None, :], hashes[None, :, :])
    return nearest(clip.described.times_s, recording.times_s, matrix)


def mpeg7(clip: Clip, recording: Described) -> Score:
    values = clip.described.signatures.astype(np.int16)
    matrix = np.stack([np.abs(values - row).sum(1) for row in recording.signatures.astype(np.int16)])
    return nearest(clip.described.times_s, recording.times_s, matrix)


class Iscc:
    """ISCC describes a whole video: for clips, windows of 8 s every 2 s. Computed by another interpreter."""

    PROGRAM = (
        "import json, sys, iscc_core\n"
        "asked = json.load(open(sys.argv[1]))\n"
        "print(json.dumps([iscc_core.soft_hash_video_v0([tuple(f) for f in w], 256).hex() for w in asked]))\n"
    )

    def __init__(self, python: str) -> None:
        self.python = python
        self._known: dict[int, tuple[list[float], Features]] = {}

    def prepare(self, videos: list[Described]) -> None:
        """Hash all windows of all videos in one go: starting an interpreter a hundred times would take minutes."""
        plan = [(video, list(self._windows(video))) for video in videos]
        asked = [frames for _, windows in plan for _, frames in windows]
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "asked.json"
            path.write_text(json.dumps(asked), "ascii")
            answer = run([self.python, "-c", self.PROGRAM, str(path)], limits=LIMITS)
        if answer.returncode != 0:
            raise SystemExit(f"ISCC failed: {answer.stderr}")
        digests = iter(json.loads(answer.stdout))
        for video, windows in plan:
            hashes = np.array([list(bytes.fromhex(next(digests))) for _ in windows], np.uint8)
            self._known[id(video)] = ([start for start, _ in windows], hashes)

    @staticmethod
    def _windows(video: Described) -> Iterator[tuple[float, list[list[int]]]]:
        last_start = max(0.0, float(video.times_s[-1]) - CLIP_SECONDS + 1)
        for start in np.arange(0, last_start + 0.01, 2):
            inside = (video.times_s >= start) & (video.times_s < start + CLIP_SECONDS)
            if inside.any():
                yield float(start), video.signatures[inside].tolist()

    def __call__(self, clip: Clip, recording: Described) -> Score:
        clip_starts, clip_hashes = self._known[id(clip.described)]
        starts, hashes = self._known[id(recording)]
        matrix = distances(hashes[:, None, :], clip_hashes[None, :, :])
        row, column = np.unravel_index(int(matrix.argmin()), matrix.shape)
        return Score(float(matrix[row, column]), starts[int(row)] - clip_starts[int(column)])
