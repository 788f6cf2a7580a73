"""`zhilu jobs` and `retry`: what is left to do, why it failed, and having it done again."""

from typing import Annotated
from uuid import UUID

import typer

from api.cli.context import Terminal, opened, say
from api.errors import ExitCode, UsageWrong
from api.ringing import ring_for_due
from api.runtime import Runtime
from catalog.repositories import custody, jobs
from catalog.tables.custody import CustodyAction
from catalog.tables.jobs import JobState

_PAGE = 500
AsJson = Annotated[bool, typer.Option("--json", help=say("cli-json"))]


def add_to(application: typer.Typer) -> None:
    application.command("jobs", help=say("cli-jobs"))(list_jobs)
    application.command("retry", help=say("cli-retry"))(retry)


def list_jobs(
    failed: Annotated[bool, typer.Option("--failed", help=say("cli-jobs-failed"))] = False,
    every: Annotated[bool, typer.Option("--all", help=say("cli-jobs-all"))] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help=say("cli-find-limit"))] = 1000,
    as_json: AsJson = False,
) -> int:
    terminal = Terminal(as_json)
    states = [JobState.FAILED] if failed else list(JobState) if every else [*_UNFINISHED, JobState.FAILED]
    rows: list[tuple[str, ...]] = []
    with opened() as runtime:
        after, given = None, 0
        with runtime.catalog.reading() as session:
            counts = jobs.counts(session)
        while given < limit:
            with runtime.catalog.reading() as session:
                page = jobs.listing(session, states=states, limit=min(_PAGE, limit - given), after=after)
            for job, name in page:
                given, after = given + 1, job.id
                if as_json:
                    terminal.line({**job.model_dump(mode="json"), "name": name})
                else:
                    state = say.word("job-state", job.state)
                    reason = say("quoted", said=job.last_error) if job.last_error else ""
                    rows.append((str(job.id), say.word("job-kind", job.kind), state, str(job.attempts), name, reason))
            if not page:
                break
    if not as_json:
        headers = [say(f"cli-column-{column}") for column in ("job", "kind", "status", "attempts", "name", "reason")]
        terminal.table(headers, rows)
        terminal.note(say("cli-jobs-counts", **{state.value: counts[state] for state in JobState}))
    return ExitCode.ATTENTION if counts[JobState.FAILED] else ExitCode.DONE


_UNFINISHED = (JobState.WAITING, JobState.RUNNING)


def retry(
    job: Annotated[str | None, typer.Argument(metavar="ID", help=say("cli-retry-id"))] = None,
    failed: Annotated[bool, typer.Option("--failed", help=say("cli-retry-failed"))] = False,
) -> int:
    if (job is None) != failed:
        raise UsageWrong(say("cli-retry-which"))
    with opened() as runtime:
        ids = _all_failed(runtime) if job is None else [_job_id(job)]
        for job_id in ids:
            with runtime.catalog.writing() as session:
                retried = jobs.retry(session, job_id, now=runtime.clock())
                if retried.state is not JobState.WAITING:
                    state = say.word("job-state", retried.state)
                    raise UsageWrong(say("cli-retry-nothing", id=str(job_id), state=state))
                custody.record(
                    session,
                    CustodyAction.RETRIED,
                    at=runtime.clock(),
                    actor=runtime.actor,
                    subject_kind="recording",
                    subject_id=retried.recording_id,
                    job=retried.kind,
                )
        ring_for_due(runtime)
    Terminal().note(say("cli-retry-done", count=len(ids)))
    return ExitCode.DONE


def _all_failed(runtime: Runtime) -> list[UUID]:
    found: list[UUID] = []
    after = None
    while True:
        with runtime.catalog.reading() as session:
            page = jobs.listing(session, states=[JobState.FAILED], limit=_PAGE, after=after)
        if not page:
            return found
        found += [job.id for job, _name in page]
        after = found[-1]


def _job_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise UsageWrong(say("cli-retry-no-id", id=text)) from None
