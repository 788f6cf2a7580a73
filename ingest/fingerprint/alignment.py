"""Lay a clip over one recording at a given shift and say how well the two agree, and over which stretch."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ingest.fingerprint.clip import ClipFingerprint, Framing
from ingest.fingerprint.frames import LONGEST_KEY_FRAME_GAP_S
from ingest.fingerprint.hashing import HASH_BITS, VideoFingerprint, distances

FRAME_DISTANCE: Final = 72
"""Bits in which two hashes of the same moment may differ. Measured: attacked clips 2 to 79, a second camera beside the
first 78 and more, unrelated footage 104 and more (medians over a clip; infra/decisions/0002-fingerprint.md)."""

MINIMUM_FRAMES: Final = 3
"""Frames of the recording that must agree, one after another: one picture alone proves no common origin."""

MINIMUM_AGREEMENT_S: Final = 1.7
"""Seconds between the first and the last frame that agree: a densely indexed recording has three frames in no time."""

SURE_SCORE: Final = 0.6
"""A mean of 51 differing bits. A second camera beside the first was seen at 0.51; a match below may be one, and is only
taken for a match if most of the clip agrees: two such cameras look most alike for moments."""

_TOLERANCE_S: Final = 0.15  # finds a neighbour in clips of few frames a second, too, and after a clumsy cut
_FINE_STEP_S: Final = 0.05
_FINE_REACH_S: Final = 0.6


@dataclass(frozen=True, slots=True)
class Alignment:
    """The stretch of a recording that a clip agrees with, in seconds of the recording and of the clip.

    `score` is the mean likeness of the compared frames: 1 the same, 0 as different as two unrelated pictures.
    """

    start_s: float
    end_s: float
    clip_start_s: float
    clip_end_s: float
    score: float
    matched_frames: int
    compared_frames: int
    median_distance: int
    framing: Framing


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Recording frames under the clip at one shift: their times and their distance to the clip, ascending in time."""

    shift_s: float
    times_s: npt.NDArray[np.float64]
    distances: npt.NDArray[np.int64]

    @property
    def agreement(self) -> tuple[int, int]:
        """How many frames agree, then how closely: what the fine search maximises."""
        agreeing = self.distances[self.distances <= FRAME_DISTANCE]
        return len(agreeing), -int(agreeing.sum())


def align(clip: ClipFingerprint, framing: Framing, video: VideoFingerprint, shift_s: float) -> Alignment | None:
    """The best agreement within a second around `shift_s` (recording time minus clip time), None without one.

    None stands for fewer than MINIMUM_FRAMES that agree, for less than MINIMUM_AGREEMENT_S, for more frames that
    disagree than agree in every stretch, and for a moderate likeness of less than half of the clip.
    """
    steps = np.arange(-_FINE_REACH_S, _FINE_REACH_S + _FINE_STEP_S / 2, _FINE_STEP_S)
    comparisons = [_compare(clip, framing, video, shift_s + step) for step in steps]
    agreement = max(comparison.agreement for comparison in comparisons)
    equals = [comparison for comparison in comparisons if comparison.agreement == agreement]
    best = equals[len(equals) // 2]  # many shifts pair the same frames: the middle one is the least wrong
    first, last = _best_stretch(best.distances <= FRAME_DISTANCE)
    stretch = best.distances[first:last]
    matched = int((stretch <= FRAME_DISTANCE).sum())
    if matched < MINIMUM_FRAMES or best.times_s[last - 1] - best.times_s[first] < MINIMUM_AGREEMENT_S:
        return None
    score = float(np.clip(1 - stretch / (HASH_BITS / 2), 0, 1).mean())
    if score < SURE_SCORE and len(stretch) * 2 < len(best.distances):
        return None
    clip_start = float(best.times_s[first] - best.shift_s)
    clip_end = float(best.times_s[last - 1] - best.shift_s)
    # Between two frames of the recording nothing is known: where none disagreed the stretch reaches to the clip's end.
    if first == 0 and clip_start - clip.times_s[0] <= LONGEST_KEY_FRAME_GAP_S:
        clip_start = max(float(clip.times_s[0]), -best.shift_s)
    if last == len(best.distances) and clip.times_s[-1] - clip_end <= LONGEST_KEY_FRAME_GAP_S:
        clip_end = float(clip.times_s[-1])
    return Alignment(
        start_s=float(clip_start + best.shift_s),
        end_s=float(clip_end + best.shift_s),
        clip_start_s=clip_start,
        clip_end_s=clip_end,
        score=score,
        matched_frames=matched,
        compared_frames=len(stretch),
        median_distance=int(np.median(stretch)),
        framing=framing,
    )


def _compare(clip: ClipFingerprint, framing: Framing, video: VideoFingerprint, shift_s: float) -> _Comparison:
    """Each usable frame of the recording against the usable clip frames of the same moment; others are left out."""
    usable = clip.usable
    clip_times, clip_hashes = clip.times_s[usable], clip.hashes[framing][usable]
    low = np.searchsorted(clip_times, video.times_s - shift_s - _TOLERANCE_S)
    high = np.searchsorted(clip_times, video.times_s - shift_s + _TOLERANCE_S, side="right")
    compared = np.flatnonzero(video.usable & (high > low))
    nearest = [int(distances(clip_hashes[low[row] : high[row]], video.hashes[row]).min()) for row in compared]
    return _Comparison(shift_s, video.times_s[compared], np.array(nearest, np.int64))


def _best_stretch(agrees: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """The half-open range with the greatest surplus of agreeing over disagreeing frames (Kadane's algorithm)."""
    best = (0, 0)
    best_surplus = surplus = start = 0
    for position, agreeing in enumerate(agrees):
        surplus += 1 if agreeing else -1
        if surplus > best_surplus:
            best_surplus, best = surplus, (start, position + 1)
        if surplus < 0:
            surplus, start = 0, position + 1
    return best
