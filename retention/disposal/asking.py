"""Asking the catalog for all that may stand in the way of a recording that is to go, as it is at this moment."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from sqlmodel import Session

from catalog.repositories import disposals, holds, retention
from catalog.tables import DisposalItem, Recording
from retention.disposal.decision import Obstacle, Standing, VersionStanding, obstacles
from retention.in_force import schedule_in_force
from retention.policy import decide


def in_the_way(
    session: Session,
    item: DisposalItem,
    recording: Recording,
    versions: Sequence[VersionStanding],
    tampered: Sequence[str],
    *,
    now: datetime,
    zone: tzinfo,
    begun: bool,
) -> Sequence[Obstacle]:
    """`tampered`: rows about it that are not what the log sealed; `begun`: its deletion was ordered before."""
    facts = retention.facts_of(session, [recording.id])[recording.id]
    in_force = schedule_in_force(session)
    schedule = in_force.schedule if in_force else None
    decision = decide(facts.recording, facts.holds, facts.cases, schedule, now, zone=zone)
    standing = Standing(
        outcome=decision.outcome.value,
        expires_at=decision.expires_at,
        # Asked of the catalog itself beside what the policy took: either is enough to stop it.
        holds=sorted({each.number for each in holds.covering(session, recording.id)} | {h.number for h in facts.holds}),
        open_cases=sorted(each.number for each in facts.cases if each.confirmed and each.open),
        versions=versions,
        same_content=(recording.sha256, recording.size) == (item.sha256, item.size),
        being_worked_on=disposals.is_being_worked_on(session, recording.id),
        going=begun,
        tampered=tampered,
    )
    return obstacles(standing, now)
