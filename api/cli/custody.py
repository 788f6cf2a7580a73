"""`zhilu custody`: the log of every act on evidence: how far it is signed, its events, proofs for others, its key."""

import base64
from typing import Annotated, Any
from uuid import UUID

import typer

from api import event_words
from api.cli.context import Terminal, opened, say
from api.cli.custody_report import report
from api.errors import ExitCode, UsageWrong
from api.runtime import Part, Runtime
from api.times import for_people, in_utc
from catalog.custody import proofs
from catalog.custody.keys import check_key, known_keys, verifier_of
from catalog.custody.proofs import Consistency, Inclusion
from catalog.custody.tree import leaf_hash
from catalog.errors import CustodyKeyAbsent
from catalog.repositories import cases, recordings
from catalog.repositories.custody_standing import EventStanding, of_subject, standing
from catalog.tables import CustodyKey

AsJson = Annotated[bool, typer.Option("--json", help=say("cli-json"))]
_COLUMNS = ("position", "at", "actor", "action", "about", "result", "purpose", "event")
RecordingId = Annotated[str, typer.Argument(metavar="ID", help=say("cli-id"))]


def add_to(application: typer.Typer) -> None:
    custody = typer.Typer(help=say("cli-custody"), no_args_is_help=True)
    custody.command("status", help=say("cli-custody-status"))(status)
    custody.command("show", help=say("cli-custody-show"))(show)
    custody.command("prove", help=say("cli-custody-prove"))(prove)
    custody.command("checkpoint", help=say("cli-custody-checkpoint"))(checkpoint)
    custody.command("rotate", help=say("cli-custody-rotate"))(rotate)
    custody.command("report", help=say("cli-custody-report"))(report)
    application.add_typer(custody, name="custody")


def status(as_json: AsJson = False) -> int:
    terminal = Terminal(as_json)
    with opened() as runtime:
        keys = known_keys(runtime.catalog)
        here = check_key(runtime.catalog, runtime.custody.key_ring().place)
        with runtime.catalog.reading() as session:
            found = standing(session)
        zone = runtime.settings.time_zone
    if as_json:
        terminal.line(
            {
                "keys": [_key(row) for row in keys],
                "signs_here": here,
                "placed": found.placed,
                "waiting": found.waiting,
                "signed": found.signed,
                "checkpoints": found.checkpoints,
                "checkpoint_at": in_utc(found.checkpoint_at) if found.checkpoint_at else None,
                "unsigned_since": in_utc(found.unsigned_since) if found.unsigned_since else None,
                "stamped": found.stamped,
                "pending": found.pending,
                "pending_since": in_utc(found.pending_since) if found.pending_since else None,
                "pending_why": found.pending_why,
            }
        )
        return ExitCode.DONE
    key = say("custody-line-no-key")
    if keys:
        key = say("custody-line-key", verifier=str(verifier_of(keys[-1])), here="yes" if here else "no")
    terminal.out.print(key)
    terminal.out.print(say("custody-line-events", placed=found.placed, waiting=found.waiting))
    signed = say("custody-line-no-checkpoint")
    if found.checkpoint_at is not None:
        at = for_people(found.checkpoint_at, zone)
        signed = say("custody-line-checkpoint", signed=found.signed, at=at, count=found.checkpoints)
    terminal.out.print(signed)
    why = found.pending_why or "none"
    terminal.out.print(say("custody-line-stamps", stamped=found.stamped, pending=found.pending, why=why))
    return ExitCode.DONE


def show(recording: RecordingId, as_json: AsJson = False) -> int:
    terminal = Terminal(as_json)
    with opened() as runtime:
        with runtime.catalog.reading() as session:
            events = of_subject(session, recordings.named(session, recording).id)
            numbers = cases.numbers(session, (each.event.details.get("case_id") for each in events))
        zone = runtime.settings.time_zone
    if as_json:
        for each in events:
            terminal.line(_event(each))
        return ExitCode.DONE
    headers = [say(f"custody-column-{name}") for name in _COLUMNS]
    terminal.table(
        headers,
        [
            (
                say("custody-waiting") if each.position is None else str(each.position),
                for_people(each.event.at, zone),
                each.event.actor,
                say.word("custody-action", each.event.action),
                event_words.subject_of(each.event.details, say, cases=numbers) or each.event.approval or "",
                say.word("custody-result", each.event.result),
                each.event.purpose or "",
                str(each.event.id),
            )
            for each in events
        ],
    )
    return ExitCode.DONE


