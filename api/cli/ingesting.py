"""`zhilu ingest`: secure files and folders now; with --wait also see their jobs through."""

import contextlib
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from api.cli import outcomes
from api.cli.context import Terminal, opened, say
from api.errors import ExitCode, UsageWrong
from api.own_folders import refuse_own_folders
from api.ringing import ring_for_due
from api.runtime import Part, Runtime
from api.settings import load_settings
from catalog.repositories import finding, jobs
from ingest import progress
from ingest.intake import IntakeOutcome, IntakeResult
from ingest.walk import Found, walk

_LOOK_SECONDS = 0.25


def add_to(application: typer.Typer) -> None:
    application.command("ingest", help=say("cli-ingest"))(ingest)


def ingest(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help=say("cli-ingest-paths"))],
    wait: Annotated[bool, typer.Option("--wait", help=say("cli-ingest-wait"))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=say("cli-json"))] = False,
) -> int:
    terminal = Terminal(as_json)
    raw = [os.fsencode(path) for path in paths]
    for path in raw:
        if not os.path.lexists(path):
            raise UsageWrong(say("cli-no-such-path", path=os.fsdecode(path).encode(errors="replace").decode()))
    refuse_own_folders(load_settings(), [Path(path) for path in paths])
    with opened(part=Part.TAKES_IN) as runtime:
        tally = _Tally()
        for result in _take_all(runtime, terminal, raw):
            tally.add(result)
            tell(terminal, result)
            if result.outcome is IntakeOutcome.FAILED:
                runtime.intake_desk().note_failure(result, actor=runtime.actor, now=runtime.clock())
        if wait and tally.ids:
            _see_through(runtime, terminal, sorted(tally.ids))
        else:
            ring_for_due(runtime)
        return _conclude(runtime, terminal, tally, waited=wait)


@dataclass
class _Tally:
    outcomes: Counter[IntakeOutcome] = field(default_factory=Counter)
    ids: set[UUID] = field(default_factory=set)

    def add(self, result: IntakeResult) -> None:
        self.outcomes[result.outcome] += 1
        if result.recording_id is not None:
            self.ids.add(result.recording_id)


def _take_all(runtime: Runtime, terminal: Terminal, paths: list[bytes]) -> Iterator[IntakeResult]:
    threads = min(runtime.settings.work.threads, 4)
    if not terminal.shows_progress:
        yield from runtime.intake_desk(threads=threads).take_all(paths, actor=runtime.actor)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=terminal.err, transient=True) as bar:
        task = bar.add_task(say("cli-securing"), total=_total_bytes(paths))
        moved = progress.Progress(on_bytes=lambda count: bar.advance(task, count))
        desk = runtime.intake_desk(threads=threads, on_progress=lambda _path: moved)
        yield from desk.take_all(paths, actor=runtime.actor)


def _total_bytes(paths: list[bytes]) -> int:
    total = 0
    for path in paths:
        for found in walk(path):
            if isinstance(found, Found):
                with contextlib.suppress(OSError):  # an estimate: what is gone by now is told when its turn comes
                    total += os.lstat(found.path).st_size
    return total


def tell(terminal: Terminal, result: IntakeResult) -> None:
    """Write what became of one path: a line of text, or one JSON object."""
    if terminal.as_json:
        terminal.line(outcomes.as_json(result))
        return
    terminal.out.print("  ".join(part for part in (outcomes.word(result), result.path, outcomes.why(result)) if part))


def _see_through(runtime: Runtime, terminal: Terminal, ids: list[UUID]) -> None:
    """Work until none of the jobs of these recordings is waiting or running, whoever carries them out."""
    from api.workers import working  # noqa: PLC0415 - whoever does not wait needs no memory for what makes derivatives

    with working(runtime):
        with runtime.catalog.reading() as session:
            left = total = jobs.unfinished(session, ids)
        with Progress(console=terminal.err, transient=True, disable=not terminal.shows_progress) as bar:
            task = bar.add_task(say("cli-working"), total=total)
            while left:
                time.sleep(_LOOK_SECONDS)
                with runtime.catalog.reading() as session:
                    left = jobs.unfinished(session, ids)
                total = max(total, left)
                bar.update(task, total=total, completed=total - left)


def _conclude(runtime: Runtime, terminal: Terminal, tally: _Tally, *, waited: bool) -> int:
    with runtime.catalog.reading() as session:
        left = jobs.unfinished(session, sorted(tally.ids))
        attention = finding.needing_attention(session, sorted(tally.ids)) if waited else 0
    if not terminal.as_json:
        counts = {outcome.value: tally.outcomes[outcome] for outcome in IntakeOutcome}
        terminal.note(say("cli-ingest-done", **counts))
        if attention:
            terminal.note(say("cli-ingest-attention", count=attention))
        if left and not waited:
            terminal.note(say("cli-ingest-left", count=left))
    needs = tally.outcomes[IntakeOutcome.FAILED] or attention
    return ExitCode.ATTENTION if needs else ExitCode.DONE
