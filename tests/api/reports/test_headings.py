"""A heading stays with what follows it, wherever on a page it comes to stand; the table below it goes on over pages."""

from pathlib import Path

import pytest

from api.messages import Language, translator
from api.reports.printing import as_pdf
from tests.pdf_text import pages_of

SAY = translator(Language.CHINESE)
ROW = ["1", "2026-03-01 10:00:00", "li", "查看", "完成", "目的：复核"]


@pytest.mark.parametrize("lines", range(24, 36, 2))
def test_all_events_never_stand_below_their_heading_on_another_page(tmp_path: Path, lines: int) -> None:
    pairs = [("名称", "值")]
    facts = dict.fromkeys(
        ("preparation", "evidence", "origin", "time", "media", "original_or_copy", "retention", "checkpoint"), pairs
    )
    told = {**facts, "title": "监管链报告", "number": "1", "passed": True, "verdict": "与记录一致", "verification": []}
    told |= {
        "findings": [f"第 {number} 行" for number in range(lines)],
        "holds": [],
        "copies": [],
        "gone": [],
        "events_count": "",
    }
    path = tmp_path / "report.pdf"
    path.write_bytes(as_pdf("custody.html", SAY, {**told, "events": [ROW] * 90}))
    pages = pages_of(path)
    (below,) = [page.split(SAY("report-part-events"))[1] for page in pages if SAY("report-part-events") in page]
    assert "复核" in below
    assert sum("复核" in page for page in pages) > 1
