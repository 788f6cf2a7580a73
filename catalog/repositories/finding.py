"""Finding recordings by what is known of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from catalog.repositories.patterns import escaped
from catalog.tables import Case, CaseLink, Device, Job, Officer, Recording, Sighting
from catalog.tables.cases import LinkState
from catalog.tables.jobs import JobState
from catalog.tables.recordings import RecordingKind


@dataclass(frozen=True, slots=True)
class FindCriteria:
    """What to look for; all given criteria must hold. Times are aware; `kinds` empty means any."""

    text: str | None = None
    case_number: str | None = None
    officer: str | None = None
    device: str | None = None
    captured_from: datetime | None = None
    captured_to: datetime | None = None
    important: bool | None = None
    kinds: tuple[RecordingKind, ...] = ()
    attention: bool = False


def needing_attention(session: Session, recording_ids: Sequence[UUID]) -> int:
    """How many of these recordings have a problem or a failed job."""
    total = 0
    for start in range(0, len(recording_ids), 500):
        part = recording_ids[start : start + 500]
        total += session.exec(
            select(func.count()).select_from(Recording).where(col(Recording.id).in_(part), _needs_attention())
        ).one()
    return total


def find(session: Session, criteria: FindCriteria, *, limit: int, offset: int = 0) -> tuple[Sequence[Recording], int]:
    """One page of the recordings that meet the criteria and their number: the latest recorded first, those with an
    unknown time last.
    """
    conditions = _conditions(criteria)
    total = session.exec(select(func.count()).select_from(Recording).where(*conditions)).one()
    page = session.exec(
        select(Recording)
        .where(*conditions)
        .order_by(
            col(Recording.captured_at).is_(None),
            col(Recording.captured_at).desc(),
            col(Recording.secured_at).desc(),
            col(Recording.id),
        )
        .limit(limit)
        .offset(offset)
    ).all()
    return page, total


def unregistered(session: Session, criteria: FindCriteria) -> dict[str, str]:
    """Which of the criteria `case`, `officer` and `device` name something that the register does not know."""
    asked = (
        ("case", criteria.case_number, Case, col(Case.number) == criteria.case_number),
        ("officer", criteria.officer, Officer, _is_officer(criteria.officer or "")),
        ("device", criteria.device, Device, col(Device.serial) == criteria.device),
    )
    return {
        name: written
        for name, written, table, condition in asked
        if written and session.exec(select(func.count()).select_from(table).where(condition)).one() == 0
    }


def _conditions(criteria: FindCriteria) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if criteria.text:
        pattern = f"%{escaped(criteria.text)}%"
        seen = select(Sighting.recording_id).where(col(Sighting.path).ilike(pattern, escape="\\"))
        carrying = select(Officer.id).where(
            or_(
                col(Officer.name).ilike(pattern, escape="\\"),
                col(Officer.certificate_number).ilike(pattern, escape="\\"),
                col(Officer.device_code).ilike(pattern, escape="\\"),
            )
        )
        linked = _linked_to(col(Case.cause).ilike(pattern, escape="\\") | col(Case.number).ilike(pattern, escape="\\"))
        found.append(
            or_(
                col(Recording.name).ilike(pattern, escape="\\"),
                col(Recording.device_serial).ilike(pattern, escape="\\"),
                col(Recording.officer_code).ilike(pattern, escape="\\"),
                col(Recording.sha256).startswith(criteria.text.lower(), autoescape=True),
                col(Recording.id).in_(seen),
                col(Recording.id).in_(linked),
                col(Recording.officer_id).in_(carrying),
            )
        )
    if criteria.case_number:
        found.append(col(Recording.id).in_(_linked_to(col(Case.number) == criteria.case_number)))
    if criteria.officer:
        known = select(Officer.id).where(_is_officer(criteria.officer))
        found.append(or_(col(Recording.officer_code) == criteria.officer, col(Recording.officer_id).in_(known)))
    if criteria.device:
        found.append(col(Recording.device_serial) == criteria.device)
    if criteria.captured_from:
        found.append(col(Recording.captured_at) >= criteria.captured_from)
    if criteria.captured_to:
        found.append(col(Recording.captured_at) <= criteria.captured_to)
    if criteria.important is not None:
        found.append(col(Recording.important) == criteria.important)
    if criteria.kinds:
        found.append(col(Recording.kind).in_(criteria.kinds))
    if criteria.attention:
        found.append(_needs_attention())
    return found


def _is_officer(written: str) -> ColumnElement[bool]:
    return or_(
        col(Officer.certificate_number) == written, col(Officer.device_code) == written, col(Officer.name) == written
    )


def _needs_attention() -> ColumnElement[bool]:
    failing = select(Job.recording_id).where(Job.state == JobState.FAILED)
    return or_(col(Recording.problem_count) > 0, col(Recording.id).in_(failing))


def _linked_to(condition: ColumnElement[bool]) -> Any:
    return (
        select(CaseLink.recording_id)
        .join(Case, col(Case.id) == col(CaseLink.case_id))
        .where(condition, col(CaseLink.state) != LinkState.REJECTED)
    )
