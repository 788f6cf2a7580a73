"""Importing register files: all of them or nothing.

1. Read each file once: what is hashed is what is read. 2. Read its cells; nothing is locked meanwhile. 3. In one
transaction: look at the register as it stands, decide file by file, each as if those before it were written already,
write, and enter each import in the custody log. A dry run goes the same way, up to the decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from api.register import case_changes
from api.register.entries import Entry, read_entries
from api.register.limits import LIMITS, Limits
from api.register.model import ImportReport, Reading
from api.register.plan import Known, Plan, known_after, plan_import
from api.register.problems import LineError
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
    """Import one file: `import_registers` says how."""
    (report,) = import_registers(
        catalog, [path], kind=kind, dry_run=dry_run, actor=actor, zone=zone, now=now, limits=limits
    )
    return report


def import_registers(
    catalog: Catalog,
    paths: Sequence[Path],
    *,
    kind: RegisterKind | None = None,
    dry_run: bool,
    actor: str,
    zone: ZoneInfo,
    now: datetime,
    limits: Limits = LIMITS,
) -> tuple[ImportReport, ...]:
    """Add what is new and change what differs, unless any line of any file is wrong: then nothing is written.

    A file may refer to what those before it bring. After the first file with errors the others are only read, not held
    against the register: what they refer to may be missing for that reason alone. One report a file, in their order.
    Rows are recognised by code, certificate number, serial or number, assignments by device, officer and start; what a
    file does not mention stays. Times without an offset are those of `zone`; `now` is aware.
    Raises RegisterFileError, CatalogUnavailable, CatalogFull.
    """
    files = [_read(path, kind, Circumstances(zone, limits)) for path in paths]
    if dry_run or any(file.errors for file in files):
        with catalog.reading(at_length=True) as session:
            plans = _plans(session, files, zone=zone, now=now)
        return _reports(files, plans, dry_run=dry_run)
    with catalog.writing(at_length=True) as session:
        register.alone(session)
        plans = _plans(session, files, zone=zone, now=now)
        reports = _reports(files, plans, dry_run=False)
        if all(report.written for report in reports):
            for file, plan, report in zip(files, plans, reports, strict=True):
                changed = case_changes.closed_or_reopened(session, plan)
                _write(session, plan)
                _enter(session, file.reading, report, actor=actor, now=now)
                case_changes.enter(session, changed, file.reading, actor=actor, now=now)
            if any(report.added + report.changed for report in reports):
                # Who carried what, and who was out: suggestions follow from the register as it is now.
                jobs.add_matching_for_all(session, now=now)
    return reports


@dataclass(frozen=True, slots=True)
class _File:
    """One file as read; `errors` are those of its headers and cells."""

    reading: Reading
    entries: Sequence[Entry]
    errors: tuple[LineError, ...]


def _read(path: Path, kind: RegisterKind | None, circumstances: Circumstances) -> _File:
    reading = read_rows(path, kind=kind, limits=circumstances.limits)
    entries, cell_errors = read_entries(reading.tables, circumstances)
    return _File(reading, entries, (*reading.errors, *cell_errors))


def _plans(session: Session, files: Sequence[_File], *, zone: ZoneInfo, now: datetime) -> list[Plan]:
    """What each file would write once those before it are written."""
    known = _known(session, [entry for file in files for entry in file.entries])
    plans: list[Plan] = []
    for file in files:
        if any(plan.errors for plan in plans):
            plans.append(Plan((), file.errors))
            continue
        plan = plan_import(file.entries, known, errors=file.errors, zone=zone, now=now, new_id=new_id)
        known = known_after(known, plan)
        plans.append(plan)
    return plans


def _reports(files: Sequence[_File], plans: Sequence[Plan], *, dry_run: bool) -> tuple[ImportReport, ...]:
    reports = [_report(file.reading, plan, dry_run=dry_run) for file, plan in zip(files, plans, strict=True)]
    if not any(report.errors for report in reports):
        return tuple(reports)
    return tuple(report if report.errors else replace(report, counts=(), withheld=True) for report in reports)


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
