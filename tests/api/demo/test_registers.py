import csv
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from api.demo.footage import Footage
from api.demo.registers import make_registers, recorded_case_number
from catalog.register_columns import OFFICER_SEPARATOR, REGISTER_COLUMNS, HeaderLanguage, RegisterKind

Rows = dict[RegisterKind, list[dict[str, str]]]


def read(paths: tuple[Path, ...], language: HeaderLanguage) -> Rows:
    """Read the tables back by English column names."""
    tables: Rows = {}
    for path in paths:
        kind = RegisterKind(path.stem)
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = list(csv.DictReader(file))
        english = {column.header(language): column.english for column in REGISTER_COLUMNS[kind]}
        assert list(found[0]) == list(english)
        tables[kind] = [{english[header]: cell for header, cell in row.items()} for row in found]
    return tables


@pytest.fixture(params=list(HeaderLanguage))
def language(request: pytest.FixtureRequest) -> HeaderLanguage:
    return HeaderLanguage(request.param)


@pytest.fixture
def tables(planned: Footage, language: HeaderLanguage, tmp_path: Path) -> Rows:
    return read(make_registers(tmp_path / "registers", planned, language=language), language)


def test_every_register_is_written_with_a_byte_order_mark(planned: Footage, tmp_path: Path) -> None:
    paths = make_registers(tmp_path, planned)
    assert [path.stem for path in paths] == list(RegisterKind)
    assert all(path.read_bytes().startswith(b"\xef\xbb\xbf") for path in paths)
    assert "执法证号" in paths[1].read_text(encoding="utf-8-sig").splitlines()[0]


def test_required_cells_are_filled_and_vocabularies_kept(tables: Rows, language: HeaderLanguage) -> None:
    for kind, rows in tables.items():
        for column in REGISTER_COLUMNS[kind]:
            cells = {row[column.english] for row in rows}
            assert not (column.required and "" in cells), (kind, column)
            if column.words:
                assert cells <= {word.spelt(language) for word in column.words}


def test_rows_refer_to_rows_that_are_there(tables: Rows) -> None:
    agencies = {row["code"] for row in tables[RegisterKind.AGENCIES]}
    officers = {row["certificate_number"] for row in tables[RegisterKind.OFFICERS]}
    devices = {row["serial"] for row in tables[RegisterKind.DEVICES]}
    cases = {row["number"] for row in tables[RegisterKind.CASES]}
    assert {row["parent_code"] for row in tables[RegisterKind.AGENCIES]} - {""} <= agencies
    for kind in (RegisterKind.OFFICERS, RegisterKind.DEVICES, RegisterKind.CASES, RegisterKind.ACTIVITIES):
        assert {row["agency_code"] for row in tables[kind]} <= agencies
    assert {row["device_serial"] for row in tables[RegisterKind.ASSIGNMENTS]} <= devices
    assert {row["certificate_number"] for row in tables[RegisterKind.ASSIGNMENTS]} <= officers
    for row in tables[RegisterKind.ACTIVITIES]:
        assert row["case_number"] in cases
        assert set(row["officers"].split(OFFICER_SEPARATOR)) <= officers
    assert all(len(row["device_code"]) == 6 for row in tables[RegisterKind.OFFICERS])


def test_every_file_leads_to_its_officer(planned: Footage, tables: Rows) -> None:
    by_code = {row["device_code"]: row["certificate_number"] for row in tables[RegisterKind.OFFICERS]}
    for file in planned.files:
        wearers = [
            row["certificate_number"]
            for row in tables[RegisterKind.ASSIGNMENTS]
            if row["device_serial"] == file.device
            and datetime.fromisoformat(row["from"]) <= file.started_at
            and (not row["to"] or file.started_at < datetime.fromisoformat(row["to"]))
        ]
        assert wearers == [file.officer]
        if file.officer_code:
            assert by_code[file.officer_code] == file.officer


def test_only_the_recorded_activity_matches_time_and_officers(planned: Footage, tables: Rows) -> None:
    for file in planned.files:
        until = file.started_at + timedelta(seconds=file.duration_s or 0)
        matching = [
            row["case_number"]
            for row in tables[RegisterKind.ACTIVITIES]
            if datetime.fromisoformat(row["started_at"]) <= file.started_at
            and until <= datetime.fromisoformat(row["ended_at"])
            and file.officer in row["officers"].split(OFFICER_SEPARATOR)
        ]
        assert matching == [recorded_case_number(planned)] == ["迪市监罚〔2026〕12号"]
    assert len(tables[RegisterKind.ACTIVITIES]) > 1
