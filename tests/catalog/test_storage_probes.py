"""Which probe of a store counts as the latest, on every database."""

from datetime import timedelta

from catalog.engine import Catalog
from catalog.repositories import storage_probes
from catalog.repositories.measures import ProbeMeasure, measures
from catalog.tables import StorageProbe
from tests.rows import NOW

MINUTE, YEAR = timedelta(minutes=1), timedelta(days=365)


def probed(catalog: Catalog, ahead: timedelta, *, immutable: bool, store: str = "a") -> None:
    with catalog.writing() as session:
        row = StorageProbe(store=store, at=NOW + ahead, immutable=immutable, trials=[], actor="li", program_version="0")
        storage_probes.add(session, row)


def latest(catalog: Catalog) -> tuple[timedelta, bool] | None:
    with catalog.reading() as session:
        found = storage_probes.latest(session, "a", now=NOW)
        return (found.at - NOW, found.immutable) if found else None


def test_never_probed(catalog: Catalog) -> None:
    probed(catalog, -MINUTE, immutable=True, store="b")
    assert latest(catalog) is None


def test_one_taken_with_a_clock_ahead_hides_no_other(catalog: Catalog) -> None:
    probed(catalog, YEAR, immutable=True)
    assert latest(catalog) == (YEAR, True)
    probed(catalog, -MINUTE, immutable=False)
    probed(catalog, -2 * MINUTE, immutable=True)
    assert latest(catalog) == (-MINUTE, False)
    with catalog.reading() as session:
        (told,) = measures(session, now=NOW, margin=YEAR).probes
    assert told == ProbeMeasure("a", immutable=False, at=NOW - MINUTE)


def test_clocks_that_differ_a_little_do_not_matter(catalog: Catalog) -> None:
    probed(catalog, -MINUTE, immutable=True)
    probed(catalog, MINUTE, immutable=False)
    assert latest(catalog) == (MINUTE, False)


def test_of_one_moment_the_one_that_broke_something(catalog: Catalog) -> None:
    for immutable in (True, False, True):
        probed(catalog, -MINUTE, immutable=immutable)
    assert latest(catalog) == (-MINUTE, False)
