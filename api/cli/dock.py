"""`zhilu dock`: watch the slots of this station and secure what is docked; no workers, no page."""

import os
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from api.cli.context import Column, Terminal, opened, say
from api.cli.ingesting import tell
from api.cli.signals import stopped_by_signals
from api.docking import docking
from api.errors import ExitCode, UsageWrong
from api.messages.faults import sentence_of
from api.metrics import DockMetrics, RingMetrics, registry_of, serving_metrics
from api.own_folders import refuse_own_folders
from api.ringing import ringing
from api.runtime import Part, Runtime, home_of, system_clock
from api.settings import Settings, load_settings
from catalog.tables.docking import SlotCondition
from ingest.erase import Erasure
from ingest.intake import IntakeResult
from ingest.slot_board import read_board
from ingest.slot_state import SlotReport
from ingest.source import shown
from ingest.station import Dock
from ingest.walk import Found

_LOOK_SECONDS = 0.3
_SILENT_AFTER = timedelta(minutes=1)


def add_to(application: typer.Typer) -> None:
    application.command("dock", help=say("cli-dock"))(dock)


def dock(
    places: Annotated[list[Path] | None, typer.Option("--dock", metavar="PATH", help=say("cli-dock-path"))] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("cli-dock-dry-run"))] = False,
    once: Annotated[bool, typer.Option("--once", help=say("cli-dock-once"))] = False,
    status: Annotated[bool, typer.Option("--status", help=say("cli-dock-status"))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=say("cli-json"))] = False,
) -> int:
    terminal = Terminal(as_json)
    if status:
        if places or dry_run or once:
            raise UsageWrong(say("cli-dock-status-alone"))
        return _show_status(terminal, load_settings())
    with stopped_by_signals() as stop, opened(part=Part.TAKES_IN) as runtime, ExitStack() as running:
        roots = _roots(runtime, places or [])
        at_work = _start(runtime, terminal, roots, running, dry_run=dry_run)
        if not once:
            terminal.note(say("cli-up-stop"))
        _go_on(terminal, at_work, stop, once=once)
        attention = any(_is_unfinished(report) for report in at_work.reports())
        if not once or stop.is_set():
            terminal.note(say("cli-up-stopping"))
    return ExitCode.ATTENTION if once and attention else ExitCode.DONE


def _roots(runtime: Runtime, places: Sequence[Path]) -> list[Path]:
    settings = runtime.settings
    roots = list(places) or list(settings.watch.roots)
    named = [Path(slot.mount) for slot in settings.dock.slots if slot.mount is not None]
    if not roots and not settings.dock.slots and not settings.dock.mounts and not settings.dock.ports:
        roots = [runtime.home / "dock"]
    refuse_own_folders(settings, [*roots, *named])
    return roots


def _start(runtime: Runtime, terminal: Terminal, roots: list[Path], running: ExitStack, *, dry_run: bool) -> Dock:
    registry = registry_of(runtime)
    docks: list[Dock] = []
    metrics = DockMetrics(registry, lambda: [report for each in docks for report in each.reports()])
    writing = threading.Lock()

    def seen(result: IntakeResult, seconds: float | None) -> None:
        metrics.on_result(result, seconds)
        with writing:
            tell(terminal, result)

    def erased(found: Found, erasure: Erasure) -> None:
        with writing:
            _tell_erasure(terminal, found, erasure)

    settings = runtime.settings.metrics
    address = running.enter_context(serving_metrics(registry, settings.host, settings.dock_port))
    doorbell = running.enter_context(ringing(runtime, on_rings=RingMetrics(registry).on_rings))
    at_work = running.enter_context(
        docking(runtime, roots, on_result=seen, ring=doorbell.ring, on_erasure=erased, dry_run=dry_run)
    )
    docks.append(at_work)
    if dry_run or runtime.settings.dock.erase:
        terminal.note(say("cli-dock-rehearses" if dry_run else "cli-dock-erases"))
    for root in roots:
        terminal.note(say("cli-up-watching" if root.is_dir() else "cli-up-waiting", path=shown(os.fsencode(root))))
    if address is not None:
        terminal.note(say("cli-metrics-address", address=address))
    return at_work


def _go_on(terminal: Terminal, at_work: Dock, stop: threading.Event, *, once: bool) -> None:
    """Tell what the slots show whenever that changes, until told to stop or, with `once`, until all is done."""
    told: dict[str, tuple[SlotCondition, str | None]] = {}
    while not stop.wait(_LOOK_SECONDS):
        done = once and at_work.is_done()
        for report in at_work.reports():
            shows = (report.condition, report.reason)
            if told.get(report.slot) != shows and not terminal.as_json:
                terminal.note(_line(report))
            told[report.slot] = shows
        if done:
            return


def _is_unfinished(report: SlotReport) -> bool:
    """Whether a person has to see to it, or files of it are not secured, for whatever reason it ended without them."""
    return report.condition is SlotCondition.ATTENTION or report.files_secured < report.files_found


def _line(report: SlotReport) -> str:
    condition = say.word("slot-condition", report.condition)
    return say("cli-dock-shows", slot=report.slot, condition=condition, reason=_reason(report)).rstrip()


def _tell_erasure(terminal: Terminal, found: Found, erasure: Erasure) -> None:
    path = shown(found.path)
    reason = sentence_of(say, erasure.kept) if erasure.kept else ""
    if terminal.as_json:
        terminal.line({"path": path, "outcome": erasure.outcome.value, "reason": reason or None})
    else:
        word = say(f"cli-erasure-{erasure.outcome.value.replace(' ', '-')}")
        terminal.out.print(f"{word}  {path}  {reason}".rstrip())


def _show_status(terminal: Terminal, settings: Settings) -> int:
    board = read_board(home_of(settings))
    if board is None:
        terminal.note(say("cli-dock-no-status"))
        return ExitCode.ATTENTION
    silent = not board.running or system_clock() - board.told_at > _SILENT_AFTER
    for report in board.slots if terminal.as_json else ():
        terminal.line({**report.as_json(), "told_at": board.told_at.isoformat(), "running": not silent})
    if not terminal.as_json:
        headers = [say(f"cli-dock-column-{column}") for column in ("slot", "status", "files", "waiting", "since")]
        headers.append(say("cli-column-reason"))
        terminal.table(headers, [_row(settings, report) for report in board.slots], columns=_COLUMNS)
        for alarm in board.alarms:
            terminal.note(alarm)
    if silent:
        terminal.note(say("cli-dock-silent", at=_time(settings, board.told_at)))
    attention = silent or any(report.condition is SlotCondition.ATTENTION for report in board.slots)
    return ExitCode.ATTENTION if attention else ExitCode.DONE


_COLUMNS = (Column(), Column(), Column(), Column(left_out=1), Column(left_out=2), Column(folds=True))


def _row(settings: Settings, report: SlotReport) -> tuple[str, ...]:
    return (
        report.slot,
        say.word("slot-condition", report.condition),
        f"{report.files_secured}/{report.files_found}",
        str(report.files_waiting),
        _time(settings, report.since),
        _reason(report),
    )


def _reason(report: SlotReport) -> str:
    """What it is about in the reader's language, and the sentence as it stands in the record."""
    about = f"{say.word('slot-trouble', report.trouble)}: " if report.trouble else ""
    return about + (report.reason or "")


def _time(settings: Settings, moment: datetime) -> str:
    return f"{moment.astimezone(settings.time_zone):%Y-%m-%d %H:%M:%S}"
