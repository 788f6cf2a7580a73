"""Seals: what a transaction made of each row of evidence is in its events, however it was written, on both engines."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text, update
from sqlmodel import Session

from catalog import seals
from catalog.canonical import row_digest
from catalog.engine import Catalog
from catalog.errors import CatalogBusy
from catalog.repositories import custody
from catalog.tables import Agency, Case, CustodyEvent, Job, Recording, Station
from catalog.tables.custody import CustodyAction
from catalog.tables.register import AgencyLevel
from catalog.types import new_id
from tests import rows
from tests.rows import NOW
from tests.sealing import broken_seals


def viewed(session: Session, **details: Any) -> None:
    custody.record(
        session, CustodyAction.VIEWED, at=NOW, actor="li", subject_kind="recording", subject_id=None, **details
    )


def events(catalog: Catalog) -> list[CustodyEvent]:
    with catalog.reading() as session:
        found = session.connection().execute(text("SELECT event_id FROM custody_pending ORDER BY arrival")).scalars()
        order = [UUID(str(each)) for each in found]
        by_id = {event.id: event for event in session.scalars(select(CustodyEvent))}
    return [by_id[event_id] for event_id in order]


def said(catalog: Catalog) -> list[Mapping[str, str | None]]:
    return [event.seals or {} for event in events(catalog)]


def digest_of(catalog: Catalog, table: type[Any], row_id: UUID) -> str:
    with catalog.reading() as session:
        found = session.connection().execute(select(table.__table__).where(table.id == row_id)).mappings().one()
    return row_digest({str(name): value for name, value in found.items()})


def test_an_insert_is_sealed_as_it_stands(catalog: Catalog) -> None:
    agency = Agency(code="1", name="扎西", level=AgencyLevel.COUNTY)
    with catalog.writing() as session:
        viewed(session)
        session.add(agency)
    assert said(catalog) == [{f"agency/{agency.id}": digest_of(catalog, Agency, agency.id)}]


def test_a_change_and_a_removal_are_sealed(catalog: Catalog) -> None:
    agency = Agency(code="1", name="a", level=AgencyLevel.COUNTY)
    with catalog.writing() as session:
        session.add(agency)
    with catalog.writing() as session:
        session.get_one(Agency, agency.id).name = "b"
    changed = digest_of(catalog, Agency, agency.id)
    with catalog.writing() as session:
        session.delete(session.get_one(Agency, agency.id))
    name = f"agency/{agency.id}"
    assert [each[name] for each in said(catalog)][1:] == [changed, None]
    assert len({each[name] for each in said(catalog)}) == 3


def test_what_is_made_and_changed_in_one_transaction_is_sealed_as_it_ends(catalog: Catalog) -> None:
    agency = Agency(code="1", name="a", level=AgencyLevel.COUNTY)
    with catalog.writing() as session:
        session.add(agency)
        session.flush()
        agency.name = "b"
        session.flush()
        agency.name = "c"
    assert said(catalog) == [{f"agency/{agency.id}": digest_of(catalog, Agency, agency.id)}]


def test_a_change_that_changes_nothing_says_nothing(catalog: Catalog) -> None:
    agency = Agency(code="1", name="a", level=AgencyLevel.COUNTY)
    with catalog.writing() as session:
        session.add(agency)
    with catalog.writing() as session:
        found = session.get_one(Agency, agency.id)
        found.name = "a"
    assert len(events(catalog)) == 1


def test_a_change_without_an_event_gets_one(catalog: Catalog) -> None:
    with catalog.writing() as session:
        session.add(Station(name="1"))
    (event,) = events(catalog)
    assert (event.action, event.actor, event.subject_kind) == (CustodyAction.ROWS_WRITTEN, "zhilu", "catalog")


@pytest.mark.parametrize("statement", ["insert", "update", "delete"])
def test_statements_past_the_session_are_sealed_where_they_name_their_rows(catalog: Catalog, statement: str) -> None:
    agency = Agency(code="1", name="a", level=AgencyLevel.COUNTY)
    table = Agency.__table__  # type: ignore[attr-defined]
    if statement != "insert":
        with catalog.writing() as session:
            session.add(agency)
    made: dict[str, Any] = {
        "insert": lambda: insert(table).values(id=agency.id, code="1", name="a", level="county"),
        "update": lambda: update(table).where(table.c.id == agency.id).values(name="b"),
        "delete": lambda: delete(table).where(table.c.id == agency.id),
    }
    with catalog.writing() as session:
        session.connection().execute(made[statement]())
        seals.touched(session, Agency, [agency.id])
    name = f"agency/{agency.id}"
    expected = None if statement == "delete" else digest_of(catalog, Agency, agency.id)
    assert said(catalog)[-1] == {name: expected}


@pytest.mark.past_the_program
def test_a_statement_that_names_nothing_is_found_out(catalog: Catalog) -> None:
    """The check that every test of the catalog ends with does find what was forgotten."""
    agency = Agency(code="1", name="a", level=AgencyLevel.COUNTY)
    with catalog.writing() as session:
        session.add(agency)
    with catalog.writing() as session:
        session.connection().execute(text("UPDATE agency SET name = 'b'"))
    assert broken_seals(catalog) == {f"agency/{agency.id}": "not as sealed"}
    with catalog.writing() as session:
        session.connection().execute(text("DELETE FROM agency"))
    assert broken_seals(catalog) == {f"agency/{agency.id}": "gone"}


def test_what_is_no_evidence_is_not_sealed(catalog: Catalog) -> None:
    with catalog.writing() as session:
        recording = rows.recording()
        rows.add(session, recording, Job(recording_id=recording.id, kind="probe", due_at=NOW, created_at=NOW))
    assert {name for each in said(catalog) for name in each} == {f"recording/{recording.id}"}


def test_many_rows_go_into_several_events(catalog: Catalog) -> None:
    count = seals.SEALS_AN_EVENT * 2 + 7
    with catalog.writing() as session:
        viewed(session)
        session.add_all([Agency(code=str(number), name="a", level=AgencyLevel.COUNTY) for number in range(count)])
    assert [len(each) for each in said(catalog)] == [500, 500, 7]
    assert [event.action for event in events(catalog)] == [
        CustodyAction.VIEWED,
        CustodyAction.ROWS_WRITTEN,
        CustodyAction.ROWS_WRITTEN,
    ]


def test_every_event_has_its_own_salt(catalog: Catalog) -> None:
    with catalog.writing() as session:
        for number in range(50):
            viewed(session, number=number)
    salts = {event.salt for event in events(catalog)}
    assert len(salts) == 50
    assert {len(salt or b"") for salt in salts} == {seals.SALT_BYTES}


def test_events_of_one_transaction_arrive_in_their_order(catalog: Catalog) -> None:
    with catalog.writing() as session:
        for number in range(700):
            viewed(session, number=number)
    assert [event.details["number"] for event in events(catalog)] == list(range(700))


def test_what_was_rolled_back_left_nothing(catalog: Catalog) -> None:
    def write(session: Session) -> None:
        viewed(session)
        session.add(Agency(code="1", name="a", level=AgencyLevel.COUNTY))
        session.flush()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        catalog.write(write)
    assert events(catalog) == []


def test_outside_of_a_writing_transaction_nothing_is_recorded(catalog: Catalog) -> None:
    with catalog.reading() as session, pytest.raises(RuntimeError, match="writing transactions only"):
        viewed(session)


def test_of_two_transactions_on_one_row_the_log_has_the_later_one_last(catalog: Catalog) -> None:
    """Whoever changes a row second waits for the first; so do their events."""
    agency = Agency(code="1", name="-", level=AgencyLevel.COUNTY)
    with catalog.writing() as session:
        session.add(agency)
    together = threading.Barrier(4)

    def change(name: str) -> None:
        together.wait(30)
        for turn in range(10):
            catalog.write(_renaming(agency.id, f"{name}{turn}"))

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(change, name) for name in "abcd"]:
            done.result(120)
    assert said(catalog)[-1] == {f"agency/{agency.id}": digest_of(catalog, Agency, agency.id)}
    assert len(events(catalog)) == 41


def _renaming(agency_id: UUID, name: str) -> Callable[[Session], None]:
    def rename(session: Session) -> None:
        # Whatever it was when it was read: it is the row that another may just have changed.
        table = Agency.__table__  # type: ignore[attr-defined]
        session.connection().execute(update(table).where(table.c.id == agency_id).values(name=name))
        seals.touched(session, Agency, [agency_id])

    return rename


def test_a_transaction_that_is_made_again_is_sealed_once(catalog: Catalog) -> None:
    agency = Agency(code="1", name="a", level=AgencyLevel.COUNTY)
    tries = list[int]()

    def write(session: Session) -> None:
        tries.append(1)
        viewed(session)
        session.add(Agency(**agency.model_dump()))
        session.flush()
        if len(tries) < 3:
            raise CatalogBusy(catalog.where)

    catalog.write(write)
    assert said(catalog) == [{f"agency/{agency.id}": digest_of(catalog, Agency, agency.id)}]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(-1e15, 1e15, allow_nan=False)
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=4), inner, max_size=3
        )
    ),
    max_leaves=8,
)
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
TIMES = st.datetimes(
    min_value=datetime(1971, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds
    max_value=datetime(9000, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


FACTS = st.fixed_dictionaries(
    {
        "name": TEXT,
        "size": st.integers(0, 2**62),
        "duration_s": st.none() | st.floats(0, 1e9, allow_nan=False),
        "captured_at": st.none() | TIMES,
        "media": st.dictionaries(TEXT, JSON, max_size=3),
    }
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(facts=FACTS, latitude=st.none() | st.floats(-90, 90))
def test_what_is_read_back_has_the_digest_of_what_was_written(
    catalog: Catalog, facts: dict[str, Any], latitude: float | None
) -> None:
    made = rows.recording(**facts, latitude=latitude, longitude=None if latitude is None else 0.1)
    with catalog.writing() as session:
        viewed(session, document=facts["media"])
        session.add(made)
    assert said(catalog)[-1] == {f"recording/{made.id}": digest_of(catalog, Recording, made.id)}
    assert events(catalog)[-1].details == {"document": facts["media"]}


def test_a_row_of_every_kind_of_column_is_the_same_on_both_engines() -> None:
    """The digest is over what the program holds, so it must not depend on who made the row: only its values count."""
    known = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
    case = Case(id=known, number="迪市监罚〔2026〕12号", category="penalty", opened_at=NOW)
    columns = {column.name: getattr(case, column.name) for column in Case.__table__.columns}  # type: ignore[attr-defined]
    assert row_digest(columns) == row_digest({**columns, "category": str(case.category)})
    assert row_digest(columns) != row_digest({**columns, "id": new_id()})
