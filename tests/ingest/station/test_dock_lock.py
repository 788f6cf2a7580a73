"""One dock a home, also where somebody deletes the file that says so."""

import json
import os
from pathlib import Path

import pytest

from ingest import dock_lock
from ingest.dock_lock import NAME, alone_in
from ingest.errors import DockRunning
from tests.conftest import Home, real_clock
from tests.waiting import eventually

from .conftest import StartDock


def test_a_lock_that_was_deleted_is_made_again(home: Home) -> None:
    with alone_in(home.folder, home.catalog, "one", now=real_clock()) as lock:
        (home.folder / NAME).unlink()
        lock.keep()
        assert json.loads((home.folder / NAME).read_text())["station"] == "one"
        with pytest.raises(DockRunning), alone_in(home.folder, home.catalog, "two", now=real_clock()):
            pass


def test_another_that_has_it_by_now_is_named(home: Home) -> None:
    with alone_in(home.folder, home.catalog, "one", now=real_clock()) as lock:
        (home.folder / NAME).unlink()
        with alone_in(home.folder, home.catalog, "two", now=real_clock()), pytest.raises(DockRunning) as refused:
            lock.keep()
        assert refused.value.station == "two"


def test_a_file_deleted_while_it_is_being_locked_is_no_lock(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    flock, deleted = dock_lock.fcntl.flock, list[int]()

    def deletes_first(file: object, how: int) -> None:
        if not deleted:
            deleted.append(os.stat(home.folder / NAME).st_ino)  # noqa: PTH116
            (home.folder / NAME).rename(home.folder / "deleted")
        flock(file, how)  # type: ignore[arg-type]

    monkeypatch.setattr(dock_lock.fcntl, "flock", deletes_first)
    with alone_in(home.folder, home.catalog, "one", now=real_clock()):
        assert (home.folder / NAME).stat().st_ino != deleted[0]
        with pytest.raises(DockRunning), alone_in(home.folder, home.catalog, "two", now=real_clock()):
            pass


def test_a_dock_at_work_makes_it_again(start_dock: StartDock, slots: Path, home: Home) -> None:
    start_dock(slots / "1")
    (home.folder / NAME).unlink()
    # Who holds it is written once it is held: the file alone lies there a moment before.
    eventually(lambda: (home.folder / NAME).exists() and (home.folder / NAME).read_bytes() != b"", "the lock")
    with pytest.raises(DockRunning):
        start_dock(slots / "2")


def test_a_dock_whose_home_was_taken_ends_and_writes_nothing_more(
    start_dock: StartDock, slots: Path, home: Home
) -> None:
    docking = start_dock(slots / "1")
    eventually((home.folder / "slots.json").exists, "slots.json")
    beside = home.folder / "the next lock"
    with alone_in(home.folder / "..", home.catalog, "two", now=real_clock()):
        (home.folder / ".." / NAME).rename(beside)
        beside.replace(home.folder / NAME)  # at no time is there none
        eventually(lambda: docking.dock.displaced is not None, "it to notice")
        (home.folder / "slots.json").write_text("of the other")
        with pytest.raises(DockRunning) as refused:
            docking.stop()
    assert refused.value.station == "two"
    assert (home.folder / "slots.json").read_text() == "of the other"
