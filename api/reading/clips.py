"""Which recording, and where in it, a clip comes from: `zhilu find --clip FILE`.

A clip with the bytes of an original is that original, whatever it shows; only others are compared by their pictures.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from uuid import UUID

from sqlmodel import Session

from api.reading.view import View
from api.runtime import Runtime
from catalog.repositories import fingerprints, recordings
from catalog.tables import Recording
from ingest import process
from ingest.fingerprint.clip import fingerprint_clip
from ingest.fingerprint.errors import ClipUnreadable
from ingest.fingerprint.index import FingerprintIndex
from ingest.fingerprint.reasons import ClipReason, ClipReasonCode, Fact
from ingest.fingerprint.search import Certainty, ClipMatch, Verdict
from storage.digests import digest_chunks

_CHUNK = 1 << 20


class ClipReasonView(View):
    code: ClipReasonCode
    facts: dict[str, Fact]


class ClipMatchView(View):
    """One stretch of one recording that shows what the clip shows; seconds of the recording, then of the clip.

    Where the bytes are identical no frames were compared, and the ends are None if nobody knows how long it lasts.
    """

    outcome: Literal["match"] = "match"
    recording_id: UUID
    name: str
    start_s: float
    end_s: float | None
    clip_start_s: float
    clip_end_s: float | None
    score: float
    certainty: Certainty
    matched_frames: int
    compared_frames: int
    reasons: tuple[ClipReasonView, ...]


class NotComparableView(View):
    """A recording about which nothing was found out: too few clear pictures, or a damaged fingerprint."""

    outcome: Literal["not_comparable"] = "not_comparable"
    recording_id: UUID
    name: str


class ClipAnswer(View):
    """The matches, sure ones and the likest first. `searchable` is False when the clip shows too little to look for
    anything; `pictures_compared` is False then, and when the bytes alone gave the answer.
    """

    searchable: bool
    pictures_compared: bool
    matches: tuple[ClipMatchView, ...]
    not_comparable: tuple[NotComparableView, ...]
    searched_recordings: int
    reasons: tuple[ClipReasonView, ...]


def find_clip(runtime: Runtime, clip: Path) -> ClipAnswer:
    """Look for the bytes of a clip, then for its pictures in every fingerprint on record.

    Raises ClipUnreadable, FramesUnreadable, ToolError, CatalogError.
    """
    with runtime.catalog.reading(at_length=True) as session:
        if (original := _with_the_bytes_of(session, clip)) is not None:
            return _identical(original)
    wanted = fingerprint_clip(clip, run=process.run)
    index = FingerprintIndex()
    with runtime.catalog.reading(at_length=True) as session:
        taken_in = index.refresh(fingerprints.every(session))
        found = index.search(wanted)
        searchable = found.verdict is not Verdict.NOT_SEARCHABLE
        unknown = (*found.not_comparable, *taken_in.unreadable) if searchable else ()
        return ClipAnswer(
            searchable=searchable,
            pictures_compared=searchable,
            matches=tuple(_view(match, recordings.get(session, match.recording_id).name) for match in found.matches),
            not_comparable=tuple(_named(session, recording_id) for recording_id in unknown),
            searched_recordings=found.searched_recordings,
            reasons=_reasons((*found.reasons, *_left_out(len(taken_in.unreadable)))),
        )


def _with_the_bytes_of(session: Session, clip: Path) -> Recording | None:
    try:
        # Reading all of a large file is only worth it if an original is exactly as large.
        if not recordings.size_is_known(session, clip.stat().st_size):
            return None
        digests = digest_chunks(_chunks(clip), sm3=False)
    except OSError as error:
        raise ClipUnreadable(clip, error.strerror or str(error)) from error
    return recordings.by_sha256(session, digests.sha256.hexadecimal)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _identical(original: Recording) -> ClipAnswer:
    match = ClipMatchView(
        recording_id=original.id,
        name=original.name,
        start_s=0.0,
        end_s=original.duration_s,
        clip_start_s=0.0,
        clip_end_s=original.duration_s,
        score=1.0,
        certainty=Certainty.SURE,
        matched_frames=0,
        compared_frames=0,
        reasons=_reasons((ClipReason(ClipReasonCode.BYTES_IDENTICAL),)),
    )
    return ClipAnswer(
        searchable=True,
        pictures_compared=False,
        matches=(match,),
        not_comparable=(),
        searched_recordings=0,
        reasons=_reasons((ClipReason(ClipReasonCode.PICTURES_NOT_COMPARED),)),
    )


def _left_out(count: int) -> tuple[ClipReason, ...]:
    return (ClipReason(ClipReasonCode.FINGERPRINTS_DAMAGED, {"count": count}),) if count else ()


def _reasons(reasons: tuple[ClipReason, ...]) -> tuple[ClipReasonView, ...]:
    return tuple(ClipReasonView(code=reason.code, facts=reason.facts) for reason in reasons)


def _named(session: Session, recording_id: UUID) -> NotComparableView:
    return NotComparableView(recording_id=recording_id, name=recordings.get(session, recording_id).name)


def _view(match: ClipMatch, name: str) -> ClipMatchView:
    return ClipMatchView(
        recording_id=match.recording_id,
        name=name,
        start_s=round(match.start_s, 3),
        end_s=round(match.end_s, 3),
        clip_start_s=round(match.clip_start_s, 3),
        clip_end_s=round(match.clip_end_s, 3),
        score=round(match.score, 4),
        certainty=match.certainty,
        matched_frames=match.matched_frames,
        compared_frames=match.compared_frames,
        reasons=_reasons(match.reasons),
    )
