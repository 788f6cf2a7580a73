"""`zhilu custody`: what the custody log proves."""

import typer

from api.cli.context import say
from api.cli.custody_report import report


def add_to(application: typer.Typer) -> None:
    custody = typer.Typer(help=say("cli-custody"), no_args_is_help=True, rich_markup_mode=None)
    custody.callback()(lambda: None)
    custody.command("report", help=say("cli-custody-report"))(report)
    application.add_typer(custody, name="custody")
