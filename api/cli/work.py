"""`zhilu work`: carry out jobs, renew leases and locks; as many of these processes as there are machines for them."""

import threading
from contextlib import ExitStack
from typing import Annotated

import typer

from api.cli.context import Terminal, opened, say
from api.cli.signals import stopped_by_signals
from api.errors import ExitCode
from api.evaluating import evaluating
from api.fixing import reading_again
from api.keeping_log import keeping_log
from api.metrics import FixityMetrics, RenewalMetrics, RingMetrics, WorkMetrics, registry_of, serving_metrics
from api.paging import paging
from api.renewing import renewing
from api.runtime import Part, Runtime
from api.timers import timers
from api.workers import working
from catalog.doorbell import Doorbell
from catalog.repositories import jobs
from catalog.tables import Job
from catalog.tables.jobs import JobState
from catalog.work import JobEnd

_LOOK_SECONDS = 0.5


def add_to(application: typer.Typer) -> None:
    application.command("work", help=say("cli-work"))(work)


def work(
    threads: Annotated[int | None, typer.Option("--threads", min=1, max=64, help=say("cli-work-threads"))] = None,
    once: Annotated[bool, typer.Option("--once", help=say("cli-work-once"))] = False,
) -> int:
    terminal = Terminal()
    with stopped_by_signals() as stop, opened(part=Part.WORKS) as runtime, ExitStack() as running:
        registry = registry_of(runtime)
        metrics = WorkMetrics(registry)

        def ended(job: Job, end: JobEnd, seconds: float) -> None:
            metrics.on_end(job, end, seconds)
            _tell(terminal, job, end, seconds)

        settings = runtime.settings
        address = running.enter_context(serving_metrics(registry, settings.metrics.host, settings.metrics.work_port))
        running.enter_context(
            timers(
                runtime.catalog,
                renewing(runtime, on_round=RenewalMetrics(registry).on_round),
                evaluating(runtime),
                paging(runtime),
                *keeping_log(runtime),
                reading_again(runtime, on_round=FixityMetrics(registry).on_round),
                patience_seconds=runtime.settings.work.patience_seconds,
            )
        )
        count = threads or settings.work.threads
        doorbell = running.enter_context(
            working(runtime, threads=count, on_end=ended, on_rings=RingMetrics(registry).on_rings)
        )
        terminal.note(say("cli-work-working", threads=count, where=doorbell.where or "none"))
        if address is not None:
            terminal.note(say("cli-metrics-address", address=address))
        if once:
            return _until_nothing_is_due(runtime, terminal, doorbell, stop)
        terminal.note(say("cli-up-stop"))
        stop.wait()
        terminal.note(say("cli-work-stopping", seconds=round(settings.work.patience_seconds)))
    return ExitCode.DONE


def _tell(terminal: Terminal, job: Job, end: JobEnd, seconds: float) -> None:
    terminal.out.print(
        say(
            "cli-work-ended",
            end=end.value,
            job=say(f"job-kind-{job.kind}"),
            recording=str(job.recording_id),
            seconds=round(seconds, 1),
        )
    )


def _until_nothing_is_due(runtime: Runtime, terminal: Terminal, doorbell: Doorbell, stop: threading.Event) -> int:
    """Wait until this process has nothing to do and nobody has left anything to be begun. Raises CatalogError."""
    while not stop.wait(_LOOK_SECONDS):
        # In this order: what ends in between may have put a job on the ledger that follows it.
        if doorbell.is_idle() and not _due(runtime):
            break
    with runtime.catalog.reading() as session:
        counts = jobs.counts(session)
    terminal.note(say("cli-jobs-counts", **{state.value: count for state, count in counts.items()}))
    return ExitCode.ATTENTION if counts[JobState.FAILED] else ExitCode.DONE


def _due(runtime: Runtime) -> bool:
    with runtime.catalog.reading() as session:
        return bool(jobs.due(session, now=runtime.clock(), limit=1))
