"""`zhilu retention plan | approve | reject | recover | execute | list | show | certificate`: the narrow way out."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.approvers import Sources
from api.cli.context import Terminal, opened, say
from api.cli.passphrases import Passphrases
from api.disposal_files import table_of
from api.disposing import printed, printed_in_all
from api.errors import ExitCode, UsageWrong
from api.messages.language import Language
from api.messages.translator import translator
from api.reading.certificates import read_certificate
from api.runtime import Runtime
from api.spreadsheets import write_csv, write_xlsx
from api.times import for_people, in_utc
from catalog.repositories import disposals
from catalog.tables import Disposal, DisposalItem
from catalog.tables.disposals import DisposalItemState, DisposalState
from retention.disposal.planning import Plan

AsJson = Annotated[bool, typer.Option("--json", help=say("cli-json"))]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help=say("cli-disposal-number"))]
Reason = Annotated[str, typer.Option("--reason", help=say("cli-disposal-reason"))]
As = Annotated[str, typer.Option("--as", metavar="NAME", help=say("cli-disposal-as"))]
_ENDED = (DisposalState.REJECTED, DisposalState.RECOVERED, DisposalState.DONE)


def add_commands(retention: typer.Typer) -> None:
    for name, command in (
        ("plan", plan),
        ("approve", approve),
        ("reject", reject),
        ("recover", recover),
        ("execute", execute),
        ("list", list_disposals),
        ("show", show_disposal),
        ("certificate", certificate),
    ):
        retention.command(name, help=say(f"cli-retention-{name}"))(command)


def plan(
    reason: Reason,
    submit: Annotated[bool, typer.Option("--submit", help=say("cli-disposal-submit"))] = False,
    csv: Annotated[Path | None, typer.Option("--csv", help=say("cli-disposal-csv"))] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help=say("cli-disposal-xlsx"))] = None,
    as_json: AsJson = False,
) -> int:
    terminal = Terminal(as_json)
    with opened() as runtime:
        found = runtime.retention.planner().plan()
        if csv is not None:
            write_csv(csv, table_of(found, say))
        if xlsx is not None:
            write_xlsx(xlsx, table_of(found, say), title=say("cli-disposal-sheet"))
        made = runtime.retention.disposal_desk().submit(found, reason=reason) if submit else None
    if as_json:
        terminal.line(_plan(found, made))
        return ExitCode.DONE
    _show_plan(terminal, found)
    terminal.note(
        say("cli-disposal-made", number=made.number, digest=made.list_sha256) if made else say("cli-disposal-dry")
    )
    return ExitCode.DONE


def _plan(found: Plan, made: Disposal | None) -> dict[str, Any]:
    return {
        "recordings": found.looked_at,
        "bytes": found.bytes_looked_at,
        "would_go": len(found.candidates),
        "would_go_bytes": found.bytes,
        "left_out": {why: {"recordings": n, "bytes": found.left_out_bytes[why]} for why, n in found.left_out.items()},
        "schedule": f"{found.schedule.schedule.id}@{found.schedule.schedule.version}" if found.schedule else None,
        "number": made.number if made else None,
        "list_sha256": made.list_sha256 if made else None,
    }


def _show_plan(terminal: Terminal, found: Plan) -> None:
    rows = [(say("cli-disposal-would-go"), str(len(found.candidates)), str(found.bytes))]
    rows += [
        (say("cli-disposal-left-out", why=say.word("obstacle", why)), str(count), str(found.left_out_bytes[why]))
        for why, count in sorted(found.left_out.items())
    ]
    rows.append((say("cli-disposal-looked-at"), str(found.looked_at), str(found.bytes_looked_at)))
    terminal.table(("", say("cli-column-recordings"), say("cli-column-bytes")), rows)


def approve(
    number: Number,
    name: As,
    reason: Reason,
    list_sha256: Annotated[
        str | None, typer.Option("--list", metavar="SHA256", help=say("cli-disposal-digest"))
    ] = None,
    passphrase_from: Sources = None,
) -> int:
    terminal, passphrases = Terminal(), Passphrases.told(passphrase_from or [])
    with opened() as runtime:
        shown = list_sha256 or _shown_and_agreed(runtime, terminal, number)
        person = runtime.retention.approver_desk().prove(name, passphrases.of(name), act=f"approve {number}")
        done = runtime.retention.disposal_desk().approve(number, person, list_sha256=shown, reason=reason)
    until = for_people(done.recoverable_until, runtime.settings.time_zone) if done.recoverable_until else "none"
    terminal.note(say("cli-disposal-approved", number=number, name=person.name, until=until))
    return ExitCode.DONE


def _shown_and_agreed(runtime: Runtime, terminal: Terminal, number: str) -> str:
    """Show the list, and have its digest agreed to: who is not at a terminal says which list is meant by --list."""
    if not sys.stdin.isatty():
        raise UsageWrong(say("cli-disposal-which-list"))
    with runtime.catalog.reading() as session:
        disposal = disposals.by_number(session, number)
        items = disposals.items_of(session, disposal.id)
    _show(terminal, runtime, disposal, items)
    typer.confirm(say("cli-disposal-agree", count=len(items), digest=disposal.list_sha256), abort=True)
    return disposal.list_sha256


def reject(number: Number, name: As, reason: Reason, passphrase_from: Sources = None) -> int:
    passphrases = Passphrases.told(passphrase_from or [])
    with opened() as runtime:
        person = runtime.retention.approver_desk().prove(name, passphrases.of(name), act=f"reject {number}")
        runtime.retention.disposal_desk().reject(number, person, reason=reason)
    Terminal().note(say("cli-disposal-rejected", number=number))
    return ExitCode.DONE


def recover(
    number: Number,
    reason: Reason,
    recordings: Annotated[list[str] | None, typer.Argument(metavar="ID...", help=say("cli-disposal-which"))] = None,
) -> int:
    with opened() as runtime:
        found = runtime.retention.disposal_desk().recover(number, recordings or [], reason=reason)
    Terminal().note(say("cli-disposal-recovered", number=number, count=found.taken_back))
    if found.gone:
        Terminal().note(say("cli-disposal-gone-already", number=number, count=found.gone))
    return ExitCode.DONE


def execute(
    number: Annotated[str | None, typer.Argument(metavar="NUMBER", help=say("cli-disposal-number"))] = None,
    due: Annotated[bool, typer.Option("--due", help=say("cli-disposal-due"))] = False,
) -> int:
    if (number is None) is not due:
        raise UsageWrong(say("cli-disposal-one-or-due"))
    terminal = Terminal()
    with opened() as runtime:
        executor = runtime.retention.executor(printed=printed_in_all)
        done = [executor.execute(number)] if number is not None else executor.execute_due()
    for each in done:
        terminal.out.print(say("cli-disposal-executed", number=each.number, deleted=each.deleted, kept=each.kept))
    return ExitCode.ATTENTION if any(each.kept for each in done) else ExitCode.DONE


def list_disposals(
    everything: Annotated[bool, typer.Option("--all", help=say("cli-disposal-all"))] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help=say("cli-find-limit"))] = 1000,
    as_json: AsJson = False,
) -> int:
    terminal = Terminal(as_json)
    states = [each for each in DisposalState if everything or each not in _ENDED]
    with opened() as runtime, runtime.catalog.reading() as session:
        found = [
            (each, disposals.counts_of(session, each.id), disposals.approvals_of(session, each.id))
            for each in disposals.listing(session, states=states, limit=limit)
        ]
    if as_json:
        for disposal, counts, approvals in found:
            names = [approver.name for _, approver in approvals]
            terminal.line({**_plain(disposal), "items": _counts(counts), "approved_by": names})
        return ExitCode.DONE
    zone = runtime.settings.time_zone
    columns = ("number", "status", "recordings", "bytes", "planned", "approved", "recoverable")
    terminal.table(
        [say(f"cli-column-{name}") for name in columns],
        [
            (
                disposal.number,
                say.word("disposal-state", disposal.state),
                str(sum(count for count, _ in counts.values())),
                str(sum(size for _, size in counts.values())),
                for_people(disposal.planned_at, zone),
                ", ".join(approver.name for _, approver in approvals),
                for_people(disposal.recoverable_until, zone) if disposal.recoverable_until else "",
            )
            for disposal, counts, approvals in found
        ],
    )
    return ExitCode.DONE


def show_disposal(number: Number, as_json: AsJson = False) -> int:
    terminal = Terminal(as_json)
    with opened() as runtime, runtime.catalog.reading() as session:
        disposal = disposals.by_number(session, number)
        items = disposals.items_of(session, disposal.id)
        approvals = disposals.approvals_of(session, disposal.id)
    if as_json:
        told = [
            {
                "name": approver.name,
                "verdict": word.verdict.value,
                "reason": word.reason,
                "list_sha256": word.list_sha256,
                "given_at": in_utc(word.given_at),
            }
            for word, approver in approvals
        ]
        terminal.line({**_plain(disposal), "approvals": told, "items": [_item(each) for each in items]})
        return ExitCode.DONE
    _show(terminal, runtime, disposal, items)
    for word, approver in approvals:
        terminal.out.print(say("cli-disposal-word", verdict=word.verdict.value, name=approver.name, reason=word.reason))
    return ExitCode.DONE


def _show(terminal: Terminal, runtime: Runtime, disposal: Disposal, items: Any) -> None:
    zone = runtime.settings.time_zone
    terminal.out.print(f"{disposal.number}  {say.word('disposal-state', disposal.state)}  {disposal.reason}")
    terminal.out.print(f"SHA-256 {disposal.list_sha256}")
    terminal.table(
        [say(f"cli-column-{name}") for name in ("id", "bytes", "rule", "expires", "status", "why")],
        [
            (
                each.sha256[:12],
                str(each.size),
                each.rule,
                for_people(each.expires_at, zone),
                say.word("disposal-item-state", each.state),
                "; ".join(_why(reason) for reason in each.kept_because),
            )
            for each in items
        ],
    )


def _why(reason: dict[str, Any]) -> str:
    fact = reason.get("hold") or reason.get("case") or reason.get("row") or reason.get("until") or ""
    return f"{say.word('obstacle', reason['code'])} {fact}".strip()


def certificate(
    number: Number,
    json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help=say("cli-disposal-certificate-json"))
    ] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", metavar="FILE", help=say("cli-disposal-certificate-pdf"))] = None,
    lang: Annotated[str, typer.Option("--lang", metavar="zh|en", help=say("cli-disposal-certificate-lang"))] = "zh",
) -> int:
    if json is None and pdf is None:
        raise UsageWrong(say("cli-disposal-which-form"))
    with opened() as runtime:
        found = read_certificate(runtime, number)
    if json is not None:
        json.write_bytes(found.signed)
    if pdf is not None:
        language = Language.ENGLISH if lang == "en" else Language.CHINESE
        pdf.write_bytes(printed({**found.document, "sha256": found.sha256}, translator(language)))
    return ExitCode.DONE


def _plain(disposal: Disposal) -> dict[str, Any]:
    return {
        "number": disposal.number,
        "state": disposal.state.value,
        "reason": disposal.reason,
        "list_sha256": disposal.list_sha256,
        "planned_by": disposal.planned_by,
        "planned_at": in_utc(disposal.planned_at),
        "recoverable_until": in_utc(disposal.recoverable_until) if disposal.recoverable_until else None,
        "ended_by": disposal.ended_by,
        "ended_at": in_utc(disposal.ended_at) if disposal.ended_at else None,
        "end_reason": disposal.end_reason,
        "certificate": disposal.certificate_key,
    }


def _counts(counts: dict[DisposalItemState, tuple[int, int]]) -> dict[str, dict[str, int]]:
    return {state.value: {"recordings": count, "bytes": size} for state, (count, size) in counts.items() if count}


def _item(each: DisposalItem) -> dict[str, Any]:
    return {
        "recording_id": str(each.recording_id),
        "state": each.state.value,
        "sha256": each.sha256,
        "size": each.size,
        "rule": each.rule,
        "expires_at": in_utc(each.expires_at),
        "reasons": each.reasons,
        "kept_because": each.kept_because,
        "deleted_versions": each.deleted_versions,
        "ended_at": in_utc(each.ended_at) if each.ended_at else None,
    }
