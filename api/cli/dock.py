"""`zhilu dock`: watch the slots of this station and secure what is docked; no workers, no page."""

import os
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from api.cli.context import Column, Terminal, opened, say
from api.cli.dock_lines import DockLines, Total, say_of_erasing
from api.cli.signals import stopped_by_signals
from api.docking import docking
from api.errors import ExitCode, UsageWrong
from api.metrics import DockMetrics, RingMetrics, registry_of, serving_metrics
from api.own_folders import refuse_own_folders
from api.ringing import ringing
from api.runtime import Part, Runtime, home_of, own_actor, system_clock
from api.settings import Settings, load_settings
from api.slot_words import reason_in
from api.times import for_people
from catalog.tables.docking import SlotCondition
from ingest.acknowledgements import acknowledge as leave_word
from ingest.departures import UnfinishedCard
from ingest.dock_lock import is_taken
from ingest.intake import IntakeResult
from ingest.slot_board import NAME as BOARD
from ingest.slot_board import Board, read_board
from ingest.slot_reason import Reason, ReasonCode
from ingest.slot_state import SlotReport
from ingest.source import shown
from ingest.station import Dock

_LOOK_SECONDS = 0.3
_SILENT_AFTER = timedelta(minutes=1)
_ANSWER_SECONDS = 10.0
# A store that is only restarted is waited for; a program that waits for this run must hear of one that stays away.
_ONCE_WAITS_SECONDS = 60.0


def add_to(application: typer.Typer) -> None:
    application.command("dock", help=say("cli-dock"))(dock)


def dock(
    places: Annotated[list[Path] | None, typer.Option("--dock", metavar="PATH", help=say("cli-dock-path"))] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("cli-dock-dry-run"))] = False,
    once: Annotated[bool, typer.Option("--once", help=say("cli-dock-once"))] = False,
    status: Annotated[bool, typer.Option("--status", help=say("cli-dock-status"))] = False,
    acknowledge: Annotated[str | None, typer.Option(metavar="SLOT", help=say("cli-dock-acknowledge"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("cli-json"))] = False,
) -> int:
    terminal = Terminal(as_json)
    if status:
        if places or dry_run or once or acknowledge is not None:
            raise UsageWrong(say("cli-dock-status-alone"))
        return _show_status(terminal, load_settings())
    if acknowledge is not None:
        if places or dry_run or once:
            raise UsageWrong(say("cli-dock-acknowledge-alone"))
        return _acknowledge(terminal, load_settings(), acknowledge)
    if once:
        _check_places(places or load_settings().watch.roots, load_settings())
    with stopped_by_signals() as stop, opened(part=Part.TAKES_IN) as runtime, ExitStack() as running:
        roots = _roots(runtime, places or [])
        lines = DockLines(terminal, runtime.settings.time_zone, runtime.clock, Total() if once else None)
        at_work = _start(runtime, lines, roots, running, dry_run=dry_run)
        if not once:
            terminal.note(say("cli-up-stop"))
        _go_on(terminal, runtime.settings, at_work, stop, once=once)
        attention = at_work.erasing_refused or any(_is_unfinished(report) for report in at_work.reports())
        if not once or stop.is_set():
            terminal.note(say("cli-up-stopping"))
    if once:
        lines.conclude(erases=runtime.settings.dock.erase, rehearses=dry_run)
    return ExitCode.ATTENTION if once and attention else ExitCode.DONE


def _check_places(places: Sequence[Path], settings: Settings) -> None:
    """What is to be done now must be there now; a mount point may appear later only where somebody waits for it.

    Those inside the home are made. Raises UsageWrong.
    """
    home = home_of(settings)
    for place in places:
        if not place.absolute().is_relative_to(home) and not os.path.lexists(place):
            raise UsageWrong(say("cli-no-such-path", path=shown(os.fsencode(place))))


