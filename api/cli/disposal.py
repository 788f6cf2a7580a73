"""`zhilu retention plan | approve | reject | recover | execute | list | show | certificate`: the narrow way out."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlmodel import Session

from api.cli.approvers import Sources
from api.cli.certificates import certificate
from api.cli.context import Terminal, opened, say
from api.cli.disposal_plan import plan
from api.cli.passphrases import Passphrases
from api.disposing import printer
from api.errors import ExitCode, UsageWrong, exit_code_of
from api.messages.faults import sentence_of
from api.obstacle_words import obstacle
from api.runtime import Runtime
from api.times import for_people, in_utc
from catalog.repositories import disposals, reading
from catalog.tables import Approver, Disposal, DisposalApproval, DisposalItem, Recording
from catalog.tables.cases import LinkState
from catalog.tables.disposals import DisposalItemState, DisposalState
from retention.disposal.lists import digests_told, list_digest
from retention.disposal.rounds import Round
from retention.errors import ListChanged

AsJson = Annotated[bool, typer.Option("--json", help=say("cli-json"))]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help=say("cli-disposal-number"))]
Reason = Annotated[str, typer.Option("--reason", help=say("cli-disposal-reason"))]
As = Annotated[str, typer.Option("--as", metavar="NAME", help=say("cli-disposal-as"))]
_AT_ONCE = 500
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
        shown = _read(session, number)
    _show(terminal, shown, runtime.settings.time_zone)
    if not shown.as_told:
        raise ListChanged(number, shown.disposal.list_sha256, shown.digest)
    typer.confirm(say("cli-disposal-agree", count=len(shown.items), digest=shown.digest), abort=True)
    return shown.digest


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
        executor = runtime.retention.executor(printed=printer(runtime.settings.time_zone), actor=runtime.actor)
        made = Round([executor.execute(number)], [], []) if number is not None else executor.execute_due()
    for each in made.done:
        terminal.out.print(say("cli-disposal-executed", number=each.number, deleted=each.deleted, kept=each.kept))
    for refused in made.refused:
        terminal.note(say("cli-disposal-refused", number=refused.number, why=sentence_of(say, refused.why)))
    if due and not made.done and not made.refused:
        terminal.note(say("cli-disposal-none-due", waiting=len(made.waiting)))
    codes = [exit_code_of(each.why) for each in made.refused]
    return max([ExitCode.ATTENTION if any(each.kept for each in made.done) else ExitCode.DONE, *codes])


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
        shown = _read(session, number)
    zone = runtime.settings.time_zone
    if as_json:
        told = [
            {
                "name": approver.name,
                "verdict": word.verdict.value,
                "reason": word.reason,
                "list_sha256": word.list_sha256,
                "given_at": in_utc(word.given_at),
            }
            for word, approver in shown.approvals
        ]
        state = {**_plain(shown.disposal), "list_sha256_now": shown.digest, "list_as_told": shown.as_told}
        terminal.line({**state, "approvals": told, "items": [_item(shown, each) for each in shown.items]})
    else:
        _show(terminal, shown, zone)
        for word, approver in shown.approvals:
            at = for_people(word.given_at, zone)
            verdict = word.verdict.value
            terminal.out.print(say("cli-disposal-word", verdict=verdict, name=approver.name, at=at, reason=word.reason))
    return ExitCode.DONE if shown.as_told else ExitCode.ATTENTION


@dataclass(frozen=True)
class _Shown:
    """A list as it stands; `digest`: of what stands now; `told`: what it was said to be, by all that speak of it."""

    disposal: Disposal
    items: Sequence[DisposalItem]
    approvals: Sequence[tuple[DisposalApproval, Approver]]
    digest: str
    told: frozenset[str]
    recordings: Mapping[UUID, Recording]
    cases: Mapping[UUID, Sequence[str]]

    @property
    def as_told(self) -> bool:
        return self.told == {self.digest}


def _read(session: Session, number: str) -> _Shown:
    disposal = disposals.by_number(session, number)
    items = disposals.items_of(session, disposal.id)
    recordings: dict[UUID, Recording] = {}
    cases: dict[UUID, Sequence[str]] = {}
    for begin in range(0, len(items), _AT_ONCE):
        ids = [each.recording_id for each in items[begin : begin + _AT_ONCE]]
        recordings |= {each.id: each for each in reading.recordings_by_id(session, ids)}
        cases |= {
            recording: [case.number for link, case, _ in links if link.state is LinkState.CONFIRMED]
            for recording, links in reading.links_of(session, ids).items()
        }
    return _Shown(
        disposal=disposal,
        items=items,
        approvals=disposals.approvals_of(session, disposal.id),
        digest=list_digest(disposal, items),
        told=frozenset(digests_told(session, disposal)),
        recordings=recordings,
        cases=cases,
    )


def _show(terminal: Terminal, shown: _Shown, zone: tzinfo) -> None:
    disposal = shown.disposal
    terminal.out.print(f"{disposal.number}  {say.word('disposal-state', disposal.state)}  {disposal.reason}")
    terminal.out.print(f"SHA-256 {shown.digest}")
    if not shown.as_told:
        others = ", ".join(sorted(shown.told - {shown.digest}))
        terminal.out.print(say("cli-disposal-list-differs", now=shown.digest, told=others))
    terminal.table(
        [say(f"cli-column-{name}") for name in ("id", "name", "case", "bytes", "rule", "expires", "status", "why")],
        [
            (
                each.sha256[:12],
                shown.recordings[each.recording_id].name if each.recording_id in shown.recordings else "",
                "\n".join(shown.cases.get(each.recording_id, ())),
                str(each.size),
                each.rule,
                for_people(each.expires_at, zone),
                say.word("disposal-item-state", each.state),
                "; ".join(obstacle(reason, say, zone) for reason in each.kept_because),
            )
            for each in shown.items
        ],
    )


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


def _item(shown: _Shown, each: DisposalItem) -> dict[str, Any]:
    recording = shown.recordings.get(each.recording_id)
    return {
        "recording_id": str(each.recording_id),
        "name": recording.name if recording else None,
        "cases": list(shown.cases.get(each.recording_id, ())),
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
