"""What a spreadsheet program would take for a formula stays text, in both forms of a table."""

import io

from openpyxl import load_workbook

from api.spreadsheets import as_csv, as_xlsx

NAMES = ["=1+1.txt", "+1.txt", "-1.txt", "@SUM(1).txt", " =1.txt", "＝1.txt", "\t=1.txt"]


def test_a_name_that_a_spreadsheet_would_take_for_a_formula() -> None:
    content = as_csv([[name] for name in NAMES])
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").splitlines() == [f"'{name}" for name in NAMES]
    sheet = load_workbook(io.BytesIO(as_xlsx([[name] for name in NAMES], title="x"))).active
    assert sheet is not None
    assert [cell.value for row in sheet for cell in row] == [f"'{name}" for name in NAMES]
    assert {cell.data_type for row in sheet for cell in row} == {"s"}


def test_a_name_with_signs_that_no_table_can_hold() -> None:
    name = "a\x01b\ud800.txt"
    assert as_csv([[name]]).decode("utf-8-sig").strip() == "a\ufffdb\ufffd.txt"
    sheet = load_workbook(io.BytesIO(as_xlsx([[name]], title="x"))).active
    assert sheet is not None
    assert sheet["A1"].value == "a\ufffdb\ufffd.txt"
