"""What the columns themselves hold to: aware times in UTC, our own ids, words that are states, values in range."""

import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import DateTime, Table, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import Session, SQLModel, select

import catalog.tables
from catalog.engine import Catalog
from catalog.seals import UNSEALED
from catalog.tables import Activity, Agency, Case, CaseLink, CustodyEvent, Fingerprint, Job, Recording
from catalog.tables.cases import LinkOrigin, LinkState, Stage
from catalog.tables.custody import CustodyCheckpoint, CustodyKey, CustodyObject, CustodyObjectKind, CustodyStamp
from catalog.tables.disposals import Approver, Disposal, DisposalApproval, DisposalItem, Verdict
from catalog.tables.docking import SlotCondition, SlotState
from catalog.tables.fixity import FixityCheck, FixityOutcome, FixityState
from catalog.tables.jobs import JobKind
from catalog.tables.register import AgencyLevel, Slot, Station
from catalog.tables.retention import (
    ActivationState,
    Classification,
    RetentionClass,
    RetentionDecision,
    RetentionOutcome,
    ScheduleActivation,
    ScheduleVersion,
)
from catalog.types import UtcDateTime, new_id
from tests import rows

NOW = rows.NOW
TIMES = [
    (table.name, column.name)
    for table in SQLModel.metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, UtcDateTime)
]


def event(**facts: Any) -> CustodyEvent:
    standing = {"at": NOW, "actor": "li", "action": "viewed", "subject_kind": "recording"}
    return CustodyEvent(**{**standing, **facts})


def test_every_time_in_every_table_is_our_type() -> None:
    plain = [
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, DateTime)
    ]
    assert plain == []
    named_like_times = {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if column.name in {"at", "since"} or column.name.endswith(("_at", "_until", "_since"))
    }
    assert named_like_times == {f"{table}.{column}" for table, column in TIMES}


def test_the_database_keeps_the_offset(catalog: Catalog) -> None:
    if catalog.engine.dialect.name == "postgresql":
        with catalog.reading() as session:
            found = session.connection().execute(
                text(
                    "SELECT table_name, column_name, data_type FROM information_schema.columns"
                    " WHERE table_schema = 'public' AND data_type LIKE 'time%'"
                )
            )
            assert {tuple(row) for row in found} == {(*time, "timestamp with time zone") for time in TIMES}
        return
    with catalog.writing() as session:
        session.add(event(at=NOW.astimezone(timezone(timedelta(hours=8)))))
    with catalog.reading() as session:
        kept = session.connection().execute(text("SELECT at FROM custody_event")).scalar_one()
    assert kept == "2026-03-02T04:00:00.000000+00:00"


@pytest.mark.parametrize("place", TIMES, ids=".".join)
def test_naive_times_are_refused_everywhere(place: tuple[str, str]) -> None:
    table: Table = SQLModel.metadata.tables[place[0]]
    naive = datetime(2026, 3, 2, 4)  # noqa: DTZ001 - that is the attack
    for dialect in ("sqlite", "postgresql"):
        bind = table.columns[place[1]].type.bind_processor(_dialect(dialect))
        assert bind is not None
        with pytest.raises(ValueError, match="naive"):
            bind(naive)


def _dialect(name: str) -> Any:
    from sqlalchemy.dialects import postgresql, sqlite

    return {"sqlite": sqlite.dialect, "postgresql": postgresql.dialect}[name]()


def test_a_naive_time_never_reaches_the_database(catalog: Catalog) -> None:
    with pytest.raises(StatementError, match="naive"), catalog.writing() as session:
        session.add(event(at=datetime(2026, 3, 2, 4)))  # noqa: DTZ001
    with catalog.reading() as session:
        assert session.exec(select(CustodyEvent)).all() == []


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    at=st.datetimes(
        min_value=datetime(1970, 1, 2),  # noqa: DTZ001 - hypothesis wants naive bounds
        max_value=datetime(9998, 1, 1),  # noqa: DTZ001
        timezones=st.timezones(),
    )
)
def test_times_come_back_as_the_same_instant_in_utc(catalog: Catalog, at: datetime) -> None:
    with catalog.writing() as session:
        made = event(at=at)
        session.add(made)
    with catalog.reading() as session:
        back = session.get_one(CustodyEvent, made.id).at
    assert back == at.astimezone(UTC)
    assert back.utcoffset() == timedelta(0)


