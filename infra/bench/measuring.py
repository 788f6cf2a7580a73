# ruff: noqa: INP001 - a program, no package
"""Measuring on machines that others use too: everything in turns, compared within one round, told with its spread."""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ZHILU = Path(sys.executable).with_name("zhilu")
MIB = 1024 * 1024
GIB = 1024 * MIB
TIMEOUT_S = 1800.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds on the wall and of processor time, that of all child processes included."""

    wall_s: float
    processor_s: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.wall_s + other.wall_s, self.processor_s + other.processor_s)


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some figures, with the least and the greatest."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> "Spread":
        return cls(statistics.median(figures), min(figures), max(figures))

    def __format__(self, form: str) -> str:
        return f"{self.median:{form}} ({self.least:{form}} to {self.greatest:{form}})"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the outcome. `met` is None where nothing was aimed at."""

    what: str
    measured: str
    goal: str = ""
    met: bool | None = None

    def __str__(self) -> str:
        verdict = {None: "", True: "met", False: "MISSED"}[self.met]
        return f"| {self.what} | {self.measured} | {self.goal} | {verdict} |"


Rounds = dict[str, list[Cost]]


def in_turns(arms: Mapping[str, Callable[[], Cost]], rounds: int, *, trials: int = 1) -> Rounds:
    """Run every arm once a round, always in the same order; the first `trials` rounds warm caches and do not count."""
    measured: Rounds = {name: [] for name in arms}
    for number in range(trials + rounds):
        for name, arm in arms.items():
            cost = arm()
            if number >= trials:
                measured[name].append(cost)
    return measured


def ratio(measured: Rounds, of: str, to: str, *, processor: bool = False) -> Spread:
    """How much `of` costs for each unit that `to` costs, compared round by round."""
    pairs = zip(measured[of], measured[to], strict=True)
    if processor:
        return Spread.of([one.processor_s / other.processor_s for one, other in pairs])
    return Spread.of([one.wall_s / other.wall_s for one, other in pairs])


def measured(act: Callable[[], object]) -> Cost:
    """What `act` costs in this process and in the children it waits for."""
    began, processor = time.perf_counter(), processor_seconds()
    act()
    return Cost(time.perf_counter() - began, processor_seconds() - processor)


def processor_seconds() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def command(*words: object, environment: Mapping[str, str] | None = None) -> bytes:
    """Run a program to its end and return what it printed. A program that fails ends the measurement."""
    texts = [str(word) for word in words]
    done = subprocess.run(  # noqa: S603 - our own words, no shell
        texts,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT_S,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
    )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()[-500:]
        raise SystemExit(f"{texts[0]} ended with {done.returncode}: {said}")
    return done.stdout


def compiled() -> None:
    """Compile the program, as pip does with what it installs: else some machines do it at each start."""
    command(sys.executable, "-m", "compileall", "-q", *("api", "catalog", "ingest", "retention", "storage"))


def warm(path: Path) -> None:
    """Read a file, so that nobody who reads it later waits for the disk."""
    with path.open("rb", buffering=0) as stream:
        while stream.read(4 * MIB):
            pass
