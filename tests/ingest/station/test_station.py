"""Many slots at once: fair, marked files first, one dead card stops nobody, and the state of each is told."""

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select

from catalog.tables import CustodyEvent, Recording, Slot, SlotState
from catalog.tables.custody import CustodyAction
from catalog.tables.docking import SlotCondition
from ingest.erase_card import remove
from ingest.errors import DockRunning
from ingest.slot_board import read_board
from ingest.slot_state import TroubleKind
from ingest.station_record import StationRecord
from ingest.walk import Found, _entries
from tests.conftest import Home
from tests.waiting import eventually

from .conftest import Hung, StartDock, write

SAFE, ATTENTION, READING, EMPTY = (
    SlotCondition.SAFE_TO_REMOVE,
    SlotCondition.ATTENTION,
    SlotCondition.READING,
    SlotCondition.EMPTY,
)
MARKED = "012345_1234567_20260301103000_0007IMP.mp4"


def name(number: int) -> str:
    return f"012345_1234567_20260301103{number:03}_0007.mp4"


def secured(home: Home) -> int:
    with home.catalog.reading() as session:
        return len(session.exec(select(Recording.id)).all())


def test_eight_slots_and_one_that_hangs(
    start_dock: StartDock, slots: Path, home: Home, hang: Callable[[Path], Hung]
) -> None:
    for slot in range(8):
        for number in range(5):
            write(slots / str(slot) / name(number), f"{slot} {number}".encode() * 100)
    hung = hang(slots / "3")
    docking = start_dock(mounts=[f"{slots}/*"], plain_folders=True, at_once=2, stall_seconds=1)
    for slot in {*range(8)} - {3}:
        docking.wait_until(str(slot), SAFE)
    assert secured(home) == 35
    report = docking.wait_until("3", ATTENTION)
    assert report.trouble is TroubleKind.DOES_NOT_ANSWER
    assert (report.files_found, report.files_secured, report.files_waiting) == (5, 0, 5)
    hung.go_on.set()
    docking.wait_until("3", SAFE)
    assert secured(home) == 40


def test_marked_files_go_first_across_all_slots(
    start_dock: StartDock, slots: Path, hang: Callable[[Path], Hung]
) -> None:
    """The only place is taken until all files wait, so that their order shows."""
    write(slots / "0" / "first.mp4", b"first")
    hung = hang(slots / "0")
    docking = start_dock(mounts=[f"{slots}/*"], plain_folders=True, at_once=1, stall_seconds=1000)
    assert hung.reached.wait(60)
    for slot in ("1", "2"):
        write(slots / slot / name(1), f"{slot} old".encode(), at=1_600_000_000)
        write(slots / slot / name(2), f"{slot} new".encode(), at=1_700_000_000)
    write(slots / "2" / MARKED, b"marked", at=1_750_000_000)
    eventually(
        lambda: [docking.report(slot).files_waiting for slot in ("1", "2") if docking.shows(slot)] == [2, 3], "all seen"
    )
    assert docking.report("2").marked_waiting == 1
    waiting = docking.dock.waiting
    eventually(lambda: waiting() == 5, "all to wait for their turn")
    hung.go_on.set()
    docking.wait_until("1", SAFE)
    docking.wait_until("2", SAFE)
    order = [str(Path(path).relative_to(slots)) for path in docking.paths()]
    assert order[1] == f"2/{MARKED}"
    assert order.index(f"1/{name(1)}") < order.index(f"1/{name(2)}")
    assert order.index(f"2/{name(1)}") < order.index(f"2/{name(2)}")


def test_what_is_told_in_the_file_and_in_the_catalog(start_dock: StartDock, slots: Path, home: Home) -> None:
    write(slots / "1" / name(1), b"content")
    docking = start_dock(slots=[{"name": "2", "mount": str(slots / "2")}], mounts=[f"{slots}/1"], plain_folders=True)
    docking.wait_until("1", SAFE)

    def told() -> dict[str, str]:
        board = read_board(home.folder)
        return {slot.slot: slot.condition.value for slot in board.slots} if board else {}

    eventually(lambda: told() == {"1": "safe to remove", "2": "empty"}, "slots.json")
    document = json.loads((home.folder / "slots.json").read_text("utf-8"))
    assert (document["station"], document["running"], document["alarms"]) == ("station 1", True, [])
    card = document["slots"][0]
    assert (card["files_found"], card["files_secured"], card["bytes_secured"]) == (1, 1, 7)
    assert card["device_serials"] == ["1234567"]

    def rows() -> dict[str, str]:
        with home.catalog.reading() as session:
            found = session.exec(select(Slot.name, SlotState.condition).join(SlotState)).all()
        return {slot: condition.value for slot, condition in found}

    eventually(lambda: rows() == {"1": "safe to remove", "2": "empty"}, "the rows of the catalog")

    def docked() -> list[dict[str, object]]:
        with home.catalog.reading() as session:
            events = session.exec(select(CustodyEvent).where(CustodyEvent.action == CustodyAction.DOCKED)).all()
        return [event.details for event in events]

    eventually(lambda: len(docked()) == 1, "the event")
    assert docked()[0]["device_serials"] == ["1234567"]
    docking.dock.end()
    board = read_board(home.folder)
    assert board is not None
    assert not board.running
    assert [slot.condition for slot in board.slots] == [SAFE, EMPTY]


