"""`slots.json` and what lies beside it, damaged or hostile: what it told is remembered or missed aloud, never lost."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from catalog.tables.docking import SlotCondition
from ingest.acknowledgements import FOLDER, Acknowledgements, acknowledge
from ingest.slot_board import NAME, SlotBoard, read_board, told_before
from ingest.slot_reason import ReasonCode
from ingest.slot_state import TroubleKind
from tests.conftest import Home, real_clock
from tests.waiting import eventually

from .conftest import StartDock

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
MISSING: dict[str, Any] = {
    "slot": "1",
    "at": NOW.isoformat(),
    "seen_going": True,
    "files_found": 3,
    "files_left": 3,
    "device_serials": [],
    "marks": [["61", 5, 5, True]],
    "folder": None,
}
GOOD: dict[str, Any] = {
    "station": "front desk",
    "told_at": NOW.isoformat(),
    "running": False,
    "alarms": [],
    "slots": [],
    "unfinished": [MISSING],
    "missing": [],
}
LATER = {"reason": "x", "reason_code": "of a later version", "reason_facts": {}, "fault": None}


def put(folder: Path, document: object) -> Path:
    (path := folder / NAME).write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return path


def aside(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{NAME}.unreadable-*"))


@pytest.mark.parametrize(
    "told",
    [
        GOOD,
        {**GOOD, "alarms": [LATER]},
        {**GOOD, "slots": [{"slot": "1"}]},
        {**GOOD, "alarms": None, "slots": 5},
        {**GOOD, "of a later version": {}, "unfinished": [{**MISSING, "of a later version": [1]}]},
    ],
)
def test_what_is_missing_is_read_apart_from_all_else(tmp_path: Path, told: dict[str, Any]) -> None:
    put(tmp_path, told)
    found = told_before(tmp_path, NOW)
    assert [(card.slot, card.files_left) for card in found.cards] == [("1", 3)]
    assert found.at == NOW
    assert aside(tmp_path) == []


def broken(**change: Any) -> dict[str, Any]:
    return {**GOOD, "unfinished": [{**MISSING, **change}, MISSING]}


@pytest.mark.parametrize(
    "told",
    [
        broken(files_found=float("inf")),
        broken(files_found=float("nan")),
        broken(files_left=-1),
        broken(at="2026-11-23T10:00:00"),
        broken(at="0001-01-01T00:00:00+14:00"),
        broken(device_serials=[1, 2]),
        broken(folder=[1]),
        broken(marks=[["61", 1e999, 5, True]]),
        {**GOOD, "unfinished": ["x", None, MISSING]},
        {**GOOD, "told_at": "2026-11-23T10:00:00"},
        {**GOOD, "told_at": None},
    ],
)
def test_an_entry_that_is_not_understood_takes_no_other_with_it(tmp_path: Path, told: dict[str, Any]) -> None:
    path = put(tmp_path, told)
    with capture_logs() as logs:
        found = told_before(tmp_path, NOW)
    assert found.cards[-1].files_left == 3
    assert [entry["log_level"] for entry in logs] == ["warning"]
    assert [each.read_bytes() for each in aside(tmp_path)] == [path.read_bytes()]  # until it is written anew


def truncated(path: Path) -> None:
    path.write_text('{"station":')


def nested(path: Path) -> None:
    path.write_text("[" * 200_000)


def nested_in_an_object(path: Path) -> None:
    path.write_text('{"unfinished":' + "[" * 200_000)


def of_long_numbers(path: Path) -> None:
    path.write_text('{"a": ' + "9" * 5000 + "}")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def no_text(path: Path) -> None:
    path.write_bytes(b"\xff\x00")


def a_list(path: Path) -> None:
    path.write_text("[]")


HOSTILE = [truncated, nested, nested_in_an_object, of_long_numbers, pipe, folder, link_to_itself, no_text, a_list]


@pytest.mark.parametrize("attack", HOSTILE)
def test_a_file_that_cannot_be_read_is_put_aside_and_said(tmp_path: Path, attack: Callable[[Path], None]) -> None:
    attack(tmp_path / NAME)
    assert read_board(tmp_path) is None
    with capture_logs() as logs:
        found = told_before(tmp_path, NOW)
    assert (found.cards, found.at, found.stays) == ((), None, None)
    assert [entry["log_level"] for entry in logs] == ["warning"]
    assert len(aside(tmp_path)) == 1
    assert not os.path.lexists(tmp_path / NAME)


@pytest.mark.parametrize("attack", HOSTILE)
def test_an_acknowledgement_that_cannot_be_read_stops_no_other(tmp_path: Path, attack: Callable[[Path], None]) -> None:
    acknowledge(tmp_path, "1", ["a"], "li")
    attack(tmp_path / FOLDER / "0.json")
    words = Acknowledgements(tmp_path, real_clock)
    with capture_logs() as logs:
        assert [word.actor for word in words.take()] == ["li"]
        assert words.take() == []
    assert [entry["log_level"] for entry in logs] == ["warning"]


def test_a_folder_among_what_was_left_is_left_alone(tmp_path: Path) -> None:
    for name in ("x", "y.new"):
        (tmp_path / f"{NAME}.{name}").mkdir()
    (left := tmp_path / f"{NAME}.0a.new").write_text("half")
    put(tmp_path, "{").rename(kept := tmp_path / f"{NAME}.unreadable-1")
    board = SlotBoard(tmp_path, "front desk")
    board.tell([], [], [], [], now=NOW)
    assert not left.exists()
    assert kept.exists()
    assert read_board(tmp_path) is not None


def test_it_is_on_the_disk_before_it_takes_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced, fsync = list[bool](), os.fsync

    def noted(descriptor: int) -> None:
        synced.append((tmp_path / NAME).exists())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    SlotBoard(tmp_path, "front desk").tell([], [], [], [], now=NOW)
    assert synced == [False, True]  # the file, then the name


def test_a_dock_says_so_until_the_file_is_moved_away(start_dock: StartDock, slots: Path, home: Home) -> None:
    put(home.folder, '{"station":')
    docking = start_dock(slots / "1")
    report = docking.wait_until(str(slots / "1"), SlotCondition.ATTENTION)
    assert report.trouble is TroubleKind.STATE_UNREADABLE
    (lies,) = aside(home.folder)
    assert lies.name in (report.reason or "")

    def alarms() -> list[ReasonCode]:
        board = read_board(home.folder)
        return [alarm.code for alarm in board.alarms] if board else []

    eventually(lambda: alarms() == [ReasonCode.STATE_UNREADABLE], "the alarm")
    lies.rename(home.folder.parent / "seen to")
    docking.wait_until(str(slots / "1"), SlotCondition.EMPTY)
    eventually(lambda: read_board(home.folder) is not None and alarms() == [], "no alarm")
