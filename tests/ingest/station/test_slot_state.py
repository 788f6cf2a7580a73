"""What a slot shows: never safe while anything on its card is not secured, or not looked at."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.tables.docking import SlotCondition
from ingest.slot_state import CardFacts, Shown, SlotReport, Trouble, TroubleKind, decide, report

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SETTLE = 5.0
SAFE = CardFacts(since=NOW, files_found=3, files_secured=3, bytes_found=9, bytes_secured=9, still_seconds=6.0)
AWAY = Trouble(TroubleKind.STORE_AWAY, "Since noon nothing can be secured.")


def shows(card: CardFacts | None, station: Trouble | None = None) -> Shown:
    return decide(card, station, settle_seconds=SETTLE)


def test_empty() -> None:
    assert shows(None) == Shown(SlotCondition.EMPTY)


def test_all_secured_and_still_is_safe() -> None:
    assert shows(SAFE) == Shown(SlotCondition.SAFE_TO_REMOVE)


def test_a_card_without_files_is_empty_once_it_was_looked_through_never_safe() -> None:
    assert shows(CardFacts(since=NOW)).condition is SlotCondition.READING
    looked_through = CardFacts(since=NOW, still_seconds=SETTLE)
    nothing = Shown(SlotCondition.EMPTY, "Nothing was found on it.", TroubleKind.NOTHING_FOUND)
    assert shows(looked_through) == nothing
    assert shows(looked_through, AWAY).condition is SlotCondition.ATTENTION


@pytest.mark.parametrize("held", [{"still_seconds": 4.9}, {"stirred": True}, {"files_to_erase": 1}])
def test_secured_while_something_holds_it(held: dict[str, object]) -> None:
    assert shows(replace(SAFE, **held)).condition is SlotCondition.SECURED  # type: ignore[arg-type]


def test_reading_while_a_file_waits() -> None:
    assert shows(replace(SAFE, files_found=4, files_waiting=1)).condition is SlotCondition.READING


def test_a_file_that_failed_calls_for_attention_though_others_are_being_read() -> None:
    trouble = Trouble(TroubleKind.FILE_FAILED, "a.mp4: It cannot be read.")
    card = replace(SAFE, files_found=5, files_waiting=1, files_failed=1, trouble=trouble)
    assert shows(card) == Shown(SlotCondition.ATTENTION, trouble.sentence, TroubleKind.FILE_FAILED)
    assert shows(replace(card, trouble=None)).condition is SlotCondition.ATTENTION


def test_trouble_of_the_station_is_shown_everywhere_but_where_the_card_is_safe_already() -> None:
    assert shows(None, AWAY).condition is SlotCondition.ATTENTION
    assert shows(replace(SAFE, files_found=4, files_waiting=1), AWAY).reason == AWAY.sentence
    assert shows(replace(SAFE, stirred=True), AWAY).condition is SlotCondition.ATTENTION
    assert shows(SAFE, AWAY).condition is SlotCondition.SAFE_TO_REMOVE


def test_files_that_were_kept_are_said_beside_safe() -> None:
    assert shows(replace(SAFE, files_kept=2)) == Shown(SlotCondition.SAFE_TO_REMOVE, "2 files were kept on it.")


def test_times_in_the_future_are_said_but_do_not_hold_the_card() -> None:
    shown = shows(replace(SAFE, times_in_future=2))
    assert (shown.condition, shown.trouble) == (SlotCondition.SAFE_TO_REMOVE, TroubleKind.TIMES_IN_FUTURE)


counts = st.integers(0, 3)


@given(
    st.builds(
        CardFacts,
        since=st.just(NOW),
        files_found=counts,
        files_secured=counts,
        files_failed=counts,
        files_waiting=counts,
        files_to_erase=counts,
        files_kept=counts,
        still_seconds=st.none() | st.floats(0, 10),
        stirred=st.booleans(),
        trouble=st.none() | st.just(AWAY),
    ),
    st.none() | st.just(AWAY),
)
def test_safe_means_that_every_file_is_secured_and_nothing_is_unlooked_at(
    card: CardFacts, station: Trouble | None
) -> None:
    if shows(card, station).condition is SlotCondition.SAFE_TO_REMOVE:
        assert card.files_secured == card.files_found > 0
        assert (card.files_failed, card.files_waiting, card.files_to_erase) == (0, 0, 0)
        assert card.still_seconds is not None
        assert card.still_seconds >= SETTLE
        assert not card.stirred
        assert card.trouble is None


def test_since_goes_on_while_the_same_is_shown() -> None:
    first = report("station", "3", SAFE, shows(SAFE), before=None, now=NOW)
    later = NOW + timedelta(minutes=1)
    more = replace(SAFE, files_found=9, files_secured=9)
    assert report("station", "3", more, shows(more), before=first, now=later).since == NOW
    other_card = replace(SAFE, since=later)
    assert report("station", "3", other_card, shows(other_card), before=first, now=later).since == later
    assert report("station", "3", None, shows(None), before=first, now=later).since == later


def test_a_report_survives_json() -> None:
    card = replace(SAFE, device_serials=("1234567",), trouble=Trouble(TroubleKind.DEVICE_REFUSED, "unknown"))
    made = report("station", "3", card, shows(card), before=None, now=NOW)
    assert SlotReport.from_json(made.as_json()) == made
    assert made.as_json()["condition"] == "attention"
