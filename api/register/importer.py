"""Importing a register file: all of it or nothing.

1. Read the file once: what is hashed is what is read. 2. Read its cells; nothing is locked meanwhile. 3. In one
transaction: look at the register as it stands, decide, write, and enter the import in the custody log.
A dry run goes the same way, up to the decision.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from api.register.entries import Entry, read_entries
from api.register.limits import LIMITS, Limits
from api.register.model import ImportReport, Reading
from api.register.plan import Known, Plan, plan_import
from api.register.tables import read_rows
from api.register.values import Circumstances
from catalog.engine import Catalog
from catalog.register_columns import RegisterKind
from catalog.repositories import custody, jobs, register
from catalog.tables.custody import CustodyAction
from catalog.types import new_id


def import_register(
    catalog: Catalog,
    path: Path,
    *,
    kind: RegisterKind | None = None,
    dry_run: bool,
    actor: str,
    zone: ZoneInfo,
    now: datetime,
    limits: Limits = LIMITS,
) -> ImportReport:
    """Add what is new and change what differs, unless any line is wrong: then nothing is written and all is listed.

    Rows are recognised by code, certificate number, serial or number, assignments by device, officer and start; what a
    file does not mention stays. Times without an offset are those of `zone`; `now` is aware.
    Raises RegisterFileError, CatalogUnavailable, CatalogFull.
    """
    reading = read_rows(path, kind=kind, limits=limits)
    entries, cell_errors = read_entries(reading.tables, Circumstances(zone, limits))
    earlier = (*reading.errors, *cell_errors)
    if dry_run or earlier:
        with catalog.reading() as session:
            plan = plan_import(entries, _known(session, entries), errors=earlier, zone=zone, now=now, new_id=new_id)
        return _report(reading, plan, dry_run=dry_run)
    with catalog.writing() as session:
        register.alone(session)
        plan = plan_import(entries, _known(session, entries), errors=earlier, zone=zone, now=now, new_id=new_id)
        report = _report(reading, plan, dry_run=False)
        if not report.errors:
            _write(session, plan)
            _enter(session, reading, report, actor=actor, now=now)
            if report.added + report.changed:
                # Who carried what, and who was out: suggestions follow from the register as it is now.
                jobs.add_matching_for_all(session, now=now)
    return report


def _known(session: Session, entries: Sequence[Entry]) -> Known:
    """What the entries can concern: small registers whole, of the large ones the rows that are named."""
    devices = register.known_devices(session)
    named = {entry.values.get("device_serial") for entry in entries if entry.kind is RegisterKind.ASSIGNMENTS}
    concerned = {row.id for serial, row in devices.items() if serial in named}
    return {
        RegisterKind.AGENCIES: register.known_agencies(session),
        RegisterKind.OFFICERS: register.known_officers(session),
        RegisterKind.DEVICES: devices,
        RegisterKind.ASSIGNMENTS: register.known_assignments(session, concerned),
        RegisterKind.CASES: register.known_cases(session, _case_numbers(entries)),
        RegisterKind.ACTIVITIES: register.known_activities(
            session, _values(entries, RegisterKind.ACTIVITIES, "number")
        ),
    }


def _case_numbers(entries: Sequence[Entry]) -> set[str]:
    return _values(entries, RegisterKind.CASES, "number") | _values(entries, RegisterKind.ACTIVITIES, "case_number")


def _values(entries: Sequence[Entry], kind: RegisterKind, column: str) -> set[str]:
    found = {entry.values.get(column) for entry in entries if entry.kind is kind}
    return {value for value in found if value is not None}


def _write(session: Session, plan: Plan) -> None:
    for changes in plan.changes:
        register.add_rows(session, changes.kind, changes.added)
        register.change_rows(session, changes.kind, changes.changed)


def _enter(session: Session, reading: Reading, report: ImportReport, *, actor: str, now: datetime) -> None:
    subject: UUID | None = None  # an import concerns the register as a whole
    custody.record(
        session,
        CustodyAction.REGISTERED,
        at=now,
        actor=actor,
        subject_kind="register",
        subject_id=subject,
        file=reading.name,
        size=reading.size,
        sha256=reading.sha256,
        counts={
            str(counts.kind): {"added": counts.added, "changed": counts.changed, "unchanged": counts.unchanged}
            for counts in report.counts
        },
    )


def _report(reading: Reading, plan: Plan, *, dry_run: bool) -> ImportReport:
    errors = plan.errors
    sheets = list(dict.fromkeys([table.sheet for table in reading.tables] + [error.sheet for error in errors]))
    return ImportReport(
        file=reading.name,
        sha256=reading.sha256,
        dry_run=dry_run,
        counts=() if errors else tuple(changes.counts for changes in plan.changes),
        errors=tuple(sorted(errors, key=lambda error: (sheets.index(error.sheet), error.line))),
        ignored=reading.ignored,
    )
