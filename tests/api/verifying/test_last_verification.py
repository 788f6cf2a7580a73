"""When everything was verified last, and what that found, is told by `zhilu doctor` and the metrics."""

import pytest

from api.checks import CheckState
from api.checks.archive import Archive, verification
from api.verifying.run import Scope
from catalog.repositories import custody
from tests.api.verifying.conftest import House

pytestmark = pytest.mark.parametrize("house", ["embedded"], indirect=True)


def told(house: House) -> tuple[CheckState, str | None]:
    found = verification(Archive(house.runtime.settings, house.runtime.catalog, house.clock()))
    return found.state, found.text


def test_never_then_passed_then_found(house: House) -> None:
    assert told(house) == (CheckState.ATTENTION, "check-verification-never")
    house.verify(Scope(recording_id=house.recordings[0]))
    house.verify(Scope(contents=False))
    assert told(house)[1] == "check-verification-never"  # not of everything
    house.verify()
    assert told(house) == (CheckState.OK, None)
    house.attacker.change("recording", house.recordings[0], officer_code="999999")
    house.verify()
    assert told(house) == (CheckState.ATTENTION, "check-verification-failed")
    with house.runtime.catalog.reading() as session:
        found = custody.latest_full_verification(session)
    assert found is not None
    assert (found.passed, found.discrepancies, found.unchecked) == (False, 2, 0)
