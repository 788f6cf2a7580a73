"""`zhilu up`: all of it on one machine: watch, work, serve, renew locks; prints the address."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from api.cli.context import Terminal, opened, say
from api.cli.ingesting import tell
from api.docking import docking
from api.errors import ExitCode
from api.own_folders import refuse_own_folders
from api.runtime import Runtime
from api.workers import working
from ingest.intake import IntakeResult

_RENEWAL_SECONDS = 3600.0


def add_to(application: typer.Typer) -> None:
    application.command("up", help=say("cli-up"))(up)


def up(
    dock: Annotated[list[Path] | None, typer.Option("--dock", metavar="PATH", help=say("cli-up-dock"))] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help=say("cli-up-port"))] = None,
) -> int:
    terminal = Terminal()
    with stopped_by_signals() as stop, opened() as runtime:
        roots = dock or list(runtime.settings.watch.roots) or [runtime.home / "dock"]
        refuse_own_folders(runtime.settings, roots)
        chosen = runtime.settings.serve.port if port is None else port
        with all_running(runtime, roots, chosen, on_result=partial(tell, terminal)) as address:
            terminal.out.print(say("cli-up-address", address=address))
            for root in roots:
                terminal.out.print(say("cli-up-watching" if root.is_dir() else "cli-up-waiting", path=str(root)))
            terminal.note(say("cli-up-stop"))
            stop.wait()
            terminal.note(say("cli-up-stopping"))
    return ExitCode.DONE


@contextmanager
def all_running(
    runtime: Runtime, roots: list[Path], port: int, *, on_result: Callable[[IntakeResult], None]
) -> Iterator[str]:
    """Workers, watchers, lock renewal and the server, until the block ends. Yields the address of the page."""
    from api.serving import serving  # noqa: PLC0415 - a quarter of a second that all other commands do without

    with ExitStack() as running:
        running.enter_context(_renewing(runtime))
        doorbell = running.enter_context(working(runtime))
        address = running.enter_context(serving(runtime, port))
        running.enter_context(docking(runtime, roots, on_result=on_result, ring=doorbell.ring))
        yield address


@contextmanager
def _renewing(runtime: Runtime) -> Iterator[None]:
    """Renew locks now and every hour."""
    stop = threading.Event()

    def renew() -> None:
        renewer = runtime.lock_renewer()
        while True:
            renewer.renew_or_log()
            if stop.wait(_RENEWAL_SECONDS):
                return

    thread = threading.Thread(target=renew, name="renewal")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that the first SIGINT or SIGTERM sets; a second one ends the process at once."""
    stop = threading.Event()

    def ask(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
