"""A home that an earlier version left open to all is closed by the next start, and nothing else is."""

import os
import stat
from pathlib import Path

import pytest

from api.checks import Check, CheckState
from api.checks.machine import room
from api.home import close_to_others
from api.runtime import make_home
from api.settings import Settings


def closed(home: Path) -> Check:
    return room(Settings(), home)


def mode_of(folder: Path) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


@pytest.fixture
def left_open(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "objects").mkdir(parents=True)
    home.chmod(0o755)
    return home


def test_a_new_home_is_closed(tmp_path: Path) -> None:
    make_home(tmp_path / "home")
    assert mode_of(tmp_path / "home") == 0o700


def test_one_left_open_is_told_and_closed_by_a_start(left_open: Path) -> None:
    found = closed(left_open)
    assert (found.state, found.text, found.facts["mode"]) == (CheckState.ATTENTION, "check-room-closable", "0755")
    assert mode_of(left_open) == 0o755, "looking changes nothing"
    make_home(left_open)
    assert mode_of(left_open) == 0o700
    assert closed(left_open).state is CheckState.OK


def test_a_group_that_was_let_in_stays(left_open: Path) -> None:
    left_open.chmod(0o750)
    make_home(left_open)
    assert mode_of(left_open) == 0o750
    assert closed(left_open).state is CheckState.OK


@pytest.mark.parametrize("mode", [0o755, 0o1777])
def test_a_folder_of_others_stays_open(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    if mode & stat.S_ISVTX:  # as /tmp is, even with a home in it
        (tmp_path / "objects").mkdir()
    close_to_others(tmp_path)
    assert mode_of(tmp_path) == mode
    assert closed(tmp_path).text == "check-room-open"
    tmp_path.chmod(0o700)


def test_a_folder_that_holds_other_things_too_stays_open(left_open: Path) -> None:
    """Somebody pointed ZHILU_HOME at a folder that others use."""
    (left_open / "www").mkdir()
    make_home(left_open)
    assert mode_of(left_open) == 0o755
    assert closed(left_open).text == "check-room-open"


def test_a_start_does_not_fail_where_it_may_not(left_open: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_self: Path, _mode: int) -> None:
        raise PermissionError(1, "not permitted")

    monkeypatch.setattr(Path, "chmod", refused)
    make_home(left_open)
    assert mode_of(left_open) == 0o755


def test_the_home_of_another_user_stays_as_it_is(left_open: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: left_open.stat().st_uid + 1)
    make_home(left_open)
    assert mode_of(left_open) == 0o755
    assert closed(left_open).text == "check-room-open"


def test_no_home_yet(tmp_path: Path) -> None:
    assert closed(tmp_path / "none").state is CheckState.OK
