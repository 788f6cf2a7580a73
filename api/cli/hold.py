"""`zhilu hold`: orders of an authority that stop disposal."""

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from api.cli.context import Terminal, opened, say
from api.errors import ExitCode
from api.following import follow_holds
from api.ringing import ring_for_due
from api.times import for_people, in_utc
from catalog.repositories import holds
from catalog.tables import Hold
from ingest.errors import SourceUnreadable
from retention.holds import HoldOrder

AsJson = Annotated[bool, typer.Option("--json", help=say("cli-json"))]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help=say("cli-hold-number"))]


def add_to(application: typer.Typer) -> None:
    hold = typer.Typer(help=say("cli-hold"), no_args_is_help=True)
    hold.command("place", help=say("cli-hold-place"))(place)
    hold.command("release", help=say("cli-hold-release"))(release)
    hold.command("list", help=say("cli-hold-list"))(list_holds)
    hold.command("show", help=say("cli-hold-show"))(show_hold)
    hold.command("follow", help=say("cli-hold-follow"))(follow)
    application.add_typer(hold, name="hold")


def place(
    authority: Annotated[str, typer.Option("--authority", help=say("cli-hold-authority"))],
    document: Annotated[str, typer.Option("--document", help=say("cli-hold-document"))],
    reason: Annotated[str, typer.Option("--reason", help=say("cli-hold-reason"))],
    file: Annotated[Path | None, typer.Option("--file", help=say("cli-hold-file"))] = None,
    recording: Annotated[list[str] | None, typer.Option("--recording", metavar="ID", help=say("cli-id"))] = None,
    case: Annotated[list[str] | None, typer.Option("--case", metavar="NO", help=say("cli-hold-case"))] = None,
) -> int:
    order = HoldOrder(
        authority=authority,
        document=document,
        reason=reason,
        document_sha256=_digest(file) if file else None,
        recordings=tuple(recording or ()),
        cases=tuple(case or ()),
    )
    with opened() as runtime:
        placed = runtime.retention.hold_desk().place(order)
        ring_for_due(runtime)
    terminal = Terminal()
    terminal.out.print(placed.hold.number)
    terminal.note(say("cli-hold-placed", number=placed.hold.number, count=placed.covered))
    return ExitCode.DONE


def release(
    number: Number,
    document: Annotated[str, typer.Option("--document", help=say("cli-hold-release-document"))],
    reason: Annotated[str, typer.Option("--reason", help=say("cli-hold-reason"))],
) -> int:
    with opened() as runtime:
        released = runtime.retention.hold_desk().release(number, document=document, reason=reason)
        ring_for_due(runtime)
    Terminal().note(say("cli-hold-released", number=number, count=released.covered))
    return ExitCode.DONE


def follow() -> int:
    """Let the store follow the holds here and now: for machines whose workers may not hold (infra/deploy/ceph)."""
    with opened() as runtime:
        told, left = follow_holds(runtime)
    Terminal().note(say("cli-hold-followed", told=told, left=left))
    return ExitCode.ATTENTION if left else ExitCode.DONE


def list_holds(
    everything: Annotated[bool, typer.Option("--all", help=say("cli-hold-all"))] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help=say("cli-find-limit"))] = 1000,
    as_json: AsJson = False,
) -> int:
    terminal = Terminal(as_json)
    with opened() as runtime, runtime.catalog.reading() as session:
        found = [
            (each, len(holds.covered_until_released(session, each)))
            for each in holds.listing(session, released=everything, limit=limit)
        ]
    if as_json:
        for hold, covered in found:
            terminal.line({**_plain(hold), "covered": covered})
        return ExitCode.DONE
    zone = runtime.settings.time_zone
    columns = ("number", "authority", "document", "placed", "released", "recordings")
    terminal.table(
        [say(f"cli-column-{name}") for name in columns],
        [
            (
                hold.number,
                hold.authority,
                hold.document,
                for_people(hold.placed_at, zone),
                for_people(hold.released_at, zone) if hold.released_at else "",
                str(covered),
            )
            for hold, covered in found
        ],
    )
    return ExitCode.DONE


def show_hold(number: Number, as_json: AsJson = False) -> int:
    terminal = Terminal(as_json)
    with opened() as runtime, runtime.catalog.reading() as session:
        hold = holds.by_number(session, number)
        named, cases = holds.subjects_of(session, hold.id)
        covered = holds.covered_until_released(session, hold)
    if as_json:
        terminal.line(
            {
                **_plain(hold),
                "recordings": [{"id": str(each.id), "name": each.name, "sha256": each.sha256} for each in named],
                "cases": [each.number for each in cases],
                "covered": [str(each) for each in covered],
            }
        )
        return ExitCode.DONE
    zone = runtime.settings.time_zone
    facts = [
        ("number", hold.number),
        ("authority", hold.authority),
        ("document", hold.document),
        ("document-sha256", hold.document_sha256 or ""),
        ("reason", hold.reason),
        ("placed", f"{for_people(hold.placed_at, zone)}  {hold.placed_by}"),
        ("released", f"{for_people(hold.released_at, zone)}  {hold.released_by}" if hold.released_at else ""),
        ("release-document", hold.release_document or ""),
        ("release-reason", hold.release_reason or ""),
        ("recordings", "\n".join(f"{each.sha256[:12]}  {each.name}" for each in named)),
        ("cases", "\n".join(each.number for each in cases)),
        ("covered-then" if hold.released_at else "covered", str(len(covered))),
    ]
    terminal.table(("", ""), [(say(f"cli-hold-fact-{name}"), value) for name, value in facts if value])
    return ExitCode.DONE


def _plain(hold: Hold) -> dict[str, str | None]:
    return {
        "id": str(hold.id),
        "number": hold.number,
        "authority": hold.authority,
        "document": hold.document,
        "document_sha256": hold.document_sha256,
        "reason": hold.reason,
        "placed_by": hold.placed_by,
        "placed_at": in_utc(hold.placed_at),
        "released_by": hold.released_by,
        "released_at": in_utc(hold.released_at) if hold.released_at else None,
        "release_document": hold.release_document,
        "release_reason": hold.release_reason,
    }


def _digest(file: Path) -> str:
    """The SHA-256 of the document. Raises SourceUnreadable."""
    try:
        with file.open("rb") as opened_file:
            return hashlib.file_digest(opened_file, "sha256").hexdigest()
    except OSError as error:
        raise SourceUnreadable(str(file), error.strerror or str(error)) from error
