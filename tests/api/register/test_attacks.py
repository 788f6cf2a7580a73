"""Files made to exhaust the machine or to smuggle something in, each named after what it attacks."""

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from api.register.errors import RegisterFileError, RegisterFileTooLarge, RegisterFileUnreadable
from api.register.limits import LIMITS
from api.register.model import ImportReport
from api.register.tables import read_rows

Rewrite = Callable[[bytes], bytes]
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def tampered(tmp_path: Path) -> Callable[..., Path]:
    """A workbook of one device, one part of it rewritten."""

    def tamper(part: str, rewrite: Rewrite) -> Path:
        sound, path = tmp_path / "sound.xlsx", tmp_path / "tampered.xlsx"
        workbook = openpyxl.Workbook()
        workbook.active.append(["serial"])
        workbook.active.append(["0400017"])
        workbook.save(sound)
        with zipfile.ZipFile(sound) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                content = old.read(name)
                new.writestr(name, rewrite(content) if name == part else content)
        return path

    return tamper


def in_sheet_data(xml: bytes) -> Rewrite:
    return lambda content: content.replace(b"</sheetData>", xml + b"</sheetData>")


def test_zip_bomb(tampered: Callable[..., Path]) -> None:
    path = tampered(SHEET, in_sheet_data(b" " * 30_000_000))
    assert path.stat().st_size < 100_000
    with pytest.raises(RegisterFileTooLarge) as caught:
        read_rows(path, limits=replace(LIMITS, unpacked_bytes=20_000_000))
    assert caught.value.facts == {"what": "unpacked bytes", "limit": 20_000_000}


