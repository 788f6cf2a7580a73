"""The locks of what is stored: the first one, and lengthening them ahead of time, as far as the decision says. Pure.

    KEPT        until the decision's end, exactly, as soon as that is within `days`; before that, in steps of `days`
    BLOCKED     in short steps, for as long as something stands in the way of an end
    FOREVER, UNDECIDED     in steps of `days`: never let lapse by itself
    EXPIRED     not lengthened any more; but until the last moment at which a disposal can be taken back

A lock is never shortened: where a decision moves to an earlier time, the lock stays as it is. In compliance mode nobody
could take back a step that was too long, which is why none is longer than it has to be.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from storage.model import Lock, LockMode


class LockSettings(BaseModel):
    """How what is stored is locked.

    The first lock must not outlast the shortest period of the schedule in force, and leaves time to decide: 92 days are
    half of the six calendar months that 公安机关现场执法视音频记录工作规定 Art 13 sets as the least. What is kept for
    ever, or not decided, gets `days`, renewed long before their end.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: LockMode = LockMode.GOVERNANCE
    first_days: int = Field(default=92, ge=1, le=36_600, description="the lock that a recording gets when it is stored")
    days: int = Field(default=366, ge=1, le=36_600, description="what is not decided, or kept for ever, is locked for")
    renew_days_before: int = Field(default=92, ge=0, le=36_600)

    @property
    def short_step(self) -> timedelta:
        """How long a first lock lasts: never longer than `days`, which whoever sets few of them means of every lock."""
        return timedelta(days=min(self.first_days, self.days))

    @property
    def renewal_margin(self) -> timedelta:
        """How long before its end a lock is renewed: at most half of the shortest step, or a fresh one were due."""
        return min(timedelta(days=self.renew_days_before), self.short_step / 2)

    @property
    def alarm_margin(self) -> timedelta:
        """Locks are looked at every hour: one that ends within this was tried in vain for a day, or by nobody."""
        return self.renewal_margin - min(timedelta(days=1), self.renewal_margin / 2)


class Standing(StrEnum):
    """The words of `catalog.tables.retention.RetentionOutcome`."""

    KEPT = "kept"
    EXPIRED = "expired"
    BLOCKED = "blocked"
    FOREVER = "forever"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Keeping:
    """What was decided of a recording. `until`: when its time is over; None where no end is known.

    `recoverable_until`: until when a disposal that it is on can be taken back.
    """

    standing: Standing = Standing.UNDECIDED
    until: datetime | None = None
    recoverable_until: datetime | None = None


FOR_EVER = Keeping(Standing.FOREVER)


def first_lock(settings: LockSettings, now: datetime) -> Lock:
    """The lock that an original gets when it is stored."""
    return Lock(settings.mode, now + settings.short_step)


def lasting_lock(settings: LockSettings, now: datetime) -> Lock:
    """The lock of what is kept for ever, such as manifests and the custody log."""
    return Lock(settings.mode, now + timedelta(days=settings.days))


def renewed_lock(
    settings: LockSettings, present: Lock | None, now: datetime, keeping: Keeping = FOR_EVER
) -> Lock | None:
    """The lock to set now, or None while the present one lasts long enough. It is never shorter, nor weaker."""
    end = _end(settings, present.retain_until if present else None, now, keeping)
    if end is None:
        return None
    # A lock that nobody may shorten stays one, whatever the settings have become.
    compliant = present is not None and present.mode is LockMode.COMPLIANCE
    return Lock(LockMode.COMPLIANCE if compliant else settings.mode, end)


def _end(settings: LockSettings, present: datetime | None, now: datetime, keeping: Keeping) -> datetime | None:
    due = present is None or present - now <= settings.renewal_margin
    ends = [end for end, at_once in _wanted(settings, now, keeping) if at_once or due]
    longest = max(ends, default=None)
    if longest is None or longest <= now or (present is not None and longest <= present):
        return None
    return longest


def _wanted(settings: LockSettings, now: datetime, keeping: Keeping) -> list[tuple[datetime, bool]]:
    """The ends that are asked for, each with whether it is as soon as it is known, or only when the lock is due."""
    step = now + timedelta(days=settings.days)
    ends: list[tuple[datetime, bool]] = []
    match keeping.standing:
        case Standing.KEPT:
            ends.append(_until(keeping, step))
        case Standing.BLOCKED:
            ends.append((now + settings.short_step, False))
            if keeping.until is not None:
                ends.append(_until(keeping, step))
        case Standing.FOREVER | Standing.UNDECIDED:
            ends.append((step, False))
        case Standing.EXPIRED:
            pass
    if keeping.recoverable_until is not None:
        ends.append((keeping.recoverable_until, True))
    return ends


def _until(keeping: Keeping, step: datetime) -> tuple[datetime, bool]:
    """The decision's end, at once, where it is within reach; else one step on the way there."""
    if keeping.until is None:
        return step, False
    return (keeping.until, True) if keeping.until <= step else (step, False)
