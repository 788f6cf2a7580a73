"""What decides how long recordings stay, as the pure policy takes it."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from sqlmodel import Session, col, or_, select

from catalog.tables import Case, CaseLink, Classification, Hold, HoldSubject, Recording
from catalog.tables.cases import ArchiveTier, CaseStatus, Category, LinkState, Stage
from catalog.tables.recordings import RecordingKind
from catalog.tables.retention import RetentionClass

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """`clock_in_doubt`: whether anything was flagged when its time was settled (`ingest/clock.py`)."""

    id: UUID
    captured_at: datetime | None
    captured_until: datetime | None
    secured_at: datetime
    clock_in_doubt: bool
    important: bool
    kind: RecordingKind
    classes: frozenset[RetentionClass]
    disposed_at: datetime | None


@dataclass(frozen=True, slots=True)
class HoldFacts:
    number: str
    authority: str


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case and the link to it; rejected links are left out. `by_person`: whether a person decided the link."""

    number: str
    category: Category
    stage: Stage | None
    confirmed: bool
    by_person: bool
    open: bool
    closed_at: datetime | None
    archive_tier: ArchiveTier | None


@dataclass(frozen=True, slots=True)
class Facts:
    recording: RecordingFacts
    holds: tuple[HoldFacts, ...]
    cases: tuple[CaseFacts, ...]


def facts_of(session: Session, recording_ids: Collection[UUID]) -> Mapping[UUID, Facts]:
    """The facts of those of the recordings that there are: four questions for each few hundred of them."""
    found: dict[UUID, Facts] = {}
    for ids in _portions(recording_ids):
        classes, links, holds = _classes(session, ids), _links(session, ids), _holds(session, ids)
        for recording in session.exec(select(Recording).where(col(Recording.id).in_(ids))):
            found[recording.id] = Facts(
                _recording(recording, frozenset(classes[recording.id])),
                tuple(holds[recording.id]),
                tuple(links[recording.id]),
            )
    return found


def _recording(recording: Recording, classes: frozenset[RetentionClass]) -> RecordingFacts:
    return RecordingFacts(
        id=recording.id,
        captured_at=recording.captured_at,
        captured_until=recording.captured_until,
        secured_at=recording.secured_at,
        clock_in_doubt=bool(recording.capture_time.get("warnings")),
        important=recording.important,
        kind=recording.kind,
        classes=classes,
        disposed_at=recording.disposed_at,
    )


def _classes(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, set[RetentionClass]]:
    found: dict[UUID, set[RetentionClass]] = defaultdict(set)
    for recording_id, retention_class in session.exec(
        select(Classification.recording_id, Classification.retention_class).where(
            col(Classification.recording_id).in_(ids), col(Classification.withdrawn_at).is_(None)
        )
    ):
        found[recording_id].add(RetentionClass(retention_class))
    return found


def _links(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, list[CaseFacts]]:
    found: dict[UUID, list[CaseFacts]] = defaultdict(list)
    for link, case in session.exec(
        select(CaseLink, Case)
        .join(Case, col(Case.id) == col(CaseLink.case_id))
        .where(col(CaseLink.recording_id).in_(ids), col(CaseLink.state) != LinkState.REJECTED)
        .order_by(col(Case.number))
    ):
        found[link.recording_id].append(
            CaseFacts(
                number=case.number,
                category=case.category,
                stage=link.stage,
                confirmed=link.state is LinkState.CONFIRMED,
                by_person=link.decided_by is not None,
                open=case.status is CaseStatus.OPEN,
                closed_at=case.closed_at,
                archive_tier=case.archive_tier,
            )
        )
    return found


def _holds(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, list[HoldFacts]]:
    """The holds that stand: on a recording itself, or on a case that it is linked to."""
    standing: dict[UUID, dict[str, HoldFacts]] = defaultdict(dict)
    link = (col(CaseLink.case_id) == col(HoldSubject.case_id)) & (col(CaseLink.state) == LinkState.CONFIRMED)
    rows = session.exec(
        select(HoldSubject.recording_id, CaseLink.recording_id, Hold)
        .join(Hold, col(Hold.id) == col(HoldSubject.hold_id))
        .join(CaseLink, link & col(CaseLink.recording_id).in_(ids), isouter=True)
        .where(
            col(Hold.released_at).is_(None),
            or_(col(HoldSubject.recording_id).in_(ids), col(CaseLink.recording_id).is_not(None)),
        )
    )
    for itself, by_case, hold in rows:
        recording_id = by_case if itself is None else itself
        if recording_id is not None:
            standing[recording_id][hold.number] = HoldFacts(hold.number, hold.authority)
    return defaultdict(
        list, {key: sorted(each.values(), key=lambda hold: hold.number) for key, each in standing.items()}
    )


def classifications(session: Session, recording_id: UUID, word: RetentionClass) -> Sequence[Classification]:
    """Those of this class that stand."""
    return session.exec(
        select(Classification).where(
            Classification.recording_id == recording_id,
            Classification.retention_class == word,
            col(Classification.withdrawn_at).is_(None),
        )
    ).all()


def _portions(ids: Collection[UUID]) -> Iterator[list[UUID]]:
    rest = iter(ids)
    while portion := list(islice(rest, _AT_ONCE)):
        yield portion
