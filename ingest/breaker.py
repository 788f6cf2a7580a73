"""Whether files are attempted at all: a breaker towards the store and the catalog, shared by all slots of a dock.

    closed   files are attempted; so many faults in a row open it
    open     none is attempted; after 5 s, 10 s ... at most a minute, one asks whether the engines answer
    asking   somebody is just asking them
    trial    they answered: one file at a time, until the first comes through; another fault opens it again

A success closes it, in whatever state. It never gives up. Pure: told of what happened, with seconds of a clock that
only goes forward, and asked what may be done.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from ingest.slot_reason import Fact, FaultFacts, Reason, ReasonCode
from ingest.slot_state import Trouble, TroubleKind


class BreakerSettings(BaseModel):
    """After how many faults in a row nothing is attempted any more, and how long until somebody asks (seconds)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    opens_after: int = Field(default=3, ge=1, le=1000)
    first_seconds: float = Field(default=5.0, gt=0, le=3600, allow_inf_nan=False)
    longest_seconds: float = Field(default=60.0, gt=0, le=3600, allow_inf_nan=False)


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    ASKING = "asking"
    TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class Fault:
    """What an engine answered."""

    kind: TroubleKind
    facts: FaultFacts


def unforeseen(error: BaseException) -> Fault:
    """The fault that an error nobody foresaw is taken for: who cannot ask the store does not know that it answers."""
    sentence = f"Asking the store and the catalog failed with {type(error).__name__}: {error}."
    return Fault(TroubleKind.STORE_AWAY, FaultFacts("Unforeseen", sentence))


class Breaker:
    """Not for several threads at once: whoever shares it holds a lock."""

    def __init__(self, settings: BreakerSettings) -> None:
        self._settings = settings
        self._state = BreakerState.CLOSED
        self._faults = 0
        self._pause, self._until = settings.first_seconds, 0.0
        self._fault: Fault | None = None
        self._since: datetime | None = None

    @property
    def state(self) -> BreakerState:
        return self._state

    def may_start(self, under_way: int) -> bool:
        """Whether another file may be attempted while so many are under way."""
        match self._state:
            case BreakerState.CLOSED:
                return True
            case BreakerState.TRIAL:
                return under_way == 0
            case BreakerState.OPEN | BreakerState.ASKING:
                return False

    def failed(self, fault: Fault, *, now: float, at: datetime) -> None:
        """A file met a fault of an engine. `now` in seconds of a steady clock, `at` for people."""
        self._faults += 1
        if self._since is None:
            self._since = at
        self._fault = fault
        match self._state:
            case BreakerState.CLOSED:
                if self._faults >= self._settings.opens_after:
                    self._open(now)
            case BreakerState.TRIAL:
                self._open(now, longer=True)
            case BreakerState.OPEN | BreakerState.ASKING:
                pass  # began before it opened: tells nothing new

    def succeeded(self) -> None:
        """A file came through: what there was is over."""
        self._state, self._faults, self._fault, self._since = BreakerState.CLOSED, 0, None, None
        self._pause = self._settings.first_seconds

    def asks(self, now: float) -> bool:
        """Whether to ask the engines now; who is told so must report `answered` or `unanswered`."""
        if self._state is not BreakerState.OPEN or now < self._until:
            return False
        self._state = BreakerState.ASKING
        return True

    def answered(self) -> None:
        """The engines answer again: let one file try."""
        if self._state is BreakerState.ASKING:
            self._state = BreakerState.TRIAL

    def unanswered(self, fault: Fault, *, now: float) -> None:
        """They do not."""
        if self._state is BreakerState.ASKING:
            self._fault = fault
            self._open(now, longer=True)

    def trouble(self, *, files_wait: bool) -> Trouble | None:
        """What to tell people; in the trial it matters only to a slot whose files wait for it."""
        if self._fault is None or self._since is None or self._state is BreakerState.CLOSED:
            return None
        if self._state is BreakerState.TRIAL and not files_wait:
            return None
        since: dict[str, Fact] = {"since": self._since.isoformat(timespec="seconds")}
        return Trouble(self._fault.kind, Reason(ReasonCode.ENGINE_FAULT, since, self._fault.facts))

    def _open(self, now: float, *, longer: bool = False) -> None:
        if longer:
            self._pause = min(self._pause * 2, self._settings.longest_seconds)
        self._state, self._until = BreakerState.OPEN, now + self._pause
