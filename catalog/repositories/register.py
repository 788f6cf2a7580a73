"""The register: agencies, officers, devices, assignments, cases and activities; read by key, written in bulk.

Rows are written by the names of their columns, many at once: a register of 50,000 lines is one transaction.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Table, bindparam, delete, func, insert, or_, text, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from catalog import seals
from catalog.register_columns import RegisterKind
from catalog.tables import Activity, ActivityOfficer, Agency, Assignment, Case, Device, Officer
from catalog.tables.base import Row
from catalog.tables.cases import Stage
from catalog.types import new_id

_TABLES: Final[Mapping[RegisterKind, type[Row]]] = MappingProxyType(
    {
        RegisterKind.AGENCIES: Agency,
        RegisterKind.OFFICERS: Officer,
        RegisterKind.DEVICES: Device,
        RegisterKind.ASSIGNMENTS: Assignment,
        RegisterKind.CASES: Case,
        RegisterKind.ACTIVITIES: Activity,
    }
)
_KEYS_AT_ONCE: Final = 500  # SQLite may be built to take no more than 999 values in a statement
_REGISTER_LOCK: Final = 0x7265676973746572  # any fixed number: PostgreSQL's advisory locks are named by numbers


@dataclass(frozen=True, slots=True)
class KnownRow:
    """A row as it stands: its id and its columns by name; `officer_ids` beside those of an activity."""

    id: UUID
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AssignmentPeriod:
    """Who carried a device in [starts_at, ends_at); `ends_at` None means until further notice. Times aware, UTC."""

    device_serial: str
    officer_id: UUID
    certificate_number: str
    device_code: str | None
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class ActivityFacts:
    """One activity with its officers' certificate numbers in ascending order. Times aware, UTC."""

    id: UUID
    number: str
    case_id: UUID | None
    agency_id: UUID | None
    stage: Stage
    place: str
    started_at: datetime
    ended_at: datetime
    certificate_numbers: tuple[str, ...]


# --- reading --------------------------------------------------------------------------------------------------


def known_serials(session: Session) -> frozenset[str]:
    """The serials of all devices."""
    return frozenset(session.exec(select(Device.serial)).all())


def known_officer_codes(session: Session) -> frozenset[str]:
    """All that a camera may write for an officer: the short codes, and the certificate numbers."""
    rows = session.exec(select(Officer.certificate_number, Officer.device_code)).all()
    return frozenset(code for row in rows for code in row if code)


def officer_by_code(session: Session, code: str) -> Officer | None:
    """The officer whose short code or certificate number this is, the short code first."""
    found = session.exec(
        select(Officer).where(or_(col(Officer.device_code) == code, col(Officer.certificate_number) == code))
    ).all()
    return min(found, key=lambda officer: officer.device_code != code, default=None)


def officer(session: Session, officer_id: UUID | None) -> Officer | None:
    """The officer with this id, if there is one."""
    return session.get(Officer, officer_id) if officer_id else None


def counts(session: Session) -> Mapping[RegisterKind, int]:
    """How many rows each register has."""
    return {kind: session.exec(select(func.count()).select_from(table)).one() for kind, table in _TABLES.items()}


def assignments_between(session: Session, start: datetime, end: datetime) -> Sequence[AssignmentPeriod]:
    """The assignments that touch [start, end], by device and start."""
    rows = session.exec(
        select(Assignment, Device.serial, Officer.certificate_number, Officer.device_code)
        .join(Device, col(Device.id) == col(Assignment.device_id))
        .join(Officer, col(Officer.id) == col(Assignment.officer_id))
        .where(
            col(Assignment.starts_at) <= end,
            or_(col(Assignment.ends_at).is_(None), col(Assignment.ends_at) > start),
        )
        .order_by(col(Device.serial), col(Assignment.starts_at), col(Assignment.id))
    ).all()
    return [
        AssignmentPeriod(serial, found.officer_id, certificate, code, found.starts_at, found.ends_at)
        for found, serial, certificate, code in rows
    ]


def activities_between(session: Session, start: datetime, end: datetime) -> Sequence[ActivityFacts]:
    """The activities that touch [start, end], by start."""
    touching = (col(Activity.started_at) <= end, col(Activity.ended_at) >= start)
    activities = session.exec(
        select(Activity).where(*touching).order_by(col(Activity.started_at), col(Activity.number))
    ).all()
    certificates = session.exec(
        select(ActivityOfficer.activity_id, Officer.certificate_number)
        .join(Officer, col(Officer.id) == col(ActivityOfficer.officer_id))
        .join(Activity, col(Activity.id) == col(ActivityOfficer.activity_id))
        .where(*touching)
        .order_by(col(Officer.certificate_number))
    ).all()
    by_activity = _grouped(certificates)
    return [
        ActivityFacts(
            id=activity.id,
            number=activity.number,
            case_id=activity.case_id,
            agency_id=activity.agency_id,
            stage=activity.stage,
            place=activity.place,
            started_at=activity.started_at,
            ended_at=activity.ended_at,
            certificate_numbers=tuple(by_activity.get(activity.id, ())),
        )
        for activity in activities
    ]


# --- what an import compares with -----------------------------------------------------------------------------


