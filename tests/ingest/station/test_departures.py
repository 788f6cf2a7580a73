"""Cards that went before they were done: shown until they came back and are done, or somebody acknowledged it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import col, select

from catalog.tables import CustodyEvent, Slot, SlotState
from catalog.tables.custody import CustodyAction
from catalog.tables.docking import SlotCondition
from ingest.acknowledgements import acknowledge
from ingest.departures import UnfinishedCard
from ingest.slot_board import read_board
from ingest.slot_reason import ReasonCode
from ingest.slot_state import TroubleKind
from tests.conftest import Home
from tests.waiting import eventually

from .conftest import Docking, Hung, StartDock, write

SAFE, ATTENTION, READING, EMPTY = (
    SlotCondition.SAFE_TO_REMOVE,
    SlotCondition.ATTENTION,
    SlotCondition.READING,
    SlotCondition.EMPTY,
)
NAMES = [f"012345_1234567_2026030110300{number}_0007.mp4" for number in range(3)]
Hang = Callable[[Path], Hung]


class Place:
    """A slot that is a folder, and what is moved in and out of it as a card is."""

    def __init__(self, slots: Path, slot: str = "1") -> None:
        self.path, self.name, self._outside = slots / slot, str(slots / slot), slots.parent / "outside"
        self._outside.mkdir(exist_ok=True)

    def fill(self) -> None:
        for number, name in enumerate(NAMES):
            write(self.path / "DCIM" / name, f"content {number}".encode())

    def take_out(self, kept_as: str = "card") -> None:
        self.path.rename(self._outside / kept_as)

    def put_in(self, kept_as: str = "card") -> None:
        (self._outside / kept_as).rename(self.path)


@pytest.fixture
def place(slots: Path) -> Place:
    return Place(slots)


def custody(home: Home) -> list[CustodyEvent]:
    with home.catalog.reading() as session:
        wanted = (CustodyAction.TAKEN_OUT, CustodyAction.TAKEN_OUT_SETTLED)
        found = select(CustodyEvent).where(col(CustodyEvent.action).in_(wanted)).order_by(col(CustodyEvent.id))
        return list(session.exec(found).all())


def taken_out_while_it_is_read(start_dock: StartDock, place: Place, hang: Hang) -> tuple[Docking, Hung]:
    place.fill()
    hung = hang(place.path)
    docking = start_dock(place.path, stall_seconds=1000)
    assert hung.reached.wait(60)
    eventually(lambda: docking.report(place.name).files_found == len(NAMES), "all of its files to be seen")
    place.take_out()
    report = docking.wait_until(place.name, ATTENTION)
    assert report.trouble is TroubleKind.TAKEN_OUT_EARLY
    assert report.why is not None
    assert report.why.code is ReasonCode.TAKEN_OUT
    facts = report.why.facts
    assert (facts["left"], facts["found"], facts["devices"], report.files_taken_out) == (3, 3, "1234567", 3)
    return docking, hung


def test_it_is_shown_until_the_same_card_came_back_and_is_done(
    start_dock: StartDock, place: Place, home: Home, hang: Hang
) -> None:
    docking, hung = taken_out_while_it_is_read(start_dock, place, hang)

    def told() -> tuple[str, str] | None:
        with home.catalog.reading() as session:
            row = session.exec(select(SlotState.condition, SlotState.reason).join(Slot)).one_or_none()
        return (row[0].value, row[1] or "") if row else None

    eventually(lambda: (told() or ("", ""))[0] == "attention", "the catalog to be told")
    assert "3 of 3 files were not secured" in (told() or ("", ""))[1]
    place.put_in()
    docking.wait_until(place.name, READING)
    hung.go_on.set()
    report = docking.wait_until(place.name, SAFE)
    eventually(lambda: docking.report(place.name).taken_out == (), "nothing to be missing")
    assert report.files_secured == len(NAMES)
    place.take_out()
    docking.wait_until(place.name, EMPTY)
    eventually(lambda: len(custody(home)) == 2, "the custody log")
    gone, settled = custody(home)
    assert (gone.action, gone.details["files_not_secured"]) == (CustodyAction.TAKEN_OUT, 3)
    assert (settled.action, settled.details["how"]) == (CustodyAction.TAKEN_OUT_SETTLED, "came back")


def test_another_card_in_its_slot_settles_nothing(start_dock: StartDock, place: Place, hang: Hang) -> None:
    docking, hung = taken_out_while_it_is_read(start_dock, place, hang)
    hung.go_on.set()
    write(place.path / "DCIM" / NAMES[0], b"of another card")
    docking.wait_until(place.name, SAFE)
    report = docking.report(place.name)
    assert [reason.code for reason in report.taken_out] == [ReasonCode.TAKEN_OUT]
    assert report.files_taken_out == 3
    place.take_out("another")
    docking.wait_until(place.name, ATTENTION)
    place.put_in()
    docking.wait_until(place.name, SAFE)
    eventually(lambda: docking.report(place.name).taken_out == (), "the right one to settle it")


def test_it_may_come_back_in_another_slot(start_dock: StartDock, place: Place, slots: Path, hang: Hang) -> None:
    docking, hung = taken_out_while_it_is_read(start_dock, place, hang)
    docking.stop()
    hung.go_on.set()
    other = Place(slots, "2")
    docking = start_dock(place.path, other.path)
    docking.wait_until(place.name, ATTENTION)
    other.put_in()
    docking.wait_until(other.name, SAFE)
    docking.wait_until(place.name, EMPTY)


def test_a_dock_that_starts_again_remembers(start_dock: StartDock, place: Place, slots: Path, hang: Hang) -> None:
    docking, hung = taken_out_while_it_is_read(start_dock, place, hang)
    docking.stop()
    hung.go_on.set()
    docking = start_dock(slots / "2")
    report = docking.wait_until(place.name, ATTENTION)
    assert report.why is not None
    assert report.why.code is ReasonCode.TAKEN_OUT


def test_a_card_that_went_while_no_dock_ran(start_dock: StartDock, place: Place, hang: Hang) -> None:
    place.fill()
    hung = hang(place.path)
    docking = start_dock(place.path, stall_seconds=0.5)
    assert hung.reached.wait(60)
    docking.wait_until(place.name, ATTENTION)  # it gives nothing
    docking.stop()
    hung.go_on.set()
    place.take_out()
    docking = start_dock(place.path)
    report = docking.wait_until(place.name, ATTENTION)
    assert report.why is not None
    assert (report.why.code, report.why.facts["left"]) == (ReasonCode.GONE_MEANWHILE, 3)
    place.put_in()
    docking.wait_until(place.name, SAFE)
    eventually(lambda: docking.report(place.name).taken_out == (), "nothing to be missing")


def test_a_card_that_stayed_in_while_no_dock_ran_is_not_missing(
    start_dock: StartDock, place: Place, hang: Hang
) -> None:
    place.fill()
    hung = hang(place.path)
    docking = start_dock(place.path, stall_seconds=0.5)
    assert hung.reached.wait(60)
    docking.wait_until(place.name, ATTENTION)
    docking.stop()
    hung.go_on.set()
    (place.path / "DCIM" / NAMES[0]).write_bytes(b"grown since, and under its name")
    docking = start_dock(place.path)
    report = docking.wait_until(place.name, SAFE)
    assert (report.taken_out, report.files_secured) == ((), 3)


def acknowledge_what_is_shown(home: Home, slot: str) -> None:
    shown: list[UnfinishedCard] = []

    def tells() -> bool:
        board = read_board(home.folder)
        shown.extend(board.missing_from(slot) if board else [])
        return bool(shown)

    eventually(tells, "slots.json to tell of it")
    acknowledge(home.folder, slot, [each.departure_id for each in shown], "li")


def test_somebody_acknowledges(start_dock: StartDock, place: Place, home: Home, hang: Hang) -> None:
    docking, _hung = taken_out_while_it_is_read(start_dock, place, hang)
    acknowledge_what_is_shown(home, place.name)
    docking.wait_until(place.name, EMPTY)
    eventually(lambda: len(custody(home)) == 2, "the custody log")
    settled = custody(home)[1]
    assert (settled.details["how"], settled.actor) == ("acknowledged", "li")
    docking.stop()
    board = read_board(home.folder)
    assert board is not None
    assert board.unfinished == ()


def test_a_card_whose_files_are_erased_is_known_again_all_the_same(
    start_dock: StartDock, place: Place, hang: Hang
) -> None:
    docking, hung = taken_out_while_it_is_read(start_dock, place, hang)
    docking.stop()
    hung.go_on.set()
    docking = start_dock(place.path, erases=True)
    docking.wait_until(place.name, ATTENTION)
    place.put_in()
    docking.wait_until(place.name, SAFE)
    eventually(lambda: docking.report(place.name).taken_out == (), "nothing to be missing")
    assert list((place.path / "DCIM").iterdir()) == []


def test_a_card_that_was_done_leaves_an_empty_slot(start_dock: StartDock, place: Place, home: Home) -> None:
    place.fill()
    docking = start_dock(place.path)
    docking.wait_until(place.name, SAFE)
    place.take_out()
    docking.wait_until(place.name, EMPTY)
    assert custody(home) == []


def test_files_that_cannot_be_seen_any_more_still_count(start_dock: StartDock, place: Place, hang: Hang) -> None:
    """As when a card is pulled: for a while its folders only give errors."""
    place.fill()
    hung = hang(place.path)
    docking = start_dock(place.path, stall_seconds=1000, at_once_per_slot=1)
    assert hung.reached.wait(60)
    eventually(lambda: docking.report(place.name).files_found == len(NAMES), "all of its files to be seen")
    folder = place.path / "DCIM"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("ingest.walk._entries", _fails_below(str(folder).encode()))
        docking.wait_until(place.name, ATTENTION)
        assert docking.report(place.name).files_found == len(NAMES)
        place.take_out()
        eventually(lambda: docking.report(place.name).files_taken_out == len(NAMES), "all of them to be missing")
    hung.go_on.set()


def _fails_below(folder: bytes) -> Callable[[bytes], list[tuple[bytes, bool]]]:
    from ingest.walk import _entries

    def failing(path: bytes) -> list[tuple[bytes, bool]]:
        if path == folder:
            raise OSError(5, "Input/output error")
        return _entries(path)

    return failing
