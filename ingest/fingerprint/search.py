"""Which recording, and where in it: from frames that look alike to matches a person can judge. Pure.

1. A clip that cannot be told apart from others (no picture, too short, too dark) is answered with why, not searched.
2. Frames that look alike vote for a shift: recording time minus clip time. Chance likeness scatters, a clip does not.
3. Each shift with enough votes is laid over the whole recording and compared frame by frame (`alignment`).
4. What agrees becomes a match with its reasons and doubts, the likest first. There is no match below the threshold,
   and none that another one outdoes by far where the clip shows the same.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

import numpy as np
import numpy.typing as npt

from ingest.fingerprint.alignment import SURE_SCORE, Alignment, align
from ingest.fingerprint.clip import CLIP_SECONDS, ClipFingerprint, Framing
from ingest.fingerprint.hashing import VideoFingerprint, distances
from ingest.fingerprint.reasons import ClipReason, ClipReasonCode

MINIMUM_CLIP_S: Final = 3.0
"""A shorter clip cannot cover MINIMUM_FRAMES of a recording that is indexed at one frame a second."""


MINIMUM_VOTES: Final = 2  # frames of one recording; the third of MINIMUM_FRAMES may only show up at the exact shift
SHIFTS_TRIED: Final = 4

MUCH_WEAKER: Final = 0.2
"""26 bits of 256. An attack disturbs the clip, so it costs all matches alike: what is so much less like the clip than a
sure match, over the same stretch of it, shows something else, such as the same place through another camera."""

_WINDOW_S: Final = 0.5  # votes within twice this count for one shift
_SAME_PICTURE: Final = 8  # bits within which two frames of a clip need not both be looked for
_LOOK_AGAIN_S: Final = 1.0
_LOOK_EVERY_S: Final = 0.08  # finer only when a shift is examined: two votes are enough to find it
_STILL: Final = 24  # median bits between a clip's first frame and the others below which nothing moved


class Verdict(StrEnum):
    """What a search can say. `NOT_SEARCHABLE` is no answer about any recording, only about the clip."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    NOT_SEARCHABLE = "not_searchable"


class Certainty(StrEnum):
    """How far a match can be relied on. What is `POSSIBLE` may be another camera's view: a person has to compare."""

    SURE = "sure"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class ClipMatch:
    """One stretch of one recording that shows what the clip shows; seconds of the recording, then of the clip.

    `score` 0..1 is the mean likeness of the `compared_frames`, of which `matched_frames` agree.
    """

    recording_id: UUID
    start_s: float
    end_s: float
    clip_start_s: float
    clip_end_s: float
    score: float
    matched_frames: int
    compared_frames: int
    reasons: tuple[ClipReason, ...]

    @property
    def certainty(self) -> Certainty:
        return Certainty.SURE if self.score >= SURE_SCORE else Certainty.POSSIBLE


@dataclass(frozen=True, slots=True)
class ClipSearch:
    """The answer: the verdict, its matches with the likest first, how many recordings were compared, and doubts.

    Nothing was found out about those `not_comparable`: too few of their pictures show enough for a clip so short.
    """

    verdict: Verdict
    matches: tuple[ClipMatch, ...]
    searched_recordings: int
    reasons: tuple[ClipReason, ...]
    not_comparable: tuple[UUID, ...] = ()


def why_not_searchable(clip: ClipFingerprint) -> ClipReason | None:
    """Why this clip cannot be recognised whatever is indexed, or None."""
    if len(clip.times_s) == 0:
        return ClipReason(ClipReasonCode.NO_PICTURE)
    if clip.duration_s < MINIMUM_CLIP_S:
        lasts = {"seconds": round(clip.duration_s, 1), "minimum": round(MINIMUM_CLIP_S)}
        return ClipReason(ClipReasonCode.TOO_SHORT, {**lasts})
    seen = clip.times_s[clip.usable]
    if len(seen) == 0 or seen[-1] - seen[0] < MINIMUM_CLIP_S:
        return ClipReason(ClipReasonCode.TOO_LITTLE_DETAIL)
    return None


def frames_to_look_for(clip: ClipFingerprint, framing: Framing) -> npt.NDArray[np.int64]:
    """Positions of the usable clip frames worth a look: about ten a second, one a second where nothing changes."""
    chosen: list[int] = []
    for position in np.flatnonzero(clip.usable):
        if chosen:
            passed_s = clip.times_s[position] - clip.times_s[chosen[-1]]
            likeness = distances(clip.hashes[framing][chosen[-1]], clip.hashes[framing][position])
            if passed_s < _LOOK_EVERY_S or (passed_s < _LOOK_AGAIN_S and likeness <= _SAME_PICTURE):
                continue
        chosen.append(int(position))
    return np.array(chosen, np.int64)


