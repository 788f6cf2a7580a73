"""Renewing by a timer: it never ends by what it meets, and nobody keeps it from the turn for ever."""

import pytest

from api.renewing import TURNS_AT_MOST, renewing
from api.retention_services import RetentionServices
from api.timers import Rounds, timers
from catalog.alone import alone
from retention.renewal import LockRenewer, Renewal
from tests.api.conftest import Archive
from tests.waiting import eventually


class Surprise(Exception):
    pass


def test_what_nobody_foresaw_does_not_end_it(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    renewer, calls, rounds = RetentionServices.lock_renewer, list[int](), list[Renewal]()

    def failing(services: RetentionServices) -> LockRenewer:
        calls.append(1)
        if len(calls) < 3:
            raise Surprise
        return renewer(services)

    monkeypatch.setattr(RetentionServices, "lock_renewer", failing)
    duty = renewing(archive.runtime, on_round=lambda renewal, _now: rounds.append(renewal), every_seconds=0.01)
    with timers(archive.runtime.catalog, duty, patience_seconds=10):
        eventually(lambda: rounds)
    assert len(calls) >= 3


def test_whoever_keeps_the_turn_for_too_long_is_not_waited_for(
    archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    made = list[Renewal]()
    duty = renewing(archive.runtime, on_round=lambda renewal, _now: made.append(renewal))
    rounds = Rounds(archive.runtime.catalog, duty)
    with alone(archive.runtime.catalog, "renewing locks"):
        for _ in range(TURNS_AT_MOST - 1):
            rounds.make()
        assert made == []
        rounds.make()
        assert len(made) == 1
    assert "others have been at a duty for too long" in capsys.readouterr().out
    rounds.make()
    assert len(made) == 2
    with alone(archive.runtime.catalog, "renewing locks"):
        rounds.make()
    assert len(made) == 2, "it is their turn again"
