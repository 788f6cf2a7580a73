"""Which probe of a store counts as the latest, on every database."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from catalog.engine import Catalog
from catalog.repositories import storage_probes
from catalog.repositories.measures import ProbeMeasure, measures
from catalog.tables import StorageProbe
from tests.rows import NOW

MINUTE, DAY, YEAR = timedelta(minutes=1), timedelta(days=1), timedelta(days=365)


def row(at: datetime, *, immutable: bool, store: str = "a", trials: tuple[dict[str, object], ...] = ()) -> StorageProbe:
    return StorageProbe(store=store, at=at, immutable=immutable, trials=[*trials], actor="li", program_version="0")


def probed(catalog: Catalog, ahead: timedelta, *, immutable: bool, store: str = "a") -> None:
    with catalog.writing() as session:
        storage_probes.add(session, row(NOW + ahead, immutable=immutable, store=store))


def latest(catalog: Catalog) -> tuple[timedelta, bool] | None:
    with catalog.reading() as session:
        found = storage_probes.latest(session, "a")
        return (found.at - NOW, found.immutable) if found else None


def test_never_probed(catalog: Catalog) -> None:
    probed(catalog, -MINUTE, immutable=True, store="b")
    assert latest(catalog) is None


def test_one_taken_with_a_clock_ahead_hides_no_later_one(catalog: Catalog) -> None:
    probed(catalog, YEAR, immutable=True)
    assert latest(catalog) == (YEAR, True)
    probed(catalog, -2 * MINUTE, immutable=True)
    probed(catalog, -MINUTE, immutable=False)
    assert latest(catalog) == (-MINUTE, False)
    with catalog.reading() as session:
        (told,) = measures(session, now=NOW, margin=YEAR, fixity_since=NOW, fixity_due=NOW).probes
    assert told == ProbeMeasure("a", immutable=False, at=NOW - MINUTE)


@pytest.mark.parametrize("wrong", [YEAR, -YEAR], ids=["ahead", "behind"])
def test_one_that_broke_something_is_not_hidden_by_an_older_good_one(catalog: Catalog, wrong: timedelta) -> None:
    probed(catalog, -DAY, immutable=True)
    probed(catalog, wrong, immutable=False)
    assert latest(catalog) == (wrong, False)


@pytest.mark.parametrize("wrong", [YEAR, -YEAR], ids=["ahead", "behind"])
def test_a_store_that_was_mended_is_not_accused_for_ever(catalog: Catalog, wrong: timedelta) -> None:
    probed(catalog, wrong, immutable=False)
    probed(catalog, -MINUTE, immutable=True)
    assert latest(catalog) == (-MINUTE, True)


def test_of_two_at_once_the_one_that_broke_something(catalog: Catalog) -> None:
    with catalog.writing() as session:
        for ahead, immutable in ((MINUTE, True), (MINUTE, False), (MINUTE, True)):
            probe = row(NOW + ahead, immutable=immutable)
            probe.number = 7
            session.add(probe)
    assert latest(catalog) == (MINUTE, False)


def test_of_two_that_got_the_same_number_the_one_that_broke_something_whatever_the_clocks(catalog: Catalog) -> None:
    """Two transactions at once: neither saw the number of the other."""
    for ahead, immutable in ((timedelta(0), False), (timedelta(seconds=1), True)):
        with catalog.writing() as session:
            probe = row(NOW + ahead, immutable=immutable)
            probe.number = 1
            session.add(probe)
    assert latest(catalog) == (timedelta(0), False)


def test_those_of_an_earlier_version_come_first(catalog: Catalog) -> None:
    with catalog.writing() as session:
        session.add(row(NOW + YEAR, immutable=True))
        session.add(row(NOW, immutable=False))
    assert latest(catalog) == (YEAR, True)
    probed(catalog, -MINUTE, immutable=False)
    assert latest(catalog) == (-MINUTE, False)
    with catalog.reading() as session:
        numbers = session.connection().execute(text("SELECT number FROM storage_probe ORDER BY number")).scalars()
        assert sorted(numbers, key=lambda each: each or 0) == [None, None, 1]


@pytest.mark.parametrize(
    ("others", "known"),
    [
        ((), True),
        (({"trial": "x", "outcome": "refused", "weighs": True},), True),
        (({"trial": "x", "outcome": "allowed", "weighs": False},), True),
        (({"trial": "x", "outcome": "allowed", "weighs": True},), False),
        (({"trial": "x", "outcome": "unclear", "weighs": True, "until": None},), False),
    ],
)
def test_only_what_has_to_be_waited_for_is_unclear_until_then(
    catalog: Catalog, others: tuple[dict[str, object], ...], *, known: bool
) -> None:
    until = NOW + 2 * DAY
    waiting = {"trial": "lifecycle_rule", "outcome": "unclear", "weighs": True, "until": until.isoformat()}
    with catalog.writing() as session:
        storage_probes.add(session, row(NOW, immutable=False, trials=(waiting, *others)))
    with catalog.reading() as session:
        (told,) = measures(session, now=NOW, margin=YEAR, fixity_since=NOW, fixity_due=NOW).probes
    assert told.unclear_until == (until if known else None)
