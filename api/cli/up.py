"""`zhilu up`: all of it on one machine: watch, work, serve, renew locks; prints the address."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from api.cli.context import Terminal, opened, say
from api.cli.dock_lines import say_of_erasing
from api.cli.ingesting import tell
from api.cli.signals import stopped_by_signals
from api.disposing import disposing
from api.docking import docking
from api.errors import ExitCode
from api.evaluating import evaluating
from api.fixing import reading_again
from api.keeping_log import keeping_log
from api.metrics import DockMetrics, FixityMetrics, RenewalMetrics, RingMetrics, WorkMetrics, registry_of
from api.own_folders import refuse_own_folders
from api.paging import paging
from api.renewing import renewing
from api.runtime import Part, Runtime
from api.timers import timers
from api.workers import working
from ingest.intake import IntakeResult
from ingest.source import shown
from ingest.station import Dock

_LOOK_SECONDS = 0.5


def add_to(application: typer.Typer) -> None:
    application.command("up", help=say("cli-up"))(up)


def up(
    dock: Annotated[list[Path] | None, typer.Option("--dock", metavar="PATH", help=say("cli-up-dock"))] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help=say("cli-up-port"))] = None,
) -> int:
    terminal = Terminal()
    with stopped_by_signals() as stop, opened(part=Part.WORKS) as runtime:
        roots = dock or list(runtime.settings.watch.roots) or [runtime.home / "dock"]
        refuse_own_folders(runtime.settings, roots)
        chosen = runtime.settings.serve.port if port is None else port
        with all_running(runtime, roots, chosen, on_result=partial(tell, terminal)) as running:
            terminal.out.print(say("cli-up-address", address=running.address))
            say_of_erasing(terminal, runtime.settings, running.dock)
            for root in roots:
                terminal.out.print(
                    say("cli-up-watching" if root.is_dir() else "cli-up-waiting", path=shown(os.fsencode(root)))
                )
            terminal.note(say("cli-up-stop"))
            while running.dock.displaced is None and not stop.wait(_LOOK_SECONDS):
                pass
            terminal.note(say("cli-up-stopping"))
    return ExitCode.DONE


@dataclass(frozen=True, slots=True)
class Running:
    """The address of the page, and the dock."""

    address: str
    dock: Dock


@contextmanager
def all_running(
    runtime: Runtime, roots: list[Path], port: int, *, on_result: Callable[[IntakeResult], None]
) -> Iterator[Running]:
    """Workers, watchers, lock renewal and the server, until the block ends."""
    from api.serving import serving  # noqa: PLC0415 - a quarter of a second that all other commands do without

    registry = registry_of(runtime)
    docks: list[Dock] = []
    metrics = DockMetrics(registry, lambda: [report for dock in docks for report in dock.reports()])

    def seen(result: IntakeResult, seconds: float | None) -> None:
        metrics.on_result(result, seconds)
        on_result(result)

    with ExitStack() as running:
        running.enter_context(
            timers(
                runtime.catalog,
                renewing(runtime, on_round=RenewalMetrics(registry).on_round),
                evaluating(runtime),
                paging(runtime),
                *keeping_log(runtime),
                reading_again(runtime, on_round=FixityMetrics(registry).on_round),
                disposing(runtime),
                patience_seconds=runtime.settings.work.patience_seconds,
            )
        )
        doorbell = running.enter_context(
            working(runtime, on_end=WorkMetrics(registry).on_end, on_rings=RingMetrics(registry).on_rings)
        )
        address = running.enter_context(serving(runtime, port, registry))
        docks.append(running.enter_context(docking(runtime, roots, on_result=seen, doorbell=doorbell)))
        yield Running(address, docks[0])
