"""The custody report: what it holds, that it can be read, and that its digest is on record."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from api.cli.custody_report import report
from catalog.tables import CustodyEvent, Hold, HoldSubject
from catalog.tables.custody import CustodyAction
from tests import rows
from tests.api.verifying.conftest import House, house
from tests.pdf_text import fonts_of, pages_of

__all__ = ["house"]

pytestmark = pytest.mark.parametrize("house", ["embedded"], indirect=True)


def told(house: House, action: CustodyAction) -> list[CustodyEvent]:
    with house.runtime.catalog.reading() as session:
        return list(session.exec(select(CustodyEvent).where(CustodyEvent.action == action)).all())


def printed(house: House, **options: Any) -> Path:
    pdf = house.folder / "report.pdf"
    assert report(str(house.recordings[0]), pdf=pdf, language="zh", preparer="扎西", purpose="庭审", **options) == 0
    return pdf


def test_it_can_be_read_in_chinese_and_its_digest_is_on_record(house: House) -> None:
    house.look(2)
    house.sign()
    pdf = printed(house)
    text = "\n".join(pages_of(pdf))
    for word in (
        "监管链报告",
        "扎西",
        "庭审",
        "SHA-256",
        "SM3",
        "制作方法",
        "证明对象",
        "与记录一致",
        "复核人",
        "1234567",
    ):
        assert word in text, word
    assert all(fonts_of(pdf).values())
    (event,) = told(house, CustodyAction.REPORTED)
    assert event.details["sha256"] == hashlib.sha256(pdf.read_bytes()).hexdigest()
    assert event.details["number"] in text
    assert event.subject_id == house.recordings[0]


def test_every_page_says_which_report_it_is_of_and_tables_go_on(house: House) -> None:
    house.look(60)
    house.sign()
    pages = pages_of(printed(house))
    assert len(pages) > 3
    (event,) = told(house, CustodyAction.REPORTED)
    for number, page in enumerate(pages, 1):
        assert event.details["number"] in page
        assert f"{number}/{len(pages)}" in page.replace(" ", "")
    looks = sum(len(re.findall("复核", page)) for page in pages)
    assert looks >= 60
    going_on = [page for page in pages if "全部事件" not in page and "查看" in page]
    assert going_on
    for page in going_on:
        assert "操作人" in page  # the head of the table stands on each of them


def test_json_holds_the_same(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    with house.runtime.catalog.writing() as session:
        order = Hold(
            number="冻-1", authority="法院", document="裁定书1号", reason="诉讼", placed_by="li", placed_at=rows.NOW
        )
        rows.add(session, order, HoldSubject(hold_id=order.id, recording_id=house.recordings[0]))
    house.work()
    assert report(str(house.recordings[0]), as_json=True) in {0, 1}
    found = json.loads(capsys.readouterr().out)
    assert found["recording"]["id"] == str(house.recordings[0])
    assert [each["number"] for each in found["holds"]] == ["冻-1"]
    assert [each["action"] for each in found["events"]][:1] == ["secured"]
    assert found["verification"]["parts"]["contents"] == {"checked": 1, "of": 1}
    assert found["checkpoint"]["size"] > 0
    assert found["copies"] == []


def test_what_was_tampered_with_is_said_in_it(house: House) -> None:
    house.attacker.change("recording", house.recordings[0], officer_code="999999")
    pdf = house.folder / "report.pdf"
    assert report(str(house.recordings[0]), pdf=pdf, language="zh") == 1
    text = "".join("".join(pages_of(pdf)).split())
    assert "核验未通过" in text
    assert "officer_code" in text
