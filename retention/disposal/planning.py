"""What may go: every recording decided anew, what is left out and why. Nothing is changed; making the list is apart.

A schedule that was shortened comes out here and nowhere else: it fills the next list that somebody plans, which then
needs two people like any other.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from sqlmodel import Session

from catalog.engine import Catalog
from catalog.repositories import disposals, retention
from catalog.tables import Recording
from retention.in_force import InForce, schedule_in_force
from retention.policy import Decision, Outcome, decide

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Candidate:
    """A recording that may go, and why."""

    recording: Recording
    expires_at: datetime
    rule: str
    reasons: list[dict[str, Any]]


@dataclass(slots=True)
class Plan:
    """`left_out`: how many recordings stay, and their bytes, by why; `left_until`: when the first and the last of those
    could go at the earliest, where that is known.
    """

    looked_at: int = 0
    bytes_looked_at: int = 0
    candidates: list[Candidate] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    left_out_bytes: Counter[str] = field(default_factory=Counter)
    left_until: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    schedule: InForce | None = None

    @property
    def bytes(self) -> int:
        return sum(each.recording.size for each in self.candidates)


class Planner:
    def __init__(self, catalog: Catalog, *, clock: Callable[[], datetime], zone: tzinfo, recoverable_days: int) -> None:
        self._catalog, self._clock, self._zone = catalog, clock, zone
        self._ahead = timedelta(days=recoverable_days)

    def plan(self) -> Plan:
        """Look at all recordings that stay. Raises CatalogError, ScheduleInvalid."""
        found, now = Plan(), self._clock()
        with self._catalog.reading(at_length=True) as session:
            found.schedule = schedule_in_force(session)
            for page in _pages(session):
                ids = [each.id for each in page]
                facts, listed = retention.facts_of(session, ids), disposals.on_open_lists(session, ids)
                for recording in page:
                    about = facts[recording.id]
                    decision = decide(
                        about.recording,
                        about.holds,
                        about.cases,
                        found.schedule.schedule if found.schedule else None,
                        now,
                        zone=self._zone,
                    )
                    self._sort(found, recording, decision, listed, now)
        return found

    def _sort(self, found: Plan, recording: Recording, decision: Decision, listed: set[UUID], now: datetime) -> None:
        found.looked_at += 1
        found.bytes_looked_at += recording.size
        why = self._why_not(recording, decision, listed, now)
        if why is None and decision.expires_at is not None and decision.rule is not None:
            reasons = [{"code": each.code.value, **each.facts} for each in decision.reasons]
            found.candidates.append(Candidate(recording, decision.expires_at, decision.rule.id, reasons))
            return
        why = why or "undecided"
        found.left_out[why] += 1
        found.left_out_bytes[why] += recording.size
        until = recording.locked_until if why == "locked" else decision.expires_at if why == Outcome.KEPT else None
        if until is not None:
            first, last = found.left_until.get(why, (until, until))
            found.left_until[why] = min(first, until), max(last, until)

    def _why_not(self, recording: Recording, decision: Decision, listed: set[UUID], now: datetime) -> str | None:
        if decision.outcome is not Outcome.EXPIRED:
            return decision.blocked_by[0].code.value if decision.blocked_by else decision.outcome.value
        if recording.id in listed:
            return "on_another_list"
        if recording.locked_until is None or recording.locked_until > now + self._ahead:
            return "locked"  # or nobody knows until when: it is looked at again once the lock was read
        return None


def _pages(session: Session) -> Iterator[list[Recording]]:
    last: UUID | None = None
    while page := list(disposals.staying_after(session, last, _PAGE)):
        yield page
        last = page[-1].id
        session.expunge_all()
