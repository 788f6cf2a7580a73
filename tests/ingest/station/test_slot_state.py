"""What a slot shows: never safe while anything on its card is not secured, or not looked at."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.tables.docking import SlotCondition
from ingest.slot_reason import FaultFacts, Reason, ReasonCode
from ingest.slot_state import CardFacts, Shown, SlotReport, Trouble, TroubleKind, decide, report

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SETTLE = 5.0
SAFE = CardFacts(since=NOW, files_found=3, files_secured=3, bytes_found=9, bytes_secured=9, still_seconds=6.0)
AWAY = Trouble(
    TroubleKind.STORE_AWAY,
    Reason(ReasonCode.ENGINE_FAULT, {"since": NOW.isoformat()}, FaultFacts("StoreUnavailable", "It does not answer.")),
)
TAKEN_OUT = Trouble(
    TroubleKind.TAKEN_OUT_EARLY,
    Reason(
        ReasonCode.TAKEN_OUT,
        {"at": NOW.isoformat(), "left": 2, "found": 5, "known": "yes", "devices": "1234567"},
    ),
)


def shows(card: CardFacts | None, station: Trouble | None = None) -> Shown:
    return decide(card, station, settle_seconds=SETTLE)


def test_empty() -> None:
    assert shows(None) == Shown(SlotCondition.EMPTY)


def test_all_secured_and_still_is_safe() -> None:
    assert shows(SAFE) == Shown(SlotCondition.SAFE_TO_REMOVE)


def test_a_card_without_files_is_empty_once_it_was_looked_through_never_safe() -> None:
    assert shows(CardFacts(since=NOW)).condition is SlotCondition.READING
    looked_through = CardFacts(since=NOW, still_seconds=SETTLE)
    nothing = Shown(SlotCondition.EMPTY, Reason(ReasonCode.NOTHING_FOUND), TroubleKind.NOTHING_FOUND)
    assert shows(looked_through) == nothing
    assert shows(looked_through, AWAY).condition is SlotCondition.ATTENTION


@pytest.mark.parametrize("held", [{"still_seconds": 4.9}, {"stirred": True}, {"files_to_erase": 1}])
def test_secured_while_something_holds_it(held: dict[str, object]) -> None:
    assert shows(replace(SAFE, **held)).condition is SlotCondition.SECURED  # type: ignore[arg-type]


def test_reading_while_a_file_waits() -> None:
    assert shows(replace(SAFE, files_found=4, files_waiting=1)).condition is SlotCondition.READING


def test_a_file_that_failed_calls_for_attention_though_others_are_being_read() -> None:
    why = Reason(ReasonCode.FILE_FAILED, {"path": "a.mp4"}, FaultFacts("SourceUnreadable", "It cannot be read."))
    trouble = Trouble(TroubleKind.FILE_FAILED, why)
    card = replace(SAFE, files_found=5, files_waiting=1, files_failed=1, trouble=trouble)
    assert shows(card) == Shown(SlotCondition.ATTENTION, why, TroubleKind.FILE_FAILED)
    assert shows(replace(card, trouble=None)).condition is SlotCondition.ATTENTION


def test_trouble_of_the_station_is_shown_everywhere_but_where_the_card_is_safe_already() -> None:
    assert shows(None, AWAY).condition is SlotCondition.ATTENTION
    assert shows(replace(SAFE, files_found=4, files_waiting=1), AWAY).reason == AWAY.sentence
    assert shows(replace(SAFE, stirred=True), AWAY).condition is SlotCondition.ATTENTION
    assert shows(SAFE, AWAY).condition is SlotCondition.SAFE_TO_REMOVE


def test_files_that_were_kept_are_said_beside_safe() -> None:
    shown = shows(replace(SAFE, files_kept=2))
    assert (shown.condition, shown.reason) == (SlotCondition.SAFE_TO_REMOVE, "2 files were kept on it.")


def test_times_in_the_future_are_said_but_do_not_hold_the_card() -> None:
    shown = shows(replace(SAFE, times_in_future=2))
    assert (shown.condition, shown.trouble) == (SlotCondition.SAFE_TO_REMOVE, TroubleKind.TIMES_IN_FUTURE)


def test_a_card_that_is_missing_is_shown_where_no_other_lies() -> None:
    shown = decide(None, AWAY, settle_seconds=SETTLE, slot=TAKEN_OUT)
    assert (shown.condition, shown.trouble) == (SlotCondition.ATTENTION, TroubleKind.TAKEN_OUT_EARLY)
    assert shown.reason == (
        "A card of the camera 1234567 was taken out before it was done (2026-11-23 08:00:00 UTC): 2 of 5 files were "
        "not secured. Put it in again."
    )
    assert decide(SAFE, None, settle_seconds=SETTLE, slot=TAKEN_OUT).condition is SlotCondition.SAFE_TO_REMOVE


@pytest.mark.parametrize(
    "more",
    [{"files_found": 4}, {"files_failed": 1}, {"files_waiting": 1}, {"still_seconds": None}, {"trouble": AWAY}],
)
def test_done_is_a_card_of_which_nothing_is_left_to_secure(more: dict[str, object]) -> None:
    assert SAFE.is_done
    assert replace(SAFE, files_to_erase=1, stirred=True).is_done
    assert not replace(SAFE, **more).is_done  # type: ignore[arg-type]


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
    card = replace(SAFE, device_serials=("1234567",), trouble=TAKEN_OUT)
    made = report("station", "3", card, shows(card), before=None, now=NOW)
    assert SlotReport.from_json(made.as_json()) == made
    assert made.as_json()["condition"] == "attention"
