"""`zhilu fixity status | run | repair`: how much was read again, reading now, and repairing from the replica."""

import threading
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import typer

from api.cli.context import Terminal, opened, say
from api.cli.signals import stopped_by_signals
from api.errors import ExitCode, UsageWrong
from api.messages.faults import sentence_of
from api.runtime import Runtime
from api.times import for_people, in_utc
from catalog.repositories import fixity, recordings
from catalog.repositories.fixity import Coverage
from catalog.tables.fixity import FixityOutcome
from retention.errors import RepairRefused
from retention.fixity import Checked, FixityRound
from retention.fixity_plan import Load, Pace, due_before, pace

_LATELY = timedelta(days=7)
_LISTED = 20
_MIB = 1024 * 1024
AsJson = Annotated[bool, typer.Option("--json", help=say("cli-json"))]


def add_to(application: typer.Typer) -> None:
    group = typer.Typer(help=say("cli-fixity"), no_args_is_help=True, rich_markup_mode=None)
    group.command("status", help=say("cli-fixity-status"))(status)
    group.command("run", help=say("cli-fixity-run"))(run)
    group.command("repair", help=say("cli-fixity-repair"))(repair)
    application.add_typer(group, name="fixity")


# --- status -----------------------------------------------------------------------------------------------------


def status(as_json: AsJson = False) -> int:
    terminal = Terminal(as_json)
    with opened() as runtime:
        now, settings = runtime.clock(), runtime.settings.fixity
        with runtime.catalog.reading() as session:
            found = fixity.coverage(session, window_began=now - settings.window, due_before=due_before(settings, now))
            damaged = fixity.damaged(session, at_most=_LISTED)
            read, first = fixity.bytes_read(session, now - _LATELY)
        estimate = pace(settings, Load(found.total_bytes, found.due_bytes, _speed(read, first, now)))
    state = _state(found)
    if as_json:
        terminal.line(_document(found, estimate, damaged, state, settings.within_days))
    else:
        _show(terminal, runtime, found, estimate, damaged)
    return ExitCode.ATTENTION if state in {"damaged", "behind"} else ExitCode.DONE


def _speed(read: int, first: datetime | None, now: datetime) -> float | None:
    """Bytes a second since the first check of late; None where there is none, or it was just now."""
    seconds = (now - first).total_seconds() if first is not None else 0.0
    return read / seconds if seconds > 1 and read else None


def _state(found: Coverage) -> str:
    """`complete` only where there is something, and all of it was read again within the window."""
    if not found.versions:
        return "nothing"
    if found.damaged:
        return "damaged"
    if found.overdue:
        return "behind"
    return "complete" if found.checked == found.versions else "under way"


def _document(
    found: Coverage, estimate: Pace, damaged: Collection[UUID], state: str, within_days: int
) -> dict[str, Any]:
    return {
        "state": state,
        "within_days": within_days,
        "versions": found.versions,
        "checked": found.checked,
        "never_checked": found.never,
        "overdue": found.overdue,
        "due": found.due,
        "damaged": found.damaged,
        "replaced": found.replaced,
        "bytes": found.total_bytes,
        "due_bytes": found.due_bytes,
        "waits_since": found.oldest and in_utc(found.oldest),
        "needed_bytes_per_second": round(estimate.needed),
        "lately_bytes_per_second": None if estimate.lately is None else round(estimate.lately),
        "caught_up_in_seconds": None if estimate.caught_up_in is None else round(estimate.caught_up_in.total_seconds()),
        "budget_suffices": estimate.budget_suffices,
        "damaged_recordings": [str(each) for each in damaged],
    }


def _show(terminal: Terminal, runtime: Runtime, found: Coverage, estimate: Pace, damaged: Collection[UUID]) -> None:
    settings = runtime.settings.fixity
    if not found.versions:
        terminal.out.print(say("cli-fixity-nothing"))
        return
    terminal.out.print(
        say(
            "cli-fixity-coverage",
            versions=found.versions,
            checked=found.checked,
            percent=f"{int(1000 * found.checked / found.versions) / 10:.1f}",
            days=settings.within_days,
            never=found.never,
        )
    )
    if found.oldest is not None:
        terminal.out.print(say("cli-fixity-oldest", at=for_people(found.oldest, runtime.settings.time_zone)))
    terminal.out.print(say("cli-fixity-due", due=found.due, mib=_mib(found.due_bytes), overdue=found.overdue))
    lately = "" if estimate.lately is None else _mib(estimate.lately)
    terminal.out.print(
        say("cli-fixity-pace", needed=_mib(estimate.needed), lately=lately or "none", budget=settings.mib_per_second)
    )
    if not estimate.budget_suffices:
        terminal.out.print(say("cli-fixity-budget-too-small"))
    if found.replaced:
        terminal.out.print(say("cli-fixity-replaced", count=found.replaced))
    if found.damaged:
        terminal.out.print(say("cli-fixity-damaged", count=found.damaged, ids=", ".join(map(str, damaged))))