def likely_shifts(video_times_s: npt.NDArray[np.float64], clip_times_s: npt.NDArray[np.float64]) -> list[float]:
    """Shifts in seconds, the likeliest first, out of pairs of frames of one recording and one clip that look alike.

    Both (pairs,). A frame of the recording has one vote for a shift, however many clip frames look like it.
    """
    shifts = video_times_s - clip_times_s
    bins = np.floor(shifts / _WINDOW_S).astype(np.int64)
    # Overlapping windows: a shift near the border of one lies in the middle of the next.
    votes = np.stack([np.concatenate([bins, bins - 1]), np.tile((video_times_s * 1000).astype(np.int64), 2)])
    windows, counts = np.unique(np.unique(votes, axis=1)[0], return_counts=True)
    order = np.argsort(-counts, kind="stable")[:SHIFTS_TRIED]
    return [float((windows[best] + 1) * _WINDOW_S) for best in order if counts[best] >= MINIMUM_VOTES]


def matches_in(
    recording_id: UUID, video: VideoFingerprint, clip: ClipFingerprint, candidates: Iterable[tuple[Framing, float]]
) -> list[ClipMatch]:
    """Compare exactly at each candidate (framing, shift in s); of those over the same part of a clip, the best."""
    alignments = [found for framing, shift in candidates if (found := align(clip, framing, video, shift)) is not None]
    alignments.sort(key=lambda found: (found.matched_frames * found.score, found.score), reverse=True)
    kept: list[Alignment] = []
    for found in alignments:
        if all(found.clip_end_s <= other.clip_start_s or found.clip_start_s >= other.clip_end_s for other in kept):
            kept.append(found)
    return [_match(recording_id, clip, found) for found in kept]


def conclude(
    clip: ClipFingerprint, matches: list[ClipMatch], *, searched: int, out_of_reach: Collection[UUID], limit: int
) -> ClipSearch:
    """Rank the matches, leave out those much weaker than a sure one, and say what stands against the answer.

    `out_of_reach` of the `searched` recordings have too few usable frames to be recognised in a clip of this length:
    about those nothing was found out, unless they match nevertheless.
    """
    kept = _without_much_weaker(matches)
    ranked = sorted(kept, key=lambda match: (match.score, match.matched_frames), reverse=True)[:limit]
    alike = {match.recording_id for match in matches}
    not_comparable = tuple(recording_id for recording_id in out_of_reach if recording_id not in alike)
    reasons: list[ClipReason] = []
    if clip.shortened:
        reasons.append(ClipReason(ClipReasonCode.SHORTENED, {"seconds": CLIP_SECONDS}))
    if weaker := len(matches) - len(kept):
        reasons.append(ClipReason(ClipReasonCode.WEAKER_LEFT_OUT, {"count": weaker}))
    if not_comparable:
        facts = {"count": len(not_comparable), "searched": searched, "seconds": round(clip.duration_s)}
        reasons.append(ClipReason(ClipReasonCode.NOT_COMPARABLE, {**facts}))
    if not ranked and clip.usable.mean() < 1 / 2:
        reasons.append(ClipReason(ClipReasonCode.HALF_TOO_LITTLE_DETAIL))
    verdict = Verdict.FOUND if ranked else Verdict.NOT_FOUND
    return ClipSearch(verdict, tuple(ranked), searched, tuple(reasons), not_comparable)


def _without_much_weaker(matches: list[ClipMatch]) -> list[ClipMatch]:
    """All but the possible ones that a sure match of most of the same stretch of the clip outdoes by MUCH_WEAKER."""
    sure = [match for match in matches if match.certainty is Certainty.SURE]
    return [
        match
        for match in matches
        if match.certainty is Certainty.SURE
        or not any(other.score - match.score >= MUCH_WEAKER and _covers_most(other, match) for other in sure)
    ]


def _covers_most(sure: ClipMatch, other: ClipMatch) -> bool:
    """Whether a match claims more than half of the stretch of the clip that another one claims."""
    shared_s = min(sure.clip_end_s, other.clip_end_s) - max(sure.clip_start_s, other.clip_start_s)
    return shared_s > (other.clip_end_s - other.clip_start_s) / 2


def _match(recording_id: UUID, clip: ClipFingerprint, found: Alignment) -> ClipMatch:
    agreement = {"matched": found.matched_frames, "compared": found.compared_frames, "bits": found.median_distance}
    reasons = [ClipReason(ClipReasonCode.FRAMES_AGREE, {**agreement})]
    if found.framing is not Framing.WHOLE:
        reasons.append(ClipReason(ClipReasonCode.PART_OF_PICTURE, {"framing": found.framing.name.lower()}))
    if _hardly_moves(clip):
        reasons.append(ClipReason(ClipReasonCode.HARDLY_MOVES))
    if found.score < SURE_SCORE:
        reasons.append(ClipReason(ClipReasonCode.MODERATE_LIKENESS))
    return ClipMatch(
        recording_id=recording_id,
        start_s=found.start_s,
        end_s=found.end_s,
        clip_start_s=found.clip_start_s,
        clip_end_s=found.clip_end_s,
        score=found.score,
        matched_frames=found.matched_frames,
        compared_frames=found.compared_frames,
        reasons=tuple(reasons),
    )


def _hardly_moves(clip: ClipFingerprint) -> bool:
    hashes = clip.hashes[Framing.WHOLE][clip.usable]
    return bool(np.median(distances(hashes, hashes[0])) <= _STILL)
