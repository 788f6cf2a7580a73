"""Small transactions of many files carried out as one: each outcome to whoever handed in, one's fault to it alone."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import Session, col, select

from catalog.engine import Catalog
from catalog.errors import CatalogUnavailable
from catalog.tables import Agency
from ingest.gathered import Gathered

THREADS = 8
PATIENCE = 60


class Desk:
    """Puts agencies on record, and remembers which of them together. `gate` holds the first transaction back."""

    def __init__(self) -> None:
        self.together: list[list[str]] = []
        self.gate = threading.Event()
        self.begun = threading.Event()

    def put(self, session: Session, wanted: Sequence[str]) -> Sequence[str]:
        self.together.append(list(wanted))
        self.begun.set()
        assert self.gate.wait(PATIENCE)
        for code in wanted:
            if code.startswith("bad"):
                raise ValueError(code)
            session.add(Agency(code=code, name=code, level="county"))
        session.flush()
        return [f"{code} done" for code in wanted]


def on_record(catalog: Catalog) -> list[str]:
    with catalog.reading() as session:
        return list(session.exec(select(Agency.code).order_by(col(Agency.code))))


def hand_in(catalog: Catalog, desk: Desk, codes: Sequence[str]) -> list[str]:
    """Hand all in at once while a first transaction is held back; returns what each was told, its fault if any."""
    gathered = Gathered(catalog, desk.put)

    def carried(code: str) -> str:
        try:
            return gathered.carry_out(code)
        except ValueError as error:
            return f"fault of {error}"

    with ThreadPoolExecutor(len(codes)) as threads:
        first = threads.submit(carried, codes[0])
        assert desk.begun.wait(PATIENCE)
        rest = [threads.submit(carried, code) for code in codes[1:]]
        while len(gathered._waiting) < len(rest):
            assert not any(each.done() for each in rest), "somebody did not wait for the transaction under way"
        desk.gate.set()
        return [each.result(PATIENCE) for each in (first, *rest)]


def test_what_comes_while_a_transaction_is_under_way_makes_up_the_next(catalog: Catalog) -> None:
    desk, codes = Desk(), [f"code{number}" for number in range(THREADS)]
    assert hand_in(catalog, desk, codes) == [f"{code} done" for code in codes]
    assert [len(each) for each in desk.together] == [1, THREADS - 1]
    assert on_record(catalog) == codes


def test_the_fault_of_one_fails_that_one_alone(catalog: Catalog) -> None:
    desk, codes = Desk(), ["a", "b", "bad", "c", "d"]
    assert hand_in(catalog, desk, codes) == ["a done", "b done", "fault of bad", "c done", "d done"]
    assert on_record(catalog) == ["a", "b", "c", "d"]


def test_a_transaction_that_fails_as_a_whole_is_carried_out_one_by_one(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, codes = Desk(), ["a", "b", "c"]
    write, left = catalog.write, [CatalogUnavailable("here", "of this test")]

    def failing(function: object) -> object:
        if desk.gate.is_set() and left:
            raise left.pop()
        return write(function)  # type: ignore[arg-type] # handed on

    monkeypatch.setattr(catalog, "write", failing)
    assert hand_in(catalog, desk, codes) == ["a done", "b done", "c done"]
    assert on_record(catalog) == codes
    assert left == []


def test_a_catalog_that_stays_away_is_told_to_everybody(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_function: object) -> object:
        raise CatalogUnavailable("here", "of this test")

    monkeypatch.setattr(catalog, "write", away)
    gathered = Gathered(catalog, Desk().put)
    with ThreadPoolExecutor(THREADS) as threads:
        told = [threads.submit(gathered.carry_out, str(number)) for number in range(THREADS)]
        assert all(isinstance(each.exception(PATIENCE), CatalogUnavailable) for each in told)
