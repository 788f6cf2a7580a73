"""One turn: what a file counts as that was kept on its card, or whose card was swapped while it was read."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.tables.docking import SlotCondition
from ingest.breaker import Breaker, BreakerSettings
from ingest.card import Card, CardIdentity, FileState, Standing, WatchedFile
from ingest.errors import KeptReason, SourceKept
from ingest.intake import IntakeResult
from ingest.naming import DeviceRegister, identify, load_patterns
from ingest.slot_state import Shown, TroubleKind, decide
from ingest.stability import StabilitySettings
from ingest.taking import Surroundings, Taker
from ingest.turns import Turns
from ingest.walk import Found
from tests.conftest import Home, real_clock

from .conftest import sizes_on_record

SAFE = {
    KeptReason.CARD_READ_ONLY,
    KeptReason.NOT_PERMITTED,
    KeptReason.NEVER_PROBED,
    KeptReason.LOCKS_BROKEN,
}
SAFE_IN_THE_END = {KeptReason.RECEIPT_NOT_FRESH, KeptReason.RECEIPT_TOO_OLD}
TRIED_FOR_EVER = {KeptReason.STORE_SILENT, KeptReason.CATALOG_SILENT, KeptReason.VANISHED}
DOUBTED_IN_THE_END = {KeptReason.CHANGED}
DOUBTED = set(KeptReason) - SAFE - SAFE_IN_THE_END - TRIED_FOR_EVER - DOUBTED_IN_THE_END


class Slot:
    """A card with one file, and turns that are taken one after the other."""

    def __init__(
        self,
        home: Home,
        root: Path,
        *,
        erase: Callable[[IntakeResult, Found], SourceKept | None] | None = None,
        identity: Callable[[bytes], CardIdentity | None] = CardIdentity.at,
    ) -> None:
        patterns = load_patterns([])
        self.results: list[IntakeResult] = []
        around = Surroundings(
            desk=home.desk,
            turns=Turns(at_once=1, per_slot=1, breaker=Breaker(BreakerSettings()), clock=real_clock),
            stability=StabilitySettings(),
            rescan_seconds=1,
            actor="tests",
            clock=real_clock,
            name=lambda path: identify(path, patterns, DeviceRegister()),
            erase=erase,
            identity=identity,
            on_result=lambda result, _seconds: self.results.append(result),
        )
        self._taker = Taker(around, lambda: None, lambda _card: None)
        path = root / "a.mp4"
        path.write_bytes(b"content")
        lies_there = CardIdentity.at(bytes(root))
        assert lies_there is not None
        self.card = Card(lies_there, real_clock(), 0.0, around.name, still_seconds=10.0)
        self.file: WatchedFile = self.card.file(Found(bytes(path), bytes(root), b"a.mp4"))
        self.file.state = FileState.of(os.lstat(path))

    def take(self) -> None:
        assert self.file.state is not None
        self._taker.take(self.card, self.file, self.file.state)

    def shows(self) -> Shown:
        facts = self.card.facts(stirred=False, answers=True, now=real_clock())
        return decide(facts, None, settle_seconds=1.0)

    @property
    def is_read_again(self) -> bool:
        return self.file.settled is None


def test_every_reason_is_sorted() -> None:
    assert {
        KeptReason.VERSION_MISSING,
        KeptReason.SIZE_DIFFERS,
        KeptReason.NOT_GUARDED,
        KeptReason.RECEIPT_DIFFERS,
    } <= DOUBTED


@pytest.mark.parametrize("reason", KeptReason)
def test_what_a_slot_shows_of_a_file_that_was_kept(home: Home, card: Path, reason: KeptReason) -> None:
    slot = Slot(home, card, erase=lambda _result, _found: SourceKept(reason))
    slot.take()
    first, read_again = slot.shows(), slot.is_read_again
    assert read_again is (reason not in SAFE)
    assert (first.condition is SlotCondition.SAFE_TO_REMOVE) is (reason in SAFE)
    assert (first.trouble is TroubleKind.FILE_FAILED) is (reason in DOUBTED)
    for _ in range(2):
        slot.take()
    last = slot.shows()
    assert (last.condition is SlotCondition.SAFE_TO_REMOVE) is (reason in SAFE | SAFE_IN_THE_END)
    assert (last.condition is SlotCondition.ATTENTION) is (reason in DOUBTED | DOUBTED_IN_THE_END)
    assert slot.is_read_again is (reason in TRIED_FOR_EVER | DOUBTED_IN_THE_END)
    if last.condition is SlotCondition.ATTENTION:
        assert last.reason == f"{card}/a.mp4: {SourceKept(reason)}"
        assert slot.card.facts(stirred=False, answers=True, now=real_clock()).files_secured == 0


def test_a_file_that_could_be_erased_in_the_end_is_no_trouble_any_more(home: Home, card: Path) -> None:
    answers: Iterator[SourceKept | None] = iter([SourceKept(KeptReason.NOT_GUARDED), None])
    slot = Slot(home, card, erase=lambda _result, _found: next(answers))
    slot.take()
    assert slot.shows().condition is SlotCondition.ATTENTION
    slot.take()
    assert slot.shows() == Shown(SlotCondition.SAFE_TO_REMOVE)


def test_a_card_swapped_while_its_file_was_read_counts_as_unread_and_nothing_is_erased(home: Home, card: Path) -> None:
    looks: list[bytes] = []

    def swapped_after_the_first_look(root: bytes) -> CardIdentity | None:
        looks.append(root)
        found = CardIdentity.at(root)
        return replace(found, mount=len(looks)) if found and len(looks) > 1 else found

    def erase(_result: IntakeResult, _found: Found) -> SourceKept | None:
        raise AssertionError

    slot = Slot(home, card, erase=erase, identity=swapped_after_the_first_look)
    slot.take()
    assert sizes_on_record(home) == [7]  # secured it is, and told
    assert [str(result.outcome) for result in slot.results] == ["secured"]
    assert slot.file.standing is Standing.WAITING
    assert slot.shows().condition is SlotCondition.READING


def test_a_card_swapped_before_the_turn_came_is_not_read(home: Home, card: Path) -> None:
    slot = Slot(home, card, identity=lambda _root: None)
    slot.take()
    assert sizes_on_record(home) == []
    assert slot.results == []
