# ruff: noqa: INP001 - a program, no package
"""Jobs a second through the ledger in PostgreSQL and the doorbell on Redis, with one, two and four workers.

The jobs do nothing: what is measured is ringing, claiming and closing. A worker is a process of four threads.
"""

import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from engines import engines
from measuring import ROOT, TIMEOUT_S, Figure, Spread

from catalog.engine import Catalog
from catalog.repositories import jobs
from catalog.tables import Recording
from catalog.tables.jobs import JobKind, JobState

WORKERS = (1, 2, 4)


def ledger(_folder: Path, *, quick: bool) -> Iterator[Figure]:
    """The workers are up before the jobs are put on the ledger; time runs until the last one is closed."""
    count, rounds = (500, 1) if quick else (4000, 3)
    with engines() as environment:
        catalog = Catalog(environment["ZHILU_CATALOG__URL"])
        for workers in WORKERS:
            with _working(workers, environment):
                rates = [count / _all_done(catalog, count) for _ in range(rounds)]
            yield Figure(f"jobs a second through ledger and Redis, {workers} worker(s)", f"{Spread.of(rates):.0f}")
        catalog.close()


@contextlib.contextmanager
def _working(workers: int, environment: dict[str, str]) -> Iterator[None]:
    program = Path(__file__).with_name("ledger_worker.py")
    started = [
        subprocess.Popen(  # noqa: S603 - our own words, no shell
            [sys.executable, program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, **environment},
        )
        for _ in range(workers)
    ]
    try:
        for process in started:
            assert process.stdout is not None  # noqa: S101 - piped above
            process.stdout.readline()  # it says when it is ready
        yield
    finally:
        for process in started:
            process.communicate(timeout=TIMEOUT_S)  # the end of its input is the end of its work


def _all_done(catalog: Catalog, count: int) -> float:
    """Put jobs on the ledger and wait until all are done; returns the seconds since the last was put there."""
    with catalog.writing() as session:  # all in one transaction, so that none is begun before the clock is started
        found = [_recording() for _ in range(count)]
        session.add_all(found)
        session.flush()
        for each in found:
            jobs.add(session, each.id, JobKind.MATCH, now=datetime.now(UTC))
    began = time.perf_counter()
    while _left(catalog):
        if time.perf_counter() - began > TIMEOUT_S:
            raise SystemExit("the workers do not get on")
        time.sleep(0.05)
    return time.perf_counter() - began


def _left(catalog: Catalog) -> int:
    with catalog.reading() as session:
        counts = jobs.counts(session)
    if counts[JobState.FAILED]:
        raise SystemExit("a job failed that does nothing")
    return counts[JobState.WAITING] + counts[JobState.RUNNING]


def _recording() -> Recording:
    return Recording(
        sha256=secrets.token_hex(32),
        size=1,
        object_key=secrets.token_hex(16),
        object_version="1",
        secured_at=datetime.now(UTC),
        name="a.mp4",
    )
