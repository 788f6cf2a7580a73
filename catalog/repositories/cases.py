"""Cases, and the links of recordings to them."""

import contextlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, func, select

from catalog.errors import Ambiguous, NotFound
from catalog.repositories import holds
from catalog.repositories.patterns import folded, folded_in_sql
from catalog.tables import Activity, Case, CaseLink, Recording
from catalog.tables.cases import CaseStatus, LinkOrigin, LinkState, Stage


def by_number(session: Session, number: str) -> Case:
    """The case of that number; else the one that has it in other brackets. Raises NotFound, Ambiguous."""
    found = session.exec(select(Case).where(Case.number == number)).one_or_none()
    return found or _in_other_brackets(session, number)


def numbers(session: Session, ids: Iterable[object]) -> dict[str, str]:
    """The numbers of the cases with these ids, as the log writes them; what is no id of a case is left out."""
    wanted = set()
    for each in ids:
        with contextlib.suppress(ValueError):
            wanted.add(UUID(str(each)))
    rows = session.exec(select(Case.id, Case.number).where(col(Case.id).in_(wanted))).all() if wanted else ()
    return {str(case_id): number for case_id, number in rows}


def _in_other_brackets(session: Session, number: str) -> Case:
    likely = session.exec(select(Case).where(folded_in_sql(col(Case.number)) == folded(number)).limit(2)).all()
    if len(likely) > 1:
        raise Ambiguous("case", number)
    if not likely:
        raise NotFound("case", number)
    return likely[0]


def to_change(session: Session, number: str) -> Case:
    """As `by_number`, as it stands now, for this transaction alone to change until it ends."""
    known = by_number(session, number)
    return session.exec(
        select(Case).where(Case.id == known.id).with_for_update().execution_options(populate_existing=True)
    ).one()


def listing(session: Session, *, status: CaseStatus | None, limit: int) -> Sequence[tuple[Case, int]]:
    """Cases, the latest first, each with the number of recordings linked to it (rejected links left out)."""
    linked = (
        select(func.count())
        .select_from(CaseLink)
        .where(col(CaseLink.case_id) == col(Case.id), col(CaseLink.state) != LinkState.REJECTED)
        .scalar_subquery()
    )
    statement = select(Case, linked).order_by(col(Case.opened_at).desc(), col(Case.number)).limit(limit)
    if status is not None:
        statement = statement.where(Case.status == status)
    return session.exec(statement).all()


def activities_of(session: Session, case_id: UUID) -> Sequence[Activity]:
    return session.exec(select(Activity).where(Activity.case_id == case_id).order_by(col(Activity.started_at))).all()


def latest_of(session: Session, case: Case) -> datetime:
    """When the last of what a case is about was: its opening, its activities, what is linked to it and not rejected.

    What is secured has been recorded, whatever the recorder's clock says.
    """
    activities = session.exec(select(Activity.started_at).where(Activity.case_id == case.id)).all()
    recorded = [
        min(each.captured_at, each.secured_at)
        for _, each in recordings_of(session, case.id)
        if each.captured_at is not None
    ]
    return max([case.opened_at, *activities, *recorded])


def recordings_of(session: Session, case_id: UUID) -> Sequence[tuple[CaseLink, Recording]]:
    """What is linked to a case, suggestions included, rejected links left out, in the order of recording."""
    return session.exec(
        select(CaseLink, Recording)
        .join(Recording, col(Recording.id) == col(CaseLink.recording_id))
        .where(CaseLink.case_id == case_id, col(CaseLink.state) != LinkState.REJECTED)
        .order_by(col(Recording.captured_at), col(Recording.name))
    ).all()


def links_of(session: Session, recording_id: UUID) -> Sequence[tuple[CaseLink, Case, Activity | None]]:
    """All links of a recording, confirmed ones first, then by score."""
    rows = session.exec(
        select(CaseLink, Case, Activity)
        .join(Case, col(Case.id) == col(CaseLink.case_id))
        .join(Activity, col(Activity.id) == col(CaseLink.activity_id), isouter=True)
        .where(CaseLink.recording_id == recording_id)
    ).all()
    order = [LinkState.CONFIRMED, LinkState.SUGGESTED, LinkState.REJECTED]
    return sorted(rows, key=lambda row: (order.index(row[0].state), -(row[0].score or 0.0), row[1].number))


def link(session: Session, recording_id: UUID, case_id: UUID) -> CaseLink | None:
    return session.exec(
        select(CaseLink).where(CaseLink.recording_id == recording_id, CaseLink.case_id == case_id)
    ).one_or_none()


def suggest(
    session: Session,
    *,
    recording_id: UUID,
    case_id: UUID,
    activity_id: UUID | None,
    stage: Stage | None,
    score: float,
    reasons: list[dict[str, Any]],
    by_device: bool,
    now: datetime,
) -> CaseLink | None:
    """Write or refresh a suggestion; what a person decided is never touched. Returns the link if new or changed.

    Nor does a confirmed link become a suggestion again: a hold on the case would let go of the recording, by nobody's
    word.
    """
    standing = link(session, recording_id, case_id)
    if standing is not None and (standing.decided_by is not None or standing.origin is LinkOrigin.PERSON):
        return None
    if standing is not None and standing.state is LinkState.CONFIRMED and not by_device:
        return None
    state = LinkState.CONFIRMED if by_device else LinkState.SUGGESTED
    origin = LinkOrigin.DEVICE if by_device else LinkOrigin.MATCHED
    facts = (state, origin, activity_id, stage, score, reasons)
    if standing is not None:
        before = (standing.state, standing.origin, standing.activity_id, standing.stage, standing.score)
        if (*before, standing.reasons) == facts:
            return None
    else:
        standing = CaseLink(
            recording_id=recording_id, case_id=case_id, linked_by="zhilu", linked_at=now, state=state, origin=origin
        )
    was_confirmed = standing.state is LinkState.CONFIRMED
    standing.state, standing.origin, standing.activity_id, standing.stage, standing.score, standing.reasons = facts
    session.add(standing)
    session.flush()
    if was_confirmed or state is LinkState.CONFIRMED:
        holds.link_changed(session, recording_id, case_id, now=now)
    return standing


def withdraw_suggestions(session: Session, recording_id: UUID, *, except_cases: set[UUID]) -> Sequence[CaseLink]:
    """Remove suggestions that no longer follow from the facts. What a person decided is never touched."""
    gone = [
        standing
        for standing in session.exec(select(CaseLink).where(CaseLink.recording_id == recording_id))
        if standing.decided_by is None
        and standing.origin is LinkOrigin.MATCHED
        and standing.case_id not in except_cases
    ]
    for standing in gone:
        session.delete(standing)
    return gone


def decide(
    session: Session,
    *,
    recording_id: UUID,
    case_id: UUID,
    state: LinkState,
    stage: Stage | None,
    actor: str,
    now: datetime,
) -> CaseLink:
    """Let a person confirm or reject a link, or make one that nobody suggested."""
    standing = link(session, recording_id, case_id) or CaseLink(
        recording_id=recording_id,
        case_id=case_id,
        state=state,
        origin=LinkOrigin.PERSON,
        linked_by=actor,
        linked_at=now,
    )
    standing.state, standing.decided_by, standing.decided_at = state, actor, now
    if stage is not None:
        standing.stage = stage
    session.add(standing)
    session.flush()
    holds.link_changed(session, recording_id, case_id, now=now)
    return standing
