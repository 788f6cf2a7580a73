"""What is going to happen, all of it decided by a seed: which fault, to whom, when, for how long; which files arrive.

Times in seconds from the beginning. The same seed and count give the same plan; what it meets is never the same twice.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

DOCKS, WORKERS, SERVERS = ("dock-1", "dock-2"), ("work-1", "work-2"), ("serve-1",)
PROCESSES = (*DOCKS, *WORKERS, *SERVERS)
CARDS = ("dock-1/1", "dock-1/2", "dock-2/1", "dock-2/2")
LINES = ("store", "database", "messages")
ENGINES = ("postgresql", "redis", "ceph")
_GAP_SECONDS = 1.1
_FILES_FIRST, _FILES_AT_MOST = 60, 800
_LONGEST_JUMP_SECONDS = 7200


class Kind(StrEnum):
    KILL = "kill -9"
    ANSWER = "store answers 500 or 503"
    CUT_REQUEST = "store cut in a request"
    TRUNCATE = "store's answer truncated"
    LOSE_ANSWER = "store's answer lost"
    CUT_COMMIT = "commit cut before it is heard"
    LOSE_COMMIT = "commit cut after it is heard"
    CUT_BYTES = "line cut in the middle of something"
    CUT_ALL = "line cut"
    STALL = "line silent"
    SLOW = "line slow"
    REFUSE = "line refuses"
    PAUSE = "engine paused"
    STOP = "engine stopped"
    ENGINE_KILL = "engine killed"
    FLUSH = "redis flushed"
    DISK_FULL = "disk full"
    CLOCK = "clock wrong"
    PULL = "card pulled"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `amount` is its size in its own unit: requests, bytes, bytes a second, seconds of a clock."""

    at: float
    kind: Kind
    target: str
    lasts: float
    amount: int = 0

    def __str__(self) -> str:
        amount = f" {self.amount}" if self.amount else ""
        return f"{self.at:8.2f} {self.kind} {self.target}{amount} ({self.lasts:.1f} s)"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that appears on these cards: on several for a card image that two docks meet."""

    at: float
    cards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    faults: Sequence[Fault]
    arrivals: Sequence[Arrival]


# How often each happens, whom it may meet, how long it lasts at most, or waits for something to happen to.
_FAULTS: dict[Kind, tuple[float, Sequence[str], float]] = {
    Kind.KILL: (14, PROCESSES, 2.0),
    Kind.ANSWER: (8, ("store",), 10.0),
    Kind.CUT_REQUEST: (8, ("store",), 10.0),
    Kind.TRUNCATE: (6, ("store",), 10.0),
    Kind.LOSE_ANSWER: (8, ("store",), 10.0),
    Kind.CUT_COMMIT: (7, ("database",), 10.0),
    Kind.LOSE_COMMIT: (7, ("database",), 10.0),
    Kind.CUT_BYTES: (10, ("database", "messages"), 10.0),
    Kind.CUT_ALL: (6, LINES, 0.0),
    Kind.STALL: (5, LINES, 3.0),
    Kind.SLOW: (4, LINES, 3.0),
    Kind.REFUSE: (5, LINES, 3.0),
    Kind.PAUSE: (4, ENGINES, 3.0),
    Kind.STOP: (2, ("postgresql", "redis"), 2.0),
    Kind.ENGINE_KILL: (1.5, ("postgresql", "redis"), 1.0),
    Kind.FLUSH: (2, ("redis",), 0.0),
    Kind.DISK_FULL: (2, ("dock-1", "work-1"), 4.0),
    Kind.CLOCK: (4, PROCESSES, 4.0),
    Kind.PULL: (6, CARDS, 3.0),
}


def plan(seed: int, count: int) -> Plan:
    """The plan of a run of `count` faults."""
    chance = random.Random(seed)  # noqa: S311 - to be repeated, not secret
    faults = []
    at = 0.0
    kinds = list(_FAULTS)
    for kind in chance.choices(kinds, [_FAULTS[kind][0] for kind in kinds], k=count):
        _, targets, longest = _FAULTS[kind]
        lasts = chance.uniform(longest / 3, longest)
        faults.append(Fault(round(at, 2), kind, chance.choice(targets), round(lasts, 2), _amount(kind, chance)))
        at += chance.expovariate(1 / _GAP_SECONDS)
    if count >= _WITH_A_LONG_STOP:
        # The one that takes long: a whole store that goes and comes back.
        faults.append(Fault(round(at / 2, 2), Kind.STOP, "ceph", 2.0))
        faults = sorted(faults, key=lambda fault: fault.at)[:count]
    files = min(_FILES_FIRST + count // 2, _FILES_AT_MOST)
    return Plan(faults, [_arrival(chance, at) for _ in range(files)])


_WITH_A_LONG_STOP = 100


def _arrival(chance: random.Random, end: float) -> Arrival:
    both = chance.random() < 0.4  # noqa: PLR2004 - so much of what the docks meet is the same card image
    number = chance.choice("12")
    cards = tuple(f"{dock}/{number}" for dock in (DOCKS if both else (chance.choice(DOCKS),)))
    return Arrival(round(chance.uniform(0, end), 2), cards)


def _amount(kind: Kind, chance: random.Random) -> int:
    match kind:
        case Kind.ANSWER:
            return chance.randint(1, 5)
        case Kind.CUT_REQUEST | Kind.TRUNCATE:
            return int(10 ** chance.uniform(0, 6.5))
        case Kind.CUT_BYTES:
            return int(10 ** chance.uniform(0.5, 6))
        case Kind.SLOW:
            return int(10 ** chance.uniform(3.5, 6))
        case Kind.CLOCK:
            return chance.randint(-_LONGEST_JUMP_SECONDS, _LONGEST_JUMP_SECONDS)
        case _:
            return 0
