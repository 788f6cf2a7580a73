"""Whether a recording may go at this moment (pure): nothing may stand in the way, and what stands there is told.

What a list said when it was approved counts for nothing here but that it names the recording and its content: holds,
cases, classes and the schedule in force are those of now, and so are the locks that the store reports.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ObstacleCode(StrEnum):
    HELD = "held"
    HELD_IN_STORE = "held_in_store"
    OPEN_CASE = "open_case"
    KEPT = "kept"
    FOREVER = "forever"
    UNDECIDED = "undecided"
    LOCKED = "locked"
    MISSING = "missing"
    OTHER_CONTENT = "other_content"
    WORKED_ON = "worked_on"
    ON_ANOTHER_LIST = "on_another_list"
    NOT_ITS_OWN = "not_its_own"
    NOT_APPROVED = "not_approved"
    NOT_AS_SEALED = "not_as_sealed"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands in the way; `facts` tell which hold, until when, and so on."""

    code: ObstacleCode
    facts: Mapping[str, str] = field(default_factory=dict)

    def told(self) -> dict[str, str]:
        return {"code": self.code.value, **self.facts}


@dataclass(frozen=True, slots=True)
class VersionStanding:
    """One version as the store reports it now; `lock_until` None where nothing locks it.

    `own`: whether it lies where versions of its recording lie, and not where those of another do.
    """

    reference: str
    present: bool
    serves: bool = False
    lock_until: datetime | None = None
    held: bool = False
    own: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is asked of a recording. `outcome` is the word of the retention policy, `expires_at` its end.

    `going`: its deletion was ordered before, so a damaged version may be gone by now. `tampered`: rows that all this
    is told by, and that are not what the custody log sealed.
    """

    outcome: str
    expires_at: datetime | None
    holds: Sequence[str]
    open_cases: Sequence[str]
    versions: Sequence[VersionStanding]
    same_content: bool
    being_worked_on: bool
    going: bool = False
    tampered: Sequence[str] = ()


def obstacles(standing: Standing, now: datetime) -> tuple[Obstacle, ...]:
    """Everything that stands in the way; nothing, if it may go."""
    found = [Obstacle(ObstacleCode.HELD, {"hold": each}) for each in standing.holds]
    found += [Obstacle(ObstacleCode.OPEN_CASE, {"case": each}) for each in standing.open_cases]
    found += [Obstacle(ObstacleCode.NOT_AS_SEALED, {"row": each}) for each in standing.tampered]
    found += _of_policy(standing)
    if not standing.same_content:
        found.append(Obstacle(ObstacleCode.OTHER_CONTENT))
    if standing.being_worked_on:
        found.append(Obstacle(ObstacleCode.WORKED_ON))
    for each in standing.versions:
        found += _of_version(each, now, going=standing.going)
    return tuple(found)


def _of_policy(standing: Standing) -> list[Obstacle]:
    until = {"until": standing.expires_at.isoformat()} if standing.expires_at else {}
    match standing.outcome:
        case "expired":
            return []
        case "blocked":
            # Told above by what blocks. Should nothing of it be known, it blocks all the same.
            return [] if standing.holds or standing.open_cases else [Obstacle(ObstacleCode.UNDECIDED)]
        case "kept":
            return [Obstacle(ObstacleCode.KEPT, until)]
        case "forever":
            return [Obstacle(ObstacleCode.FOREVER)]
        case _:  # undecided, and whatever a later version may say
            return [Obstacle(ObstacleCode.UNDECIDED)]


def _of_version(each: VersionStanding, now: datetime, *, going: bool) -> list[Obstacle]:
    facts = {"version": each.reference}
    if not each.own:
        return [Obstacle(ObstacleCode.NOT_ITS_OWN, facts)]
    if not each.present:
        return [] if going and not each.serves else [Obstacle(ObstacleCode.MISSING, facts)]
    found = [Obstacle(ObstacleCode.HELD_IN_STORE, facts)] if each.held else []
    if each.lock_until is not None and each.lock_until > now:
        found.append(Obstacle(ObstacleCode.LOCKED, {**facts, "until": each.lock_until.isoformat()}))
    return found
