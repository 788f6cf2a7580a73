"""`zhilu dock` as a process: secures, tells its slots, rehearses and carries out erasing, ends cleanly."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.api.cli.conftest import Zhilu
from tests.waiting import PATIENCE, eventually

QUICK = {"ZHILU_STABILITY__QUIET_SECONDS": "0.2", "ZHILU_DOCK__SETTLE_SECONDS": "0.2"}
NAME = "012345_1234567_20260301103000_0007.mp4"


@pytest.fixture
def station(zhilu: Zhilu) -> Zhilu:
    """A program whose docks need not wait long."""
    return zhilu.having(**QUICK, ZHILU_WATCH__STATION="front desk")


@pytest.fixture
def card(zhilu: Zhilu) -> Path:
    folder = zhilu.folder / "card"
    folder.mkdir()
    (folder / NAME).write_bytes(b"one")
    (folder / "b.txt").write_bytes(b"two")
    return folder


@contextmanager
def docking(station: Zhilu, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    process = station.start("dock", *arguments)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def status(station: Zhilu, code: int = 0) -> dict[str, Any]:
    return {line["slot"]: line for line in station.lines("dock", "--status", code=code)}


def test_once_secures_what_is_there_and_ends(station: Zhilu, card: Path) -> None:
    lines = station.lines("dock", "--dock", card, "--once")
    assert sorted((Path(line["path"]).name, line["outcome"]) for line in lines) == [
        (NAME, "secured"),
        ("b.txt", "secured"),
    ]
    assert {line["kind"] for line in station.lines("jobs")} == {"probe"}  # left for workers
    (slot,) = status(station, code=1).values()  # nobody watches it now
    assert (slot["slot"], slot["station"], slot["running"]) == (str(card), "front desk", False)
    assert (slot["condition"], slot["files_found"], slot["files_secured"]) == ("safe to remove", 2, 2)
    assert sorted(path.name for path in card.iterdir()) == [NAME, "b.txt"]


def test_a_card_without_any_file_is_not_said_to_be_safe(station: Zhilu) -> None:
    (station.folder / "nothing").mkdir()
    process = station.start("dock", "--dock", station.folder / "nothing", "--once")
    _out, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "empty  card: Nothing was found on it." in said
    assert "safe to remove" not in said
    (slot,) = status(station, code=1).values()
    assert (slot["condition"], slot["trouble"], slot["files_found"]) == ("empty", "nothing found", 0)


def test_a_folder_whose_name_is_no_text_and_steers_terminals(station: Zhilu) -> None:
    folder = os.fsencode(station.folder) + b"/\xff\x1b[2J\ncard"
    os.mkdir(folder)  # noqa: PTH102 - bytes
    (Path(os.fsdecode(folder)) / NAME).write_bytes(b"one")
    process = station.start("dock", "--dock", os.fsdecode(folder), "--once")
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "safe to remove" in err
    assert "\x1b" not in out + err
    (slot,) = status(station, code=1).values()
    assert (slot["condition"], slot["files_secured"]) == ("safe to remove", 1)
    assert slot["slot"].isprintable()


def test_once_with_something_that_cannot_be_secured_says_so(station: Zhilu, card: Path) -> None:
    (card / "link.mp4").symlink_to("/etc/hostname")
    said = station("dock", "--dock", card, "--once", code=1)
    assert f"FAILED  {card}/link.mp4  It is a symbolic link" in said
    assert next(iter(status(station, code=1).values()))["condition"] == "attention"


def test_erasing_is_rehearsed_then_done_and_off_by_default(station: Zhilu, card: Path) -> None:
    rehearsed = [line["outcome"] for line in station.lines("dock", "--dock", card, "--once", "--dry-run")]
    assert sorted(rehearsed) == ["secured", "secured", "would erase", "would erase"]
    assert len(list(card.iterdir())) == 2
    erasing = station.having(ZHILU_DOCK__ERASE="true")
    done = [line["outcome"] for line in erasing.lines("dock", "--dock", card, "--once")]
    assert sorted(done) == ["duplicate", "duplicate", "erased", "erased"]
    assert list(card.iterdir()) == []
    (slot,) = status(station, code=1).values()
    assert (slot["condition"], slot["files_found"], slot["files_secured"]) == ("safe to remove", 2, 2)


def test_unknown_devices_are_refused_where_that_is_set(station: Zhilu, card: Path) -> None:
    refusing = station.having(ZHILU_DOCK__UNKNOWN_DEVICES="refuse")
    lines = refusing.lines("dock", "--dock", card, "--once", code=1)
    assert {line["outcome"] for line in lines} == {"failed"}
    (slot,) = status(station, code=1).values()
    assert (slot["condition"], slot["trouble"]) == ("attention", "device refused")


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_until_it_is_told_to_end(station: Zhilu, card: Path, by: signal.Signals) -> None:
    with docking(station, "--dock", card, "--json") as process:
        eventually((station.home / "slots.json").exists, "slots.json")
        eventually(lambda: [each["condition"] for each in status(station).values()] == ["safe to remove"], "the card")
        (card / "later.txt").write_text("later")
        eventually(lambda: [each["files_secured"] for each in status(station).values()] == [3], "the third file")
        process.send_signal(by)
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
        assert "Traceback" not in err
        assert sorted(Path(json.loads(line)["path"]).name for line in out.splitlines()) == [NAME, "b.txt", "later.txt"]
        assert list((station.home / "scratch").iterdir()) == []


def test_slots_of_the_settings(station: Zhilu) -> None:
    slots = station.folder / "slots"
    (slots / "7").mkdir(parents=True)
    (slots / "7" / NAME).write_bytes(b"seven")
    (station.folder / "zhilu.toml").write_text(
        f'[dock]\nmounts = ["{slots}/*"]\nplain_folders = true\n[[dock.slots]]\nname = "3"\nport = "pci-*-usb-0:3:*"\n'
    )
    (line,) = station.lines("dock", "--once")
    assert line["outcome"] == "secured"
    assert {name: slot["condition"] for name, slot in status(station, code=1).items()} == {
        "3": "empty",
        "7": "safe to remove",
    }


def test_status_where_no_dock_ever_was(station: Zhilu) -> None:
    station("dock", "--status", code=1)
    station("dock", "--status", "--once", code=2)


def test_its_own_home_is_no_slot(station: Zhilu) -> None:
    said = station("dock", "--dock", station.folder, "--once", code=2)
    assert str(station.home) in said
