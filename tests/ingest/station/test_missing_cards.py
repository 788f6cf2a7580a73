"""Which card settles which: decided on cards that are made here, without a dock."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.acknowledgements import acknowledge
from ingest.card import Card, CardIdentity, FileState, Standing
from ingest.departures import Departures, FileMark, UnfinishedCard, unfinished
from ingest.missing_cards import MissingCards
from ingest.naming import DeviceRegister, NameFacts, identify, load_patterns
from ingest.slot_state import CardFacts
from ingest.station_record import StationRecord
from ingest.walk import Found
from tests.conftest import Home, real_clock

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
COUNTED = "DCIM/100MEDIA/MOV_0001.MP4"
OURS = "DCIM/012345_1234567_20260301103000_0007.mp4"
PATTERNS = load_patterns([])


def named(path: bytes) -> NameFacts:
    return identify(path, PATTERNS, DeviceRegister())


def make_card(*files: tuple[str, int | None, Standing], still: bool = False, root: bytes = b"/m/1") -> Card:
    card = Card(CardIdentity(root, 1, 1, 0), NOW, time.monotonic(), named)
    for below, size, standing in files:
        file = card.file(Found(root + b"/" + below.encode(), root, below.encode()))
        file.state = FileState(size, size, size) if size is not None else None
        file.standing = standing
        file.settled = file.state if still else None
    return card


def facts(card: Card) -> CardFacts:
    return card.facts(stirred=True, answers=True, now=NOW)


@pytest.fixture
def missing(home: Home) -> MissingCards:
    return make_missing(home)


def make_missing(home: Home, *told: UnfinishedCard) -> MissingCards:
    record = StationRecord(home.catalog, "station 1", actor="tests", clock=real_clock)
    return MissingCards(told, record, home.folder, actor="tests", clock=real_clock)


def goes(missing: MissingCards, card: Card) -> None:
    missing.gone("1", card, facts(card))


def of_slot(missing: MissingCards) -> list[UnfinishedCard]:
    return missing.of("1", has_looked=True)


def comes_and_is_done(missing: MissingCards, card: Card, slot: str = "2") -> None:
    missing.seen(slot, card)
    missing.done(slot, card)


def test_a_larger_file_of_a_counted_name_is_no_proof(missing: MissingCards) -> None:
    goes(missing, make_card((COUNTED, 1000, Standing.WAITING)))
    comes_and_is_done(missing, make_card((COUNTED, 900_000, Standing.SECURED)))
    assert len(of_slot(missing)) == 1


def test_what_was_growing_may_have_grown_where_the_rest_tells_the_card(missing: MissingCards) -> None:
    goes(missing, make_card((COUNTED, 1000, Standing.WAITING), ("a.mp4", 5, Standing.SECURED)))
    comes_and_is_done(missing, make_card((COUNTED, 2000, Standing.SECURED), ("a.mp4", 6, Standing.SECURED)))
    assert len(of_slot(missing)) == 1
    comes_and_is_done(missing, make_card((COUNTED, 2000, Standing.SECURED), ("a.mp4", 5, Standing.SECURED)))
    assert of_slot(missing) == []


def test_what_was_growing_may_have_grown_where_the_camera_is_the_same(missing: MissingCards) -> None:
    goes(missing, make_card((OURS, 1000, Standing.WAITING)))
    comes_and_is_done(missing, make_card((OURS, 2000, Standing.SECURED)))
    assert of_slot(missing) == []


def test_the_card_of_another_camera_is_another(missing: MissingCards) -> None:
    goes(missing, make_card((COUNTED, 9, Standing.WAITING), (OURS, 10, Standing.SECURED), still=True))
    another = OURS.replace("1234567", "7654321")
    comes_and_is_done(missing, make_card((COUNTED, 9, Standing.SECURED), (another, 10, Standing.SECURED)))
    assert len(of_slot(missing)) == 1


def test_files_without_a_state_are_no_marks_and_leave_room_for_those_with_one() -> None:
    unseen = [(f"{number}.mp4", None, Standing.WAITING) for number in range(9)]
    card = make_card(*unseen, ("seen.mp4", 5, Standing.WAITING))
    gone = unfinished("1", card, facts(card), at=NOW, seen_going=True)
    assert gone is not None
    assert [mark.below for mark in gone.marks] == [b"seen.mp4"]


def test_any_card_counts_only_for_one_of_which_nothing_was_found(missing: MissingCards) -> None:
    goes(missing, make_card(("unseen.mp4", None, Standing.WAITING)))
    comes_and_is_done(missing, make_card(("other.mp4", 5, Standing.SECURED)), slot="1")
    assert len(of_slot(missing)) == 1


def test_an_unread_card_stays_missing_when_the_next_one_goes_too(missing: MissingCards) -> None:
    goes(missing, make_card())
    following = make_card(("c.mp4", 10, Standing.WAITING), still=True)
    missing.seen("1", following)
    assert of_slot(missing) == []
    goes(missing, following)
    assert [each.files_found for each in of_slot(missing)] == [0, 1]
    following = make_card(("c.mp4", 10, Standing.SECURED))
    comes_and_is_done(missing, following, slot="1")
    assert of_slot(missing) == []


def test_a_card_that_was_never_safe_settles_nothing_by_going(missing: MissingCards) -> None:
    goes(missing, make_card(("a.mp4", 5, Standing.WAITING), still=True))
    back = make_card(("a.mp4", 5, Standing.SECURED), still=True)
    back.still_seconds = 0.0  # looked through, and not still for long enough
    missing.seen("1", back)
    assert facts(back).is_done
    goes(missing, back)
    assert [each.files_left for each in of_slot(missing)] == [1]


def card_of(name: str, *, seen_going: bool = True) -> UnfinishedCard:
    return UnfinishedCard("1", NOW, seen_going, 3, 3, marks=(FileMark(name.encode(), 1, 1, still=True),))


def test_an_acknowledgement_settles_what_was_shown_and_nothing_else(home: Home) -> None:
    shown, lay_there = card_of("a"), card_of("b", seen_going=False)
    missing = make_missing(home, shown, lay_there)
    acknowledge(home.folder, "1", [shown.departure_id], "li")
    goes(missing, make_card(("c.mp4", 7, Standing.WAITING), still=True))
    missing.take_acknowledgements()
    left = of_slot(missing)
    assert left[0] == lay_there
    assert [each.files_found for each in left] == [3, 1]


def test_an_acknowledgement_settles_no_card_that_is_back() -> None:
    departures = Departures.told_before([card_of("a.mp4")])
    departures.recognise("1", make_card(("a.mp4", 1, Standing.WAITING)))
    assert departures.acknowledge("1", [card_of("a.mp4").departure_id]) == []


@pytest.mark.parametrize("change", [{"slot": "2"}, {"files_left": 2}, {"at": NOW.replace(second=1)}, {"marks": ()}])
def test_departures_have_ids_that_outlast_a_restart(change: dict[str, Any]) -> None:
    card = UnfinishedCard("1", real_clock(), True, 3, 3, ("x",), (FileMark(b"\xff", 1, 2, still=False),), (1, 2))
    assert UnfinishedCard.from_json(card.as_json()).departure_id == card.departure_id
    assert replace(card, **change).departure_id != card.departure_id


def test_a_mark_that_stood_still_fits_only_as_it_was() -> None:
    assert FileMark(b"a", 5, 5, still=True).fits(5, 5)
    assert not FileMark(b"a", 5, 5, still=True).fits(6, 6)
