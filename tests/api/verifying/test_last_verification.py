"""When everything was verified last, and what that found, is told by `zhilu doctor` and the metrics."""

from datetime import timedelta

import pytest

from api.checks import CheckState
from api.checks.archive import Archive, verification
from api.verifying.run import Scope
from catalog.repositories import custody
from tests.api.verifying.conftest import House

pytestmark = pytest.mark.parametrize("house", ["embedded"], indirect=True)

A_DAY = timedelta(days=1, seconds=1)


def told(house: House, later: timedelta = timedelta()) -> tuple[CheckState, str | None]:
    found = verification(Archive(house.runtime.settings, house.runtime.catalog, house.clock() + later))
    return found.state, found.text


def test_never_then_passed_then_found(house: House) -> None:
    assert told(house, A_DAY) == (CheckState.ATTENTION, "check-verification-never")
    house.verify(Scope(recording_id=house.recordings[0]))
    house.verify(Scope(contents=False))
    assert told(house, A_DAY)[1] == "check-verification-never"  # not of everything
    house.verify()
    assert told(house) == (CheckState.OK, None)
    house.attacker.change("recording", house.recordings[0], officer_code="999999")
    house.verify()
    assert told(house) == (CheckState.ATTENTION, "check-verification-failed")
    with house.runtime.catalog.reading() as session:
        found = custody.latest_full_verification(session)
    assert found is not None
    assert (found.passed, found.discrepancies, found.unchecked) == (False, 2, 0)


def test_a_house_has_its_first_day_to_verify_everything_and_no_longer(house: House) -> None:
    assert told(house) == (CheckState.OK, "check-verification-not-yet")
    assert told(house, A_DAY) == (CheckState.ATTENTION, "check-verification-never")
    house.verify()
    assert told(house, A_DAY) == (CheckState.OK, None)
    assert told(house, timedelta(days=93)) == (CheckState.ATTENTION, "check-verification-old")
