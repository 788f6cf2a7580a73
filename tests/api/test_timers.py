"""Duties by a timer: none ends by what it meets, one process has the turn, the last round comes at the end."""

import threading
from pathlib import Path

import pytest

from api.timers import Duty, Rounds, timers
from catalog.alone import alone
from catalog.engine import Catalog, sqlite_url
from storage.errors import StoreUnavailable
from tests.waiting import eventually


@pytest.fixture
def catalog(tmp_path: Path, migrated_database: Path) -> Catalog:
    path = tmp_path / "catalog.sqlite3"
    path.write_bytes(migrated_database.read_bytes())
    return Catalog(sqlite_url(path))


def test_a_duty_comes_round_again_whatever_it_meets(catalog: Catalog) -> None:
    met = [StoreUnavailable("the store", "it is away"), ZeroDivisionError("nobody foresaw this")]
    rounds = list[int]()

    def do() -> None:
        rounds.append(1)
        if met:
            raise met.pop()

    with timers(catalog, Duty("counting", 0.01, do), patience_seconds=10):
        eventually(lambda: len(rounds) > 3)


def test_the_last_round_comes_at_the_end_and_only_where_it_is_asked_for(catalog: Catalog) -> None:
    ended, plain = list[str](), list[str]()
    first = threading.Barrier(3)

    def once(told: list[str]) -> None:
        told.append("round")
        if len(told) == 1:
            first.wait(timeout=30)

    duties = (
        Duty("ending", 3600, lambda: once(ended), last_round=True),
        Duty("plain", 3600, lambda: once(plain)),
    )
    with timers(catalog, *duties, patience_seconds=30):
        first.wait(timeout=30)
    assert (len(ended), len(plain)) == (2, 1)


def test_a_round_that_does_not_end_keeps_no_process(catalog: Catalog) -> None:
    begun, never = threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        never.wait(60)

    with timers(catalog, Duty("hanging", 3600, hang), patience_seconds=0):
        assert begun.wait(30)
    never.set()


def test_what_another_is_at_is_left_to_them_for_as_long_as_it_takes(catalog: Catalog) -> None:
    done = list[int]()
    rounds = Rounds(catalog, Duty("counting", 1, lambda: done.append(1)))
    with alone(catalog, "counting"):
        for _ in range(10):
            rounds.make()
    assert done == []
    rounds.make()
    assert done == [1]
