"""What a browser is given to play or show, and why. Pure: facts in, a decision with its reasons out.

A derivative made for playing wins; else the original, if a browser plays it as it is; else nothing, and the reasons
tell whether one is on its way, failed, or will never come.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from api.reading.media_types import SHOWN_PHOTOS, original_media_type
from api.reading.model import PlaybackHow, PlaybackView, StatusReason
from catalog.tables import Derivative, Job
from catalog.tables.jobs import JobKind, JobState
from catalog.tables.recordings import RecordingKind
from ingest.derive.model import DerivativeKind, ReasonCode
from ingest.derive.playable import nothing_to_show, obstacles
from ingest.media.model import MediaDescription


def playback_of(
    kind: RecordingKind,
    media: Mapping[str, Any],
    derivatives: Iterable[Derivative],
    jobs: Sequence[Job],
    *,
    decided: Mapping[str, Any] | None = None,
) -> PlaybackView:
    """Decide for one recording; `media` is a MediaDescription as JSON, empty before it was described.

    `decided` is what the derive job noted of its plan (`reasons`: codes with details), empty before it ran.
    """
    made = {derivative.kind: derivative for derivative in derivatives}
    match kind:
        case RecordingKind.VIDEO | RecordingKind.AUDIO:
            return _moving(kind, media, made.get(DerivativeKind.PROXY), jobs, _noted_of_moving(decided or {}))
        case RecordingKind.PHOTO:
            return _photo(kind, media, made.get(DerivativeKind.PHOTO), jobs)
        case RecordingKind.UNKNOWN:
            return PlaybackView(how=None, why=(_NOT_DESCRIBED,))
        case RecordingKind.SIDECAR | RecordingKind.OTHER:
            return PlaybackView(how=None, why=(_nothing_to_show(media),))


_NOT_DESCRIBED = StatusReason(code="not_described", message="It has not been described yet.")
_PLAYS = StatusReason(code="plays_as_it_is", message="Browsers play the original as it is.")
_NOT_MADE = StatusReason(code="proxy_not_made", message="No playable copy of it was made.")


def _moving(
    kind: RecordingKind,
    media: Mapping[str, Any],
    proxy: Derivative | None,
    jobs: Sequence[Job],
    noted: tuple[StatusReason, ...],
) -> PlaybackView:
    obstacles_now = _obstacles(media)
    if proxy is not None:
        why = noted or obstacles_now
        return PlaybackView(how=PlaybackHow.PROXY, media_type=proxy.media_type, derivative=proxy.kind, why=why)
    if not obstacles_now:
        return PlaybackView(how=PlaybackHow.ORIGINAL, media_type=_type(kind, media), why=(_PLAYS,))
    return PlaybackView(how=None, why=(*_what_of_the_copy(jobs), *(noted or obstacles_now)))


def _photo(
    kind: RecordingKind, media: Mapping[str, Any], smaller: Derivative | None, jobs: Sequence[Job]
) -> PlaybackView:
    if smaller is not None:
        why = StatusReason(code="smaller_copy", message="A smaller, upright copy is shown.")
        return PlaybackView(how=PlaybackHow.PROXY, media_type=smaller.media_type, derivative=smaller.kind, why=(why,))
    media_type = _type(kind, media)
    if media_type in SHOWN_PHOTOS:
        return PlaybackView(how=PlaybackHow.ORIGINAL, media_type=media_type, why=(_PLAYS,))
    why = StatusReason(code="container", message=f"Browsers do not show {media.get('container') or 'this format'}.")
    return PlaybackView(how=None, why=(*_what_of_the_copy(jobs), why))


def _obstacles(media: Mapping[str, Any]) -> tuple[StatusReason, ...]:
    try:
        description = MediaDescription.from_json(dict(media))
    except ValidationError:  # written by another version: nothing is known, so nothing is promised
        return (_NOT_DESCRIBED,)
    return tuple(StatusReason(code=reason.code, message=reason.detail) for reason in obstacles(description))


def _nothing_to_show(media: Mapping[str, Any]) -> StatusReason:
    try:
        reason = nothing_to_show(MediaDescription.from_json(dict(media)))
    except ValidationError:
        return _NOT_DESCRIBED
    return StatusReason(code=reason.code, message=reason.detail)


def _noted_of_moving(decided: Mapping[str, Any]) -> tuple[StatusReason, ...]:
    """Of a video or a sound recording nobody can say that it holds neither: such a note meant that it is unreadable."""
    return tuple(reason for reason in _noted(decided) if reason.code != ReasonCode.NOTHING_TO_SHOW)


def _noted(decided: Mapping[str, Any]) -> tuple[StatusReason, ...]:
    return tuple(
        StatusReason(code=str(reason.get("code")), message=str(reason.get("detail", "")))
        for reason in decided.get("reasons") or ()
    )


def _what_of_the_copy(jobs: Sequence[Job]) -> tuple[StatusReason, ...]:
    job = next((job for job in jobs if job.kind is JobKind.DERIVE), None)
    if job is None:
        unfinished = any(job.state in {JobState.WAITING, JobState.RUNNING} for job in jobs)
        return (
            (StatusReason(code="proxy_coming", message="A playable copy comes next."),) if unfinished else (_NOT_MADE,)
        )
    match job.state:
        case JobState.WAITING | JobState.RUNNING:
            return (StatusReason(code="proxy_coming", message="A playable copy is being made.", job=job.kind),)
        case JobState.FAILED:
            message = f"Making a playable copy failed: {job.last_error or 'no reason was kept.'}"
            return (StatusReason(code="proxy_failed", message=message, job=job.kind),)
        case JobState.DONE:
            return (_NOT_MADE,)


def _type(kind: RecordingKind, media: Mapping[str, Any]) -> str:
    return original_media_type(kind, media.get("container"))
