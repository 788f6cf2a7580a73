"""Whole imports: all or nothing, again and again, in any order, with the custody log."""

import hashlib
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from api.register.importer import import_registers
from api.register.model import ImportReport
from api.register.problems import SENTENCES, ProblemCode
from catalog.engine import Catalog
from catalog.register_columns import RegisterKind
from catalog.repositories import custody, register
from catalog.tables import Activity, ActivityOfficer, Agency, Assignment, Case, CustodyEvent, Device, Officer
from catalog.tables.cases import CaseStatus
from catalog.tables.custody import CustodyAction
from tests.api.register.conftest import NOW, ZONE

Import = Callable[..., ImportReport]
Write = Callable[..., Path]
LATER = datetime(2026, 12, 1, tzinfo=UTC)


def everything(catalog: Catalog) -> dict[str, list[dict[str, Any]]]:
    tables = (Agency, Officer, Device, Assignment, Case, Activity, ActivityOfficer)
    with catalog.reading() as session:
        return {
            table.__name__: sorted((row.model_dump() for row in session.exec(select(table))), key=lambda row: row["id"])
            for table in tables
        }


def codes(report: ImportReport) -> list[ProblemCode]:
    return [error.code for error in report.errors]


def test_a_workbook_of_all_registers_in_the_worst_order(
    bring_in: Import, write_xlsx: Write, whole: dict[str, Any], catalog: Catalog
) -> None:
    report = bring_in(write_xlsx(**whole))
    assert report.errors == ()
    assert {counts.kind: counts.added for counts in report.counts} == {
        RegisterKind.AGENCIES: 3,
        RegisterKind.OFFICERS: 2,
        RegisterKind.DEVICES: 2,
        RegisterKind.ASSIGNMENTS: 2,
        RegisterKind.CASES: 1,
        RegisterKind.ACTIVITIES: 1,
    }
    assert report.written
    with catalog.reading() as session:
        agencies = {agency.code: agency for agency in session.exec(select(Agency))}
        assert agencies["533401100"].parent_id == agencies["533401"].id
        assert agencies["533401"].parent_id == agencies["533400"].id
        first, second = register.assignments_between(session, datetime(2026, 1, 1, tzinfo=UTC), LATER)
        assert first.starts_at == datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
        assert first.ends_at == second.starts_at == datetime(2026, 6, 30, 16, tzinfo=UTC)
        assert second.ends_at is None


def test_importing_the_same_again_changes_nothing(
    bring_in: Import, write_xlsx: Write, whole: dict[str, Any], catalog: Catalog, filled: ImportReport
) -> None:
    before = everything(catalog)
    again = bring_in(write_xlsx(**whole), now=LATER)
    assert (again.added, again.changed, again.unchanged) == (0, 0, filled.added)
    assert everything(catalog) == before


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_lines_does_not_matter(bring_in: Import, write_csv: Write, seed: int, catalog: Catalog) -> None:
    rows = [["county", "c", "city", "county"], ["city", "p", "", "prefecture"]]
    rows += [[f"town{number}", "t", "county" if number % 2 else "city", "township"] for number in range(20)]
    random.Random(seed).shuffle(rows)  # noqa: S311 - no secret
    report = bring_in(write_csv([["code", "name", "parent_code", "level"], *rows]))
    assert report.errors == ()
    with catalog.reading() as session:
        assert register.counts(session)[RegisterKind.AGENCIES] == 22


def test_one_wrong_line_keeps_all_others_out(bring_in: Import, write_csv: Write, catalog: Catalog) -> None:
    report = bring_in(write_csv([["serial", "agency_code"], ["0400017", ""], ["0400018", "nowhere"]]))
    (error,) = report.errors
    assert (error.code, error.line, error.column, error.value) == ("agency_unknown", 3, "agency_code", "nowhere")
    assert "'nowhere'" in error.message
    assert (report.added, report.written) == (0, False)
    with catalog.reading() as session:
        assert set(register.counts(session).values()) == {0}
        assert session.exec(select(CustodyEvent)).all() == []


