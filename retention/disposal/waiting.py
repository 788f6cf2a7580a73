"""Whether the days in which what was approved can be taken back have really gone by (pure).

A clock that is set forward would make them short. So they must be over by every clock there is, all of which must
agree; and somebody must have seen them go by: about once a day the time is put on record while Zhilu runs (`seen`), and
gaps of more than a day and a half count as that. A machine that stood still for a week so needs some days more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

APART_AT_MOST = timedelta(minutes=5)
UNSEEN_AT_MOST = timedelta(hours=36)
SEEN_EVERY = timedelta(hours=20)


class WaitCode(StrEnum):
    TOO_EARLY = "too_early"
    CLOCKS_APART = "clocks_apart"
    CLOCK_SET_BACK = "clock_set_back"
    NOT_SEEN = "not_seen"


@dataclass(frozen=True, slots=True)
class Wait:
    code: WaitCode
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clocks:
    """What each clock says now; None where there is no other clock than ours."""

    ours: datetime
    catalog: datetime | None = None
    store: datetime | None = None

    @property
    def all(self) -> tuple[datetime, ...]:
        return tuple(each for each in (self.ours, self.catalog, self.store) if each is not None)

    @property
    def latest(self) -> datetime:
        return max(self.all)

    @property
    def earliest(self) -> datetime:
        return min(self.all)


def disagreement(clocks: Clocks, *, logged_last: datetime | None) -> Wait | None:
    """Why these clocks cannot be gone by; `logged_last` is the latest time that the custody log speaks of."""
    apart = clocks.latest - clocks.earliest
    if apart > APART_AT_MOST:
        return Wait(WaitCode.CLOCKS_APART, {"minutes": str(round(apart / timedelta(minutes=1)))})
    if logged_last is not None and clocks.earliest < logged_last - APART_AT_MOST:
        return Wait(WaitCode.CLOCK_SET_BACK, {"logged": logged_last.isoformat()})
    return None


def still_to_wait(
    clocks: Clocks,
    *,
    approved_at: datetime,
    recoverable_until: datetime,
    logged_last: datetime | None,
    seen: Sequence[datetime],
) -> Wait | None:
    """Why nothing may go yet; None once it may."""
    wrong = disagreement(clocks, logged_last=logged_last)
    if wrong is not None:
        return wrong
    if clocks.earliest < recoverable_until:
        return Wait(WaitCode.TOO_EARLY, {"until": recoverable_until.isoformat()})
    missing = (recoverable_until - approved_at) - seen_to_pass(approved_at, clocks.earliest, seen)
    if missing > APART_AT_MOST:
        return Wait(WaitCode.NOT_SEEN, {"hours": str(-(-missing // timedelta(hours=1)))})
    return None


def seen_to_pass(begin: datetime, end: datetime, seen: Sequence[datetime]) -> timedelta:
    """How much of the time between the two somebody saw go by."""
    between = sorted({each for each in seen if begin < each < end})
    steps = zip([begin, *between], [*between, end], strict=True)
    return sum((min(later - earlier, UNSEEN_AT_MOST) for earlier, later in steps), timedelta())


def is_to_be_seen(now: datetime, approved_at: datetime, seen: Sequence[datetime]) -> bool:
    """Whether the time is to be put on record again."""
    return now - max([approved_at, *seen]) >= SEEN_EVERY
