"""Checks of what the catalog tells: our clock against its entries, jobs, what could not be secured, locks that end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.checks.model import Check, CheckState
from api.custody_services import key_place
from api.messages.translator import Fact, key_of
from api.probing import ProbeStanding, Standing, standing_of
from api.runtime import home_of
from api.settings import Settings
from catalog.custody.keys import check_key
from catalog.engine import Catalog
from catalog.repositories import custody, evaluation, fixity, fixity_standing, jobs, recordings
from catalog.repositories import locks as lock_ends
from catalog.repositories.custody_standing import standing
from catalog.tables.jobs import JobState
from retention.fixity_plan import due_before
from storage.model import LockMode
from storage.probe import GOVERNANCE_BYPASSES, TrialName

_UNSIGNED_AT_MOST = timedelta(minutes=15)
_RECENTLY = timedelta(days=7)
_DUE_AT_MOST = timedelta(days=1)
_EVALUATED_WITHIN = timedelta(days=1)
_VERIFIED_WITHIN = timedelta(days=92)
_FIRST_VERIFIED_WITHIN = timedelta(days=1)
_A_YEAR_OF_OURS = 2026

# Machines that are kept by a time server still differ by fractions of a second.
_APART_SECONDS = 2
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Archive:
    """What is looked at, and when."""

    settings: Settings
    catalog: Catalog
    now: datetime


Look = Callable[[Archive], Check]


def clock(archive: Archive) -> Check:
    with archive.catalog.reading() as session:
        latest = custody.latest(session)
    back = (latest - archive.now).total_seconds() if latest else 0.0
    wrong = archive.now.year < _A_YEAR_OF_OURS or back > _APART_SECONDS
    return Check(
        "clock",
        CheckState.ATTENTION if wrong else CheckState.OK,
        {"now": archive.now.replace(microsecond=0), "back": round(max(back, 0.0))},
    )


def left_to_do(archive: Archive) -> Check:
    with archive.catalog.reading() as session:
        counts = jobs.counts(session)
    state = CheckState.ATTENTION if counts[JobState.FAILED] else CheckState.OK
    return Check(
        "jobs",
        state,
        {"failed": counts[JobState.FAILED], "left": counts[JobState.WAITING] + counts[JobState.RUNNING]},
    )


def intake(archive: Archive) -> Check:
    with archive.catalog.reading() as session:
        failures = custody.failed_intakes_since(session, archive.now - _RECENTLY)
    latest = failures[0] if failures else None
    facts: dict[str, Fact | datetime] = {"count": len(failures), "path": "", "reason": ""}
    if latest is not None:
        facts |= {"path": str(latest.details.get("path")), "reason": str(latest.details.get("reason"))}
    return Check("intake", CheckState.ATTENTION if failures else CheckState.OK, facts)


def locks(archive: Archive) -> Check:
    """Due locks are renewed every hour: one that was due for a day was tried in vain, or by nobody."""
    margin = archive.settings.lock.alarm_margin
    with archive.catalog.reading() as session:
        found = lock_ends.standing(session, archive.now + margin)
    facts: dict[str, Fact | datetime] = {
        "ending": found.ending,
        "recordings": found.recordings,
        "others": found.others,
        "days": margin.days,
        "soonest": found.soonest or "",
    }
    return Check("locks", CheckState.ATTENTION if found.ending else CheckState.OK, facts)


def stored_bytes(archive: Archive) -> Check:
    """Whether all versions were read again in time, and were intact: 0 of 0 says nothing, and is said as that."""
    settings = archive.settings.fixity
    with archive.catalog.reading() as session:
        found = fixity.coverage(
            session, window_began=archive.now - settings.window, due_before=due_before(settings, archive.now)
        )
        named = fixity.damaged(session, at_most=_NAMED) if found.damaged else ()
        since = [each.since for each in fixity_standing.damage_of(session, named).values()]
    facts: dict[str, Fact | datetime] = {
        "versions": found.versions,
        "checked": found.checked,
        "overdue": found.overdue,
        "damaged": found.damaged,
        "days": settings.within_days,
        "replaced": found.replaced,
        "recordings": ", ".join(map(str, named)),
        "since": min(since, default=""),
        "replica": "no" if settings.replica is None else "yes",
    }
    if not found.versions:
        return Check("fixity", CheckState.OK, facts, text="check-fixity-none")
    if found.damaged:
        return Check("fixity", CheckState.ATTENTION, facts, text="check-fixity-damaged")
    state = CheckState.ATTENTION if found.overdue else CheckState.OK
    return Check("fixity", state, facts)


def retention(archive: Archive) -> Check:
    """A schedule in force, and decisions that are looked at: a timer does that every minute."""
    with archive.catalog.reading() as session:
        found = evaluation.how_it_stands(session)
    facts: dict[str, Fact | datetime] = {
        "schedule": found.in_force or "",
        "decided": found.decided,
        "undecided": found.undecided,
        "at": found.evaluated_at or "",
    }
    if found.in_force is None:
        return Check("retention", CheckState.OK, facts, text="check-retention-none")
    if found.evaluated_at is None or archive.now - found.evaluated_at > _EVALUATED_WITHIN:
        text = "never" if found.evaluated_at is None else "old"
        return Check("retention", CheckState.ATTENTION, facts, text=f"check-retention-{text}")
    return Check("retention", CheckState.OK, facts)


def immutability(archive: Archive) -> Check:
    """Whether the latest probe could break a lock of the store; one that never was probed is not called immutable.

    A folder never is: that nobody can change, so it is said without asking anybody to do something about it, unless
    the probe broke a lock by the program itself.
    """
    with archive.catalog.reading() as session:
        found = standing_of(session, archive.settings.storage, home_of(archive.settings), archive.now)
    if archive.settings.storage.engine != "s3" and set(found.failing) <= {TrialName.CHANGE_ON_DISK}:
        return Check("immutability", CheckState.OK, text="check-immutability-folder")
    facts = _probe_facts(found)
    governed = archive.settings.lock.mode is LockMode.GOVERNANCE
    by_bypass_alone = bool(found.failing) and set(found.failing) <= GOVERNANCE_BYPASSES
    if governed and (by_bypass_alone or (found.standing is Standing.IMMUTABLE and found.bypassable is not False)):
        may = "bypassable" if found.bypassable else "bypass-unclear"
        return Check("immutability", CheckState.ATTENTION, facts, text=f"check-immutability-{may}")
    if found.standing is Standing.UNCLEAR:
        return Check("immutability", CheckState.UNCLEAR, facts)
    if found.standing is not Standing.IMMUTABLE:
        return Check("immutability", CheckState.ATTENTION, facts, text=key_of("check-immutability", found.standing))
    text = f"check-immutability-{'governance' if governed else 'immutable'}"
    return Check("immutability", CheckState.OK, facts, text=text)


def _probe_facts(found: ProbeStanding) -> dict[str, Fact | datetime]:
    return {
        "at": found.probed_at or "",
        "until": found.unclear_until or "",
        "failing": ", ".join(found.failing),
        "count": len(found.failing),
    }


def custody_log(archive: Archive) -> Check:
    """Checkpoints come every minute; events that none covers after a quarter of an hour are signed by nobody."""
    with archive.catalog.reading() as session:
        found = standing(session)
    check_key(archive.catalog, key_place(archive.settings, home_of(archive.settings)))
    facts: dict[str, Fact | datetime] = {
        "events": found.placed,
        "unsigned": found.placed + found.waiting - found.signed,
        "minutes": round(found.unsigned_for(archive.now).total_seconds() / 60),
        "at": found.checkpoint_at or "",
        "pending": found.pending,
        "why": found.pending_why or "none",
    }
    if found.unsigned_for(archive.now) > _UNSIGNED_AT_MOST:
        return Check("custody", CheckState.ATTENTION, facts)
    if found.pending_since is not None and archive.now - found.pending_since > _DUE_AT_MOST:
        return Check("custody", CheckState.ATTENTION, facts, text="check-custody-stamps")
    return Check("custody", CheckState.OK, facts, text=None if found.checkpoint_at else "check-custody-none")


def verification(archive: Archive) -> Check:
    """When everything was verified last, and what that found. What was begun within the day still has time for it."""
    with archive.catalog.reading() as session:
        found = custody.latest_full_verification(session)
        since = recordings.earliest_secured(session)
        damaged, damaged_at = fixity_standing.known_damaged(session)
        repaired = fixity_standing.replaced_since(session, found.at) if found is not None else 0
    if found is None:
        return _never_verified(since, archive.now)
    days = (archive.now - found.at) // timedelta(days=1)
    facts: dict[str, Fact | datetime] = {
        "at": found.at,
        "days": days,
        "found": found.discrepancies,
        "unchecked": found.unchecked,
        "damaged": damaged,
        "damaged_at": damaged_at or "",
        "repaired": repaired,
    }
    if not found.passed:
        text = "repaired" if repaired and not damaged else "failed"
        return Check("verification", CheckState.ATTENTION, facts, text=f"check-verification-{text}")
    if damaged_at is not None and damaged_at > found.at:
        return Check("verification", CheckState.ATTENTION, facts, text="check-verification-damaged")
    if found.at < archive.now - _VERIFIED_WITHIN:
        return Check("verification", CheckState.ATTENTION, facts, text="check-verification-old")
    return Check("verification", CheckState.OK, facts)


def _never_verified(since: datetime | None, now: datetime) -> Check:
    if since is None:
        return Check("verification", CheckState.OK, text="check-verification-none")
    if now - since <= _FIRST_VERIFIED_WITHIN:
        return Check("verification", CheckState.OK, text="check-verification-not-yet")
    return Check("verification", CheckState.ATTENTION, text="check-verification-never")


LOOKS: dict[str, Look] = {
    "clock": clock,
    "custody": custody_log,
    "jobs": left_to_do,
    "intake": intake,
    "locks": locks,
    "retention": retention,
    "fixity": stored_bytes,
    "verification": verification,
    "immutability": immutability,
}