def test_times_sort_as_instants(catalog: Catalog) -> None:
    east, west = timezone(timedelta(hours=8)), timezone(timedelta(hours=-8))
    instants = [NOW + timedelta(seconds=step / 2) for step in range(6)]
    with catalog.writing() as session:
        for number, at in enumerate(reversed(instants)):
            session.add(event(at=at.astimezone(east if number % 2 else west)))
    with catalog.reading() as session:
        assert session.exec(select(CustodyEvent.at).order_by(CustodyEvent.at)).all() == instants  # type: ignore[arg-type]


def test_ids_are_version_7_and_sort_by_the_time_they_were_made() -> None:
    made = [new_id() for _ in range(500)]
    assert all((each.version, each.variant) == (7, uuid.RFC_4122) for each in made)
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_every_table_whose_rows_are_sealed_has_such_an_id() -> None:
    tables = [getattr(catalog.tables, name) for name in catalog.tables.__all__]
    assert {table.__tablename__ for table in tables if not issubclass(table, catalog.tables.base.Row)} <= UNSEALED


def _agency(session: Session, level: str) -> None:
    session.connection().execute(
        text(
            "INSERT INTO agency (id, code, name, level)"
            " VALUES ('01890a5d-ac96-774b-bcce-b302099a8057', '1', 'x', :level)"
        ),
        {"level": level},
    )


@pytest.mark.parametrize("level", ["state", "", "COUNTY", "county "])
def test_the_database_itself_refuses_words_that_are_no_states(catalog: Catalog, level: str) -> None:
    with pytest.raises(IntegrityError), catalog.writing() as session:
        _agency(session, level)


@pytest.mark.past_the_program
def test_the_database_takes_words_that_are(catalog: Catalog) -> None:
    with catalog.writing() as session:
        _agency(session, AgencyLevel.COUNTY)
    with catalog.reading() as session:
        assert session.exec(select(Agency.level)).one() is AgencyLevel.COUNTY


@pytest.mark.parametrize(
    ("table", "column"),
    sorted(
        (table.name, str(constraint.name).removeprefix(f"ck_{table.name}_"))
        for table in SQLModel.metadata.sorted_tables
        for constraint in table.constraints
        if " IN (" in str(getattr(constraint, "sqltext", ""))
    ),
)
def test_a_state_cannot_become_another_word(catalog: Catalog, table: str, column: str) -> None:
    with catalog.writing() as session:
        rows.add(session, *_one_of_each())
    # The log of custody refuses every change, whatever the word: its own tests hold that.
    with pytest.raises(Exception, match=r"CHECK|check|append-only"), catalog.writing() as session:
        session.connection().execute(text(f"UPDATE \"{table}\" SET {column} = 'nonsense'"))  # noqa: S608


def _one_of_each() -> list[SQLModel]:
    agency = Agency(code="1", name="x", level=AgencyLevel.COUNTY)
    case, recording = rows.case("1"), rows.recording()
    link = CaseLink(
        recording_id=recording.id,
        case_id=case.id,
        state=LinkState.SUGGESTED,
        origin=LinkOrigin.MATCHED,
        stage=Stage.REVIEW,
        linked_by="li",
        linked_at=NOW,
    )
    activity = Activity(number="1", stage=Stage.REVIEW, started_at=NOW, ended_at=NOW)
    job = Job(recording_id=recording.id, kind=JobKind.PROBE, due_at=NOW, created_at=NOW)
    station = Station(name="x")
    slot = Slot(station_id=station.id, name="1")
    state = SlotState(slot_id=slot.id, condition=SlotCondition.EMPTY, since=NOW, told_at=NOW)
    kept = [*_kept_and_disposed_of(recording), *_provable()]
    return [agency, case, recording, link, activity, job, event(), station, slot, state, *kept]


