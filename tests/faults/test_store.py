"""The store answers 500 and 503, slowly, in part or not at all, and breaks off: nothing is lost, doubled, half done."""

import time

import pytest

from infra.chaos.http_proxy import HttpFault, Misdeed

from .conftest import Site

OPEN_PARTS, PART, COMPLETE = "^POST .*uploads", "^PUT .*partNumber=2", "^POST .*uploadId="
PUT_WHOLE, READ_BACK, LOCK = "^PUT [^?]*-originals/[^?]* ", "^GET .*-originals/.*versionId", "^PUT .*retention"
# The client itself asks again for all but POST: it has to be told more often for anybody else to notice.
OFTEN = 6


@pytest.mark.parametrize(
    ("request_", "misdeed", "times"),
    [
        (OPEN_PARTS, Misdeed.ANSWER_500, 2),
        (PART, Misdeed.ANSWER_503, OFTEN),
        (COMPLETE, Misdeed.ANSWER_503, 2),
        (PUT_WHOLE, Misdeed.ANSWER_500, OFTEN),
        (LOCK, Misdeed.ANSWER_500, OFTEN),
        (READ_BACK, Misdeed.ANSWER_503, OFTEN),
    ],
    ids=str,
)
def test_answers_with_a_fault(site: Site, request_: str, misdeed: Misdeed, times: int) -> None:
    site.endure(lambda: site.house.store.spoil(HttpFault(misdeed, request_, times=times)))


@pytest.mark.parametrize("request_", [PART, COMPLETE, PUT_WHOLE, LOCK], ids=lambda request: request)
def test_does_what_it_is_asked_and_the_answer_is_lost(site: Site, request_: str) -> None:
    site.endure(lambda: site.house.store.spoil(HttpFault(Misdeed.LOSE_ANSWER, request_)))


@pytest.mark.parametrize(("request_", "times"), [(COMPLETE, 1), (READ_BACK, 3)], ids=["complete", "read back"])
def test_answers_in_part(site: Site, request_: str, times: int) -> None:
    site.endure(lambda: site.house.store.spoil(HttpFault(Misdeed.TRUNCATE_ANSWER, request_, times=times, after=5)))


def test_cut_in_the_middle_of_a_part(site: Site) -> None:
    site.endure(lambda: site.house.store.spoil(HttpFault(Misdeed.CUT_REQUEST, PART, times=3, after=1_000_000)))


def test_slow(site: Site) -> None:
    site.open(site.worker)
    site.house.store.slow(2_000_000)
    site.fill(site.first)
    site.assert_all_secured_once()


def test_away_for_a_while_and_back(site: Site) -> None:
    site.endure_absence(site.house.store, (site.dock, "nothing listens there"))


def test_silent_in_the_middle_of_a_part_and_back(site: Site) -> None:
    site.open(site.worker)
    fault = site.house.store.spoil(HttpFault(Misdeed.HOLD, PART))
    site.fill(site.first)
    site.wait(fault.met)
    time.sleep(3)  # as long as it is silent
    site.house.store.flow()
    site.assert_all_secured_once()