def _roots(runtime: Runtime, places: Sequence[Path]) -> list[Path]:
    settings = runtime.settings
    roots = list(places) or list(settings.watch.roots)
    named = [Path(slot.mount) for slot in settings.dock.slots if slot.mount is not None]
    if not roots and not settings.dock.slots and not settings.dock.mounts and not settings.dock.ports:
        roots = [runtime.home / "dock"]
    refuse_own_folders(settings, [*roots, *named])
    for root in roots:
        if os.path.lexists(root) and not root.is_dir():
            raise UsageWrong(say("cli-dock-no-folder", path=shown(os.fsencode(root))))
    return roots


def _start(runtime: Runtime, lines: DockLines, roots: list[Path], running: ExitStack, *, dry_run: bool) -> Dock:
    registry, terminal = registry_of(runtime), lines.terminal
    docks: list[Dock] = []
    metrics = DockMetrics(registry, lambda: [report for each in docks for report in each.reports()])

    def seen(result: IntakeResult, seconds: float | None) -> None:
        metrics.on_result(result, seconds)
        lines.result(result)

    settings = runtime.settings.metrics
    address = running.enter_context(serving_metrics(registry, settings.host, settings.dock_port))
    doorbell = running.enter_context(ringing(runtime, on_rings=RingMetrics(registry).on_rings))
    at_work = running.enter_context(
        docking(runtime, roots, on_result=seen, doorbell=doorbell, on_erasure=lines.erasure, dry_run=dry_run)
    )
    docks.append(at_work)
    say_of_erasing(terminal, runtime.settings, at_work, dry_run=dry_run)
    for root in roots:
        there = os.path.lexists(root)
        terminal.note(say("cli-up-watching" if there else "cli-dock-not-there-yet", path=shown(os.fsencode(root))))
    if address is not None:
        terminal.note(say("cli-metrics-address", address=address))
    return at_work


def _go_on(terminal: Terminal, settings: Settings, at_work: Dock, stop: threading.Event, *, once: bool) -> None:
    """Tell what the slots show whenever that changes, until told to stop or, with `once`, until all is done."""
    told: dict[str, tuple[object, ...]] = {}
    away_since: float | None = None
    while at_work.displaced is None and not stop.wait(_LOOK_SECONDS):
        away_since = (away_since or time.monotonic()) if at_work.engine_trouble() else None
        given_up = away_since is not None and time.monotonic() - away_since > _ONCE_WAITS_SECONDS
        done = once and (given_up or at_work.is_done())
        for report in at_work.reports():
            shows = (report.condition, report.why, report.taken_out)
            if told.get(report.slot) != shows and not terminal.as_json:
                terminal.note(_line(settings, report))
                for each in _said_beside(report):
                    terminal.note(_missing(settings, report, each))
            told[report.slot] = shows
        if done:
            if given_up:
                terminal.note(say("cli-dock-once-given-up"))
            return


def _is_unfinished(report: SlotReport) -> bool:
    """Whether a person has to see to it, or files of it are not secured, for whatever reason it ended without them."""
    needs_somebody = report.condition is SlotCondition.ATTENTION or bool(report.taken_out)
    return needs_somebody or report.files_secured < report.files_found


def _line(settings: Settings, report: SlotReport) -> str:
    condition = say.word("slot-condition", report.condition)
    return say("cli-dock-shows", slot=report.slot, condition=condition, reason=_reason(settings, report)).rstrip()


def _said_beside(report: SlotReport) -> list[Reason]:
    """The cards that are missing but for the one that the slot itself tells of."""
    return [each for each in report.taken_out if each != report.why]


def _missing(settings: Settings, report: SlotReport, each: Reason) -> str:
    return say("cli-dock-missing", slot=report.slot, reason=reason_in(say, settings.time_zone, each))


