"""`zhilu verify`: is everything still as it was put on record? A line a discrepancy, then how much could be checked."""

from datetime import datetime, tzinfo
from typing import Annotated, Any

import typer

from api.cli.context import Terminal, opened, say
from api.errors import ExitCode, UsageWrong
from api.messages.translator import Translator, key_of
from api.reading.criteria import moment_from
from api.runtime import Runtime
from api.times import for_people, in_utc
from api.verifying.model import Finding, Tallies, Weight
from api.verifying.run import Scope
from api.verifying.service import verify as verify_all
from catalog.repositories import recordings

AsJson = Annotated[bool, typer.Option("--json", help=say("cli-json"))]


def add_to(application: typer.Typer) -> None:
    application.command("verify", help=say("cli-verify"))(verify)


def verify(
    recording: Annotated[str | None, typer.Argument(metavar="ID", help=say("cli-id"))] = None,
    everything: Annotated[bool, typer.Option("--all", help=say("cli-verify-all"))] = False,
    since: Annotated[str | None, typer.Option("--since", metavar="T", help=say("cli-verify-since"))] = None,
    no_content: Annotated[bool, typer.Option("--no-content", help=say("cli-verify-no-content"))] = False,
    as_json: AsJson = False,
) -> int:
    terminal = Terminal(as_json)
    if sum((recording is not None, everything, since is not None)) != 1:
        raise UsageWrong(say("cli-verify-which"))
    with opened() as runtime:
        zone = runtime.settings.time_zone
        tallies = Tallies()
        for finding in verify_all(runtime, _scope(runtime, recording, since, contents=not no_content), tallies):
            if as_json:
                terminal.line(as_document(finding, zone))
            else:
                terminal.out.print(f"{say.word('verify-weight', finding.weight)}: {sentence(say, finding, zone)}")
    if as_json:
        terminal.line(_summary(tallies))
    else:
        _show_summary(terminal, tallies, contents=not no_content)
    return ExitCode.DONE if tallies.passed else ExitCode.ATTENTION


def _scope(runtime: Runtime, recording: str | None, since: str | None, *, contents: bool) -> Scope:
    if recording is not None:
        with runtime.catalog.reading() as session:
            return Scope(recording_id=recordings.named(session, recording).id, contents=contents)
    if since is not None:
        return Scope(since=moment_from("since", since, runtime.settings.time_zone), contents=contents)
    return Scope(contents=contents)


def sentence(speak: Translator, finding: Finding, zone: tzinfo) -> str:
    """What is the matter and where, in words."""
    facts = {
        name: for_people(fact, zone) if isinstance(fact, datetime) else fact for name, fact in finding.facts.items()
    }
    return speak(key_of("verify-finding", finding.code), **facts)


def as_document(finding: Finding, zone: tzinfo) -> dict[str, Any]:
    facts = {name: in_utc(fact) if isinstance(fact, datetime) else fact for name, fact in finding.facts.items()}
    return {
        "finding": finding.code,
        "part": finding.part,
        "weight": finding.weight,
        "recording_id": str(finding.recording_id) if finding.recording_id else None,
        "facts": facts,
        "message": sentence(say, finding, zone),
    }


def _summary(tallies: Tallies) -> dict[str, Any]:
    return {
        "summary": True,
        "passed": tallies.passed,
        "parts": {part: {"checked": each.checked, "of": each.of} for part, each in tallies.parts.items()},
        "discrepancies": tallies.findings[Weight.DISCREPANCY],
        "unchecked": tallies.findings[Weight.UNCHECKED],
        "events_waiting": tallies.waiting,
        "events_uncovered": tallies.uncovered,
        "stamps_pending": tallies.stamps_pending,
        "manifests_waiting": tallies.manifests_waiting,
    }


def _show_summary(terminal: Terminal, tallies: Tallies, *, contents: bool) -> None:
    terminal.table(
        ("", ""),
        [
            (say.word("verify-part", part), say("verify-checked", checked=each.checked, of=each.of))
            for part, each in tallies.parts.items()
        ],
    )
    for key, count in (
        ("verify-waiting", tallies.waiting),
        ("verify-uncovered", tallies.uncovered),
        ("verify-stamps-pending", tallies.stamps_pending),
        ("verify-manifests-waiting", tallies.manifests_waiting),
    ):
        if count:
            terminal.note(say(key, count=count))
    found, unchecked = tallies.findings[Weight.DISCREPANCY], tallies.findings[Weight.UNCHECKED]
    passed = "verify-passed" if contents else "verify-passed-without-content"
    key = passed if tallies.passed else "verify-failed"
    terminal.out.print(say(key, found=found, unchecked=unchecked))
