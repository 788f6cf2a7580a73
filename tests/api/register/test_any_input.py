"""Whatever a file holds, the answer is a report or one of the named errors, never anything else."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.register.errors import RegisterFileError
from api.register.importer import import_register
from api.register.tables import read_rows
from catalog.engine import Catalog, sqlite_url
from catalog.register_columns import REGISTER_COLUMNS, RegisterKind
from catalog.schema import upgrade

_GOOD = [
    "A",
    "B",
    "0012345",
    "12345",
    "州",
    "县",
    "prefecture",
    "许可",
    "启动",
    "open",
    "2026-11-23",
    "2026-11-24 08:00",
]
_CELLS = st.sampled_from(["", "=1", "{x}", "%s", "\u202e", "A;B", *_GOOD]) | st.text(max_size=8)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    opened = Catalog(sqlite_url(tmp_path_factory.mktemp("empty") / "catalog.sqlite"))
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any") / "register"


@pytest.fixture(scope="module")
def workbook() -> bytes:
    made = openpyxl.Workbook()
    made.active.append(["serial", "model"])
    made.active.append(["0400017", 5])
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_cells(empty: Catalog, path: Path, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(RegisterKind))
    headers = [column.english for column in REGISTER_COLUMNS[kind]]
    rows = data.draw(st.lists(st.lists(_CELLS, max_size=len(headers) + 1), max_size=5))
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        csv.writer(file).writerows([headers, *rows])
    now = datetime(2026, 11, 23, tzinfo=UTC)
    report = import_register(empty, path, dry_run=True, actor="any", zone=ZoneInfo("Asia/Shanghai"), now=now)
    assert all(error.message and error.line >= 1 for error in report.errors)
    assert not report.errors or report.counts == ()


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        reading = read_rows(path)
    except RegisterFileError:
        return
    assert reading.size == len(content)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_workbooks_with_any_bytes_changed(path: Path, workbook: bytes, data: st.DataObject) -> None:
    changed = bytearray(workbook)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(4, len(changed) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(changed)
    try:
        reading = read_rows(path)
    except RegisterFileError:
        return
    assert reading.tables or reading.errors