def test_every_problem_of_every_line_is_listed(bring_in: Import, write_csv: Write) -> None:
    report = bring_in(
        write_csv(
            [
                ["活动编号", "案号", "执法环节", "执法证号", "地点", "开始时间", "结束时间"],
                ["HD-1", "no such case", "吃饭", "nobody、noone", "", "2026-11-23 09:00", "2026-11-23 08:00"],
                ["", "", "决定", "", "=HYPERLINK(1)", "yesterday", "2026-11-23"],
            ]
        )
    )
    assert [(error.line, error.code) for error in report.errors] == [
        (2, "word_unknown"),
        (2, "end_before_start"),
        (2, "case_unknown"),
        (2, "officer_unknown"),
        (2, "officer_unknown"),
        (3, "value_missing"),
        (3, "value_missing"),
        (3, "formula"),
        (3, "time_unreadable"),
    ]


def test_a_dry_run_reports_the_same_and_writes_nothing(
    bring_in: Import, write_xlsx: Write, whole: dict[str, Any], catalog: Catalog
) -> None:
    path = write_xlsx(**whole)
    dry = bring_in(path, dry_run=True)
    assert not dry.written
    with catalog.reading() as session:
        assert set(register.counts(session).values()) == {0}
        assert session.exec(select(CustodyEvent)).all() == []
    wet = bring_in(path)
    assert (dry.counts, dry.errors, dry.ignored, dry.sha256) == (wet.counts, wet.errors, wet.ignored, wet.sha256)


def test_the_custody_log_names_actor_file_and_counts(bring_in: Import, write_csv: Write, catalog: Catalog) -> None:
    path = write_csv([["serial"], ["0400017"]], name="设备.csv")
    bring_in(path, actor="和志远")
    with catalog.reading() as session:
        (event,) = session.exec(select(CustodyEvent)).all()
    assert (event.action, event.actor, event.subject_kind) == (CustodyAction.REGISTERED, "和志远", "register")
    assert event.details == {
        "file": "设备.csv",
        "size": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "counts": {"devices": {"added": 1, "changed": 0, "unchanged": 0}},
    }


