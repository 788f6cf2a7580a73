"""The database is cut off in the middle of a commit, before and after it heard of it; it is away, and comes back."""

import time

import pytest

from infra.chaos.cuts import CutAfter, CutAt, Direction

from .conftest import Site

RECORDING, JOB_DONE, ERASURE = b"INSERT INTO recording ", b"UPDATE job SET", b"INSERT INTO custody_event"


@pytest.mark.parametrize("heard", [False, True], ids=["before it is heard", "after it is heard"])
@pytest.mark.parametrize("once_said", [RECORDING, JOB_DONE, ERASURE], ids=["recording", "job", "custody"])
def test_cut_in_the_middle_of_a_commit(site: Site, once_said: bytes, *, heard: bool) -> None:
    site.open(site.worker)
    cut = site.house.database.once(CutAt(b"COMMIT", once_said=once_said, heard=heard))
    site.fill(site.first)
    site.film(site.first)
    site.wait(cut.met)
    site.assert_all_secured_once()


@pytest.mark.parametrize("direction", list(Direction))
def test_cut_in_the_middle_of_anything(site: Site, direction: Direction) -> None:
    site.open(site.worker)
    for count in (3_000, 20_000, 40_000):
        cut = site.house.database.once(CutAfter(count, direction))
        site.fill(site.first)
        site.wait(cut.met)
    site.assert_all_secured_once()


def test_away_for_a_while_and_back(site: Site) -> None:
    site.open(site.worker)
    site.house.database.refuse()
    site.fill(site.first)
    site.wait_for_words(site.dock, "the catalog could not be told")
    site.wait_for_words(site.worker, "the ledger could not be swept")
    site.house.database.accept()
    site.assert_all_secured_once()


def test_silent_for_a_while_and_back(site: Site) -> None:
    site.open(site.worker)
    site.house.database.stall()
    site.fill(site.first)
    site.wait(site.house.database.held)
    time.sleep(5)  # as long as it is silent
    site.house.database.flow()
    site.assert_all_secured_once()
