# ruff: noqa: INP001 - a program, no package
"""A worker whose jobs do nothing; says when it is ready and works until its input ends."""

import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from api.engines import open_bell, open_postgresql
from api.settings import load_settings
from catalog.doorbell import Doorbell
from catalog.sweep import Sweeper
from catalog.tables import Job
from catalog.tables.jobs import JobKind
from catalog.work import Finish, JobRunner, Report
from ingest.process_identity import own_identity

_THREADS = 4


def main() -> None:
    """As `api/workers.py` does, with a handler that has nothing to do."""
    settings = load_settings()
    catalog = open_postgresql(settings.catalog)

    def now() -> datetime:
        return datetime.now(UTC)

    def ring(job_ids: Sequence[UUID]) -> None:
        doorbell.ring(job_ids)

    runner = JobRunner(catalog, {JobKind.MATCH: _nothing}, identity=own_identity(), clock=now, ring=ring)
    sweeper = Sweeper(catalog, ring, clock=now, every_seconds=1.0)
    doorbell = Doorbell(runner.carry_out, open_bell(settings.dispatch), on_idle=sweeper.idle)
    sweeping = threading.Thread(target=sweeper.run)
    doorbell.answer_with(_THREADS)
    sweeping.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    sweeper.stop()
    sweeping.join()
    doorbell.close()
    catalog.close()


def _nothing(_job: Job, _report: Report) -> Finish:
    return lambda _session: []


if __name__ == "__main__":
    main()