def prove(
    what: Annotated[str | None, typer.Argument(metavar="ID|EVENT", help=say("cli-custody-what"))] = None,
    first: Annotated[int | None, typer.Option("--from", min=0, metavar="SIZE", help=say("cli-custody-from"))] = None,
    second: Annotated[int | None, typer.Option("--to", min=0, metavar="SIZE", help=say("cli-custody-to"))] = None,
) -> int:
    terminal = Terminal(as_json=True)
    between = first is not None and second is not None
    if between == (what is not None) or (first is None) != (second is None):
        raise UsageWrong(say("cli-custody-which"))
    with opened() as runtime:
        keys = [_key(row) for row in known_keys(runtime.catalog)]
        if first is not None and second is not None:
            with runtime.catalog.reading() as session:
                terminal.line(_consistency(proofs.consistency(session, first, second), keys))
            return ExitCode.DONE
        return _prove_events(terminal, runtime, what or "", keys)


def _prove_events(terminal: Terminal, runtime: Runtime, what: str, keys: list[dict[str, Any]]) -> int:
    """A line for each event; those that no checkpoint covers yet are said to be so."""
    code = ExitCode.DONE
    with runtime.catalog.reading() as session:
        event = _event_id(what)
        if event is not None and not recordings.exists(session, event):
            events = [event]
        else:
            events = [each.event.id for each in of_subject(session, recordings.named(session, what).id)]
        for event_id in events:
            found = proofs.inclusion(session, event_id)
            if found is None:
                terminal.note(say("cli-custody-not-signed-yet", event=str(event_id)))
                code = ExitCode.ATTENTION
            else:
                terminal.line(_inclusion(found, keys))
    return code


def checkpoint() -> int:
    terminal = Terminal()
    with opened(part=Part.TAKES_IN) as runtime:
        key = runtime.custody.key_ring().signing_key()
        if key is None:
            raise CustodyKeyAbsent(str(verifier_of(known_keys(runtime.catalog)[-1])))
        runtime.custody.sequencer().run()
        made = runtime.custody.checkpointer().run()
        runtime.custody.stamper().run()
        with runtime.catalog.reading() as session:
            found = standing(session)
    terminal.note(say("cli-custody-signed", count=len(made), size=found.signed))
    return ExitCode.DONE


def rotate(yes: Annotated[bool, typer.Option("--yes", help=say("cli-custody-rotate-yes"))] = False) -> int:
    terminal = Terminal()
    with opened(part=Part.TAKES_IN) as runtime:
        ring = runtime.custody.key_ring()
        present = ring.known()
        if not yes and not _agreed(terminal, str(verifier_of(present[-1])) if present else say("report-none")):
            raise UsageWrong(say("cli-custody-rotate-not-agreed"))
        key = ring.rotate(actor=runtime.actor)
        terminal.out.print(say("cli-custody-rotated", verifier=str(key.verifier), path=str(ring.place.path)))
    return ExitCode.DONE


def _agreed(terminal: Terminal, present: str) -> bool:
    return terminal.is_watched and typer.confirm(say("cli-custody-rotate-agree", verifier=present), err=True)


def _event_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _key(row: CustodyKey) -> dict[str, Any]:
    """`introduced_by` is the note in which the key before it names this one, signed by both; null for the first."""
    return {"key": str(verifier_of(row)), "since": in_utc(row.made_at), "introduced_by": row.introduced_by}


def _event(each: EventStanding) -> dict[str, Any]:
    event = each.event
    return {
        "event": str(event.id),
        "position": each.position,
        "at": in_utc(event.at),
        "actor": event.actor,
        "role": event.role,
        "action": event.action,
        "result": event.result,
        "purpose": event.purpose,
        "approval": event.approval,
        "address": event.address,
        "details": event.details,
        "seals": event.seals,
    }


def _inclusion(found: Inclusion, keys: list[dict[str, Any]]) -> dict[str, Any]:
    """Leaf and checkpoint are the very bytes that are hashed and signed; hashes are base64, the lowest first."""
    return {
        "proves": "inclusion",
        "event": str(found.event_id),
        "leaf": found.content.decode(),
        "leaf_hash": _base64(leaf_hash(found.content)),
        "position": found.position,
        "size": found.checkpoint.size,
        "hashes": [_base64(each) for each in found.hashes],
        "checkpoint": found.checkpoint.note,
        "keys": keys,
        "stamps": [
            {"authority": stamp.authority, "state": stamp.state, "token": _base64(stamp.token) if stamp.token else None}
            for stamp in found.stamps
        ],
    }


def _consistency(found: Consistency, keys: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "proves": "consistency",
        "first": {"size": found.first.size, "checkpoint": found.first.note},
        "second": {"size": found.second.size, "checkpoint": found.second.note},
        "hashes": [_base64(each) for each in found.hashes],
        "keys": keys,
    }


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
