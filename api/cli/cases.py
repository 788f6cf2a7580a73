"""`zhilu case` and `zhilu link`: cases, what is linked to them, and decisions of people on both."""

from typing import Annotated

import typer

from api.cli.context import Terminal, opened, say
from api.errors import ExitCode
from api.linking import decide_link
from api.ringing import ring_for_due
from catalog.repositories import cases
from catalog.tables import Case
from catalog.tables.cases import ArchiveTier, CaseStatus, LinkState, Stage

AsJson = Annotated[bool, typer.Option("--json", help=say("cli-json"))]
RecordingId = Annotated[str, typer.Argument(metavar="ID", help=say("cli-id"))]
Purpose = Annotated[str, typer.Option("--purpose", help=say("cli-case-purpose"))]
CaseNumber = Annotated[str, typer.Argument(metavar="NO", help=say("cli-case-number"))]


def add_to(application: typer.Typer) -> None:
    case = typer.Typer(help=say("cli-case"), no_args_is_help=True)
    case.command("list", help=say("cli-case-list"))(list_cases)
    case.command("show", help=say("cli-case-show"))(show_case)
    case.command("close", help=say("cli-case-close"))(close_case)
    case.command("reopen", help=say("cli-case-reopen"))(reopen_case)
    case.command("archive-tier", help=say("cli-case-archive-tier"))(archive_case)
    application.add_typer(case, name="case")
    link = typer.Typer(help=say("cli-link"), no_args_is_help=True)
    link.command("add", help=say("cli-link-add"))(add)
    link.command("confirm", help=say("cli-link-confirm"))(confirm)
    link.command("reject", help=say("cli-link-reject"))(reject)
    application.add_typer(link, name="link")


def list_cases(
    status: Annotated[CaseStatus | None, typer.Option("--status", help=say("cli-case-status"))] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help=say("cli-find-limit"))] = 1000,
    as_json: AsJson = False,
) -> int:
    terminal = Terminal(as_json)
    with opened() as runtime, runtime.catalog.reading() as session:
        found = cases.listing(session, status=status, limit=limit)
    if as_json:
        for case, linked in found:
            terminal.line({**case.model_dump(mode="json"), "recordings": linked})
        return ExitCode.DONE
    headers = [say(f"cli-column-{name}") for name in ("case", "cause", "category", "status", "recordings")]
    terminal.table(
        headers,
        [
            (
                case.number,
                case.cause,
                say.word("category", case.category),
                say.word("case-status", case.status),
                str(linked),
            )
            for case, linked in found
        ],
    )
    return ExitCode.DONE


def show_case(number: CaseNumber, as_json: AsJson = False) -> int:
    terminal = Terminal(as_json)
    with opened() as runtime, runtime.catalog.reading() as session:
        case = cases.by_number(session, number)
        linked = cases.recordings_of(session, case.id)
        activities = cases.activities_of(session, case.id)
    if as_json:
        terminal.line(
            {
                **case.model_dump(mode="json"),
                "activities": [activity.model_dump(mode="json") for activity in activities],
                "recordings": [
                    {**link.model_dump(mode="json"), "name": recording.name, "sha256": recording.sha256}
                    for link, recording in linked
                ],
            }
        )
        return ExitCode.DONE
    status, category = say.word("case-status", case.status), say.word("category", case.category)
    terminal.out.print(f"{case.number}  {case.cause}  {category}  {status}")
    headers = [say(f"cli-column-{name}") for name in ("id", "name", "stage", "status", "score")]
    terminal.table(
        headers,
        [
            (
                recording.sha256[:12],
                recording.name,
                say.word("stage", link.stage) if link.stage else say("cli-unknown"),
                say.word("link-state", link.state),
                "" if link.score is None else f"{link.score:.2f}",
            )
            for link, recording in linked
        ],
    )
    return ExitCode.DONE


def close_case(number: CaseNumber, purpose: Purpose) -> int:
    with opened() as runtime:
        return _told(runtime.retention.case_desk().close(number, purpose=purpose))


def reopen_case(number: CaseNumber, purpose: Purpose) -> int:
    with opened() as runtime:
        return _told(runtime.retention.case_desk().reopen(number, purpose=purpose))


def archive_case(
    number: CaseNumber,
    tier: Annotated[ArchiveTier, typer.Argument(metavar="TIER", help=say("cli-case-tier"))],
    purpose: Purpose,
) -> int:
    with opened() as runtime:
        return _told(runtime.retention.case_desk().archive(number, tier, purpose=purpose))


def _told(case: Case) -> int:
    tier = say.word("archive-tier", case.archive_tier) if case.archive_tier else say("cli-unknown")
    Terminal().note(say("cli-case-changed", case=case.number, status=say.word("case-status", case.status), tier=tier))
    return ExitCode.DONE


def add(
    recording: RecordingId,
    number: CaseNumber,
    stage: Annotated[Stage | None, typer.Option("--stage", help=say("cli-link-stage"))] = None,
    purpose: Annotated[str | None, typer.Option("--purpose", help=say("cli-purpose"))] = None,
) -> int:
    return _decide(recording, number, LinkState.CONFIRMED, stage, purpose, makes=True)


def confirm(
    recording: RecordingId,
    number: CaseNumber,
    stage: Annotated[Stage | None, typer.Option("--stage", help=say("cli-link-stage"))] = None,
    purpose: Annotated[str | None, typer.Option("--purpose", help=say("cli-purpose"))] = None,
) -> int:
    return _decide(recording, number, LinkState.CONFIRMED, stage, purpose)


def reject(
    recording: RecordingId,
    number: CaseNumber,
    purpose: Annotated[str | None, typer.Option("--purpose", help=say("cli-purpose"))] = None,
) -> int:
    return _decide(recording, number, LinkState.REJECTED, None, purpose)


def _decide(
    recording: str, number: str, state: LinkState, stage: Stage | None, purpose: str | None, *, makes: bool = False
) -> int:
    with opened() as runtime:
        decided = decide_link(runtime, recording, number, state, stage=stage, purpose=purpose, makes=makes)
        ring_for_due(runtime)
    key = "cli-link-done" if decided.anew else "cli-link-was"
    Terminal().note(say(key, case=decided.case_number, state=say.word("link-state", decided.link.state)))
    return ExitCode.DONE
