"""`zhilu serve`: the page and its JSON, and nothing else; as many of these side by side as are wanted."""

from contextlib import ExitStack
from typing import Annotated

import typer

from api.cli.context import Terminal, opened, say
from api.cli.signals import stopped_by_signals
from api.errors import ExitCode


def add_to(application: typer.Typer) -> None:
    application.command("serve", help=say("cli-serve"))(serve)


def serve(
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help=say("cli-up-port"))] = None,
) -> int:
    from api.serving import serving  # noqa: PLC0415 - a quarter of a second that all other commands do without

    terminal = Terminal()
    with stopped_by_signals() as stop, opened() as runtime, ExitStack() as running:
        chosen = runtime.settings.serve.port if port is None else port
        address = running.enter_context(serving(runtime, chosen))
        terminal.out.print(say("cli-up-address", address=address))
        terminal.note(say("cli-up-stop"))
        stop.wait()
    return ExitCode.DONE
