# ruff: noqa: INP001 - a program, no package
"""Docks that each bring in 25 Mbit/s for a minute, into S3 and PostgreSQL: how long is a file in danger?

Fifty are what a large station has; thirty-five are what two processor threads, store included, can keep up with.

The time to safe of a file runs from the moment it is due on its card until its receipt: read back, locked, on record. A
dock that falls behind is not given a pause, so what it cannot keep up with shows in that time.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from engines import engines
from measuring import MIB, ROOT, TIMEOUT_S, Figure

_MEGABIT = 1_000_000 / 8
DOCKS, RATE, SECONDS, EVERY = (50, 35), 25 * _MEGABIT, 60.0, 4.0
_PROCESSES = 5


def fleet(folder: Path, *, quick: bool) -> Iterator[Figure]:
    """Sustained load; nothing a user has would be a fair second arm, so these figures stand alone."""
    seconds = 12.0 if quick else SECONDS
    for docks in DOCKS:
        yield from _figures(_secured(folder, docks, seconds), docks, seconds)


def _secured(folder: Path, docks: int, seconds: float) -> list[dict[str, float]]:
    """What became of each file, by so many docks in a few processes."""
    with engines() as environment:
        begins = time.time() + 20.0  # by then every process has opened its engines
        program = Path(__file__).with_name("fleet_docks.py")
        words = [str(docks // _PROCESSES), str(RATE * EVERY), str(EVERY), str(seconds), str(begins)]
        started = [
            subprocess.Popen(  # noqa: S603 - our own words, no shell
                [sys.executable, program, _cards(folder, f"{docks}-{number}"), *words],
                stdout=subprocess.PIPE,
                cwd=ROOT,
                env={**os.environ, **environment, "ZHILU_HOME": str(folder / f"home-{docks}-{number}")},
            )
            for number in range(_PROCESSES)
        ]
        said = [process.communicate(timeout=TIMEOUT_S)[0] for process in started]
    if any(process.returncode for process in started):
        raise SystemExit("a simulated dock failed")
    outcomes = [json.loads(line) for each in said for line in each.splitlines()]
    failed = [each["reason"] for each in outcomes if each["reason"]]
    if failed:
        raise SystemExit(f"{len(failed)} of {len(outcomes)} files were not secured: {failed[0]}")
    return outcomes


def _cards(folder: Path, number: str) -> str:
    # In memory where there is room: what a real card would read must not be written to the disk of the store.
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    card = (memory if memory.is_dir() else folder) / f"{folder.name}-{number}"
    card.mkdir()
    return str(card)


def _figures(outcomes: list[dict[str, float]], docks: int, seconds: float) -> Iterator[Figure]:
    safe = sorted(each["safe_s"] for each in outcomes)
    size = sum(each["size"] for each in outcomes)
    took = max(each["ended"] for each in outcomes) - min(each["due"] for each in outcomes)
    label = f"{docks} docks at {RATE / _MEGABIT:.0f} Mbit/s each for {seconds:.0f} s"
    aimed = docks * RATE / MIB
    yield Figure(f"{label}: MiB/s secured, read back included", f"{size / took / MIB:.0f}", f"{aimed:.0f} come in")
    shown = ", ".join(f"{name} {safe[min(len(safe) - 1, int(len(safe) * share))]:.1f}" for name, share in _SHARES)
    yield Figure(f"the same: seconds until a file of {RATE * EVERY / 1e6:.1f} MB is safe, {len(safe)} files", shown)


_SHARES = (("median", 0.5), ("p90", 0.9), ("p99", 0.99), ("longest", 1.0))
