"""What troubles a whole dock beside its engines: a disk without room, a clock that cannot be right. Pure.

Neither stops securing: originals have their own room checks, and the times a camera wrote are kept as they are. But
records and locks bear the time of this machine, so somebody has to know.
"""

from datetime import UTC, datetime, timedelta

from ingest.slot_state import Trouble, TroubleKind

# Zhilu did not exist before; a machine whose battery is empty wakes in 1970 or in the year it was made.
_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
# Time servers set a clock by fractions of a second at a time; more at once is somebody, or something, setting it.
_STEP_AT_MOST = timedelta(seconds=2)
_SHOWN_FOR_SECONDS = 600.0
_SHOWN = "%Y-%m-%d %H:%M:%S %Z"


def disk_alarm(free_bytes: int, reserve_bytes: int, where: str) -> Trouble | None:
    """Less room than is to stay free, where Zhilu keeps what it writes itself."""
    if free_bytes >= reserve_bytes:
        return None
    mib = 1024 * 1024
    sentence = f"Only {free_bytes // mib} MiB are free at {where}, {reserve_bytes // mib} MiB should be: make room."
    return Trouble(TroubleKind.DISK_LOW, sentence)


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
        elif self._told_before is not None and wall < self._told_before - _STEP_AT_MOST:
            self._note(wall - self._told_before, wall, seconds)
        self._seen = wall, seconds
        if wall < _EARLIEST:
            return Trouble(TroubleKind.CLOCK_UNSET, f"The clock says {wall:{_SHOWN}}, which cannot be: set it.")
        return self._stepped if seconds < self._until else None

    def _note(self, step: timedelta, wall: datetime, seconds: float) -> None:
        if abs(step) <= _STEP_AT_MOST:
            return
        back = step < timedelta(0)
        kind = TroubleKind.CLOCK_WENT_BACK if back else TroubleKind.CLOCK_JUMPED
        how = f"{'back' if back else 'forward'} by {abs(step).total_seconds():.0f} s"
        self._stepped = Trouble(kind, f"The clock went {how}, to {wall:{_SHOWN}}: check it against a time server.")
        self._until = seconds + _SHOWN_FOR_SECONDS
