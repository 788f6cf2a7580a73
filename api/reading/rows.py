"""Views of single rows: sightings, derivatives, jobs, links, related recordings, takes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from api.reading import capture
from api.reading.capture import written
from api.reading.model import (
    ActivityView,
    DerivativeView,
    GapView,
    JobView,
    LinkView,
    ReceiptView,
    RelatedView,
    SightingView,
    TakeView,
)
from catalog.tables import Activity, Case, CaseLink, Derivative, Job, Receipt, Recording, Sighting, Take
from storage.model import Bucket, VersionReference


def sighting(row: Sighting) -> SightingView:
    return SightingView(
        path=row.path,
        source=row.source,
        name=row.name,
        encoding=row.name_encoding,
        size=row.size,
        modified_at=capture.modified_at(row.modified_ns),
        first_seen_at=written(row.first_seen_at),
        last_seen_at=written(row.last_seen_at),
        times_seen=row.times_seen,
        important=row.important,
    )


def receipt(row: Receipt, erased_at: datetime | None) -> ReceiptView:
    return ReceiptView(
        id=row.id,
        source=row.source,
        path=row.path,
        size=row.size,
        stored_as=str(VersionReference(Bucket.ORIGINALS, row.object_key, row.object_version)),
        lock_mode=row.lock_mode,
        locked_until=written(row.locked_until),
        read_back_at=written(row.read_back_at),
        made_at=written(row.made_at),
        erased_at=written(erased_at) if erased_at else None,
    )


def derivative(row: Derivative) -> DerivativeView:
    return DerivativeView(
        kind=row.kind,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        width=row.width,
        height=row.height,
        duration_s=row.duration_s,
        made_at=written(row.made_at),
    )


def job(row: Job) -> JobView:
    return JobView(
        id=row.id,
        kind=row.kind,
        state=row.state,
        attempts=row.attempts,
        progress=row.progress,
        last_error=row.last_error,
        due_at=written(row.due_at),
    )


def link(row: CaseLink, case: Case, activity: Activity | None) -> LinkView:
    return LinkView(
        id=row.id,
        case_number=case.number,
        cause=case.cause,
        stage=row.stage,
        state=row.state,
        origin=row.origin,
        score=row.score,
        activity=_activity(activity) if activity else None,
        reasons=tuple(row.reasons),
        linked_by=row.linked_by,
        decided_by=row.decided_by,
    )


def related(row: Recording) -> RelatedView:
    return RelatedView(
        id=row.id, name=row.name, kind=row.kind, captured_at=capture.captured_at(row), duration_s=row.duration_s
    )


def take(row: Take, members: Sequence[Recording], recording_id: UUID) -> TakeView | None:
    """The take as seen from one of its members; None if it has not taken that one in."""
    ids = [member.id for member in members]
    if recording_id not in ids:
        return None
    gaps = [GapView(**{key: gap[key] for key in GapView.model_fields if key in gap}) for gap in row.gaps]
    return TakeView(
        id=row.id,
        position=ids.index(recording_id) + 1,
        members=tuple(related(member) for member in members),
        gaps=tuple(gaps),
    )


def _activity(row: Activity) -> ActivityView:
    return ActivityView(
        number=row.number,
        stage=row.stage,
        place=row.place,
        started_at=written(row.started_at),
        ended_at=written(row.ended_at),
    )
