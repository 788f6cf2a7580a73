"""A reader that leaves before the end is no reason to leave work undone, nor to say anything."""

import signal
from pathlib import Path

from tests.api.cli.conftest import Zhilu
from tests.waiting import eventually

READER_LEFT = 128 + signal.SIGPIPE


def test_a_reader_that_has_seen_enough_ends_a_listing_quietly(zhilu: Zhilu) -> None:
    card = zhilu.folder / "card"
    card.mkdir()
    (card / "a.txt").write_text("a")
    zhilu("ingest", str(card))
    listing = zhilu.start("find", "--json")
    assert listing.stdout is not None
    listing.stdout.close()
    _, said = listing.communicate(timeout=60)
    assert listing.returncode == READER_LEFT
    assert said == ""


def test_a_dock_works_on_when_nobody_reads_what_it_says(zhilu: Zhilu) -> None:
    card = zhilu.folder / "card"
    card.mkdir()
    dock = zhilu.start("dock", "--dock", str(card), "--json")
    assert dock.stdout is not None
    dock.stdout.close()
    try:
        for number in range(3):
            (card / f"{number}.txt").write_text(f"evidence {number}")
            eventually(lambda number=number: len(zhilu.lines("find")) == number + 1, f"{number + 1} recordings")
        assert dock.poll() is None
    finally:
        dock.send_signal(signal.SIGTERM)
        dock.communicate(timeout=60)
    assert dock.returncode == 0


def test_a_broken_socket_or_child_is_an_error_and_no_end(zhilu: Zhilu) -> None:
    """The signal that the kernel sends with it must reach no process of ours."""
    working = zhilu.start("work")
    try:
        assert working.stderr is not None
        working.stderr.readline()  # it has begun
        status = Path(f"/proc/{working.pid}/status").read_text("ascii").splitlines()
        (line,) = (each for each in status if each.startswith("SigIgn:"))
        assert int(line.split()[1], 16) & 1 << (signal.SIGPIPE - 1)
    finally:
        working.send_signal(signal.SIGTERM)
        working.communicate(timeout=60)