def test_zip_bomb_that_declares_a_small_size(tampered: Callable[..., Path]) -> None:
    path = tampered(SHEET, in_sheet_data(b" " * 30_000_000))
    with zipfile.ZipFile(path) as archive:
        declared = archive.getinfo(SHEET).file_size
    # The sizes stand in the local header and in the central directory.
    path.write_bytes(path.read_bytes().replace(declared.to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    with pytest.raises(RegisterFileUnreadable):
        read_rows(path, limits=replace(LIMITS, unpacked_bytes=20_000_000))


def test_element_bomb(tampered: Callable[..., Path]) -> None:
    path = tampered(SHEET, in_sheet_data(b"<row/>" * 50_000))
    with pytest.raises(RegisterFileTooLarge) as caught:
        read_rows(path, limits=replace(LIMITS, elements=40_000))
    assert caught.value.facts["what"] == "elements"


def test_element_bomb_in_one_row(tampered: Callable[..., Path]) -> None:
    path = tampered(SHEET, in_sheet_data(b"<row>" + b"<c/>" * 61_000 + b"</row>"))
    with pytest.raises(RegisterFileTooLarge) as caught:
        read_rows(path)
    assert caught.value.facts["what"] == "elements in a row"


def test_element_bomb_in_the_styles(tampered: Callable[..., Path]) -> None:
    with pytest.raises(RegisterFileTooLarge):
        read_rows(
            tampered("xl/styles.xml", lambda content: content.replace(b"</fonts>", b"<font/>" * 201_000 + b"</fonts>"))
        )


def test_rows_that_reach_the_far_edge_with_nothing(tampered: Callable[..., Path]) -> None:
    path = tampered(SHEET, in_sheet_data(b'<row><c r="A1" t="str"><v>S</v></c><c r="XFD1"/></row>' * 20))
    with pytest.raises(RegisterFileTooLarge) as caught:
        read_rows(path, limits=replace(LIMITS, cells=10 * 16_384))
    assert caught.value.facts["what"] == "cells"


def test_element_bomb_in_a_part_named_like_a_picture(tampered: Callable[..., Path]) -> None:
    path = tampered(SHEET, lambda content: content)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/media/image1.png", b"<a>" + b"<c/>" * 50_000 + b"</a>")
    with pytest.raises(RegisterFileTooLarge):
        read_rows(path, limits=replace(LIMITS, elements=40_000))


def test_deep_nesting(tampered: Callable[..., Path]) -> None:
    with pytest.raises(RegisterFileUnreadable):
        read_rows(tampered("xl/styles.xml", lambda _: b"<a>" * 100_000))


def test_billion_laughs(tampered: Callable[..., Path]) -> None:
    entities = b"".join(b'<!ENTITY l%d "%s">' % (index, b"&l%d;" % (index - 1) * 10) for index in range(1, 10))
    declaration = b'<!DOCTYPE worksheet [<!ENTITY l0 "ha">' + entities + b"]>"
    with pytest.raises(RegisterFileUnreadable) as caught:
        read_rows(tampered(SHEET, lambda content: declaration + content.replace(b"0400017", b"&l9;")))
    assert "document type" in str(caught.value)


def test_external_entity(tampered: Callable[..., Path], tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("S3CRET")
    declaration = f'<!DOCTYPE w [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'.encode()
    with pytest.raises(RegisterFileUnreadable):
        read_rows(tampered(SHEET, lambda content: declaration + content.replace(b"0400017", b"&x;")))


def test_row_number_without_end(tampered: Callable[..., Path]) -> None:
    path = tampered(SHEET, in_sheet_data(b'<row r="999999999999"><c t="str"><v>X</v></c></row>'))
    with pytest.raises(RegisterFileTooLarge) as caught:
        read_rows(path, limits=replace(LIMITS, lines=5_000))
    assert caught.value.facts["what"] == "lines"


def test_value_far_to_the_right(tampered: Callable[..., Path]) -> None:
    path = tampered(SHEET, in_sheet_data(b'<row r="3"><c r="XFD3" t="str"><v>X</v></c></row>'))
    with pytest.raises(RegisterFileTooLarge) as caught:
        read_rows(path)
    assert caught.value.facts["what"] == "columns"


def test_dimension_that_hides_rows(tampered: Callable[..., Path]) -> None:
    def shrink(content: bytes) -> bytes:
        assert b'<dimension ref="A1:A2"/>' in content or b'<dimension ref="A1:A2" />' in content
        return content.replace(b"A1:A2", b"A1:A1")

    (table,) = read_rows(tampered(SHEET, shrink)).tables
    assert [row.cells["serial"].text for row in table.rows] == ["0400017"]


@pytest.mark.parametrize(
    ("part", "content"),
    [
        (SHEET, b"not xml"),
        (SHEET, b"<worksheet/>"),
        ("xl/workbook.xml", b"<workbook/>"),
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/_rels/workbook.xml.rels", b"<Relationships/>"),
        ("xl/styles.xml", b""),
    ],
)
def test_parts_that_are_not_what_they_should_be(tampered: Callable[..., Path], part: str, content: bytes) -> None:
    with pytest.raises(RegisterFileError):
        read_rows(tampered(part, lambda _: content))


SHARED = b'<row r="3"><c r="A3" t="s"><v>%d</v></c></row>'


@pytest.mark.parametrize("index", [1, -2, 99])
def test_reference_to_a_shared_text_that_is_not_there(tampered: Callable[..., Path], index: int) -> None:
    with pytest.raises(RegisterFileUnreadable):
        read_rows(tampered(SHEET, in_sheet_data(SHARED % index)))


def test_same_part_twice(tampered: Callable[..., Path]) -> None:
    path = tampered(SHEET, lambda content: content)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(SHEET, b"<worksheet/>")
    with pytest.raises(RegisterFileUnreadable):
        read_rows(path)


def test_cut_off_workbook(tampered: Callable[..., Path]) -> None:
    path = tampered(SHEET, lambda content: content)
    content = path.read_bytes()
    for length in (5, len(content) // 2, len(content) - 10):
        path.write_bytes(content[:length])
        with pytest.raises(RegisterFileUnreadable):
            read_rows(path)


@pytest.mark.parametrize("formula", ["=1+1", "=cmd|' /C calc'!A0", '="012345"', '=HYPERLINK("http://x","y")'])
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_formula_injection(
    bring_in: Callable[..., ImportReport],
    write_csv: Callable[..., Path],
    write_xlsx: Callable[..., Path],
    formula: str,
    suffix: str,
) -> None:
    rows = [["serial", "model"], ["0400017", formula]]
    path = write_csv(rows) if suffix == "csv" else write_xlsx(devices=rows)
    (error,) = bring_in(path).errors
    assert (error.code, error.value, error.column) == ("formula", formula, "model")


def test_value_remembered_beside_a_formula_is_not_taken(tampered: Callable[..., Path]) -> None:
    path = tampered(SHEET, in_sheet_data(b'<row r="3"><c r="A3" t="str"><f>A2</f><v>0400018</v></c></row>'))
    _, row = read_rows(path).tables[0].rows
    assert row.cells["serial"].text == "=A2"


def test_format_string_in_a_value(bring_in: Callable[..., ImportReport], write_csv: Callable[..., Path]) -> None:
    (error,) = bring_in(write_csv([["serial", "agency_code"], ["0400017", "{column.__class__}"]])).errors
    assert "{column.__class__}" in error.message
