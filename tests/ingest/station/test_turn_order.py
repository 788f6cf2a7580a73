"""Fair turns: marked first, slots in turn, and what stalls takes nobody else's place."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ingest.turn_order import Rank, TurnOrder


def rank(name: str, *, marked: bool = False, at: int = 0) -> Rank:
    return Rank(not marked, at, name.encode())


def order(at_once: int = 1, per_slot: int = 1) -> TurnOrder[str]:
    return TurnOrder(at_once=at_once, per_slot=per_slot)


def all_turns(turns: TurnOrder[str]) -> list[str]:
    """Who goes after whom where each ends before the next."""
    found = []
    while (given := turns.next()) is not None:
        found.append(given[1])
        turns.ended(*given)
    return found


def test_within_a_slot_marked_first_then_the_oldest() -> None:
    turns = order()
    turns.ask("1", "new", rank("new", at=9))
    turns.ask("1", "old", rank("old", at=1))
    turns.ask("1", "marked", rank("marked", marked=True, at=99))
    assert all_turns(turns) == ["marked", "old", "new"]


def test_slots_take_turns_and_a_full_card_does_not_hold_up_a_small_one() -> None:
    turns = order()
    for number in range(100):
        turns.ask("big", f"big {number}", rank(f"{number:03}"))
    turns.ask("small", "small", rank("small"))
    assert all_turns(turns).index("small") == 1


def test_a_slot_with_a_marked_file_goes_before_all_others() -> None:
    turns = order()
    for slot in ("1", "2", "3"):
        turns.ask(slot, f"{slot} a", rank("a"))
    turns.ask("3", "3 marked", rank("marked", marked=True))
    assert all_turns(turns)[0] == "3 marked"


def test_no_slot_has_more_than_its_share_and_all_together_not_more_than_there_are_places() -> None:
    turns = order(at_once=4, per_slot=2)
    for slot in ("1", "2", "3"):
        for number in range(5):
            turns.ask(slot, f"{slot}{number}", rank(str(number)))
    given = [turns.next() for _ in range(4)]
    assert turns.next() is None
    assert turns.under_way == 4
    assert Counter(each[0] for each in given if each).most_common(1)[0][1] == 2


def test_what_stalls_gives_its_place_back_and_its_slot_gets_no_more() -> None:
    turns = order(at_once=1, per_slot=2)
    turns.ask("dead", "a", rank("a"))
    turns.ask("dead", "b", rank("b"))
    turns.ask("alive", "c", rank("c"))
    assert turns.next() == ("dead", "a")
    assert turns.next() is None
    turns.stalls("dead", "a")
    assert turns.next() == ("alive", "c")
    turns.ended("alive", "c")
    assert turns.next() is None
    turns.moves("dead", "a")
    turns.ended("dead", "a")
    assert turns.next() == ("dead", "b")


def test_a_withdrawn_one_never_goes() -> None:
    turns = order()
    turns.ask("1", "a", rank("a"))
    turns.ask("1", "b", rank("b"))
    turns.withdraw("1", "a")
    assert all_turns(turns) == ["b"]


@given(
    st.lists(st.tuples(st.sampled_from("123"), st.booleans(), st.integers(0, 5)), max_size=30),
    st.integers(1, 4),
    st.integers(1, 3),
)
def test_everybody_gets_a_turn_once(asked: list[tuple[str, bool, int]], at_once: int, per_slot: int) -> None:
    turns = order(at_once, per_slot)
    for number, (slot, marked, at) in enumerate(asked):
        turns.ask(slot, str(number), rank(str(number), marked=marked, at=at))
    under_way: list[tuple[str, str]] = []
    had = []
    while True:
        given = turns.next()
        if given is not None:
            under_way.append(given)
            had.append(given[1])
            assert len(under_way) <= at_once
        elif under_way:
            turns.ended(*under_way.pop(0))
        else:
            break
    assert sorted(had, key=int) == [str(number) for number in range(len(asked))]