def test_a_failing_custody_entry_takes_the_import_with_it(
    bring_in: Import, write_csv: Write, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        message = "the log refuses"
        raise RuntimeError(message)

    monkeypatch.setattr("catalog.repositories.custody.record", refuse)
    with pytest.raises(RuntimeError):
        bring_in(write_csv([["serial"], ["0400017"]]))
    with catalog.reading() as session:
        assert register.known_serials(session) == frozenset()


@pytest.mark.usefixtures("filled")
def test_a_column_the_file_lacks_stays_and_an_empty_cell_clears(
    bring_in: Import, write_csv: Write, catalog: Catalog
) -> None:
    bring_in(write_csv([["执法证号", "姓名", "机构代码"], ["25340100117", "和志远", "533401"]]))
    with catalog.reading() as session:
        kept = register.officer_by_code(session, "012345")
        assert kept is not None
        assert kept.certificate_number == "25340100117"
    report = bring_in(
        write_csv([["执法证号", "姓名", "机构代码", "人员代码"], ["25340100117", "和志远", "533401", ""]])
    )
    assert (report.changed, report.unchanged) == (1, 0)
    with catalog.reading() as session:
        assert register.officer_by_code(session, "012345") is None


@pytest.mark.usefixtures("filled")
def test_closing_and_reopening_a_case(bring_in: Import, write_csv: Write, catalog: Catalog) -> None:
    def case() -> Case:
        with catalog.reading() as session:
            return session.exec(select(Case)).one()

    def say(status: str, now: datetime) -> None:
        header = ["案号", "执法类别", "状态"]
        assert not bring_in(write_csv([header, ["迪市监罚〔2026〕12号", "处罚", status]]), now=now).errors

    opened_at = case().opened_at
    say("结案", LATER)
    assert (case().status, case().closed_at) == (CaseStatus.CLOSED, LATER)
    say("已结案", LATER + timedelta(days=1))
    say("", LATER + timedelta(days=1))  # an empty cell says nothing of the status
    assert (case().status, case().closed_at) == (CaseStatus.CLOSED, LATER)
    say("办理中", LATER)
    assert (case().status, case().closed_at, case().opened_at) == (CaseStatus.OPEN, None, opened_at)
    assert case().cause == "销售超过保质期食品案"
    with catalog.reading() as session:
        told = [each for each in custody.of_subject(session, case().id) if each.action is CustodyAction.CASE_CHANGED]
    # Retention goes by the status: each change of it is an event, and only those.
    assert [(each.actor, each.details["before"]["status"], each.details["after"]["status"]) for each in told] == [
        ("clerk", "open", "closed"),
        ("clerk", "closed", "open"),
    ]
    assert [each.details["rows"][0]["row"]["status"] for each in told] == ["closed", "open"]
    assert {each.details["file"] for each in told} == {"register.csv"}


@pytest.mark.usefixtures("filled")
def test_an_activity_changes_its_officers(bring_in: Import, write_csv: Write, catalog: Catalog) -> None:
    header = ["number", "stage", "officers", "started_at", "ended_at"]
    times = ["2026-11-20T08:30:00+08:00", "2026-11-20T02:00:00Z"]
    assert bring_in(write_csv([header, ["HD-1", "investigation", "25340100117; 25340100118;", *times]])).unchanged == 1
    assert bring_in(write_csv([header, ["HD-1", "investigation", "25340100117", *times]])).changed == 1
    with catalog.reading() as session:
        (activity,) = register.activities_between(session, datetime(2026, 11, 20, tzinfo=UTC), LATER)
        assert activity.certificate_numbers == ("25340100117",)
        assert activity.case_id == session.exec(select(Case.id)).one()


@pytest.mark.usefixtures("filled")
def test_ending_an_assignment_lets_the_next_begin(bring_in: Import, write_csv: Write) -> None:
    header = ["device_serial", "certificate_number", "from", "to"]
    later = ["0400017", "25340100117", "2026-10-01", ""]
    report = bring_in(write_csv([header, later]))
    (error,) = report.errors
    assert error.code == "assignment_overlaps_registered"
    assert error.facts["other_officer"] == "25340100118"
    assert "2026-07-01 00:00:00+08:00" in error.message
    # A date alone as the end is the end of that day.
    ended = ["0400017", "25340100118", "2026-07-01", "2026-09-30"]
    report = bring_in(write_csv([header, later, ended]))
    assert (report.errors, report.added, report.changed) == ((), 1, 1)


@pytest.mark.usefixtures("filled")
def test_zeros_that_a_spreadsheet_dropped_make_no_second_officer_or_device(
    bring_in: Import, write_csv: Write, write_xlsx: Write
) -> None:
    assert codes(bring_in(write_csv([["serial"], ["400017"]]))) == ["zeros_lost"]
    assert codes(bring_in(write_xlsx(devices=[["serial"], [400017]]))) == ["zeros_lost"]
    report = bring_in(
        write_csv([["device_serial", "certificate_number", "from"], ["400017", "25340100117", "2020-01-01"]])
    )
    assert codes(report) == ["zeros_lost"]
    assert report.errors[0].facts["expected"] == "0400017"


@pytest.mark.usefixtures("filled")
def test_letter_case_alone_makes_no_second_device(bring_in: Import, write_csv: Write) -> None:
    (error,) = bring_in(write_csv([["serial"], ["cam002"]])).errors
    assert (error.code, error.facts["expected"]) == ("differs_in_case", "CAM002")


@pytest.mark.usefixtures("filled")
def test_what_a_camera_writes_leads_to_one_officer(bring_in: Import, write_csv: Write) -> None:
    header = ["执法证号", "姓名", "机构代码", "人员代码"]
    report = bring_in(write_csv([header, ["9", "甲", "533400", "530118"], ["8", "乙", "533400", "25340100117"]]))
    assert codes(report) == ["device_code_taken", "device_code_taken"]
    # Exchanging two codes in one file is no conflict: what counts is how the register would stand.
    swapped = [["25340100117", "和志远", "533400", "530118"], ["25340100118", "央宗", "533400", "012345"]]
    assert bring_in(write_csv([header, *swapped])).changed == 2


def test_a_line_that_stands_twice_is_named(bring_in: Import, write_xlsx: Write) -> None:
    report = bring_in(write_xlsx(one=[["serial"], ["0400017"]], two=[["serial"], ["0400017"]]))
    (error,) = report.errors
    assert (error.sheet, error.line, error.code) == ("two", 2, "twice_in_file")
    assert "line 2 of the sheet 'one'" in error.message


@pytest.mark.usefixtures("filled")
def test_lowering_a_parent_below_its_registered_child(bring_in: Import, write_csv: Write) -> None:
    report = bring_in(write_csv([["code", "name", "level"], ["533400", "迪庆州局", "township"]]))
    assert codes(report) == ["level_not_above_child"]
    assert report.errors[0].facts["child"] == "533401"


def test_every_code_has_a_sentence() -> None:
    assert set(SENTENCES) == set(ProblemCode)


def _several(catalog: Catalog, *paths: Path, dry_run: bool = False) -> tuple[ImportReport, ...]:
    return import_registers(catalog, paths, dry_run=dry_run, actor="clerk", zone=ZONE, now=NOW)


def _files(write_csv: Write, whole: dict[str, Any]) -> list[Path]:
    """A file for each register, what is referred to first."""
    return [write_csv(rows, name=f"{name}.csv") for name, rows in reversed(whole.items())]


def test_a_file_may_refer_to_those_before_it_in_a_dry_run_too(
    write_csv: Write, whole: dict[str, Any], catalog: Catalog
) -> None:
    paths = _files(write_csv, whole)
    before = everything(catalog)
    dry = _several(catalog, *paths, dry_run=True)
    assert everything(catalog) == before
    done = _several(catalog, *paths)
    assert [report.errors for report in dry] == [()] * 6
    assert [report.counts for report in dry] == [report.counts for report in done]
    assert [report.added for report in done] == [3, 2, 2, 2, 1, 1]
    assert [(report.written, report.withheld) for report in done] == [(True, False)] * 6
    again = _several(catalog, *paths, *paths)
    assert {(report.added, report.changed) for report in again} == {(0, 0)}


def test_a_later_file_changes_what_an_earlier_one_brought(
    write_csv: Write, write_xlsx: Write, whole: dict[str, Any], catalog: Catalog
) -> None:
    first = write_xlsx(**whole)
    second = write_csv([["certificate_number", "name", "agency_code"], ["25340100117", "和志远二", "533400"]])
    _, changed = _several(catalog, first, second, dry_run=True)
    assert (changed.errors, changed.changed) == ((), 1)
    assert _several(catalog, first, second)[1].changed == 1
    assert {row["name"] for row in everything(catalog)["Officer"]} == {"和志远二", "央宗"}


@pytest.mark.parametrize("dry_run", [False, True])
def test_an_error_in_any_file_keeps_all_files_out(
    write_csv: Write, whole: dict[str, Any], catalog: Catalog, *, dry_run: bool
) -> None:
    agencies = write_csv(whole["机构"], name="agencies.csv")
    wrong = write_csv([["serial", "agency_code"], ["0400017", "nowhere"]], name="devices.csv")
    officers = write_csv(whole["人员"], name="officers.csv")
    before = everything(catalog)
    reports = _several(catalog, agencies, wrong, officers, dry_run=dry_run)
    assert [codes(report) for report in reports] == [[], [ProblemCode.AGENCY_UNKNOWN], []]
    assert [(report.written, report.withheld, report.added) for report in reports] == [
        (False, True, 0),
        (False, False, 0),
        (False, True, 0),
    ]
    assert everything(catalog) == before
    with catalog.reading() as session:
        assert session.exec(select(CustodyEvent)).all() == []


def test_what_cannot_be_read_in_a_later_file_is_listed_with_the_first_errors(
    write_csv: Write, catalog: Catalog
) -> None:
    first = write_csv([["serial", "agency_code"], ["0400017", "nowhere"]], name="devices.csv")
    second = write_csv([["code", "name", "level"], ["1", "x", "planet"]], name="agencies.csv")
    reports = _several(catalog, first, second)
    assert [codes(report) for report in reports] == [[ProblemCode.AGENCY_UNKNOWN], [ProblemCode.WORD_UNKNOWN]]