def _show_status(terminal: Terminal, settings: Settings) -> int:
    board = read_board(home_of(settings))
    if board is None:
        told = os.path.lexists(home_of(settings) / BOARD)
        terminal.note(say("cli-dock-status-unreadable" if told else "cli-dock-no-status"))
        return ExitCode.ATTENTION
    running = board.running and is_taken(home_of(settings))
    silent = not running or system_clock() - board.told_at > _SILENT_AFTER
    for report in board.slots if terminal.as_json else ():
        terminal.line({**report.as_json(), "told_at": board.told_at.isoformat(), "running": not silent})
    if not terminal.as_json:
        _show_table(terminal, settings, board)
    if silent:
        terminal.note(say("cli-dock-silent", at=for_people(board.told_at, settings.time_zone)))
    if board.left_out:
        terminal.note(say("cli-dock-left-out", count=board.left_out))
    attention = silent or any(each.condition is SlotCondition.ATTENTION or each.taken_out for each in board.slots)
    attention = attention or board.left_out > 0 or any(_stays(alarm) for alarm in board.alarms)
    return ExitCode.ATTENTION if attention else ExitCode.DONE


def _stays(alarm: Reason) -> bool:
    """Whether it waits for a person, although perhaps no slot shows it."""
    return alarm.code is ReasonCode.STATE_UNREADABLE


def _show_table(terminal: Terminal, settings: Settings, board: Board) -> None:
    headers = [say(f"cli-dock-column-{column}") for column in ("slot", "status", "files", "waiting", "since")]
    headers.append(say("cli-column-reason"))
    terminal.table(headers, [_row(settings, report) for report in board.slots], columns=_COLUMNS)
    for report in board.slots:
        for each in _said_beside(report):
            terminal.note(_missing(settings, report, each))
    if any(report.taken_out for report in board.slots):
        terminal.note(say("cli-dock-how-to-acknowledge"))
    for alarm in board.alarms:
        terminal.note(reason_in(say, settings.time_zone, alarm))


def _acknowledge(terminal: Terminal, settings: Settings, slot: str) -> int:
    """Tell the dock of this home what was shown here as missing, and wait until it has taken that up."""
    home = home_of(settings)
    slot = _slot_named(home, slot)
    missing = _missing_from(home, slot)
    if not missing:
        raise UsageWrong(say("cli-dock-nothing-missing", slot=shown(os.fsencode(slot))))
    leave_word(home, slot, list(missing), own_actor())
    for each in missing.values():
        reason = reason_in(say, settings.time_zone, each.reason)
        if terminal.as_json:
            terminal.line({"slot": slot, **each.reason.as_json()})
        else:
            terminal.out.print(say("cli-dock-acknowledged", slot=slot, reason=reason))
    until = time.monotonic() + _ANSWER_SECONDS
    while time.monotonic() < until and (board := read_board(home)) is not None and board.running:
        if not missing.keys() & _missing_from(home, slot).keys():
            return ExitCode.DONE
        time.sleep(_LOOK_SECONDS)
    terminal.note(say("cli-dock-acknowledged-later"))
    return ExitCode.DONE


def _slot_named(home: Path, name: str) -> str:
    """The slot of that name, or the folder that is one. Raises UsageWrong where the dock tells of others only."""
    board = read_board(home)
    slots = [report.slot for report in board.slots] if board else []
    found = next((each for each in (name, os.path.abspath(name)) if each in slots), name)  # noqa: PTH100 - links stay
    if board is not None and found not in slots and not board.missing_from(found):
        raise UsageWrong(say("cli-dock-no-such-slot", slot=shown(os.fsencode(name)), slots=", ".join(slots)))
    return found


def _missing_from(home: Path, slot: str) -> dict[str, UnfinishedCard]:
    """By the ids of their departures."""
    board = read_board(home)
    return {each.departure_id: each for each in board.missing_from(slot)} if board else {}


_COLUMNS = (Column(), Column(), Column(), Column(left_out=1), Column(left_out=2), Column(folds=True))


def _row(settings: Settings, report: SlotReport) -> tuple[str, ...]:
    return (
        report.slot,
        say.word("slot-condition", report.condition),
        f"{report.files_secured}/{report.files_found}",
        str(report.files_waiting),
        for_people(report.since, settings.time_zone),
        _reason(settings, report),
    )


def _reason(settings: Settings, report: SlotReport) -> str:
    return reason_in(say, settings.time_zone, report.why) if report.why else ""
