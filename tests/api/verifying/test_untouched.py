"""What nobody touched verifies with no finding at all."""

from api.verifying.model import Part
from api.verifying.run import Scope
from tests.api.verifying.conftest import PHOTOS, House


def test_a_house_at_rest(house: House) -> None:
    found, tallies = house.verify()
    assert found == []
    assert tallies.passed
    assert set(tallies.parts) == set(Part)
    assert tallies[Part.CONTENTS].of == tallies[Part.LOCKS].of == tallies[Part.MANIFESTS].of == PHOTOS
    assert min(tallies[part].checked for part in (Part.EVENTS, Part.ROWS, Part.CHECKPOINTS, Part.SEGMENTS)) > 0


def test_one_recording_and_since_a_time(house: House) -> None:
    before = house.clock()
    house.look(3)
    house.sign()
    found, tallies = house.verify(Scope(recording_id=house.recordings[0]))
    assert (found, tallies[Part.CONTENTS].of) == ([], 1)
    found, tallies = house.verify(Scope(since=before))
    assert found == []
    assert 3 <= tallies[Part.EVENTS].of < 20
