"""A disk that is full, a clock that is set wrong and right again, two docks that meet the same card image."""

import os
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.chaos.cards import MIB
from infra.chaos.processes import Zhilu
from ingest.slot_board import read_board

from .conftest import PATIENCE, Site

HOUR, DAY = 3600, 86400


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("Only root can mount: run the tests as root to have this one too.")
    folder = tmp_path / "small"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=16m", "zhilu-chaos", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode != 0:
        pytest.skip(f"This machine does not let root mount: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, timeout=30, check=False)


def fill_up(folder: Path) -> Path:
    """Leave no byte free."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as stream:
        try:
            while stream.write(bytes(MIB)):
                pass
        except OSError:
            return filler


@pytest.mark.parametrize("name", ["first", "worker"])
def test_disk_of_the_home_is_full_and_then_is_not(site: Site, small_disk: Path, name: str) -> None:
    process = site.house.processes[name]
    process.home.symlink_to(small_disk, target_is_directory=True)
    site.open(site.worker)
    filler = fill_up(small_disk)
    site.fill(site.first)
    site.film(site.first)
    # Originals go to the store alone, and need no room here.
    site.wait_for("SELECT count(*) = 6 FROM recording")
    if name == "worker":
        site.wait_for("SELECT count(*) > 0 FROM job WHERE last_error IS NOT NULL")
    filler.unlink()
    site.assert_all_secured_once()


# What only a worker whose clock is wrong leaves behind: a time to come, or something due and not done.
TO_COME = (
    "SELECT count(*) > 0 FROM job WHERE greatest(due_at, lease_until, finished_at) > now() + interval '30 minutes'"
)
LEFT_UNDONE = "SELECT count(*) > 0 FROM job WHERE state = 'waiting' AND due_at < now() - interval '3 seconds'"


def await_board_at(dock: Zhilu, seconds: int) -> None:
    """Wait until a dock shows its slots with a clock that is wrong by so much."""
    until, wrong = time.monotonic() + PATIENCE, timedelta(seconds=seconds)
    while time.monotonic() < until:
        board = read_board(dock.home)
        if board is not None and abs(board.told_at - datetime.now(UTC) - wrong) < timedelta(minutes=5):
            return
        time.sleep(0.05)
    pytest.fail(f"{dock.name} never took up the wrong clock\n{dock.last_words()}")


@pytest.mark.parametrize(
    ("name", "seconds"),
    [("first", 600), ("first", -600), ("first", 400 * DAY), ("first", -400 * DAY), ("worker", HOUR), ("worker", -HOUR)],
)
def test_clock_jumps_and_is_set_right_again(site: Site, name: str, seconds: int) -> None:
    site.open(site.worker)
    process = site.house.processes[name]
    site.fill(site.first)
    process.set_clock(seconds)
    site.fill(site.first)
    site.film(site.first)
    if name == "first":
        await_board_at(process, seconds)
    else:
        site.wait_for(TO_COME if seconds > 0 else LEFT_UNDONE)
    process.set_clock(0)
    site.assert_all_secured_once()


def test_two_docks_with_the_same_card_image(site: Site) -> None:
    second = site.card("second")
    other = site.house.dock("second", second)
    third = site.card("third", erase=True)
    another = site.house.dock("third", third, erase=True)
    site.open(site.worker, other, another)
    site.fill(site.first, second, third, sizes=(7, 300_000, 12 * MIB, 7 * MIB, *range(1000, 1030)))
    site.fill(second)
    site.assert_all_secured_once()
    assert all(path.exists() for path in second.files)
