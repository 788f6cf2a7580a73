# ruff: noqa: INP001 - a program, no package
"""Custody events a second that four processes append through PostgreSQL while a fifth gives them their positions; and
what the arithmetic of the tree costs for a million events.

The events carry what a look at a recording carries. Time runs from when all four begin until the last one is committed;
what still waits for its position then is told too, and how long that takes.
"""

import contextlib
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from engines import database
from measuring import ROOT, TIMEOUT_S, Figure, Spread

from catalog.custody import tree
from catalog.custody.sequencer import Sequencer
from catalog.engine import Catalog
from catalog.repositories import custody_log

WRITERS = 4
GOAL_EVENTS, GOAL_SECONDS = 5000, 10.0
A_TRANSACTION = (1, 10, 50)
WARMING = 20
"""Transactions of each writer that are not counted: `custody_writer.py`."""


def custody_events(_folder: Path, *, quick: bool) -> Iterator[Figure]:
    yield from tree_arithmetic(100_000 if quick else 1_000_000)
    for events in A_TRANSACTION:
        yield from _appending(events, rounds=1 if quick else 3, quick=quick)


def tree_arithmetic(size: int) -> Iterator[Figure]:
    """From the leaf hashes to the root, and the proof that the tree extends the one of half its size."""
    leaves = [tree.leaf_hash(number.to_bytes(8)) for number in range(size)]
    began = time.perf_counter()
    half = tree.Growth()
    half.add_all(leaves[: size // 2])
    before = half.root()
    half.add_all(leaves[size // 2 :])
    seconds = time.perf_counter() - began
    if half.size != size or before == half.root():
        raise SystemExit("the tree is not what it should be")
    yield Figure(
        f"the tree over {size:,} events, from their leaf hashes: seconds",
        f"{seconds:.2f}",
        "<= 10",
        seconds <= GOAL_SECONDS,
    )


def _appending(events: int, *, rounds: int, quick: bool) -> Iterator[Figure]:
    transactions = max(1, (5_000 if quick else 40_000) // events // WRITERS // (4 if events == 1 else 1))
    rates, behind, alone = [], [], []
    for _ in range(rounds):
        with database(f"zhilu_bench_{uuid.uuid4().hex[:8]}") as url:
            rate, left, placing = _round(url, transactions, events)
        rates.append(rate)
        behind.append(left)
        alone.append(placing)
    spread = Spread.of(rates)
    what = f"custody events a second, {WRITERS} writers, {events} a transaction, positions given meanwhile"
    yield Figure(what, f"{spread:.0f}", f">= {GOAL_EVENTS}", spread.median >= GOAL_EVENTS)
    yield Figure("  of these still without a position when the last was committed: share", f"{Spread.of(behind):.2f}")
    yield Figure("  events a second that then get their position, with nobody writing", f"{Spread.of(alone):.0f}")


def _round(url: str, transactions: int, events: int) -> tuple[float, float, float]:
    count = WRITERS * transactions * events
    trials = WRITERS * WARMING * events
    catalog = Catalog(url)
    with _started("custody_writer.py", url, str(transactions), str(events)) as writers:
        Sequencer(catalog).run()
        with _sequencing(url):
            began = time.perf_counter()
            for writer in writers:
                _say(writer, "go")
            for writer in writers:
                if writer.wait(TIMEOUT_S):
                    raise SystemExit("a writer failed")
            seconds = time.perf_counter() - began
        with catalog.reading() as session:
            left = custody_log.count_waiting(session)
    began = time.perf_counter()
    Sequencer(catalog).run()
    placing = left / (time.perf_counter() - began)
    with catalog.reading() as session:
        if custody_log.size(session) != count + trials or custody_log.count_waiting(session):
            raise SystemExit("events are missing in the tree")
    catalog.close()
    return count / seconds, left / (count + trials), placing


@contextlib.contextmanager
def _started(program: str, url: str, *arguments: str) -> Iterator[list[subprocess.Popen[str]]]:
    started = [_process(program, url, *arguments) for _ in range(WRITERS)]
    try:
        for process in started:
            assert process.stdout is not None  # noqa: S101 - piped
            process.stdout.readline()
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()


@contextlib.contextmanager
def _sequencing(url: str) -> Iterator[None]:
    process = _process("custody_sequencer.py", url)
    try:
        yield
    finally:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=TIMEOUT_S)  # the end of its input is the end of its work
        process.kill()


def _process(program: str, url: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own words, no shell
        [sys.executable, Path(__file__).with_name(program), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "ZHILU_CATALOG__URL": url},
    )


def _say(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None  # noqa: S101 - piped
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
