"""Whether the time of a recording is over, by the facts of now and the schedule in force: then its lock may lapse.

The decision that was put down for it is not asked: that is written by whoever may write in the catalog, without a seal.
"""

from datetime import datetime, tzinfo
from uuid import UUID

from sqlmodel import Session

from catalog.repositories import retention
from retention.errors import ScheduleInvalid
from retention.in_force import schedule_in_force
from retention.policy import Outcome, decide


def may_lapse(session: Session, recording_id: UUID, now: datetime, zone: tzinfo) -> bool:
    """Not while anything blocks or nobody can tell: no schedule, or one that cannot be read."""
    facts = retention.facts_of(session, [recording_id]).get(recording_id)
    try:
        in_force = schedule_in_force(session)
    except ScheduleInvalid:
        return False
    if facts is None or in_force is None:
        return False
    decision = decide(facts.recording, facts.holds, facts.cases, in_force.schedule, now, zone=zone)
    return decision.outcome is Outcome.EXPIRED
