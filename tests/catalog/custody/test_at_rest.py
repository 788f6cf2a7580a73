"""How chaos judges the tree when all has come to rest: past the program, by SQL and arithmetic."""

import psycopg
import pytest

from infra.chaos.verdict import tree_gaps

from .conftest import Log

pytestmark = [pytest.mark.past_the_program, pytest.mark.parametrize("database", ["postgresql"], indirect=True)]


def gaps(log: Log) -> list[str]:
    address = log.catalog.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as database:
        return tree_gaps(database)


def test_an_empty_log_and_one_that_is_signed_have_no_gaps(log: Log) -> None:
    assert gaps(log) == []
    log.record(40)
    log.checkpoint()
    log.checkpoint()
    assert gaps(log) == []


def test_what_waits_and_what_is_not_signed_is_told(log: Log) -> None:
    log.record(3)
    assert gaps(log) == ["of 3 custody events 0 are in the tree, and 3 wait"]
    log.sequence()
    assert gaps(log) == ["of 3 events in the tree 0 are signed"]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE custody_leaf SET leaf_hash = sha256('x') WHERE position = 3", "not the one that was signed"),
        ("DELETE FROM custody_leaf WHERE position = 3", "are in the tree"),
        ("DELETE FROM custody_event", "of 0 custody events"),
    ],
)
def test_what_was_changed_is_told(log: Log, statement: str, told: str) -> None:
    log.record(9)
    log.checkpoint()
    log.checkpoint()
    log.past_the_program(statement)
    assert told in " ".join(gaps(log))
