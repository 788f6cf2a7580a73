"""A fresh catalog, and files as agencies hand them in."""

import csv
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from api.register.importer import import_register
from api.register.model import ImportReport
from catalog.engine import Catalog
from tests.databases import catalog, database, migrated_postgresql, migrated_sqlite, open_catalogs

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")

Rows = Sequence[Sequence[Any]]


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[..., Path]:
    def write(rows: Rows, *, encoding: str = "utf-8", separator: str = ",", name: str = "register.csv") -> Path:
        path = tmp_path / name
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter=separator).writerows(rows)
        return path

    return write


@pytest.fixture
def write_xlsx(tmp_path: Path) -> Callable[..., Path]:
    def write(*, name: str = "register.xlsx", **sheets: Rows) -> Path:
        workbook = openpyxl.Workbook()
        workbook.remove(workbook.active)
        for title, rows in sheets.items():
            sheet = workbook.create_sheet(title)
            for row in rows:
                sheet.append(row)
        path = tmp_path / name
        workbook.save(path)
        return path

    return write


@pytest.fixture
def bring_in(catalog: Catalog) -> Callable[..., ImportReport]:
    """Import a file, at NOW in Shanghai unless told otherwise."""

    def bring_in(path: Path, **options: Any) -> ImportReport:
        defaults: dict[str, Any] = {"dry_run": False, "actor": "clerk", "zone": ZONE, "now": NOW}
        return import_register(catalog, path, **{**defaults, **options})

    return bring_in


AGENCIES = (
    ("机构代码", "机构名称", "上级代码", "层级"),
    ("533401100", "建塘所", "533401", "乡镇"),
    ("533401", "香格里拉市局", "533400", "县"),
    ("533400", "迪庆州局", "", "州"),
)
OFFICERS = (
    ("执法证号", "姓名", "机构代码", "人员代码"),
    ("25340100117", "和志远", "533400", "012345"),
    ("25340100118", "央宗", "533400", "530118"),
)
DEVICES = (("设备序列号", "型号", "机构代码"), ("0400017", "DSJ-A1", "533400"), ("CAM002", "", ""))
ASSIGNMENTS = (
    ("设备序列号", "执法证号", "开始时间", "结束时间"),
    ("0400017", "25340100117", "2026-01-01 08:30", "2026/7/1 0:00"),
    ("0400017", "25340100118", "2026年7月1日 0时0分", ""),
)
CASES = (
    ("案号", "案由", "执法类别", "状态", "机构代码"),
    ("迪市监罚〔2026〕12号", "销售超过保质期食品案", "行政处罚", "在办", "533400"),
)
ACTIVITIES = (
    ("活动编号", "案号", "执法环节", "执法证号", "机构代码", "地点", "开始时间", "结束时间"),
    (
        "HD-1",
        "迪市监罚〔2026〕12号",
        "调查取证",
        "25340100118、25340100117",
        "533400",
        "市场",
        "2026-11-20 08:30",
        "2026-11-20 10:00",
    ),
)
WHOLE = {
    "活动": ACTIVITIES,
    "案件": CASES,
    "领用": ASSIGNMENTS,
    "设备": DEVICES,
    "人员": OFFICERS,
    "机构": AGENCIES,
}


@pytest.fixture
def whole() -> dict[str, Rows]:
    """All six registers, each referring to those after it."""
    return dict(WHOLE)


@pytest.fixture
def filled(bring_in: Callable[..., ImportReport], write_xlsx: Callable[..., Path]) -> ImportReport:
    report = bring_in(write_xlsx(name="whole.xlsx", **WHOLE))
    assert report.errors == ()
    return report


__all__ = ["catalog", "database", "migrated_postgresql", "migrated_sqlite", "open_catalogs"]
