"""Transactions commit at their edge or not at all."""

import pytest
from sqlmodel import Session, select

from catalog.engine import Catalog
from catalog.tables import Recording
from tests import rows
from tests.rows import secured


def names(catalog: Catalog) -> list[str]:
    with catalog.reading() as session:
        return list(session.exec(select(Recording.name)).all())


def test_transactions_commit_at_the_edge_and_roll_back_on_errors(catalog: Catalog) -> None:
    with pytest.raises(LookupError), catalog.writing() as session:
        _write_and_raise(session)
    assert names(catalog) == []
    with catalog.writing() as session:
        session.add(rows.recording("whole.mp4"))
        session.flush()
        assert names(catalog) == []
    assert names(catalog) == ["whole.mp4"]


def _write_and_raise(session: Session) -> None:
    session.add(rows.recording())
    session.flush()
    raise LookupError


def test_what_is_read_is_never_written(catalog: Catalog) -> None:
    secured(catalog)
    with catalog.reading() as session:
        session.exec(select(Recording)).one().name = "changed while reading"
    assert names(catalog) == ["a.mp4"]
