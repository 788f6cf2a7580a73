"""When stored bytes are read again, and what a reading says of them. Pure: takes facts and `now`.

A version is due once a part of the window is left: what is found out late, or while the store was away, is still within
it. Nothing is judged by one reading that differs: what was damaged on the way is not damaged on the medium.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class FixitySettings(BaseModel):
    """How often every stored version is read again, and how fast at most in each process that does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    within_days: int = Field(default=90, ge=1, le=3660, description="every version is read again within so many days")
    mib_per_second: float = Field(default=20.0, gt=0, le=10_000, description="read at most, by each process that works")

    @property
    def window(self) -> timedelta:
        return timedelta(days=self.within_days)

    @property
    def budget(self) -> float:
        """In bytes a second."""
        return self.mib_per_second * 1024 * 1024


_DUE_AFTER = 0.75
"""Of the window: the last quarter is what catching up may take."""


def due_before(settings: FixitySettings, now: datetime) -> datetime:
    """What was read last, or stored, before this time is due."""
    return now - settings.window * _DUE_AFTER


class Answer(StrEnum):
    """What became of an attempt to read a version."""

    READ = "read"
    MISSING = "missing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Reading:
    """One attempt; `sha256` where all bytes came, `why` where they did not."""

    answer: Answer
    bytes_read: int = 0
    sha256: str | None = None
    why: str | None = None


class Judgement(StrEnum):
    INTACT = "intact"
    DIFFERS = "differs"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    AGAIN = "again"
    """One more reading has to tell."""


@dataclass(frozen=True, slots=True)
class Judged:
    judgement: Judgement
    why: str | None = None


def judged(sha256: str, size: int, readings: Sequence[Reading]) -> Judged:
    """What the readings so far, at least one, say of a version that should have this digest and size.

    The last one decides; but one alone never says that anything is wrong.
    """
    last, alone = readings[-1], len(readings) == 1
    match last.answer:
        case Answer.READ if (last.sha256, last.bytes_read) == (sha256, size):
            earlier = None if alone else "an earlier reading of the same minute was not the same"
            return Judged(Judgement.INTACT, earlier)
        case Answer.READ:
            return Judged(Judgement.AGAIN) if alone else Judged(Judgement.DIFFERS, _difference(size, last))
        case Answer.MISSING:
            return Judged(Judgement.AGAIN) if alone else Judged(Judgement.MISSING, last.why)
        case Answer.FAILED:
            return Judged(Judgement.AGAIN) if alone else Judged(Judgement.UNREADABLE, last.why)


def _difference(size: int, reading: Reading) -> str:
    if reading.bytes_read != size:
        return f"{reading.bytes_read} bytes instead of {size}"
    return "all its bytes are there, and some are others"


class Witness(StrEnum):
    """What the store said of another version, when it did not give one."""

    GIVEN = "given"
    REFUSED = "refused"
    NONE = "none"
    """There is no other version that could be asked for."""


def is_away(judgement: Judgement, witness: Witness) -> bool:
    """Whether it is the store that is away or was exchanged, rather than this version that is gone or unreadable.

    A store that gives another version and not this one speaks of this one. Where there is no other, a version that it
    says it does not have is missing; but a fault is then no more than a fault.
    """
    match witness:
        case Witness.GIVEN:
            return False
        case Witness.REFUSED:
            return True
        case Witness.NONE:
            return judgement is not Judgement.MISSING


@dataclass(frozen=True, slots=True)
class Load:
    """How much there is to read, and how fast it was read lately. Bytes, and bytes a second; None: not known yet."""

    total_bytes: int
    due_bytes: int
    read_lately: float | None


@dataclass(frozen=True, slots=True)
class Pace:
    """`needed`: bytes a second that read everything once within the window. `lately`: what was reached.

    `caught_up_in`: how long what is due now takes at the pace of lately; None where nothing tells.
    """

    needed: float
    lately: float | None
    caught_up_in: timedelta | None
    budget_suffices: bool


def pace(settings: FixitySettings, load: Load) -> Pace:
    """An estimate from what was really read; the budget alone promises nothing."""
    needed = load.total_bytes / (settings.window * _DUE_AFTER).total_seconds()
    takes: timedelta | None = None
    if not load.due_bytes:
        takes = timedelta()
    elif load.read_lately:
        takes = timedelta(seconds=round(min(load.due_bytes / load.read_lately, 3e9)))
    return Pace(needed, load.read_lately, takes, needed <= settings.budget)


class Pacer:
    """Spreads reading: how long to rest after so many bytes, so that the budget is kept. None is saved up.

    `seconds` is a clock that only goes forward, handed in.
    """

    def __init__(self, budget: float) -> None:
        self._budget, self._free_at = budget, 0.0

    def rest_after(self, count: int, seconds: float) -> float:
        """How long to rest before the next bytes, now that `count` were read and the clock says `seconds`."""
        self._free_at = max(self._free_at, seconds) + count / self._budget
        return max(0.0, self._free_at - seconds)
