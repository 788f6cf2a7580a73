"""`zhilu doctor`: is everything Zhilu stands on as it should be? One line a check, each with what to do about it."""

from datetime import datetime, tzinfo
from typing import Annotated

import typer

from api.checks import Check, CheckState, run_checks
from api.cli.context import Terminal, say
from api.errors import ExitCode
from api.settings import load_settings
from api.times import for_people, in_utc


def add_to(application: typer.Typer) -> None:
    application.command("doctor", help=say("cli-doctor"))(doctor)


def doctor(as_json: Annotated[bool, typer.Option("--json", help=say("cli-json"))] = False) -> int:
    terminal, settings = Terminal(as_json), load_settings()
    zone = settings.time_zone
    checks = run_checks(settings)
    for check in checks:
        if as_json:
            facts = {name: in_utc(fact) if isinstance(fact, datetime) else fact for name, fact in check.facts.items()}
            terminal.line(
                {"check": check.name, "state": check.state, "facts": facts, "message": _sentence(check, zone)}
            )
    if not as_json:
        terminal.table(
            ("", "", ""),
            [(say(f"check-state-{each.state}"), say(f"check-{each.name}"), _sentence(each, zone)) for each in checks],
        )
    return _exit_code(checks)


def _sentence(check: Check, zone: tzinfo) -> str:
    if check.said is not None:
        return check.said
    facts = {name: for_people(fact, zone) if isinstance(fact, datetime) else fact for name, fact in check.facts.items()}
    if "failing" in facts:  # codes of trials, for programs
        facts["failing"] = "; ".join(say.word("trial", each) for each in str(facts["failing"]).split(", "))
    return say(check.text or f"check-{check.name}-{check.state}", **facts)


def _exit_code(checks: list[Check]) -> ExitCode:
    states = {check.state for check in checks}
    if CheckState.UNAVAILABLE in states:
        return ExitCode.UNAVAILABLE
    return ExitCode.ATTENTION if CheckState.ATTENTION in states else ExitCode.DONE
