"""A store that is away: nothing is attempted, people are told, and all goes on by itself when it is back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from catalog.tables import Recording
from catalog.tables.docking import SlotCondition
from ingest.slot_board import read_board
from ingest.slot_state import TroubleKind
from storage.errors import StorageError, StoreFull, StoreMisconfigured, StoreUnavailable
from storage.local import LocalStore
from storage.model import Bucket
from tests.conftest import Home, OpenHome
from tests.waiting import eventually

from .conftest import Hung, StartDock, write

FILES = 12


class Switched(LocalStore):
    """A store that fails as it is told to, and counts how often it was asked."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.fault: StorageError | None = None
        self.answers_listing = False
        self.unforeseen: Exception | None = None
        self.hung: Hung | None = None
        self.uploads = self.asked = 0

    def upload(self, *arguments: Any, **given: Any) -> Any:
        self.uploads += 1
        if self.fault is not None:
            raise self.fault
        made = super().upload(*arguments, **given)
        if self.hung is not None:
            write, hung = made.write, self.hung

            def writing(chunk: bytes | memoryview) -> None:
                hung.wait()
                write(chunk)

            made.write = writing  # type: ignore[method-assign]
        return made

    def list_versions(self, bucket: Bucket, prefix: str = "") -> Iterator[Any]:
        self.asked += 1
        if self.unforeseen is not None:
            raise self.unforeseen
        if self.fault is not None and not self.answers_listing:
            raise self.fault
        return super().list_versions(bucket, prefix)


@pytest.fixture
def store(tmp_path: Path) -> Switched:
    return Switched(tmp_path / "objects")


@pytest.fixture
def home(open_home: OpenHome, store: Switched) -> Home:
    return open_home(store=store)


def fill(slots: Path) -> list[str]:
    for slot in ("1", "2"):
        for number in range(FILES // 2):
            write(slots / slot / f"{number}.mp4", f"{slot} {number}".encode())
    return [str(slots / "1"), str(slots / "2")]


def on_record(home: Home) -> int:
    with home.catalog.reading() as session:
        return len(session.exec(select(Recording.id)).all())


def test_a_store_that_is_away_and_comes_back(start_dock: StartDock, slots: Path, home: Home, store: Switched) -> None:
    places = fill(slots)
    store.fault = StoreUnavailable("file:/objects", "it does not answer")
    docking = start_dock(*(Path(place) for place in places))
    for place in places:
        report = docking.wait_until(place, SlotCondition.ATTENTION)
        assert report.trouble is TroubleKind.STORE_AWAY
        assert report.reason is not None
        assert "nothing can be secured: The store at file:/objects is unavailable" in report.reason
        assert report.files_failed == 0
    asked = store.asked
    eventually(lambda: store.asked >= asked + 4, "the store to be asked again and again")
    # Four at once, of which two gave their places on before the third fault: not each file had to find out.
    assert store.uploads <= 6
    board = read_board(home.folder)
    assert board is not None
    assert "unavailable" in board.alarms[0].sentence
    store.fault = None
    for place in places:
        docking.wait_until(place, SlotCondition.SAFE_TO_REMOVE)
    assert on_record(home) == FILES


def test_a_store_that_answers_but_is_full_is_tried_with_one_file_at_a_time(
    start_dock: StartDock, slots: Path, home: Home, store: Switched
) -> None:
    places = fill(slots)
    store.fault, store.answers_listing = StoreFull("file:/objects"), True
    docking = start_dock(*(Path(place) for place in places))
    eventually(lambda: store.uploads >= 3, "it to open")
    docking.wait_until(places[0], SlotCondition.ATTENTION)
    eventually(lambda: store.asked >= 4, "a few trials")
    assert store.uploads <= 7 + store.asked
    assert docking.report(places[0]).trouble is TroubleKind.STORE_FULL
    store.fault = None
    for place in places:
        docking.wait_until(place, SlotCondition.SAFE_TO_REMOVE)
    assert on_record(home) == FILES


def test_asking_that_meets_something_unforeseen_is_no_answer(
    start_dock: StartDock, slots: Path, store: Switched
) -> None:
    write(slots / "1" / "a.mp4", b"a")
    store.fault = StoreUnavailable("file:/objects", "it does not answer")
    store.unforeseen = RuntimeError("nobody thought of this")
    docking = start_dock(slots / "1", breaker={"opens_after": 1, "first_seconds": 0.1, "longest_seconds": 0.1})
    eventually(
        lambda: (
            "nobody thought of this" in (docking.report(str(slots / "1")).reason or "")
            if docking.shows(str(slots / "1"))
            else False
        ),
        "people to be told",
    )
    asked = store.asked
    eventually(lambda: store.asked >= asked + 2, "the store to be asked again")
    store.fault = store.unforeseen = None
    docking.wait_until(str(slots / "1"), SlotCondition.SAFE_TO_REMOVE)


def test_a_store_that_is_set_up_wrongly_is_not_said_to_be_away(
    start_dock: StartDock, slots: Path, store: Switched
) -> None:
    write(slots / "1" / "a.mp4", b"a")
    store.fault = StoreMisconfigured("The key is not known to the store: check it.")
    docking = start_dock(slots / "1", breaker={"opens_after": 1, "first_seconds": 0.1})
    report = docking.wait_until(str(slots / "1"), SlotCondition.ATTENTION)
    assert report.trouble is TroubleKind.STORE_MISCONFIGURED
    assert "check it" in (report.reason or "")


def test_a_store_that_takes_for_ever_is_told_of_and_the_card_is_not_blamed(
    start_dock: StartDock, slots: Path, store: Switched
) -> None:
    write(slots / "1" / "a.mp4", b"a")
    store.hung = Hung()
    docking = start_dock(slots / "1", stall_seconds=0.2, slow_seconds=0.5)
    try:
        report = docking.wait_until(str(slots / "1"), SlotCondition.ATTENTION)
        assert report.trouble is TroubleKind.ENGINE_SLOW
        assert (report.files_secured, report.files_waiting) == (0, 1)
        assert not docking.dock.is_done()
    finally:
        store.hung.go_on.set()
    docking.wait_until(str(slots / "1"), SlotCondition.SAFE_TO_REMOVE)
    eventually(docking.dock.is_done, "it to be done")


def test_a_card_that_is_safe_stays_safe_while_the_store_is_away(
    start_dock: StartDock, slots: Path, store: Switched
) -> None:
    write(slots / "1" / "a.mp4", b"a")
    docking = start_dock(slots / "1", slots / "2")
    docking.wait_until(str(slots / "1"), SlotCondition.SAFE_TO_REMOVE)
    store.fault = StoreUnavailable("file:/objects", "it does not answer")
    write(slots / "2" / "b.mp4", b"b")
    docking.wait_until(str(slots / "2"), SlotCondition.ATTENTION)
    assert docking.shows(str(slots / "1")) is SlotCondition.SAFE_TO_REMOVE
