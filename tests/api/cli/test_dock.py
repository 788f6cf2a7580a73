"""`zhilu dock` as a process: secures, tells its slots, rehearses and carries out erasing, ends cleanly."""

import hashlib
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from api.cli import dock
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


def of_files(lines: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Name and outcome of each line that is about a file."""
    return sorted((Path(line["path"]).name, line["outcome"]) for line in lines if "path" in line)


def outcomes(lines: list[dict[str, Any]]) -> list[str]:
    return sorted(outcome for _name, outcome in of_files(lines))


def total(lines: list[dict[str, Any]]) -> dict[str, int]:
    (found,) = (line["total"] for line in lines if "total" in line)
    return {name: count for name, count in found.items() if count}


def status(station: Zhilu, code: int = 0) -> dict[str, Any]:
    return {line["slot"]: line for line in station.lines("dock", "--status", code=code)}


def test_once_secures_what_is_there_and_ends(station: Zhilu, card: Path) -> None:
    lines = station.lines("dock", "--dock", card, "--once")
    assert of_files(lines) == [(NAME, "secured"), ("b.txt", "secured")]
    assert total(lines) == {"secured": 2, "bytes_secured": 6}
    assert all(datetime.fromisoformat(line["at"]).tzinfo is not None for line in lines if "path" in line)
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
    assert "empty  Nothing was found on it." in said
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


def test_each_file_is_said_with_local_time_and_the_start_of_its_digest(station: Zhilu, card: Path) -> None:
    process = station.start("dock", "--dock", card, "--once")
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    line = next(line for line in out.splitlines() if NAME in line)
    digest = hashlib.sha256(b"one").hexdigest()[:12]
    assert re.fullmatch(rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d \+08:00  secured\s+{card}/{NAME}  SHA-256 {digest}", line)
    assert err.splitlines()[-1] == "2 secured (6 B), 0 known already, 0 failed."


def test_erasing_is_rehearsed_then_done_and_off_by_default(station: Zhilu, card: Path) -> None:
    station("storage", "probe", code=1)  # a folder is never immutable, which does not hold erasing up
    rehearsed = station.lines("dock", "--dock", card, "--once", "--dry-run")
    assert outcomes(rehearsed) == ["secured", "secured", "would erase", "would erase"]
    assert total(rehearsed) == {"secured": 2, "bytes_secured": 6, "would_erase": 2, "bytes_would_erase": 6}
    assert len(list(card.iterdir())) == 2
    erasing = station.having(ZHILU_DOCK__ERASE="true")
    done = erasing.lines("dock", "--dock", card, "--once")
    assert outcomes(done) == ["duplicate", "duplicate", "erased", "erased"]
    assert total(done) == {"duplicate": 2, "bytes_duplicate": 6, "erased": 2, "bytes_erased": 6}
    assert list(card.iterdir()) == []
    (slot,) = status(station, code=1).values()
    assert (slot["condition"], slot["files_found"], slot["files_secured"]) == ("safe to remove", 2, 2)


def test_nothing_is_erased_before_the_locks_of_the_store_were_tried(station: Zhilu, card: Path) -> None:
    erasing = station.having(ZHILU_DOCK__ERASE="true")
    process = erasing.start("dock", "--dock", card, "--once")
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    (said,) = (line for line in err.splitlines() if line.startswith("Nothing is erased from the cards"))
    assert "run `zhilu storage probe`" in said
    assert "Erasing is on" not in err
    assert out.count("It was not erased: nobody has tried yet") == 2
    assert "0 erased (0 B), 2 kept on their cards." in err
    assert len(list(card.iterdir())) == 2
    willing = erasing.having(ZHILU_DOCK__ERASE_REQUIRES_PROBE="false")
    assert outcomes(willing.lines("dock", "--dock", card, "--once")) == ["duplicate", "duplicate", "erased", "erased"]


def test_once_for_a_place_that_is_not_there(station: Zhilu, card: Path) -> None:
    said = station("dock", "--dock", card, "--dock", card.with_name("crad"), "--once", code=2)
    assert said.strip() == f"There is no {card.with_name('crad')}: check the path."
    assert not station.home.exists()


def test_a_file_is_no_slot(station: Zhilu, card: Path) -> None:
    said = station("dock", "--dock", card / NAME, "--once", code=2)
    assert said.startswith(f"{card / NAME} is no folder")


def test_what_could_not_be_secured_counts_as_kept(station: Zhilu, card: Path) -> None:
    (card / "link.mp4").symlink_to("/etc/hostname")
    station("storage", "probe", code=1)
    process = station.having(ZHILU_DOCK__ERASE="true").start("dock", "--dock", card, "--once")
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err.splitlines()[-1]) == (1, "2 erased (6 B), 1 kept on their cards.")


def test_once_ends_when_the_store_stays_full(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In this process, so that it need not take a minute."""
    monkeypatch.setattr(dock, "_ONCE_WAITS_SECONDS", 0.5)
    (tmp_path / "card").mkdir()
    for number in range(5):
        (tmp_path / "card" / f"{number}.txt").write_text(f"{number}")
    for name, value in {**QUICK, "ZHILU_STORAGE__RESERVE_MIB": str(2**40), "ZHILU_HOME": str(tmp_path / "h")}.items():
        monkeypatch.setenv(name, value)
    assert dock.dock([tmp_path / "card"], once=True) == 1


def test_after_a_kill_the_status_says_that_none_is_running(station: Zhilu, card: Path) -> None:
    with docking(station, "--dock", card):
        eventually((station.home / "slots.json").exists, "slots.json")
        eventually(lambda: [each["running"] for each in status(station).values()] == [True], "the dock")
    assert [each["running"] for each in status(station, code=1).values()] == [False]


def test_a_place_may_appear_later_and_that_is_said(station: Zhilu, card: Path) -> None:
    later = card.with_name("later")
    process = station.start("dock", "--dock", later)
    try:
        assert process.stderr is not None
        said = iter(process.stderr.readline, "")
        assert any(f"Watching for {later}, which is not there yet" in line for line in said)
        card.rename(later)
        assert any("safe to remove" in line for line in said)
    finally:
        process.kill()
        process.communicate()


def test_a_second_dock_of_a_home_says_who_runs_there(station: Zhilu, card: Path) -> None:
    with docking(station, "--dock", card) as process:
        eventually((station.home / "slots.json").exists, "slots.json")
        (other := card.with_name("other")).mkdir()
        for language in ("C.UTF-8", "zh_CN.UTF-8"):
            (said,) = replace(station, language=language)("dock", "--dock", other, "--once", code=3).splitlines()
            assert str(process.pid) in said
            assert "front desk" in said
        assert list(status(station)) == [str(card)]


def test_a_card_taken_out_too_early_is_said_until_somebody_acknowledges(station: Zhilu, card: Path) -> None:
    slow = station.having(ZHILU_STABILITY__QUIET_SECONDS="3600")  # it is never done with
    with docking(slow, "--dock", card):
        eventually((station.home / "slots.json").exists, "slots.json")
        eventually(lambda: [each["files_found"] for each in status(station).values()] == [2], "its files to be seen")
        card.rename(card.with_name("elsewhere"))
        eventually(lambda: [each["condition"] for each in read(station)] == ["attention"], "attention")
        (slot,) = status(station, code=1).values()
        assert (slot["reason_code"], slot["reason_facts"]["left"]) == ("taken out", 2)
        said = station("dock", "--status", code=1)
        assert "A card of the camera 1234567 was taken out before it was done" in said
        chinese = replace(station, language="zh_CN.UTF-8")("dock", "--status", code=1)
        assert "2 个文件中有 2 个未保全" in chinese
        assert f"there are: {card}" in station("dock", "--acknowledge", "no such slot", code=2)
        station("dock", "--acknowledge", card, "--once", code=2)
        told = station.lines("dock", "--acknowledge", card.relative_to(station.folder))  # where the program stands
        assert [line["reason_code"] for line in told] == ["taken out"]
        assert [each["condition"] for each in status(station).values()] == ["empty"]


def read(station: Zhilu) -> list[dict[str, Any]]:
    slots: list[dict[str, Any]] = json.loads((station.home / "slots.json").read_text("utf-8"))["slots"]
    return slots


def test_unknown_devices_are_refused_where_that_is_set(station: Zhilu, card: Path) -> None:
    refusing = station.having(ZHILU_DOCK__UNKNOWN_DEVICES="refuse")
    lines = refusing.lines("dock", "--dock", card, "--once", code=1)
    assert set(outcomes(lines)) == {"failed"}
    assert total(lines) == {"failed": 2}
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
    assert outcomes(station.lines("dock", "--once")) == ["secured"]
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