def _kept_and_disposed_of(recording: Recording) -> list[SQLModel]:
    digest = "0" * 64
    schedule = ScheduleVersion(schedule="x", version="1", content="", sha256=digest, loaded_by="li", loaded_at=NOW)
    activation = ScheduleActivation(
        schedule_version_id=schedule.id,
        state=ActivationState.PROPOSED,
        proposed_by="li",
        proposed_at=NOW,
        reason="new",
    )
    classified = Classification(
        recording_id=recording.id,
        retention_class=RetentionClass.EVIDENCE,
        reason="used in court",
        classified_by="li",
        classified_at=NOW,
    )
    decision = RetentionDecision(recording_id=recording.id, outcome=RetentionOutcome.FOREVER, evaluated_at=NOW)
    approver = Approver(name="wang", secret_hash="x", enrolled_by="li", enrolled_at=NOW)  # noqa: S106 - a hash
    disposal = Disposal(
        number="1",
        reason="over",
        schedule_version_id=schedule.id,
        planned_by="li",
        planned_at=NOW,
        list_sha256=digest,
    )
    approval = DisposalApproval(
        disposal_id=disposal.id,
        approver_id=approver.id,
        verdict=Verdict.APPROVED,
        list_sha256=digest,
        reason="over",
        actor="li",
        given_at=NOW,
    )
    item = DisposalItem(
        disposal_id=disposal.id, recording_id=recording.id, size=1, sha256=digest, expires_at=NOW, rule="x"
    )
    check = FixityCheck(
        recording_id=recording.id,
        at=NOW,
        outcome=FixityOutcome.INTACT,
        object_key="k",
        object_version="1",
        bytes_read=1,
    )
    checked = FixityState(
        recording_id=recording.id, object_version="1", object_key="k", waits_since=NOW, outcome=FixityOutcome.INTACT
    )
    return [schedule, activation, classified, decision, approver, disposal, approval, item, check, checked]


def _provable() -> list[SQLModel]:
    key = CustodyKey(ordinal=0, name="x", public_key=bytes(32), made_at=NOW)
    checkpoint = CustodyCheckpoint(
        size=0, root=bytes(32), at=NOW, key_id=key.id, note="", object_key="k", object_version="1"
    )
    stamp = CustodyStamp(checkpoint_id=checkpoint.id, authority="x", due_at=NOW)
    lies = CustodyObject(kind=CustodyObjectKind.KEY, object_key="k", object_version="1", written_at=NOW)
    return [key, checkpoint, stamp, lies]


@pytest.mark.parametrize(
    "facts",
    [
        {"latitude": 90.0001, "longitude": 0.0},
        {"latitude": -90.0001, "longitude": 0.0},
        {"latitude": 0.0, "longitude": 180.0001},
        {"latitude": 0.0, "longitude": -180.0001},
        {"size": -1},
    ],
    ids=str,
)
def test_impossible_values_are_refused(catalog: Catalog, facts: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), catalog.writing() as session:
        session.add(rows.recording(**facts))


def test_extreme_values_are_taken(catalog: Catalog) -> None:
    made = rows.recording(latitude=-90.0, longitude=180.0, size=2**62)
    with catalog.writing() as session:
        session.add(made)
    with catalog.reading() as session:
        back = session.get_one(Recording, made.id)
        assert (back.latitude, back.longitude, back.size) == (-90.0, 180.0, 2**62)


def test_a_content_is_on_record_once(catalog: Catalog) -> None:
    with catalog.writing() as session:
        session.add(rows.recording(sha256="a" * 64))
    with pytest.raises(IntegrityError), catalog.writing() as session:
        session.add(rows.recording(sha256="a" * 64))


@pytest.mark.parametrize("repeated", ["case", "job", "link", "fingerprint"])
def test_what_there_is_once_is_there_once(catalog: Catalog, repeated: str) -> None:
    first, again = _one_of_each(), _one_of_each()
    with catalog.writing() as session:
        rows.add(session, *first, Fingerprint(recording_id=first[2].id, content=b"x"))  # type: ignore[attr-defined]
    twice = {
        "case": again[1],
        "job": again[5].model_copy(update={"recording_id": first[2].id}),  # type: ignore[attr-defined]
        "link": again[3].model_copy(update={"recording_id": first[2].id, "case_id": first[1].id}),  # type: ignore[attr-defined]
        "fingerprint": Fingerprint(recording_id=first[2].id, content=b"y"),  # type: ignore[attr-defined]
    }[repeated]
    made = type(twice)(**twice.model_dump())  # a copy of a row is no row
    with pytest.raises(IntegrityError, match=r"(?i)unique"), catalog.writing() as session:
        session.add(made)


def test_what_refers_to_nothing_is_refused(catalog: Catalog) -> None:
    with pytest.raises(IntegrityError), catalog.writing() as session:
        session.add(Job(recording_id=new_id(), kind=JobKind.PROBE, due_at=NOW, created_at=NOW))


def test_a_case_that_recordings_are_linked_to_stays(catalog: Catalog) -> None:
    made = _one_of_each()
    with catalog.writing() as session:
        rows.add(session, *made)
    with pytest.raises(IntegrityError), catalog.writing() as session:
        session.delete(session.get_one(Case, made[1].id))  # type: ignore[attr-defined]
