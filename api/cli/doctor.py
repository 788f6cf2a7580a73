"""`zhilu doctor`: is everything Zhilu stands on as it should be? One line a check, each with what to do about it."""

from typing import Annotated

import typer

from api.checks import Check, CheckState, run_checks
from api.cli.context import Terminal, say
from api.errors import ExitCode
from api.settings import load_settings


def add_to(application: typer.Typer) -> None:
    application.command("doctor", help=say("cli-doctor"))(doctor)


def doctor(as_json: Annotated[bool, typer.Option("--json", help=say("cli-json"))] = False) -> int:
    terminal = Terminal(as_json)
    checks = run_checks(load_settings())
    for check in checks:
        if as_json:
            terminal.line(
                {"check": check.name, "state": check.state, "facts": check.facts, "message": _sentence(check)}
            )
    if not as_json:
        terminal.table(
            ("", "", ""),
            [(say(f"check-state-{each.state}"), say(f"check-{each.name}"), _sentence(each)) for each in checks],
        )
    return _exit_code(checks)


def _sentence(check: Check) -> str:
    if check.said is not None:
        return check.said
    return say(check.text or f"check-{check.name}-{check.state}", **check.facts)


def _exit_code(checks: list[Check]) -> ExitCode:
    states = {check.state for check in checks}
    if CheckState.UNAVAILABLE in states:
        return ExitCode.UNAVAILABLE
    return ExitCode.ATTENTION if CheckState.ATTENTION in states else ExitCode.DONE
