"""Which recording, and where in it, a clip comes from: `zhilu find --clip FILE`."""

from pathlib import Path
from uuid import UUID

from api.reading.model import View
from api.runtime import Runtime
from catalog.repositories import fingerprints, recordings
from ingest import process
from ingest.fingerprint.clip import fingerprint_clip
from ingest.fingerprint.index import FingerprintIndex
from ingest.fingerprint.search import ClipMatch, Verdict


class ClipMatchView(View):
    """One stretch of one recording that shows what the clip shows; seconds of the recording, then of the clip."""

    recording_id: UUID
    name: str
    start_s: float
    end_s: float
    clip_start_s: float
    clip_end_s: float
    score: float
    matched_frames: int
    compared_frames: int
    reasons: tuple[str, ...]


class ClipAnswer(View):
    """The matches, the likest first. `searchable` is False when the clip shows too little to look for anything."""

    searchable: bool
    matches: tuple[ClipMatchView, ...]
    searched_recordings: int
    reasons: tuple[str, ...]


def find_clip(runtime: Runtime, clip: Path) -> ClipAnswer:
    """Compare a clip with every fingerprint on record. Raises ClipUnreadable, ToolMissing, CatalogError."""
    wanted = fingerprint_clip(clip, run=process.run)
    index = FingerprintIndex()
    with runtime.catalog.reading() as session:
        taken_in = index.refresh(fingerprints.every(session))
        found = index.search(wanted)
        matches = tuple(_view(match, recordings.get(session, match.recording_id).name) for match in found.matches)
    return ClipAnswer(
        searchable=found.verdict is not Verdict.NOT_SEARCHABLE,
        matches=matches,
        searched_recordings=found.searched_recordings,
        reasons=(*found.reasons, *_left_out(len(taken_in.unreadable))),
    )


def _left_out(count: int) -> tuple[str, ...]:
    return (
        (f"{count} fingerprints are damaged and were left out: have their recordings derived again.",) if count else ()
    )


def _view(match: ClipMatch, name: str) -> ClipMatchView:
    return ClipMatchView(
        recording_id=match.recording_id,
        name=name,
        start_s=round(match.start_s, 3),
        end_s=round(match.end_s, 3),
        clip_start_s=round(match.clip_start_s, 3),
        clip_end_s=round(match.clip_end_s, 3),
        score=round(match.score, 4),
        matched_frames=match.matched_frames,
        compared_frames=match.compared_frames,
        reasons=match.reasons,
    )
