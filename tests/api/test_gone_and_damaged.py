"""What was disposed of, and what is damaged in the store, is said to be so wherever recordings are looked at."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from api.checks.archive import Archive as Checked
from api.checks.archive import stored_bytes, verification
from api.checks.model import CheckState
from api.messages import Language, translator
from api.messages.faults import sentence_of
from api.reading import search, show
from api.reading.model import RecordingView, Status
from api.reports.custody_pages import pages_of
from api.reports.custody_report import Preparation, read_report
from api.verifying.model import Tallies
from catalog.repositories import custody
from catalog.repositories.finding import FindCriteria, count_attention
from catalog.tables import Disposal, DisposalItem, FixityCheck, FixityState, Recording, Replacement, ScheduleVersion
from catalog.tables.custody import CustodyAction
from catalog.tables.disposals import DisposalItemState, DisposalState
from catalog.tables.fixity import FixityOutcome
from catalog.tables.recordings import RecordingKind
from retention.errors import RecordingDisposed
from tests.api.http.conftest import client

__all__ = ["client"]

LIST = "DISP-2026-0001"


def shown(archive: Any, recording: Recording) -> RecordingView:
    with archive.runtime.catalog.reading() as session:
        return show(archive.runtime, session, session.get(Recording, recording.id))


def found(archive: Any, **criteria: Any) -> list[str]:
    with archive.runtime.catalog.reading() as session:
        return [each.name for each in search(session, FindCriteria(**criteria), limit=10).recordings]


@pytest.fixture
def gone(archive: Any, clock: Any) -> Recording:
    """One that was disposed of on a list that has its certificate, and has a fault that nobody can mend any more."""
    recording: Recording = archive.recording(
        "gone.mp4", b"gone", RecordingKind.VIDEO, disposed_at=clock(), problems=[{"code": "truncated"}]
    )
    schedule = ScheduleVersion(
        schedule="x", version="1", content="", sha256="0" * 64, loaded_by="li", loaded_at=clock()
    )
    disposal = Disposal(
        number=LIST,
        state=DisposalState.DONE,
        reason="over",
        schedule_version_id=schedule.id,
        planned_by="li",
        planned_at=clock(),
        list_sha256="0" * 64,
        certificate_key="disposal/x/certificate.json",
    )
    item = DisposalItem(
        disposal_id=disposal.id,
        recording_id=recording.id,
        state=DisposalItemState.DELETED,
        size=4,
        sha256=recording.sha256,
        expires_at=clock(),
        rule="general",
    )
    archive.add(schedule, disposal, item)
    return recording


@pytest.fixture
def damaged(archive: Any, clock: Any) -> Recording:
    """Read three times: intact, then twice with other bytes."""
    recording: Recording = archive.recording("damaged.mp4", b"whole", RecordingKind.VIDEO)
    read = [FixityOutcome.INTACT, FixityOutcome.DIFFERS, FixityOutcome.DIFFERS]
    for days, outcome in enumerate(read):
        archive.add(_check(recording, recording.object_version, outcome, clock() + timedelta(days=days)))
    state = FixityState(
        recording_id=recording.id,
        object_key=recording.object_key,
        object_version=recording.object_version,
        waits_since=clock() + timedelta(days=2),
        outcome=FixityOutcome.DIFFERS,
    )
    archive.add(state)
    return recording


def _check(recording: Recording, version: str, outcome: FixityOutcome, at: Any) -> FixityCheck:
    return FixityCheck(
        recording_id=recording.id,
        at=at,
        outcome=outcome,
        object_key=recording.object_key,
        object_version=version,
        bytes_read=5,
        sha256_found="0" * 64,
        error=None if outcome is FixityOutcome.INTACT else "some bytes are others",
    )


# --- disposed of ------------------------------------------------------------------------------------------------


def test_what_was_disposed_of_is_never_ready_nor_in_need_of_anybody(archive: Any, gone: Recording) -> None:
    archive.recording("kept.mp4", b"kept", RecordingKind.VIDEO)
    view = shown(archive, gone)
    assert (view.status, view.disposed_under, view.disposal_certified) == (Status.DISPOSED, LIST, True)
    assert (view.derivatives, view.playback.how, view.lock.reported) == ((), None, False)
    assert "disposed of" in str(view.lock.reason)
    with archive.runtime.catalog.reading() as session:
        (line,) = search(session, FindCriteria(disposed=True), limit=10).recordings
        assert count_attention(session) == 0
    assert (line.status, line.disposed_under, line.derivatives) == (Status.DISPOSED, LIST, ())
    assert line.disposed_at == view.disposed_at
    assert found(archive, disposed=False) == ["kept.mp4"]
    assert found(archive, attention=True) == []
    assert len(found(archive)) == 2


def test_pages_say_when_and_on_which_list_and_offer_nothing_that_is_gone(client: TestClient, gone: Recording) -> None:
    for language, words in (("en", "Disposed of"), ("zh-CN", "已销毁")):
        listed = client.get(f"/?lang={language}").text
        assert LIST in listed
        assert words in listed
        page = client.get(f"/recordings/{gone.id}").text
        for said in (words, LIST, f"zhilu retention certificate {LIST}"):
            assert said in page
        assert 'class="download"' not in page
        assert "The store holds no version" not in page
    answer = client.get("/api/recordings?disposed=true").json()
    assert [(each["status"], each["disposed_under"]) for each in answer["recordings"]] == [("disposed", LIST)]
    assert client.get("/api/recordings?disposed=false").json()["total"] == 0
    assert client.get("/api/recordings?disposed=perhaps").status_code == 422
    assert client.get(f"/api/status?id={gone.id}").json()["recordings"][0]["status"] == "disposed"


@pytest.mark.parametrize("language", list(Language))
def test_a_refusal_tells_its_time_as_everything_does(language: Language) -> None:
    at = datetime(2026, 11, 21, 1, 24, 46, 608108, tzinfo=UTC)
    told = sentence_of(translator(language), RecordingDisposed("x", at, LIST), ZoneInfo("Asia/Shanghai"))
    assert "2026-11-21 09:24:46 +08:00" in told
    assert "608108" not in told
    assert "UTC" not in told


# --- damaged in the store ---------------------------------------------------------------------------------------


def test_known_damage_asks_for_attention_everywhere_since_it_was_found(
    client: TestClient, archive: Any, damaged: Recording, clock: Any
) -> None:
    since = (clock() + timedelta(days=1)).isoformat()
    assert found(archive, attention=True) == ["damaged.mp4"]
    view = shown(archive, damaged)
    assert (view.status, view.reasons[0].code, view.reasons[0].since) == (
        Status.ATTENTION,
        "stored_bytes_differ",
        since,
    )
    assert (view.fixity.outcome, view.fixity.damaged_since, view.fixity.replica) == (
        FixityOutcome.DIFFERS,
        since,
        False,
    )
    assert "no replica is set" in client.get(f"/recordings/{damaged.id}?lang=en").text
    assert "存储中的原件已损坏" in client.get("/?lang=zh-CN").text
    check = stored_bytes(Checked(archive.runtime.settings, archive.runtime.catalog, clock()))
    assert (check.state, check.facts["recordings"], check.facts["since"]) == (
        CheckState.ATTENTION,
        str(damaged.id),
        clock() + timedelta(days=1),
    )


def test_a_report_calls_no_damaged_original_whole(archive: Any, damaged: Recording) -> None:
    preparation = Preparation(
        number="CR-1", made_at=archive.clock(), program_version="1", prepared_by="li", purpose=None
    )
    report = read_report(archive.runtime, damaged.id, preparation, Tallies(), [])
    for language, words in ((Language.ENGLISH, "NOT to be as it was secured"), (Language.CHINESE, "与保全时不一致")):
        facts = pages_of(report, [], translator(language), archive.runtime.settings.time_zone)
        assert words in str(facts["original_or_copy"])
        assert translator(language)("problem-stored-bytes-differ") in str(facts["media"])


def test_a_verification_that_passed_before_the_damage_is_not_all_that_doctor_says(
    archive: Any, damaged: Recording, clock: Any
) -> None:
    with archive.runtime.catalog.writing() as session:
        custody.record(
            session,
            CustodyAction.VERIFIED,
            at=clock(),
            actor="li",
            subject_kind="catalog",
            subject_id=None,
            contents=True,
            passed=True,
        )
    check = verification(Checked(archive.runtime.settings, archive.runtime.catalog, clock() + timedelta(days=3)))
    assert (check.state, check.text) == (CheckState.ATTENTION, "check-verification-damaged")
    assert damaged.id is not None


def test_what_was_repaired_is_said_to_be(client: TestClient, archive: Any, damaged: Recording, clock: Any) -> None:
    at = clock() + timedelta(days=3)
    with archive.runtime.catalog.writing() as session:
        session.get(FixityState, (damaged.id, damaged.object_version)).serves = False
    archive.add(
        Replacement(
            recording_id=damaged.id,
            object_key=damaged.object_key,
            object_version="whole",
            made_at=at,
            origin="/replica",
            reason="differs",
        ),
        _check(damaged, "whole", FixityOutcome.INTACT, at),
        FixityState(
            recording_id=damaged.id,
            object_key=damaged.object_key,
            object_version="whole",
            waits_since=at,
            outcome=FixityOutcome.INTACT,
        ),
    )
    assert found(archive, attention=True) == []
    view = shown(archive, damaged)
    assert (view.status, view.fixity.outcome, view.fixity.damaged_since) == (
        Status.WORKING,
        FixityOutcome.INTACT,
        None,
    )
    assert [(each.origin, each.at) for each in view.fixity.repairs] == [("/replica", at.isoformat())]
    assert "从 /replica 修复" in client.get(f"/recordings/{damaged.id}?lang=zh-CN").text