def known_agencies(session: Session) -> dict[str, KnownRow]:
    """All agencies by code."""
    return {row["code"]: _known(row) for row in _rows(session, Agency)}


def known_officers(session: Session) -> dict[str, KnownRow]:
    """All officers by certificate number."""
    return {row["certificate_number"]: _known(row) for row in _rows(session, Officer)}


def known_devices(session: Session) -> dict[str, KnownRow]:
    """All devices by serial."""
    return {row["serial"]: _known(row) for row in _rows(session, Device)}


def known_assignments(session: Session, devices: Collection[UUID]) -> dict[tuple[UUID, UUID, datetime], KnownRow]:
    """The assignments of these devices by device, officer and start."""
    found: dict[tuple[UUID, UUID, datetime], KnownRow] = {}
    for ids in _portions(devices):
        for row in _rows(session, Assignment, col(Assignment.device_id).in_(ids)):
            found[row["device_id"], row["officer_id"], row["starts_at"]] = _known(row)
    return found


def known_cases(session: Session, numbers: Collection[str]) -> dict[str, KnownRow]:
    """Those of the cases that there are, by number."""
    found: dict[str, KnownRow] = {}
    for portion in _portions(numbers):
        found |= {row["number"]: _known(row) for row in _rows(session, Case, col(Case.number).in_(portion))}
    return found


def known_activities(session: Session, numbers: Collection[str]) -> dict[str, KnownRow]:
    """Those of the activities that there are, by number, with the ids of their officers."""
    found: dict[str, KnownRow] = {}
    for portion in _portions(numbers):
        rows = list(_rows(session, Activity, col(Activity.number).in_(portion)))
        officers = _officers_of(session, [row["id"] for row in rows])
        found |= {row["number"]: _known(row, officer_ids=officers.get(row["id"], frozenset())) for row in rows}
    return found


# --- writing in bulk ------------------------------------------------------------------------------------------


def alone(session: Session) -> None:
    """Let other imports wait until this transaction ends: what is compared with must not change meanwhile.

    SQLite's writing transactions are alone already.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": _REGISTER_LOCK})


def add_rows(session: Session, kind: RegisterKind, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows by the names of their columns, all of them given; what a row refers to must stand there before it.

    Those of activities carry `officer_ids` too.
    """
    if not rows:
        return
    session.connection().execute(insert(_table(_TABLES[kind])), [_own(row) for row in rows])
    seals.touched(session, _TABLES[kind], [row["id"] for row in rows])
    if kind is RegisterKind.ACTIVITIES:
        _add_officers(session, rows)


def change_rows(session: Session, kind: RegisterKind, rows: Sequence[Mapping[str, Any]]) -> None:
    """Change rows by their `id`; each names the same columns. The officers of an activity are replaced."""
    if not rows:
        return
    table = _table(_TABLES[kind])
    values: dict[str, Any] = {name: bindparam(name) for name in _own(rows[0]) if name != "id"}
    statement = update(table).where(table.c.id == bindparam("row_id")).values(values)
    session.connection().execute(
        statement, [{"row_id" if name == "id" else name: value for name, value in _own(row).items()} for row in rows]
    )
    seals.touched(session, _TABLES[kind], [row["id"] for row in rows])
    if kind is RegisterKind.ACTIVITIES:
        for ids in _portions([row["id"] for row in rows]):
            gone = (
                delete(ActivityOfficer)
                .where(col(ActivityOfficer.activity_id).in_(ids))
                .returning(col(ActivityOfficer.id))
            )
            seals.touched(session, ActivityOfficer, session.exec(gone).scalars().all())
        _add_officers(session, rows)


def _add_officers(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    parts = [
        {"id": new_id(), "activity_id": row["id"], "officer_id": officer_id}
        for row in rows
        for officer_id in sorted(row["officer_ids"])
    ]
    if parts:
        session.connection().execute(insert(_table(ActivityOfficer)), parts)
        seals.touched(session, ActivityOfficer, [part["id"] for part in parts])


def _officers_of(session: Session, activities: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    found: dict[UUID, set[UUID]] = {}
    for row in _rows(session, ActivityOfficer, col(ActivityOfficer.activity_id).in_(activities)):
        found.setdefault(row["activity_id"], set()).add(row["officer_id"])
    return {activity: frozenset(officers) for activity, officers in found.items()}


def _rows(session: Session, table: type[Row], *conditions: ColumnElement[bool]) -> Iterator[Mapping[str, Any]]:
    # Plain columns, no objects with identity: an import compares tens of thousands and changes few.
    statement = select_columns(*_table(table).columns).where(*conditions)
    for row in session.connection().execute(statement).mappings():
        yield {str(name): value for name, value in row.items()}


def _known(row: Mapping[str, Any], **more: Any) -> KnownRow:
    return KnownRow(row["id"], {**row, **more})


def _own(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "officer_ids"}


def _table(table: type[Row]) -> Table:
    found: Table = table.__table__  # type: ignore[attr-defined]
    return found


def _portions(keys: Collection[Any]) -> Iterator[list[Any]]:
    rest = iter(keys)
    while portion := list(islice(rest, _KEYS_AT_ONCE)):
        yield portion


def _grouped(pairs: Iterable[tuple[UUID, str]]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found
