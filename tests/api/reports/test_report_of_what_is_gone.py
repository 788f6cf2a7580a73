"""The custody report on what was disposed of says that first, and nothing of what is not there; in one language."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.disposing import disposing
from api.event_words import details_of, subject_of
from api.messages import Language, translator
from api.reports.custody_pages import pages_of
from api.reports.custody_report import CustodyReport, Preparation, read_report
from api.reports.printing import as_pdf
from api.runtime import Runtime, open_runtime
from api.settings import Settings
from api.verifying.model import Finding, Tallies
from api.verifying.run import Scope
from api.verifying.service import verify
from catalog.custody.note import SignerKey
from catalog.tables import Recording
from tests import rows
from tests.pdf_text import pages_of as text_of
from tests.retention.disposing import DAYS, ZONE, Agency


class Gone:
    """A recording that was disposed of on the list DISP-…-0001, which 扎西 and 卓玛 approved."""

    def __init__(self, runtime: Runtime, recording: Recording, number: str) -> None:
        self.runtime, self.recording, self.number = runtime, recording, number

    def report(self) -> tuple[CustodyReport, list[Finding]]:
        tallies = Tallies()
        findings = list(verify(self.runtime, Scope(recording_id=self.recording.id), tallies))
        preparation = Preparation(
            number="CR-1", made_at=self.runtime.clock(), program_version="1", prepared_by="li", purpose=None
        )
        return read_report(self.runtime, self.recording.id, preparation, tallies, findings), findings


@pytest.fixture
def gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gone]:
    monkeypatch.chdir(tmp_path)
    made: list[Agency] = []
    began = datetime.now(UTC)
    with open_runtime(Settings(home=tmp_path), clock=lambda: made[0].now if made else began) as runtime:
        unused = SignerKey("zhilu/tests", Ed25519PrivateKey.generate())
        made.append(Agency(runtime.catalog, runtime.store, unused, began))
        agency = made[0].found()
        case = rows.case("罚〔2026〕12号", opened_at=began)
        agency.add(case)
        going = agency.recording(b"a", lock_until=began + timedelta(milliseconds=1))
        disposal = agency.approved()
        for _day in range(DAYS + 1):
            disposing(runtime).do()
            agency.now += timedelta(days=1)
        runtime.custody.sequencer().run()
        runtime.custody.checkpointer().run()
        yield Gone(runtime, going, disposal.number)


@pytest.mark.parametrize("language", list(Language))
def test_it_says_when_on_which_list_and_by_whom(gone: Gone, tmp_path: Path, language: Language) -> None:
    report, findings = gone.report()
    assert (report.recording.status, report.disposals[0].approved_by, report.disposals[0].certified) == (
        "disposed",
        ("扎西", "卓玛"),
        True,
    )
    say = translator(language)
    facts = pages_of(report, findings, say, ZONE)
    path = tmp_path / "report.pdf"
    path.write_bytes(as_pdf("custody.html", say, facts))
    first, *rest = ("".join(page.split()) for page in text_of(path))
    for word in (gone.number, "扎西", "卓玛", "".join(say("report-disposed").split())):
        assert word in first
    text = first + "".join(rest)
    for wrong in ("storeholdsno", "planneddisposal", "拟定销毁：", "已读原始记录已核验", "recordingsreadchecked", "{"):
        assert wrong not in text, wrong
    if language is Language.ENGLISH:
        said_by_us = re.sub("[扎西卓玛]", "", " ".join(str(pair) for pair in (*facts["preparation"], *facts["gone"])))
        assert not re.search(r"[\u4e00-\u9fff]", said_by_us)


def test_the_key_of_the_log_is_in_it_and_all_events_after_the_note_are_counted(gone: Gone) -> None:
    report, _ = gone.report()
    assert report.checkpoint is not None
    named, hint, _key = str(report.checkpoint.key).split("+", 2)
    assert named in report.checkpoint.note
    assert (len(hint), len(str(report.checkpoint.key_sha256))) == (8, 64)
    unsigned = [each for each in report.events if each.position is None or each.position >= report.checkpoint.size]
    assert report.checkpoint.events_after == len(unsigned) == 1


def test_details_of_events_are_words_and_local_times() -> None:
    details = {
        "case_id": "01890a5d-ac96-774b-bcce-b302099a8057",
        "locked_until": "2026-12-01T00:00:00.123456+00:00",
        "read_back": True,
        "because": [{"code": "hold", "number": "冻-1", "authority": "法院"}],
        "made": {"proxy": "ab"},
        "rows": [{"table": "hold"}],
        "reasons": ["officer_named"],
        "nothing": None,
    }
    numbers = {"01890a5d-ac96-774b-bcce-b302099a8057": "罚〔2026〕12号"}
    say = translator(Language.CHINESE)
    told = details_of(details, say, ZONE, cases=numbers)
    assert told[:3] == ["案件: 罚〔2026〕12号", "锁定至: 2026-12-01 08:00:00 +08:00", "已回读比对: 是"]
    assert "法院" in told[3]
    assert not any(mark in line for line in told for mark in "{}[]_")
    assert len(told) == 6
    assert subject_of(details, say, cases=numbers) == "罚〔2026〕12号"
    assert subject_of({"hold": "冻-1"}, say) == "冻-1"
    assert subject_of({"path": "/card/a.mp4"}, say) == "a.mp4"
