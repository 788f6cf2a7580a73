"""Is a file finished? Decided from what was seen of it, never from what its clock claims.

A file is ready when size and modification time stood still, from one look to another, for the quiet period. The
modification time is only ever compared with itself: FAT keeps it in local time and in steps of two seconds, and a
device whose clock runs ahead writes times of the future. So an old file needs two looks like any other.

A slow writer is never given up: past `alarm_after_seconds` it is reported, and watched as before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class StabilitySettings(BaseModel):
    """How long a file must stand still, and when one that does not is worth an alarm (seconds)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    quiet_seconds: float = Field(default=5.0, ge=0, le=86_400, allow_inf_nan=False)
    # A segment lasts up to 30 minutes; twice that means a broken writer or a very slow line.
    alarm_after_seconds: float = Field(default=3_600.0, gt=0, allow_inf_nan=False, le=31_536_000)


@dataclass(frozen=True, slots=True)
class Observation:
    """One look at a file: size in bytes, modification time as the file system gave it, and when we looked (aware)."""

    size: int
    mtime_ns: int
    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            message = "an observation needs an aware time"
            raise ValueError(message)

    def shows_the_same_as(self, other: "Observation") -> bool:
        return (self.size, self.mtime_ns) == (other.size, other.mtime_ns)


class StabilityState(StrEnum):
    GROWING = "growing"
    STABLE = "stable"
    STALE_GROWING = "stale_growing"


class StabilityReason(StrEnum):
    NOT_SEEN = "not_seen"
    SEEN_ONCE = "seen_once"
    CHANGED = "changed"
    QUIET_TOO_SHORT = "quiet_too_short"
    QUIET = "quiet"
    QUIET_BUT_EMPTY = "quiet_but_empty"
    GROWS_FOR_TOO_LONG = "grows_for_too_long"


@dataclass(frozen=True, slots=True)
class Stability:
    """The decision; `look_again_at` is None only once the file is stable."""

    state: StabilityState
    reason: StabilityReason
    look_again_at: datetime | None


def decide(observations: Sequence[Observation], now: datetime, settings: StabilitySettings) -> Stability:
    """Decide from all looks at one file, in the order in which they were taken."""
    quiet = timedelta(seconds=settings.quiet_seconds)
    if not observations:
        return Stability(StabilityState.GROWING, StabilityReason.NOT_SEEN, now)
    start = _start_of_stillness(observations)
    still_since, last, looks = observations[start], observations[-1], len(observations) - start
    if looks > 1 and last.at - still_since.at >= quiet:
        reason = StabilityReason.QUIET if last.size else StabilityReason.QUIET_BUT_EMPTY
        return Stability(StabilityState.STABLE, reason, None)
    # Where our own clock was set back, the planned look may lie far ahead: never wait longer than one period.
    look_again_at = min(max(now, still_since.at + quiet), now + quiet)
    if now - observations[0].at > timedelta(seconds=settings.alarm_after_seconds) and _has_changed(observations):
        return Stability(StabilityState.STALE_GROWING, StabilityReason.GROWS_FOR_TOO_LONG, look_again_at)
    return Stability(StabilityState.GROWING, _why_not_yet(observations, looks), look_again_at)


def condense(observations: Sequence[Observation]) -> tuple[Observation, ...]:
    """Keep only the looks which a later decision rests on (at most five), so watching needs constant memory."""
    if not observations:
        return ()
    start = _start_of_stillness(observations)
    last = len(observations) - 1
    # The latest look that showed something else tells a file that changed from one that never did.
    other = [place for place in range(last) if not observations[place].shows_the_same_as(observations[last])][-1:]
    return tuple(observations[place] for place in sorted({0, max(0, start - 1), start, last, *other}))


def _start_of_stillness(observations: Sequence[Observation]) -> int:
    start = len(observations) - 1
    while start > 0:
        before, after = observations[start - 1], observations[start]
        # A clock set back between two looks says nothing about how long they are apart: count anew.
        if not before.shows_the_same_as(after) or after.at < before.at:
            break
        start -= 1
    return start


def _has_changed(observations: Sequence[Observation]) -> bool:
    return any(not look.shows_the_same_as(observations[-1]) for look in observations)


def _why_not_yet(observations: Sequence[Observation], looks: int) -> StabilityReason:
    if len(observations) == 1:
        return StabilityReason.SEEN_ONCE
    return StabilityReason.CHANGED if looks == 1 else StabilityReason.QUIET_TOO_SHORT
