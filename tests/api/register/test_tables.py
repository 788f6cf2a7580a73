"""Files as they come: encodings, separators, workbooks, headers of either language, limits."""

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from api.register.errors import (
    RegisterFileEmpty,
    RegisterFileMissing,
    RegisterFileTooLarge,
    RegisterFileUnreadable,
)
from api.register.limits import LIMITS
from api.register.model import Cell, CellForm, Ignored
from api.register.tables import read_rows
from api.register.text import stripped
from catalog.register_columns import REGISTER_COLUMNS, HeaderLanguage, RegisterKind

Write = Callable[..., Path]
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_whatever_excel_saves(write_csv: Write, encoding: str, separator: str) -> None:
    rows = [["执法证号", "姓名", "机构代码"], ["25340100117", "和志远", "533400"]]
    (table,) = read_rows(write_csv(rows, encoding=encoding, separator=separator)).tables
    assert (table.kind, table.language) == (RegisterKind.OFFICERS, HeaderLanguage.CHINESE)
    (row,) = table.rows
    assert row.line == 2
    assert {name: cell.text for name, cell in row.cells.items()} == {
        "certificate_number": "25340100117",
        "name": "和志远",
        "agency_code": "533400",
    }


@pytest.mark.parametrize("kind", RegisterKind)
@pytest.mark.parametrize("only_required", [False, True])
@pytest.mark.parametrize("language", ["english", "chinese", "mixed"])
def test_every_register_is_known_by_its_headers(
    write_csv: Write, kind: RegisterKind, language: str, *, only_required: bool
) -> None:
    columns = [column for column in REGISTER_COLUMNS[kind] if column.required or not only_required]
    spelt = [
        column.chinese if language == "chinese" or (language == "mixed" and index % 2) else column.english
        for index, column in enumerate(columns)
    ]
    (table,) = read_rows(write_csv([spelt])).tables
    assert table.kind is kind
    assert set(table.columns) == {column.english for column in columns}
    if language == "mixed" and len(columns) > 1:
        assert table.language is None


_CELLS = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from('",;\t\n和证号'),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(_CELLS, min_size=1, max_size=6),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    separator=st.sampled_from(",;\t"),
)
@example(names=["a\nb", "c"], encoding="utf-16", separator=";")
def test_round_trip_of_any_text(tmp_path: Path, names: list[str], encoding: str, separator: str) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=separator).writerows(
        [["执法证号", "姓名", "机构代码"], *([f"P{index}", name, "533400"] for index, name in enumerate(names))]
    )
    path = tmp_path / "round.csv"
    path.write_bytes(buffer.getvalue().encode(encoding))
    (table,) = read_rows(path).tables
    assert [row.cells["name"].text for row in table.rows] == [stripped(name) for name in names]
    # Line numbers are those of an editor: a value of two lines moves all that follow.
    text = buffer.getvalue().replace("\r\n", "\n").split("\n")
    assert all(text[row.line - 1].startswith(f"P{index}{separator}") for index, row in enumerate(table.rows))


def test_a_workbook_keeps_what_was_typed(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["设备序列号", "执法证号", "开始时间", "结束时间"])
    sheet.append([12345, 25340100117, datetime(2026, 1, 1, 8, 30), date(2026, 6, 30)])  # noqa: DTZ001 - Excel knows no zones
    sheet["A2"].number_format = "0000000"
    sheet["A3"] = 12345.0
    sheet["B3"] = "=B2"
    path = tmp_path / "typed.xlsx"
    workbook.save(path)
    (table,) = read_rows(path).tables
    first, second = table.rows
    assert first.cells == {
        "device_serial": Cell("0012345", CellForm.NUMBER),
        "certificate_number": Cell("25340100117", CellForm.NUMBER),
        "from": Cell("2026-01-01 08:30:00", CellForm.TIME),
        "to": Cell("2026-06-30", CellForm.TIME),
    }
    assert second.cells["device_serial"] == Cell("12345", CellForm.NUMBER)
    assert second.cells["certificate_number"] == Cell("=B2", CellForm.FORMULA)


def test_texts_shared_between_cells_as_spreadsheet_programs_write_them(tmp_path: Path) -> None:
    namespace = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    declared = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'.encode()
    texts = ("<t>执法证号</t>", "<r><t>姓</t></r><r><t>名</t></r>", "<t>机构代码</t>", "<t>012345</t>")
    rows = "".join(
        "<row>" + "".join(f'<c t="s"><v>{text}</v></c>' for text in row) + "</row>" for row in ((0, 1, 2), (3, 1, 3))
    )
    plain, path = tmp_path / "plain.xlsx", tmp_path / "shared.xlsx"
    openpyxl.Workbook().save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            sheet = f"<worksheet {namespace}><sheetData>{rows}</sheetData></worksheet>".encode()
            content = sheet if name == "xl/worksheets/sheet1.xml" else old.read(name)
            new.writestr(name, content.replace(b"</Types>", declared))
        new.writestr("xl/sharedStrings.xml", f"<sst {namespace}>{''.join(f'<si>{text}</si>' for text in texts)}</sst>")
    (table,) = read_rows(path).tables
    assert [cell.text for cell in table.rows[0].cells.values()] == ["012345", "姓名", "012345"]


