"""Finding recordings by what is known of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from catalog.repositories.fixity import DAMAGED
from catalog.repositories.patterns import escaped, folded, folded_in_sql
from catalog.tables import Case, CaseLink, Device, FixityState, Job, Officer, Recording, Sighting
from catalog.tables.cases import LinkState
from catalog.tables.jobs import JobState
from catalog.tables.recordings import RecordingKind


@dataclass(frozen=True, slots=True)
class FindCriteria:
    """What to look for; all given criteria must hold. Times are aware; `kinds` empty means any.

    `disposed`: only what was disposed of, or only what was not; None for both.
    """

    text: str | None = None
    case_number: str | None = None
    officer: str | None = None
    device: str | None = None
    captured_from: datetime | None = None
    captured_to: datetime | None = None
    important: bool | None = None
    kinds: tuple[RecordingKind, ...] = ()
    attention: bool = False
    disposed: bool | None = None


def needing_attention(session: Session, recording_ids: Sequence[UUID]) -> int:
    """How many of these recordings, which were just taken in, have a problem or a failed job."""
    total = 0
    for start in range(0, len(recording_ids), 500):
        part = recording_ids[start : start + 500]
        total += session.exec(
            select(func.count()).select_from(Recording).where(col(Recording.id).in_(part), _is_flawed())
        ).one()
    return total


def count_attention(session: Session) -> int:
    """How many recordings need somebody: those that `attention` finds."""
    return session.exec(select(func.count()).select_from(Recording).where(*_needs_attention())).one()


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
        ("case", criteria.case_number, Case, _is_case(criteria.case_number or "")),
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
        found.append(_reads(criteria.text))
    if criteria.case_number:
        found.append(col(Recording.id).in_(_linked_to(_is_case(criteria.case_number))))
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
        found.extend(_needs_attention())
    return [*found, *_is_there(criteria)]


def _reads(text: str) -> ColumnElement[bool]:
    """What bears a text: in its name or path, its device or officer, its case, or at the beginning of its digest."""
    pattern = f"%{escaped(text)}%"
    seen = select(Sighting.recording_id).where(col(Sighting.path).ilike(pattern, escape="\\"))
    carrying = select(Officer.id).where(
        or_(
            col(Officer.name).ilike(pattern, escape="\\"),
            col(Officer.certificate_number).ilike(pattern, escape="\\"),
            col(Officer.device_code).ilike(pattern, escape="\\"),
        )
    )
    numbered = folded_in_sql(col(Case.number)).ilike(f"%{escaped(folded(text))}%", escape="\\")
    linked = _linked_to(col(Case.cause).ilike(pattern, escape="\\") | numbered)
    return or_(
        col(Recording.name).ilike(pattern, escape="\\"),
        col(Recording.device_serial).ilike(pattern, escape="\\"),
        col(Recording.officer_code).ilike(pattern, escape="\\"),
        col(Recording.sha256).startswith(text.lower(), autoescape=True),
        col(Recording.id).in_(seen),
        col(Recording.id).in_(linked),
        col(Recording.officer_id).in_(carrying),
    )


def _is_there(criteria: FindCriteria) -> tuple[ColumnElement[bool], ...]:
    if criteria.disposed is None:
        return ()
    gone = col(Recording.disposed_at)
    return (gone.is_not(None) if criteria.disposed else gone.is_(None),)


def _is_case(written: str) -> ColumnElement[bool]:
    """Whatever brackets its number was written in, there and here."""
    return folded_in_sql(col(Case.number)) == folded(written)


def _is_officer(written: str) -> ColumnElement[bool]:
    return or_(
        col(Officer.certificate_number) == written, col(Officer.device_code) == written, col(Officer.name) == written
    )


def _needs_attention() -> tuple[ColumnElement[bool], ...]:
    """What is there, and has a problem or a failed job, or is damaged in the store and nothing serves in its place."""
    damaged = select(FixityState.recording_id).where(
        col(FixityState.serves).is_(True), col(FixityState.outcome).in_(DAMAGED)
    )
    return or_(_is_flawed(), col(Recording.id).in_(damaged)), col(Recording.disposed_at).is_(None)


def _is_flawed() -> ColumnElement[bool]:
    failing = select(Job.recording_id).where(Job.state == JobState.FAILED)
    return or_(col(Recording.problem_count) > 0, col(Recording.id).in_(failing))


def _linked_to(condition: ColumnElement[bool]) -> Any:
    return (
        select(CaseLink.recording_id)
        .join(Case, col(Case.id) == col(CaseLink.case_id))
        .where(condition, col(CaseLink.state) != LinkState.REJECTED)
    )
