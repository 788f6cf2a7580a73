"""The database is cut off in the middle of a commit, before and after it heard of it; it is away, and comes back."""

import time
from functools import partial

import pytest

from infra.chaos.cuts import CutAfter, CutAt, Direction

from .conftest import Site

RECORDING, JOB_DONE, ERASURE = b"INSERT INTO recording ", b"UPDATE job SET", b"INSERT INTO custody_event"


@pytest.mark.parametrize("heard", [False, True], ids=["before it is heard", "after it is heard"])
@pytest.mark.parametrize("once_said", [RECORDING, JOB_DONE, ERASURE], ids=["recording", "job", "custody"])
def test_cut_in_the_middle_of_a_commit(site: Site, once_said: bytes, *, heard: bool) -> None:
    cut = CutAt(b"COMMIT", once_said=once_said, heard=heard)
    site.endure(lambda: site.house.database.once(cut), filming=True)


@pytest.mark.parametrize("direction", list(Direction))
def test_cut_in_the_middle_of_anything(site: Site, direction: Direction) -> None:
    cuts = [CutAfter(count, direction) for count in (3_000, 20_000, 40_000)]
    site.endure(*(partial(site.house.database.once, cut) for cut in cuts))


def test_away_for_a_while_and_back(site: Site) -> None:
    site.endure_absence(
        site.house.database,
        (site.dock, "nothing can be secured"),
        (site.worker, "the ledger could not be swept"),
    )


def test_silent_for_a_while_and_back(site: Site) -> None:
    site.open(site.worker)
    site.house.database.stall()
    site.fill(site.first)
    site.wait(site.house.database.held)
    time.sleep(5)  # as long as it is silent
    site.house.database.flow()
    site.assert_all_secured_once()
