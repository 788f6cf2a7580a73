"""One process at a time, on every database."""

import pytest
from sqlalchemy import URL

from catalog.alone import alone
from catalog.engine import Catalog


def test_who_comes_second_goes_on_with_something_else(database: URL, open_catalogs: list[Catalog]) -> None:
    first, second = Catalog(database), Catalog(database)
    open_catalogs += [first, second]
    with alone(first, "renewing locks") as ours:
        assert ours
        with alone(second, "renewing locks") as theirs:
            assert not theirs
        with alone(second, "something else") as other:
            assert other
    with alone(second, "renewing locks") as now_theirs:
        assert now_theirs
    with alone(first, "renewing locks") as again:
        assert again


def test_it_is_free_again_when_the_block_raises(catalog: Catalog) -> None:
    with pytest.raises(LookupError), alone(catalog, "renewing locks"):
        raise LookupError
    with alone(catalog, "renewing locks") as ours:
        assert ours