def test_never_safe_with_a_new_file_until_that_is_secured_too(
    start_dock: StartDock, slots: Path, hang: Callable[[Path], Hung]
) -> None:
    card = slots / "1"
    write(card / name(1), b"first")
    docking = start_dock(card)
    docking.wait_until(str(card), SAFE)
    hung = hang(card)
    write(card / name(2), b"second")
    docking.wait_until(str(card), READING)
    assert hung.reached.wait(60)
    assert docking.shows(str(card)) is READING
    hung.go_on.set()
    report = docking.wait_until(str(card), SAFE)
    assert report.files_secured == 2


def test_never_safe_while_the_look_that_something_stirred_goes_on(
    start_dock: StartDock, slots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = slots / "1"
    write(card / name(1), b"first")
    docking = start_dock(card)
    docking.wait_until(str(card), SAFE)
    looking, entries = Hung(), _entries

    def slow(folder: bytes) -> list[tuple[bytes, bool]]:
        looking.wait()
        return entries(folder)

    with monkeypatch.context() as patched:
        patched.setattr("ingest.walk._entries", slow)
        write(card / name(2), b"second")
        try:
            # The first may be one by timer that nothing stirred; the event comes in any case.
            eventually(lambda: looking.reached.is_set() and docking.shows(str(card)) is not SAFE, "it to be taken back")
            assert not docking.dock.is_done()
        finally:
            looking.go_on.set()
    eventually(lambda: docking.report(str(card)).files_secured == 2, "the second to be secured")
    docking.wait_until(str(card), SAFE)


def test_never_safe_before_the_turn_of_the_last_file_has_come_to_its_end(
    start_dock: StartDock, slots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It once ended with the file secured, and what its turn told at its end took the last word back."""
    card, last_words, docked = slots / "1", Hung(), StationRecord.docked

    def slow(record: StationRecord, *told: object) -> None:
        last_words.wait()
        docked(record, *told)  # type: ignore[arg-type]

    monkeypatch.setattr(StationRecord, "docked", slow)
    write(card / name(1), b"first")
    docking = start_dock(card)
    try:
        assert last_words.reached.wait(60)
        watched = docking.dock._watchers[str(card)].card
        assert watched is not None
        eventually(lambda: (watched.still_seconds or 0.0) >= 0.3, "a look after which all would be done")
        assert docking.shows(str(card)) is SlotCondition.SECURED
        assert not docking.dock.is_done()
    finally:
        last_words.go_on.set()
    docking.wait_until(str(card), SAFE)
    eventually(docking.dock.is_done, "it to be done")


def test_a_file_that_cannot_be_secured_calls_for_attention(start_dock: StartDock, slots: Path) -> None:
    card = slots / "1"
    write(card / name(1), b"first")
    (card / "link.mp4").symlink_to("/etc/hostname")
    docking = start_dock(card)
    report = docking.wait_until(str(card), ATTENTION)
    eventually(lambda: docking.report(str(card)).files_secured == 1, "the other file secured")
    assert report.reason is not None
    assert "link.mp4: It is a symbolic link" in report.reason


def test_two_docks_with_the_same_card(start_dock: StartDock, slots: Path, home: Home) -> None:
    for slot in ("1", "2"):
        for number in range(5):
            write(slots / slot / name(number), f"the same {number}".encode())
    (other := slots / "other home").mkdir()
    first, second = start_dock(slots / "1"), start_dock(slots / "2", using=replace(home, folder=other))
    first.wait_until(str(slots / "1"), SAFE)
    second.wait_until(str(slots / "2"), SAFE)
    assert secured(home) == 5
    assert sorted(str(result.outcome) for result in (*first.results, *second.results)) == [
        *["duplicate"] * 5,
        *["secured"] * 5,
    ]


def test_a_second_dock_in_the_same_home_is_told_who_is_there(start_dock: StartDock, slots: Path, home: Home) -> None:
    first = start_dock(slots / "1")
    with pytest.raises(DockRunning) as refused:
        start_dock(slots / "2")
    assert f"process {os.getpid()}, station station 1" in str(refused.value)
    assert refused.value.home == str(home.folder)
    first.stop()
    start_dock(slots / "2")


def test_cards_that_come_and_go_as_disks(
    start_dock: StartDock, slots: Path, home: Home, request: pytest.FixtureRequest
) -> None:
    if os.geteuid() != 0:
        pytest.skip("Only root can mount: run the tests as root to have this one too.")
    for slot in ("1", "2"):
        (slots / slot).mkdir()

    def mount(slot: str) -> None:
        command = ["mount", "-t", "tmpfs", "-o", "size=1m", "zhilu-test", str(slots / slot)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        if done.returncode != 0:
            pytest.skip(f"This machine does not let root mount: {done.stderr.strip()}")

    def unmount(slot: str) -> None:
        subprocess.run(["umount", "--lazy", str(slots / slot)], capture_output=True, timeout=30, check=False)

    for slot in ("1", "2"):
        request.addfinalizer(lambda slot=slot: unmount(slot))
    write(slots / "2" / "below the mount point.mp4", b"no card")
    docking = start_dock(mounts=[f"{slots}/*"], slots=[{"name": "left", "mount": str(slots / "1")}])
    docking.wait_until("left", EMPTY)
    mount("1")
    write(slots / "1" / name(1), b"one")
    docking.wait_until("left", SAFE)
    mount("2")
    write(slots / "2" / name(2), b"two")
    docking.wait_until("2", SAFE)
    unmount("1")
    docking.wait_until("left", EMPTY)
    unmount("2")
    docking.wait_until("2", EMPTY)
    mount("1")
    write(slots / "1" / name(3), b"three")
    report = docking.wait_until("left", SAFE)
    assert report.files_found == 1
    assert secured(home) == 3


def test_slots_whose_labels_steer_terminals_or_are_no_text(start_dock: StartDock, slots: Path, home: Home) -> None:
    labels = [b"\xff\xfe", b"evil\x1b[2J\nslot", b"good"]
    for label in labels:
        folder = os.fsencode(slots) + b"/" + label
        os.mkdir(folder)  # noqa: PTH102 - bytes
        write(Path(os.fsdecode(folder)) / name(1), label)
    docking = start_dock(os.fsencode(slots) + b"/" + labels[0], mounts=[f"{slots}/[eg]*"], plain_folders=True)

    def told() -> list[SlotCondition]:
        board = read_board(home.folder)
        return [slot.condition for slot in board.slots] if board else []

    eventually(lambda: told() == [SAFE] * 3, "slots.json to tell of all")
    assert secured(home) == 3
    assert all(report.slot.isprintable() for report in docking.dock.reports())

    def rows() -> list[str]:
        with home.catalog.reading() as session:
            return [slot for slot, condition in session.exec(select(Slot.name, SlotState.condition).join(SlotState))]

    eventually(lambda: len(rows()) == 3, "the catalog to be told of all")


def test_a_slot_found_by_its_label_goes_some_time_after_its_card(start_dock: StartDock, slots: Path) -> None:
    write(slots / "1" / name(1), b"one")
    docking = start_dock(
        mounts=[f"{slots}/1"], slots=[{"name": "left", "mount": "/nowhere"}], plain_folders=True, forget_seconds=0.1
    )
    docking.wait_until("1", SAFE)
    (slots / "1").rename(slots / "elsewhere")
    eventually(lambda: docking.shows("1") is None, "the slot to be forgotten")
    assert docking.shows("left") is EMPTY
    (slots / "elsewhere").rename(slots / "1")
    docking.wait_until("1", SAFE)


def test_a_removal_that_hangs_is_a_card_that_does_not_answer(
    start_dock: StartDock, slots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hung = Hung()

    def hanging(folder: int, file: bytes, found: Found) -> None:
        if b"dead" in found.path:
            hung.wait()
        remove(folder, file, found)

    monkeypatch.setattr("ingest.erase.remove", hanging)
    try:
        write(slots / "dead" / name(1), b"dead")
        docking = start_dock(slots / "dead", slots / "alive", erases=True, at_once=1, stall_seconds=0.5)
        report = docking.wait_until(str(slots / "dead"), ATTENTION)
        assert report.trouble is TroubleKind.DOES_NOT_ANSWER
        alive = write(slots / "alive" / name(2), b"alive")
        eventually(lambda: not alive.exists(), "the only place to be given to the other card")
        assert (slots / "dead" / name(1)).exists()
    finally:
        hung.go_on.set()
    eventually(lambda: not (slots / "dead" / name(1)).exists(), "the removal to go on")


def test_a_card_with_more_files_than_any_camera_writes(
    start_dock: StartDock, slots: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.watch._FILES_AT_MOST", 3)
    for number in range(5):
        write(slots / "1" / name(number), f"{number}".encode())
    docking = start_dock(slots / "1")
    report = docking.wait_until(str(slots / "1"), ATTENTION)
    assert report.trouble is TroubleKind.TOO_MANY_FILES
    eventually(docking.dock.is_done, "the first to be secured")
    assert docking.shows(str(slots / "1")) is ATTENTION
    assert secured(home) == 3


def test_ending_finishes_what_is_under_way_and_leaves_a_dead_card_behind(
    start_dock: StartDock, slots: Path, hang: Callable[[Path], Hung]
) -> None:
    write(slots / "dead" / name(1), b"dead")
    hung = hang(slots / "dead")
    docking = start_dock(slots / "dead", stall_seconds=0.5)
    assert hung.reached.wait(60)
    docking.wait_until(str(slots / "dead"), ATTENTION)
    assert docking.dock.end() == 1