def test_titles_blank_lines_and_other_columns(write_csv: Write) -> None:
    rows = [["执法记录仪登记表"], [], ["序号", "设备序列号", "备注"], [], ["1", "0400017", "新"], ["", "", ""]]
    reading = read_rows(write_csv(rows))
    (table,) = reading.tables
    assert [row.line for row in table.rows] == [5]
    assert reading.ignored == (Ignored(None, "序号"), Ignored(None, "备注"))
    assert reading.errors == ()


def test_hidden_lists_are_passed_over_but_a_visible_stranger_is_an_error(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["serial"])
    lists = workbook.create_sheet("lists")
    lists.append(["许可"])
    for state in ("hidden", "visible"):
        lists.sheet_state = state
        workbook.save(tmp_path / f"{state}.xlsx")
    hidden = read_rows(tmp_path / "hidden.xlsx")
    assert (hidden.errors, hidden.ignored) == ((), (Ignored("lists", None),))
    (error,) = read_rows(tmp_path / "visible.xlsx").errors
    assert (error.sheet, error.code) == ("lists", "kind_unknown")


@pytest.mark.parametrize(
    ("headers", "kind", "code", "column"),
    [
        (["what", "ever"], None, "kind_unknown", None),
        (["what", "ever"], RegisterKind.DEVICES, "column_missing", None),
        (["code", "name"], None, "column_missing", None),
        (["serial", "serial"], None, "column_twice", "serial"),
        (["serial", "agency code"], None, "column_misspelt", "agency code"),
        (["机构代码", "机构名称", "层级", "上级代号"], None, "column_misspelt", "上级代号"),
    ],
)
def test_headers_that_cannot_be_meant(
    write_csv: Write, headers: list[str], kind: RegisterKind | None, code: str, column: str | None
) -> None:
    errors = read_rows(write_csv([headers]), kind=kind).errors
    assert [(error.code, error.column) for error in errors] == [(code, column)]


def test_a_register_that_could_be_two_asks_for_its_kind(write_csv: Write) -> None:
    both = ["serial", "code", "name", "level", "model", "agency_code", "parent_code"]
    path = write_csv([[*both[:4], "model"]])
    assert read_rows(path, kind=RegisterKind.DEVICES).tables[0].kind is RegisterKind.DEVICES
    tied = write_csv([["案号", "执法类别", "执法证号", "姓名", "机构代码"]])
    (error,) = read_rows(tied).errors
    assert error.code == "kind_ambiguous"
    assert error.facts["kinds"] == ["officers", "cases"]


def test_a_comma_that_was_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "comma.csv"
    path.write_text("案号,执法类别,案由\n1号,处罚,销售过期食品,计量不准\n", encoding="utf-8")
    (error,) = read_rows(path).errors
    assert (error.line, error.code, error.value) == (2, "cell_without_header", "计量不准")


def test_excel_names_its_separator(tmp_path: Path) -> None:
    path = tmp_path / "declared.csv"
    path.write_bytes(b"sep=|\r\nserial|model\r\n0400017|A\r\n")
    (table,) = read_rows(path).tables
    assert table.rows[0].line == 3


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(RegisterFileMissing):
        read_rows(tmp_path / "none.csv")
    with pytest.raises(RegisterFileMissing):
        read_rows(tmp_path)
    for content in (b"", b"\n \n,,\n", b"\xef\xbb\xbf"):
        (tmp_path / "empty.csv").write_bytes(content)
        with pytest.raises(RegisterFileEmpty):
            read_rows(tmp_path / "empty.csv")
    for content in (b"\xff\xff\x81\xff", b'serial\n"0400017\n', b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old", b"PK\x03\x04x"):
        (tmp_path / "broken").write_bytes(content)
        with pytest.raises(RegisterFileUnreadable):
            read_rows(tmp_path / "broken")


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_limits(write_csv: Write, write_xlsx: Write, suffix: str) -> None:
    rows = [["serial", "model"], *([f"S{number:05}", "A"] for number in range(40))]
    path = write_csv(rows) if suffix == "csv" else write_xlsx(devices=rows)
    assert len(read_rows(path).tables[0].rows) == 40
    size = path.stat().st_size
    assert read_rows(path, limits=replace(LIMITS, file_bytes=size)).size == size
    for limits in (
        replace(LIMITS, file_bytes=size - 1),
        replace(LIMITS, rows=20),
        replace(LIMITS, columns=1),
    ):
        with pytest.raises(RegisterFileTooLarge) as caught:
            read_rows(path, limits=limits)
        assert "split it" in str(caught.value)
