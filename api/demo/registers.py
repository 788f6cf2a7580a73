"""The registers around the footage, as an agency would fill them in: tables that make linking find the right case.

Beside the activity that the cameras recorded stand two that they did not: one at the same time by other officers,
and one by the same officers a day earlier.
"""

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from api.demo.cast import (
    AGENCIES,
    CAMERAS,
    COUNTY,
    FIRST_CAMERA,
    LEADING_OFFICER,
    OFFICERS,
    OTHER_OFFICERS,
    PREFECTURE,
    SECOND_CAMERA,
    SECOND_OFFICER,
    Officer,
)
from api.demo.model import Footage
from api.demo.plan import later
from catalog.register_columns import (
    OFFICER_SEPARATOR,
    REGISTER_COLUMNS,
    HeaderLanguage,
    RegisterColumn,
    RegisterKind,
)

MARGIN_S: Final = 600  # an activity is entered with more time than cameras ran
DAY: Final = timedelta(days=1)

Row = Mapping[str, str]


def make_registers(
    into: Path, footage: Footage, *, language: HeaderLanguage = HeaderLanguage.CHINESE
) -> tuple[Path, ...]:
    """Write one CSV per register (`agencies.csv`, ...; UTF-8 with byte order mark), in the order to read them in.

    Headers and closed vocabularies are in `language`; times carry their offset. Raises OSError.
    """
    into.mkdir(parents=True, exist_ok=True)
    paths = []
    for kind, rows in register_rows(footage).items():
        path = into / f"{kind}.csv"
        _write(path, REGISTER_COLUMNS[kind], rows, language)
        paths.append(path)
    return tuple(paths)


def register_rows(footage: Footage) -> dict[RegisterKind, Sequence[Row]]:
    """Give the rows of each register by English column and word; an empty cell is an empty text."""
    return {
        RegisterKind.AGENCIES: [
            {"code": code, "name": name, "parent_code": parent or "", "level": level}
            for code, name, parent, level in AGENCIES
        ],
        RegisterKind.OFFICERS: [_officer(officer) for officer in OFFICERS],
        RegisterKind.DEVICES: [
            {"serial": camera.serial, "model": camera.model, "agency_code": camera.officer.agency_code}
            for camera in CAMERAS
        ],
        RegisterKind.ASSIGNMENTS: _assignments(footage),
        RegisterKind.CASES: _cases(footage),
        RegisterKind.ACTIVITIES: _activities(footage),
    }


def recorded_case_number(footage: Footage) -> str:
    """The case that the footage belongs to."""
    return f"迪市监罚〔{footage.started_at.year}〕12号"


def _officer(officer: Officer) -> Row:
    return {
        "certificate_number": officer.certificate_number,
        "name": officer.name,
        "agency_code": officer.agency_code,
        "device_code": officer.device_code,
    }


def _assignments(footage: Footage) -> list[Row]:
    """The second camera changed hands on the morning of the footage: only the period tells who wore it."""
    morning = footage.started_at.replace(hour=0, minute=0, second=0)
    earlier = morning - 90 * DAY
    return [
        _assignment(FIRST_CAMERA.serial, LEADING_OFFICER, earlier, None),
        _assignment(SECOND_CAMERA.serial, OTHER_OFFICERS[0], earlier, morning),
        _assignment(SECOND_CAMERA.serial, SECOND_OFFICER, morning, None),
    ]


def _assignment(serial: str, officer: Officer, since: datetime, until: datetime | None) -> Row:
    return {
        "device_serial": serial,
        "certificate_number": officer.certificate_number,
        "from": _time(since),
        "to": _time(until) if until else "",
    }


def _cases(footage: Footage) -> list[Row]:
    year = footage.started_at.year
    return [
        _case(recorded_case_number(footage), "销售超过保质期食品案", "penalty", "open", PREFECTURE),
        _case(f"迪市监检〔{year}〕7号", "农贸市场计量器具监督检查", "inspection", "closed", PREFECTURE),
        _case(f"香市监罚〔{year}〕5号", "未按规定明码标价案", "penalty", "open", COUNTY),
    ]


def _case(number: str, cause: str, category: str, status: str, agency_code: str) -> Row:
    return {"number": number, "cause": cause, "category": category, "status": status, "agency_code": agency_code}


def _activities(footage: Footage) -> list[Row]:
    recorded, inspected, others = _cases(footage)
    both = (LEADING_OFFICER, SECOND_OFFICER)
    market, town = "建塘镇农贸市场", "独克宗古城"
    start, end = later(footage.started_at, -MARGIN_S), later(footage.ended_at, MARGIN_S)
    return [
        _activity("HD-0031", recorded, both, place=market, started_at=start, ended_at=end),
        _activity("HD-0030", inspected, both, place=market, started_at=start - DAY, ended_at=end - DAY),
        _activity("HD-0032", others, OTHER_OFFICERS, place=town, started_at=start, ended_at=end),
    ]


def _activity(
    number: str, case: Row, officers: Sequence[Officer], *, place: str, started_at: datetime, ended_at: datetime
) -> Row:
    return {
        "number": number,
        "case_number": case["number"],
        "stage": "investigation",
        "officers": OFFICER_SEPARATOR.join(officer.certificate_number for officer in officers),
        "agency_code": case["agency_code"],
        "place": place,
        "started_at": _time(started_at),
        "ended_at": _time(ended_at),
    }


def _time(at: datetime) -> str:
    return at.isoformat(sep=" ", timespec="seconds")


def _write(path: Path, columns: Sequence[RegisterColumn], rows: Sequence[Row], language: HeaderLanguage) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.header(language) for column in columns])
        writer.writerows([[_cell(column, row[column.english], language) for column in columns] for row in rows])


def _cell(column: RegisterColumn, value: str, language: HeaderLanguage) -> str:
    spelt = {word.english: word.spelt(language) for word in column.words}
    return spelt[value] if spelt else value
