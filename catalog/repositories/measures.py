"""What is counted for those who watch over Zhilu: a few statements, whatever the size of the catalog."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from catalog.repositories import custody_standing, disposals, evaluation, fixity, jobs, locks, manifests, storage_probes
from catalog.repositories.custody import FullVerification, latest_full_verification
from catalog.tables import CustodyEvent, Recording
from catalog.tables.custody import CustodyResult
from catalog.tables.docking import SlotCondition, SlotState
from catalog.tables.jobs import JobKind, JobState
from catalog.tables.register import Slot, Station

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SlotMeasure:
    """What a dock last told of one slot."""

    station: str
    slot: str
    condition: SlotCondition
    told_at: datetime


@dataclass(frozen=True, slots=True)
class ProbeMeasure:
    """The latest lock conformance probe of one store; `unclear_until` where the result only has to be waited for."""

    store: str
    immutable: bool
    at: datetime
    unclear_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Measures:
    """The catalog in numbers at one moment. Sizes in bytes; `oldest_due` is None when nothing is due."""

    recordings: int
    recording_bytes: int
    locks_ending: int
    soonest_lock_end: datetime | None
    jobs: dict[tuple[JobKind, JobState], int]
    jobs_due: int
    oldest_due: datetime | None
    intakes_failed: int
    page_changes: int
    oldest_page_change: datetime | None
    probes: tuple[ProbeMeasure, ...]
    slots: tuple[SlotMeasure, ...]
    disposals_waiting: int
    disposal_recoverable_until: datetime | None
    fixity: fixity.Coverage
    custody: custody_standing.LogStanding
    retention: evaluation.Standing
    verified: FullVerification | None


def measures(
    session: Session, *, now: datetime, margin: timedelta, fixity_since: datetime, fixity_due: datetime
) -> Measures:
    """Count; `margin` is how long before its end a lock is to be renewed.

    What was read again since `fixity_since` counts as checked; what waits since before `fixity_due` is due for it.
    """
    total, size = session.exec(
        select(func.count(), func.coalesce(func.sum(Recording.size), 0)).select_from(Recording)
    ).one()
    due, oldest = jobs.due_since(session, now=now)
    waiting, recoverable_until = disposals.waiting(session)
    ends = locks.standing(session, now + margin)
    return Measures(
        recordings=total,
        recording_bytes=int(size),
        locks_ending=ends.ending,
        soonest_lock_end=ends.soonest,
        jobs=jobs.counts_by_kind(session),
        jobs_due=due,
        oldest_due=oldest,
        intakes_failed=_intakes_failed(session, now - _A_DAY),
        page_changes=manifests.changes_behind(session),
        oldest_page_change=manifests.oldest_change(session),
        probes=_probes(session),
        slots=_slots(session),
        disposals_waiting=waiting,
        disposal_recoverable_until=recoverable_until,
        fixity=fixity.coverage(session, window_began=fixity_since, due_before=fixity_due),
        custody=custody_standing.standing(session),
        retention=evaluation.how_it_stands(session),
        verified=latest_full_verification(session),
    )


def _intakes_failed(session: Session, since: datetime) -> int:
    return session.exec(
        select(func.count())
        .select_from(CustodyEvent)
        .where(
            CustodyEvent.subject_kind == "path", CustodyEvent.result == CustodyResult.FAILED, CustodyEvent.at >= since
        )
    ).one()


def _probes(session: Session) -> tuple[ProbeMeasure, ...]:
    return tuple(
        ProbeMeasure(each.store, each.immutable, each.at, storage_probes.unclear_until(each))
        for each in storage_probes.latest_of_each(session)
    )


def _slots(session: Session) -> tuple[SlotMeasure, ...]:
    rows = session.exec(
        select(Station.name, Slot.name, col(SlotState.condition), SlotState.told_at)
        .join(Slot, col(Slot.station_id) == col(Station.id))
        .join(SlotState, col(SlotState.slot_id) == col(Slot.id))
        .order_by(Station.name, Slot.name)
    )
    return tuple(
        SlotMeasure(station, slot, SlotCondition(condition), told_at) for station, slot, condition, told_at in rows
    )
