"""The search without an index: every usable frame of every recording. What the index finds is measured against it."""

from collections.abc import Iterable
from uuid import UUID

import numpy as np

from ingest.fingerprint.alignment import FRAME_DISTANCE
from ingest.fingerprint.clip import ClipFingerprint, Framing
from ingest.fingerprint.hashing import VideoFingerprint, distances
from ingest.fingerprint.search import (
    ClipMatch,
    ClipSearch,
    Verdict,
    conclude,
    frames_to_look_for,
    likely_shifts,
    matches_in,
    why_not_searchable,
)


def search(clip: ClipFingerprint, fingerprints: Iterable[tuple[UUID, VideoFingerprint]]) -> ClipSearch:
    """Compare the clip with every frame of every fingerprint given."""
    if (why := why_not_searchable(clip)) is not None:
        return ClipSearch(Verdict.NOT_SEARCHABLE, (), 0, (why,))
    matches: list[ClipMatch] = []
    searched = 0
    out_of_reach: list[UUID] = []
    for recording_id, video in fingerprints:
        searched += 1
        if video.shortest_clip_s > clip.duration_s:
            out_of_reach.append(recording_id)
        candidates = [(framing, shift) for framing in clip.hashes for shift in _shifts_of(clip, framing, video)]
        matches += matches_in(recording_id, video, clip, candidates)
    return conclude(clip, matches, searched=searched, out_of_reach=out_of_reach, limit=20)


def _shifts_of(clip: ClipFingerprint, framing: Framing, video: VideoFingerprint) -> list[float]:
    rows, looked_for = np.flatnonzero(video.usable), frames_to_look_for(clip, framing)
    if len(rows) == 0:
        return []
    hashes = clip.hashes[framing]
    alike = np.stack([distances(video.hashes[rows], hashes[position]) <= FRAME_DISTANCE for position in looked_for])
    position, row = np.nonzero(alike)
    return likely_shifts(video.times_s[rows[row]], clip.times_s[looked_for[position]])
