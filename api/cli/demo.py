"""`zhilu demo`: synthetic footage of two cameras, docked through the watcher, until all of it is ready."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from api.cli.context import Terminal, opened, say
from api.cli.finding import table_of
from api.cli.ingesting import tell
from api.cli.signals import stopped_by_signals
from api.cli.up import all_running
from api.demo.docking import simulate_docking
from api.demo.footage import make_footage
from api.demo.registers import make_registers
from api.errors import ExitCode, UsageWrong
from api.own_folders import refuse_own_folders
from api.reading.listing import search
from api.register.importer import import_register
from api.runtime import Part, Runtime
from catalog.repositories import jobs
from catalog.repositories.finding import FindCriteria
from catalog.tables.jobs import JobState
from ingest.intake import IntakeResult

_BYTES_A_SECOND = 20_000_000  # what a slot of a docking station gives a camera
_LOOK_SECONDS = 0.5
_QUIET_LOOKS = 4


def add_to(application: typer.Typer) -> None:
    application.command("demo", help=say("cli-demo"))(demo)


def demo(
    dock: Annotated[Path | None, typer.Option("--dock", metavar="PATH", help=say("cli-demo-dock"))] = None,
    stay: Annotated[bool | None, typer.Option("--stay/--leave", help=say("cli-demo-stay"))] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help=say("cli-up-port"))] = 0,
) -> int:
    terminal = Terminal()
    if dock is not None and not dock.is_dir():
        raise UsageWrong(say("cli-no-such-path", path=str(dock)))
    with stopped_by_signals() as stop, opened(part=Part.WORKS) as runtime:
        started = (runtime.clock() - timedelta(hours=2)).astimezone(runtime.settings.time_zone).replace(microsecond=0)
        # A dock of its own each time: what earlier demonstrations docked is not looked at again.
        root = dock.absolute() if dock else runtime.home / "demo" / f"{started:%Y%m%d-%H%M%S}"
        refuse_own_folders(runtime.settings, [root])
        seen: dict[str, IntakeResult] = {}

        def report(result: IntakeResult) -> None:
            seen[result.path] = result
            tell(terminal, result)

        with all_running(runtime, [root], port, on_result=report) as running:
            expected = _dock_synthetic(runtime, terminal, root, started) if dock is None else _count_files(root)
            _wait_until_ready(runtime, terminal, lambda: len(seen) >= expected or stop.is_set())
            with runtime.catalog.reading() as session:
                page = search(session, FindCriteria(), limit=200)
            table_of(terminal, list(page.recordings), runtime.settings.time_zone)
            if terminal.is_watched if stay is None else stay:
                terminal.out.print(say("cli-up-address", address=running.address))
                terminal.note(say("cli-up-stop"))
                stop.wait()
            else:
                serve = runtime.settings.serve
                terminal.out.print(say("cli-demo-later", address=f"http://{serve.host}:{serve.port}/"))
    return ExitCode.DONE


def _dock_synthetic(runtime: Runtime, terminal: Terminal, root: Path, started: datetime) -> int:
    """Make footage and registers, and let the cards appear in the watched folder. Returns how many files there are."""
    made = runtime.scratch / "footage"
    terminal.note(say("cli-demo-making"))
    footage = make_footage(made, started_at=started, zone=runtime.settings.time_zone)
    for register_file in make_registers(runtime.scratch / "registers", footage):
        import_register(
            runtime.catalog,
            register_file,
            dry_run=False,
            actor=runtime.actor,
            zone=runtime.settings.time_zone,
            now=runtime.clock(),
        )
    terminal.note(say("cli-demo-docking", count=len(footage.files), path=str(root)))
    simulate_docking(footage, root, pace=_BYTES_A_SECOND)
    return len(footage.files)


def _count_files(root: Path) -> int:
    return sum(1 for path in root.rglob("*") if path.is_file())


def _wait_until_ready(runtime: Runtime, terminal: Terminal, all_seen: Callable[[], bool]) -> None:
    """Wait until every file was met and no job is left. A file that cannot be secured was met too."""
    quiet = 0
    with Progress(console=terminal.err, transient=True, disable=not terminal.shows_progress) as bar:
        task = bar.add_task(say("cli-working"), total=None)
        while quiet < _QUIET_LOOKS:
            time.sleep(_LOOK_SECONDS)
            with runtime.catalog.reading() as session:
                counts = jobs.counts(session)
            ended = counts[JobState.DONE] + counts[JobState.FAILED]
            left = sum(counts.values()) - ended
            bar.update(task, total=sum(counts.values()) or None, completed=ended)
            quiet = quiet + 1 if all_seen() and not left else 0
