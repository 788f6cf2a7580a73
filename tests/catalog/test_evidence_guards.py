"""The database itself refuses to change or remove evidence, whoever asks and however."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, delete, select, update

from catalog.engine import Catalog
from catalog.repositories import custody
from catalog.tables import CustodyEvent, Recording
from catalog.tables.custody import CustodyAction
from tests import rows

REFUSED = r"append-only"
SECURED = {
    "sha256": "0" * 64,
    "sm3": "0" * 64,
    "size": 2,
    "object_key": "elsewhere",
    "object_version": "2",
    "secured_at": rows.NOW.replace(year=2020),
}


@pytest.fixture
def evidence(catalog: Catalog) -> tuple[Recording, CustodyEvent]:
    with catalog.writing() as session:
        kept = rows.recording(sm3="1" * 64)
        rows.add(session, kept)
        event = custody.record(
            session,
            CustodyAction.SECURED,
            at=rows.NOW,
            actor="li",
            subject_kind="recording",
            subject_id=kept.id,
            path="/card/a.mp4",
        )
    with catalog.reading() as session:
        return kept, session.get_one(CustodyEvent, event.id)


def _change_event(session: Session) -> None:
    session.exec(select(CustodyEvent)).one().actor = "somebody else"


def _remove_event(session: Session) -> None:
    session.delete(session.exec(select(CustodyEvent)).one())


def _remove_recording(session: Session) -> None:
    session.delete(session.exec(select(Recording)).one())


def _raw(statement: str) -> Callable[[Session], Any]:
    return lambda session: session.connection().exec_driver_sql(statement)


ATTEMPTS: dict[str, Callable[[Session], Any]] = {
    "event changed by the mapper": _change_event,
    "event removed by the mapper": _remove_event,
    "event changed in bulk": lambda session: session.exec(update(CustodyEvent).values(actor="x")),
    "event removed in bulk": lambda session: session.exec(delete(CustodyEvent)),
    "event changed by hand": _raw("UPDATE custody_event SET actor = 'x'"),
    "event changed to what it is": _raw("UPDATE custody_event SET actor = actor"),
    "event removed by hand": _raw("DELETE FROM custody_event"),
    "recording removed by the mapper": _remove_recording,
    "recording removed by hand": _raw("DELETE FROM recording"),
    "recording moved by hand": _raw("UPDATE recording SET object_key = 'elsewhere', name = 'x'"),
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_evidence_stays_as_it_is(
    catalog: Catalog, evidence: tuple[Recording, CustodyEvent], attempt: Callable[[Session], Any]
) -> None:
    kept, event = evidence
    with pytest.raises(DBAPIError, match=REFUSED), catalog.writing() as session:
        attempt(session)
    with catalog.reading() as session:
        assert session.exec(select(Recording)).one() == kept
        assert session.exec(select(CustodyEvent)).one() == event


@pytest.mark.parametrize("column", SECURED)
def test_no_secured_column_of_a_recording_changes(
    catalog: Catalog, evidence: tuple[Recording, CustodyEvent], column: str
) -> None:
    with pytest.raises(DBAPIError, match=REFUSED), catalog.writing() as session:
        setattr(session.get_one(Recording, evidence[0].id), column, SECURED[column])
    with pytest.raises(DBAPIError, match=REFUSED), catalog.writing() as session:
        session.exec(update(Recording).where(col(Recording.id) == evidence[0].id).values({column: SECURED[column]}))


def test_what_is_learned_of_a_recording_may_change(catalog: Catalog, evidence: tuple[Recording, CustodyEvent]) -> None:
    with catalog.writing() as session:
        found = session.get_one(Recording, evidence[0].id)
        found.important, found.locked_until, found.device_serial = True, rows.NOW, "1234567"
    with catalog.reading() as session:
        assert session.get_one(Recording, evidence[0].id).device_serial == "1234567"


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("statement", ["TRUNCATE custody_event", "TRUNCATE recording CASCADE"])
def test_postgresql_empties_neither(catalog: Catalog, evidence: tuple[Recording, CustodyEvent], statement: str) -> None:
    with pytest.raises(DBAPIError, match=REFUSED), catalog.writing() as session:
        session.connection().execute(text(statement))
    with catalog.reading() as session:
        assert session.exec(select(CustodyEvent.id)).one() == evidence[1].id


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("table", ["custody_event", "recording"])
def test_sqlite_replaces_neither(catalog: Catalog, evidence: tuple[Recording, CustodyEvent], table: str) -> None:
    with pytest.raises(DBAPIError, match=REFUSED), catalog.writing() as session:
        session.connection().exec_driver_sql(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")  # noqa: S608
    with catalog.reading() as session:
        assert session.exec(select(CustodyEvent.id)).one() == evidence[1].id


def test_an_event_stands_or_falls_with_the_act_itself(catalog: Catalog) -> None:
    def act(session: Session) -> None:
        custody.record(session, CustodyAction.VIEWED, at=rows.NOW, actor="li", subject_kind="search", subject_id=None)
        session.flush()
        raise LookupError

    with pytest.raises(LookupError), catalog.writing() as session:
        act(session)
    with catalog.reading() as session:
        assert session.exec(select(CustodyEvent)).all() == []
