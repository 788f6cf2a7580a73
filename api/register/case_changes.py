"""Cases that an import closes or reopens: retention goes by that, so each has its own event in the custody log."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from api.register.model import Reading
from api.register.plan import Plan
from catalog.register_columns import RegisterKind
from catalog.repositories import cases, holds, register
from catalog.tables import Case
from retention.case_changes import case_told
from retention.case_changes import enter as enter_change


def closed_or_reopened(session: Session, plan: Plan) -> Sequence[tuple[Case, dict[str, str | None]]]:
    """The cases whose status the plan will change, each with what is on record until then.

    Where there are any, whoever orders a deletion waits until this transaction ends: an open case blocks it.
    """
    wanted = {
        row["number"]: row["status"]
        for changes in plan.changes
        if changes.kind is RegisterKind.CASES
        for row in changes.changed
    }
    standing = register.known_cases(session, set(wanted))
    numbers = sorted(number for number, row in standing.items() if row.facts["status"] != wanted[number])
    if numbers:
        holds.alone(session)
    found = [cases.to_change(session, number) for number in numbers]
    return [(case, case_told(case)) for case in found]


def enter(
    session: Session,
    changed: Sequence[tuple[Case, dict[str, str | None]]],
    reading: Reading,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Enter each of them in the custody log, as it stands now."""
    for case, before in changed:
        session.refresh(case)  # it was written by a statement
        enter_change(session, case, before, at=now, actor=actor, file=reading.name, sha256=reading.sha256)
