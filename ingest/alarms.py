"""What troubles a whole dock beside its engines: no room, a clock that cannot be right, state it cannot read. Pure.

None stops securing: originals have their own room checks, and the times a camera wrote are kept as they are. But
records and locks bear the time of this machine, so somebody has to know.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ingest.slot_reason import Fact, Reason, ReasonCode
from ingest.slot_state import Trouble, TroubleKind

# Zhilu did not exist before; a machine whose battery is empty wakes in 1970 or in the year it was made.
_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
# Time servers set a clock by fractions of a second at a time; more at once is somebody, or something, setting it.
_STEP_AT_MOST = timedelta(seconds=2)
_SHOWN_FOR_SECONDS = 600.0
_NAMED = 3


def unreadable_alarm(files: Sequence[str]) -> Trouble | None:
    """State that could not be read lies aside under these names, until somebody has moved it away."""
    if not files:
        return None
    facts: dict[str, Fact] = {"files": ", ".join(files[:_NAMED]) + (", ..." if len(files) > _NAMED else "")}
    return Trouble(TroubleKind.STATE_UNREADABLE, Reason(ReasonCode.STATE_UNREADABLE, facts))


def disk_alarm(free_bytes: int, reserve_bytes: int, where: str) -> Trouble | None:
    """Less room than is to stay free, where Zhilu keeps what it writes itself."""
    if free_bytes >= reserve_bytes:
        return None
    mib = 1024 * 1024
    facts: dict[str, Fact] = {"free": free_bytes // mib, "reserve": reserve_bytes // mib, "where": where}
    return Trouble(TroubleKind.DISK_LOW, Reason(ReasonCode.DISK_LOW, facts))


class ClockWatch:
    """Compares the clock on the wall with one that only goes forward, also while the machine sleeps."""

    def __init__(self, told_before: datetime | None = None) -> None:
        """`told_before` is a time that was put on record earlier: the clock cannot be before it."""
        self._told_before = told_before
        self._seen: tuple[datetime, float] | None = None
        self._stepped: Trouble | None = None
        self._until = 0.0

    def look(self, wall: datetime, seconds: float) -> Trouble | None:
        """What is wrong with the clock at this look; a step is told of for ten minutes."""
        if self._seen is not None:
            before, seconds_before = self._seen
            step = (wall - before) - timedelta(seconds=seconds - seconds_before)
            self._note(step, wall, seconds)
        elif self._told_before is not None and wall - self._told_before < -_STEP_AT_MOST:
            self._note(wall - self._told_before, wall, seconds)
        self._seen = wall, seconds
        if wall < _EARLIEST:
            return Trouble(TroubleKind.CLOCK_UNSET, Reason(ReasonCode.CLOCK_UNSET, {"at": _told(wall)}))
        return self._stepped if seconds < self._until else None

    def _note(self, step: timedelta, wall: datetime, seconds: float) -> None:
        if abs(step) <= _STEP_AT_MOST:
            return
        facts: dict[str, Fact] = {"seconds": round(abs(step).total_seconds()), "at": _told(wall)}
        if step < timedelta(0):
            self._stepped = Trouble(TroubleKind.CLOCK_WENT_BACK, Reason(ReasonCode.CLOCK_WENT_BACK, facts))
        else:
            self._stepped = Trouble(TroubleKind.CLOCK_JUMPED, Reason(ReasonCode.CLOCK_JUMPED, facts))
        self._until = seconds + _SHOWN_FOR_SECONDS


def _told(wall: datetime) -> str:
    return wall.isoformat(timespec="seconds")