def _mib(size: float) -> str:
    return f"{size / _MIB:.2f}" if size < 100 * _MIB else f"{size / _MIB:.0f}"


# --- run --------------------------------------------------------------------------------------------------------


def run(
    names: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help=say("cli-fixity-run-ids"))] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help=say("cli-fixity-run-limit"))] = None,
    every: Annotated[bool, typer.Option("--all", help=say("cli-fixity-run-all"))] = False,
    as_json: AsJson = False,
) -> int:
    if every and (names or limit):
        raise UsageWrong(say("cli-fixity-run-either"))
    terminal = Terminal(as_json)
    with stopped_by_signals() as stop, opened() as runtime:
        of = _named(runtime, names) if names else None
        reader = runtime.retention.fixity_reader(rest=_rest(stop), on_check=lambda checked: _tell(terminal, checked))
        now = runtime.clock()
        before = now if every or of is not None else due_before(runtime.settings.fixity, now)
        found = reader.read(before, at_most=limit, of=of)
    _summary(terminal, found)
    if found.paused is not None and found.paused != "stopped":
        return ExitCode.UNAVAILABLE
    return ExitCode.ATTENTION if found.damaged or found.refused or found.paused else ExitCode.DONE


def _rest(stop: threading.Event) -> Callable[[float], bool]:
    return lambda seconds: stop.wait(seconds) if seconds else stop.is_set()


def _named(runtime: Runtime, names: list[str]) -> list[UUID]:
    with runtime.catalog.reading() as session:
        return [recordings.named(session, name).id for name in names]


def _tell(terminal: Terminal, checked: Checked) -> None:
    if terminal.as_json:
        terminal.line(
            {
                "recording_id": str(checked.version.recording_id),
                "version": str(checked.version.reference),
                "outcome": checked.outcome,
                "sha256": checked.version.sha256,
                "sha256_found": checked.reading.sha256,
                "bytes": checked.reading.bytes_read,
                "reason": checked.judged.why,
            }
        )
    elif checked.outcome is not FixityOutcome.INTACT:
        terminal.out.print(
            say(
                "cli-fixity-check",
                outcome=say.word("fixity-outcome", checked.outcome),
                recording=str(checked.version.recording_id),
                version=str(checked.version.reference),
            )
        )


def _summary(terminal: Terminal, found: FixityRound) -> None:
    counts = {outcome.value: count for outcome, count in found.outcomes.items()}
    if terminal.as_json:
        terminal.line(
            {
                "summary": True,
                "versions": found.versions,
                "bytes": found.bytes_read,
                **counts,
                "repaired": found.repaired,
                "refused": found.refused,
                "paused": found.paused,
            }
        )
        return
    terminal.out.print(
        say("cli-fixity-round", versions=found.versions, mib=_mib(found.bytes_read), repaired=found.repaired, **counts)
    )
    if found.paused == "stopped":
        terminal.note(say("cli-fixity-stopped"))
    elif found.paused is not None:
        terminal.note(say("cli-fixity-paused", reason=found.paused))


# --- repair -----------------------------------------------------------------------------------------------------


def repair(
    name: Annotated[str | None, typer.Argument(metavar="[ID]", help=say("cli-fixity-repair-id"))] = None,
    every: Annotated[bool, typer.Option("--all", help=say("cli-fixity-repair-all"))] = False,
    as_json: AsJson = False,
) -> int:
    if (name is None) is not every:
        raise UsageWrong(say("cli-fixity-repair-either"))
    terminal = Terminal(as_json)
    with opened() as runtime:
        ids = _named(runtime, [name]) if name is not None else _all_damaged(runtime)
        codes = [_repair_one(terminal, runtime, recording_id) for recording_id in ids]
    if not ids and not as_json:
        terminal.out.print(say("cli-fixity-repair-none"))
    return max(codes, default=ExitCode.DONE)


def _all_damaged(runtime: Runtime) -> Collection[UUID]:
    with runtime.catalog.reading() as session:
        return fixity.damaged(session, at_most=None)


def _repair_one(terminal: Terminal, runtime: Runtime, recording_id: UUID) -> ExitCode:
    outcome: str
    version: str | None = None
    reason: str | None = None
    try:
        made = runtime.retention.repairer(actor=runtime.actor).repair(recording_id)
    except RepairRefused as error:
        outcome, reason = "refused", sentence_of(say, error)
    else:
        outcome, version = "repaired" if made.replaced else "intact", str(made.version)
    if terminal.as_json:
        terminal.line({"recording_id": str(recording_id), "outcome": outcome, "version": version, "reason": reason})
    else:
        text = reason or say(f"cli-fixity-{outcome}", recording=str(recording_id), version=version or "")
        terminal.out.print(text)
    return ExitCode.ATTENTION if outcome == "refused" else ExitCode.DONE
