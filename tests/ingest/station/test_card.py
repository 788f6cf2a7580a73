"""The facts of a card: counted where something changed, and never stale."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.card import Card, CardIdentity, FileState, Standing
from ingest.naming import NameFacts
from ingest.slot_reason import Reason, ReasonCode
from ingest.slot_state import CardFacts, Trouble, TroubleKind
from ingest.walk import Found
from tests.conftest import real_clock


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return Card(CardIdentity(os.fsencode(tmp_path), 1, 1, 1), real_clock(), 0.0, _named)


def _named(path: bytes) -> NameFacts:
    from ingest.naming import DeviceRegister, identify

    return identify(path, [], DeviceRegister())


def facts(card: Card) -> CardFacts:
    return card.facts(stirred=False, answers=True, now=real_clock())


def found(card: Card, number: int) -> Found:
    name = b"%d" % number
    return Found(card.identity.root + b"/" + name, card.identity.root, name)


def test_each_change_shows_at_once(card: Card) -> None:
    assert facts(card).files_found == 0
    file = card.file(found(card, 1))
    assert (facts(card).files_found, facts(card).files_waiting) == (1, 1)
    ahead = int((real_clock() + timedelta(days=2)).timestamp()) * 10**9
    file.state = FileState(5, ahead, ahead)
    assert (facts(card).bytes_found, facts(card).times_in_future) == (5, 1)
    file.standing = Standing.SECURED
    assert (facts(card).files_secured, facts(card).files_waiting, facts(card).bytes_secured) == (1, 0, 5)
    file.trouble = Trouble(TroubleKind.FILE_FAILED, Reason(ReasonCode.FILES_FAILED, {"count": 1}))
    assert facts(card).trouble == file.trouble
    card.forget_all_but(set(), 1.0)
    assert (facts(card).files_found, facts(card).files_secured, facts(card).trouble) == (1, 1, None)


def test_nothing_is_counted_anew_while_nothing_changes(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    counts, count = [], Card._count

    def counting(card: Card, now: object) -> CardFacts:
        counts.append(now)
        return count(card, real_clock())

    monkeypatch.setattr(Card, "_count", counting)
    file = card.file(found(card, 1))
    for _ in range(10):
        facts(card)
        file.standing = Standing.WAITING  # as it was
    assert len(counts) == 1
    card.still_seconds = 7.0
    assert (facts(card).still_seconds, len(counts)) == (7.0, 1)
