"""What the faces of Zhilu read of many recordings at once: one question a table, however many rows a page has."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from catalog.tables import Activity, Agency, Case, CaseLink, CustodyEvent, Derivative, Device, Job, Officer, Recording
from catalog.tables.cases import LinkState
from catalog.tables.jobs import JobKind

Key = TypeVar("Key")
Value = TypeVar("Value")

_MENU_AT_MOST = 200  # suggestions under a search field: more than that nobody reads


def recordings_by_id(session: Session, ids: Sequence[UUID]) -> Sequence[Recording]:
    """Those of the given recordings that there are, in the order of the ids."""
    found = {row.id: row for row in session.exec(select(Recording).where(col(Recording.id).in_(ids))).all()}
    return [found[recording_id] for recording_id in ids if recording_id in found]


def jobs_of(session: Session, recording_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Job]]:
    """The jobs of each recording, in the order in which they follow each other."""
    order = list(JobKind)
    rows = session.exec(select(Job).where(col(Job.recording_id).in_(recording_ids))).all()
    return _grouped((row.recording_id, row) for row in sorted(rows, key=lambda job: order.index(job.kind)))


def derivative_kinds_of(session: Session, recording_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[str]]:
    """Which derivatives each recording has, by name."""
    rows = session.exec(
        select(Derivative.recording_id, Derivative.kind)
        .where(col(Derivative.recording_id).in_(recording_ids))
        .order_by(col(Derivative.kind))
    ).all()
    return _grouped((recording_id, kind) for recording_id, kind in rows)


def links_of(
    session: Session, recording_ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[tuple[CaseLink, Case, Activity | None]]]:
    """The case links of each recording, confirmed ones first, then by score; rejected ones last."""
    order = [LinkState.CONFIRMED, LinkState.SUGGESTED, LinkState.REJECTED]
    rows = session.exec(
        select(CaseLink, Case, Activity)
        .join(Case, col(Case.id) == col(CaseLink.case_id))
        .join(Activity, col(Activity.id) == col(CaseLink.activity_id), isouter=True)
        .where(col(CaseLink.recording_id).in_(recording_ids))
    ).all()
    ranked = sorted(rows, key=lambda row: (order.index(row[0].state), -(row[0].score or 0.0), row[1].number))
    return _grouped((link.recording_id, (link, case, activity)) for link, case, activity in ranked)


def officers_of(session: Session, officer_ids: Iterable[UUID | None]) -> Mapping[UUID, tuple[Officer, Agency]]:
    """The officers with these ids and the agency of each."""
    wanted = {officer_id for officer_id in officer_ids if officer_id is not None}
    if not wanted:
        return {}
    rows = session.exec(
        select(Officer, Agency)
        .join(Agency, col(Agency.id) == col(Officer.agency_id))
        .where(col(Officer.id).in_(wanted))
    ).all()
    return {officer.id: (officer, agency) for officer, agency in rows}


def device(session: Session, serial: str) -> tuple[Device, Agency | None] | None:
    """The registered device with this serial and its agency; None when the register does not know it."""
    return session.exec(
        select(Device, Agency)
        .join(Agency, col(Agency.id) == col(Device.agency_id), isouter=True)
        .where(Device.serial == serial)
    ).first()


def latest_custody(session: Session, subject_id: UUID, *, limit: int) -> tuple[Sequence[CustodyEvent], int]:
    """The latest events of one subject, newest first, and how many there are in all."""
    total = session.exec(
        select(func.count()).select_from(CustodyEvent).where(CustodyEvent.subject_id == subject_id)
    ).one()
    events = session.exec(
        select(CustodyEvent)
        .where(CustodyEvent.subject_id == subject_id)
        .order_by(col(CustodyEvent.at).desc(), col(CustodyEvent.id).desc())
        .limit(limit)
    ).all()
    return events, total


def devices_seen(session: Session) -> Sequence[str]:
    """Serials that recordings bear, for a menu."""
    rows = session.exec(
        select(Recording.device_serial)
        .where(col(Recording.device_serial).is_not(None))
        .distinct()
        .order_by(col(Recording.device_serial))
        .limit(_MENU_AT_MOST)
    ).all()
    return [serial for serial in rows if serial is not None]


def case_numbers(session: Session) -> Sequence[tuple[str, str]]:
    """Numbers and causes of the latest cases, for a menu."""
    rows = session.exec(select(Case.number, Case.cause).order_by(col(Case.opened_at).desc()).limit(_MENU_AT_MOST)).all()
    return [(number, cause) for number, cause in rows]


def officer_names(session: Session) -> Sequence[tuple[str, str]]:
    """Certificate numbers and names of officers, for a menu."""
    rows = session.exec(
        select(Officer.certificate_number, Officer.name).order_by(col(Officer.name)).limit(_MENU_AT_MOST)
    ).all()
    return [(number, name) for number, name in rows]


def _grouped(pairs: Iterable[tuple[Key, Value]]) -> dict[Key, list[Value]]:
    groups: dict[Key, list[Value]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups
