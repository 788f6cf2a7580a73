"""A process that contends for jobs with others; run as a script by the tests.

contender.py ADDRESS NAME THREADS             claim every due job, print the id of each one got
contender.py ADDRESS NAME hang ID             claim that job under a lease of a moment, say so, hang until killed
"""

import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

from catalog.engine import Catalog
from catalog.repositories import jobs
from catalog.tables import Job
from catalog.tables.jobs import JobKind
from catalog.work import Finish, JobRunner, Report

_print_lock = threading.Lock()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def claim_all(catalog: Catalog, name: str, thread: int) -> None:
    now = datetime.now(UTC)
    with catalog.reading() as session:
        due = jobs.due(session, now=now, limit=1000)
    for job_id in due:
        with catalog.writing() as session:
            got = jobs.claim(session, job_id, owner=f"{name}/{thread}", now=now) is not None
        if got:
            with _print_lock:
                say(str(job_id))


def hang(catalog: Catalog, name: str, job_id: UUID) -> None:
    def never_ends(_job: Job, _report: Report) -> Finish:
        say("started")
        time.sleep(600)
        raise AssertionError

    runner = JobRunner(
        catalog,
        {JobKind.PROBE: never_ends},
        identity=name,
        clock=lambda: datetime.now(UTC),
        ring=lambda _ids: None,
        lease=timedelta(milliseconds=500),
    )
    runner.carry_out(job_id)


def main() -> None:
    address, name, what = sys.argv[1:4]
    catalog = Catalog(address)
    if what == "hang":
        hang(catalog, name, UUID(sys.argv[4]))
        return
    # Everybody waits for everybody: the parent closes standard input once all of them are up.
    say("ready")
    sys.stdin.read()
    threads = [threading.Thread(target=claim_all, args=(catalog, name, number)) for number in range(int(what))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
