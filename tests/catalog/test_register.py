"""Reading and writing the register on the database that the migrations build."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session

from catalog.engine import Catalog
from catalog.register_columns import RegisterKind
from catalog.repositories import register
from catalog.tables.cases import Stage
from catalog.tables.register import AgencyLevel
from catalog.types import new_id

DAY = timedelta(days=1)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def session(catalog: Catalog) -> Iterator[Session]:
    with catalog.writing() as session:
        yield session


@pytest.fixture
def ids(session: Session) -> dict[str, UUID]:
    """One agency, two officers, one device."""
    ids = {name: new_id() for name in ("agency", "first", "second", "device")}
    agency = {"id": ids["agency"], "code": "533400", "name": "迪庆", "level": AgencyLevel.PREFECTURE, "parent_id": None}
    register.add_rows(session, RegisterKind.AGENCIES, [agency])
    officers = [
        {"id": ids[name], "certificate_number": number, "name": name, "agency_id": ids["agency"], "device_code": code}
        for name, number, code in (("first", "25340100117", "012345"), ("second", "012346", None))
    ]
    register.add_rows(session, RegisterKind.OFFICERS, officers)
    device = {"id": ids["device"], "serial": "3400017", "model": None, "agency_id": None}
    register.add_rows(session, RegisterKind.DEVICES, [device])
    return ids


def activity(ids: dict[str, UUID], number: str, start: datetime, *officers: str) -> dict[str, object]:
    return {
        "id": new_id(),
        "number": number,
        "case_id": None,
        "agency_id": None,
        "stage": Stage.INVESTIGATION,
        "place": "市场",
        "started_at": start,
        "ended_at": start + timedelta(hours=1),
        "officer_ids": frozenset(ids[name] for name in officers),
    }


def test_codes_and_serials(session: Session, ids: dict[str, UUID]) -> None:
    assert register.known_serials(session) == {"3400017"}
    assert register.known_officer_codes(session) == {"25340100117", "012345", "012346"}
    for code, name in (("012345", "first"), ("25340100117", "first"), ("012346", "second")):
        found = register.officer_by_code(session, code)
        assert found is not None
        assert found.id == ids[name]
    assert register.officer_by_code(session, "000000") is None
    assert register.counts(session)[RegisterKind.OFFICERS] == 2


def test_assignments_between(session: Session, ids: dict[str, UUID]) -> None:
    periods = [("first", NOON - 9 * DAY, NOON - DAY), ("second", NOON - DAY, None)]
    rows = [
        {"id": new_id(), "device_id": ids["device"], "officer_id": ids[name], "starts_at": start, "ends_at": end}
        for name, start, end in periods
    ]
    register.add_rows(session, RegisterKind.ASSIGNMENTS, rows)

    def carried(start: datetime, end: datetime) -> list[str]:
        return [found.certificate_number for found in register.assignments_between(session, start, end)]

    assert carried(NOON - 20 * DAY, NOON - 10 * DAY) == []
    assert carried(NOON - 5 * DAY, NOON - 4 * DAY) == ["25340100117"]
    assert carried(NOON - 2 * DAY, NOON) == ["25340100117", "012346"]
    # At the moment of the change the device is the second officer's alone.
    assert carried(NOON - DAY, NOON - DAY) == ["012346"]
    assert carried(NOON + 900 * DAY, NOON + 901 * DAY) == ["012346"]
    assert register.known_assignments(session, []) == {}
    known = register.known_assignments(session, [ids["device"]])
    assert known[ids["device"], ids["second"], NOON - DAY].facts["ends_at"] is None


def test_activities_between(session: Session, ids: dict[str, UUID]) -> None:
    early = activity(ids, "HD-1", NOON, "first", "second")
    late = activity(ids, "HD-2", NOON + DAY, "second")
    register.add_rows(session, RegisterKind.ACTIVITIES, [late, early])
    both = register.activities_between(session, NOON, NOON + 2 * DAY)
    assert [(found.number, found.certificate_numbers) for found in both] == [
        ("HD-1", ("012346", "25340100117")),
        ("HD-2", ("012346",)),
    ]
    inside = register.activities_between(session, NOON + timedelta(minutes=5), NOON + timedelta(minutes=6))
    assert [found.number for found in inside] == ["HD-1"]
    assert register.activities_between(session, NOON - DAY, NOON - timedelta(seconds=1)) == []


def test_changing_an_activity_replaces_its_officers(session: Session, ids: dict[str, UUID]) -> None:
    row = activity(ids, "HD-1", NOON, "first", "second")
    register.add_rows(session, RegisterKind.ACTIVITIES, [row])
    register.change_rows(
        session, RegisterKind.ACTIVITIES, [{**row, "officer_ids": frozenset({ids["first"]}), "place": "古城"}]
    )
    known = register.known_activities(session, ["HD-1", "HD-0"])
    assert list(known) == ["HD-1"]
    assert known["HD-1"].facts["officer_ids"] == {ids["first"]}
    assert known["HD-1"].facts["place"] == "古城"


def test_more_keys_than_a_statement_takes(session: Session, ids: dict[str, UUID]) -> None:
    rows = [activity(ids, f"HD-{number}", NOON, "first") for number in range(1201)]
    register.add_rows(session, RegisterKind.ACTIVITIES, rows)
    known = register.known_activities(session, [f"HD-{number}" for number in range(1500)])
    assert len(known) == 1201
    assert all(row.facts["officer_ids"] == {ids["first"]} for row in known.values())


def test_nothing_is_committed_here(catalog: Catalog) -> None:
    device = {"id": new_id(), "serial": "3400017", "model": None, "agency_id": None}
    with Session(catalog.engine) as session:
        register.add_rows(session, RegisterKind.DEVICES, [device])
    with catalog.reading() as session:
        assert register.known_serials(session) == frozenset()
