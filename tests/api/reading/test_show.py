"""The read model against a real catalog and store."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event

from api.reading import history, search, show
from api.reading.capture import modified_at
from api.reading.model import OfficerState, RecordingView, Status
from catalog.repositories import custody
from catalog.repositories.finding import FindCriteria
from catalog.tables import Recording
from catalog.tables.custody import CustodyAction
from catalog.tables.recordings import RecordingKind
from storage.errors import StoreUnavailable


def _show(archive: Any, recording: Recording) -> RecordingView:
    with archive.runtime.catalog.reading() as session:
        return show(archive.runtime, session, recording)


def test_all_that_is_known(archive: Any, video: Recording) -> None:
    view = _show(archive, video).model_dump(mode="json")
    assert view["captured_at"] == "2026-03-01T10:30:00+08:00"
    assert view["captured_until"] == "2026-03-01T10:30:08+08:00"
    assert view["captured_at_origin"] == "name"
    assert view["officer"] == {
        "state": "known",
        "code": "012345",
        "name": "扎西",
        "certificate_number": "53340012345",
        "agency": "德钦县市场监督管理局",
        "origin": "name",
    }
    assert view["device_register"] == {"registered": True, "model": "DSJ-A9", "agency": "德钦县市场监督管理局"}
    assert (view["media"]["width"], view["media"]["duration_s"]) == (640, 8.0)
    assert (view["position"]["latitude"], view["position"]["datum"]) == (28.486, "WGS-84")
    assert view["sightings"][0]["path"].endswith("0007IMP.mp4")
    assert view["sightings"][0]["modified_at"] == "2024-01-05T00:30:00+00:00"
    assert {each["kind"] for each in view["derivatives"]} == {"poster", "storyboard", "storyboard_index", "waveform"}
    assert [job["kind"] for job in view["jobs"]] == ["probe", "derive", "match", "manifest"]
    assert (view["status"], view["reasons"]) == ("ready", [])
    link = view["links"][0]
    assert (link["case_number"], link["state"], link["score"]) == ("德市监罚〔2026〕12号", "suggested", 0.9)
    assert link["activity"]["number"] == "A-7"
    assert (view["take"]["position"], len(view["take"]["members"])) == (1, 1)
    assert view["take"]["gaps"][0]["seconds"] == 5.0
    assert view["playback"]["how"] == "original"
    assert view["identification"]["pattern"] == "A"


def test_the_lock_is_what_the_store_says_now(archive: Any, clock: Any, video: Recording) -> None:
    with archive.runtime.catalog.writing() as session:
        kept = session.get(Recording, video.id)
        kept.locked_until = clock() + timedelta(days=9999)
    lock = _show(archive, video).lock
    assert (lock.reported, lock.mode, lock.held) == (True, "governance", False)
    assert lock.retain_until == (clock() + timedelta(days=366)).isoformat()
    assert lock.size == video.size


def test_a_store_that_cannot_be_asked_is_no_lock_and_no_failure(
    archive: Any, video: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: Any) -> Any:
        raise StoreUnavailable("there", "it does not answer")

    monkeypatch.setattr(type(archive.runtime.store), "head", silent)
    lock = _show(archive, video).lock
    assert (lock.reported, lock.retain_until, lock.held) == (False, None, None)
    assert lock.reason is not None
    assert "does not answer" in lock.reason


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, OfficerState.UNKNOWN),
        ({"identification": {"officer_state": "unassigned"}}, OfficerState.UNASSIGNED),
        ({"officer_code": "012345"}, OfficerState.NAMED),
    ],
)
def test_unassigned_named_and_unknown_officers_differ(archive: Any, facts: Any, state: OfficerState) -> None:
    recording = archive.recording("a.mp4", b"a", RecordingKind.VIDEO, **facts)
    assert _show(archive, recording).officer.state is state


def test_nothing_known_is_null_and_never_made_up(archive: Any) -> None:
    view = _show(archive, archive.recording("a.bin", b"a", RecordingKind.UNKNOWN)).model_dump(mode="json")
    assert view["captured_at"] is None
    assert view["captured_at_origin"] is None
    assert view["media"] is None
    assert view["position"] is None
    assert view["take"] is None
    assert view["device"] is None
    assert view["playback"]["how"] is None


def test_documents_of_another_version_are_read_as_far_as_they_go(archive: Any) -> None:
    side = uuid4()
    recording = archive.recording(
        "a.mp4",
        b"a",
        RecordingKind.VIDEO,
        capture_time={
            "at": "not a time",
            "origin": "name",
            "offset_s": "much",
            "warnings": [{"code": "clock_reset", "seconds": None}],
            "later": 1,
        },
        captured_at=archive.clock(),
        position={"latitude": 1.5, "longitude": 2.5, "from_recording": str(side), "fix": "3d", "later": []},
        media={"kind": "video", "width": "wide", "height": 360},
    )
    view = _show(archive, recording)
    assert view.captured_at == archive.clock().isoformat()
    assert (view.capture_time.origin, view.capture_time.offset_s) == ("name", None)
    assert [warning.code for warning in view.capture_time.warnings] == ["clock_reset"]
    assert view.position is not None
    assert (view.position.latitude, view.position.from_recording) == (1.5, side)
    assert view.media is not None
    assert (view.media.width, view.media.height) == (None, 360)


def test_side_files_and_their_main_recording(archive: Any, video: Recording) -> None:
    track = archive.recording("t.xml", b"<x/>", RecordingKind.SIDECAR, main_recording_id=video.id)
    assert [side.id for side in _show(archive, video).side_files] == [track.id]
    main = _show(archive, track).main_recording
    assert main is not None
    assert main.id == video.id


def test_an_impossible_file_time_is_unknown() -> None:
    assert modified_at(2**62) is not None
    assert modified_at(10**30) is None
    assert modified_at(-(10**30)) is None


def test_a_page_of_many_asks_a_fixed_number_of_questions(archive: Any, video: Recording) -> None:
    def questions(limit: int) -> int:
        asked: list[str] = []
        engine = archive.runtime.catalog.engine

        def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            asked.append(statement)

        event.listen(engine, "before_cursor_execute", count)
        try:
            with archive.runtime.catalog.reading() as session:
                page = search(session, FindCriteria(), limit=limit)
        finally:
            event.remove(engine, "before_cursor_execute", count)
        assert len(page.recordings) == limit
        return len(asked)

    for number in range(11):
        archive.recording(f"{number}.bin", bytes([number]), RecordingKind.OTHER, officer_id=video.officer_id)
    assert questions(2) == questions(12)


def test_summary(archive: Any, video: Recording) -> None:
    with archive.runtime.catalog.reading() as session:
        page = search(session, FindCriteria(), limit=10)
    line = page.recordings[0]
    assert (line.id, line.status, line.officer.name) == (video.id, Status.READY, "扎西")
    assert [(link.case_number, link.state) for link in line.links] == [("德市监罚〔2026〕12号", "suggested")]
    assert (page.total, page.next_offset, page.previous_offset) == (1, None, None)


def test_the_latest_events_are_shown_first_and_all_are_counted(archive: Any, clock: Any, video: Recording) -> None:
    for number in range(3):
        clock.move(seconds=1)
        with archive.runtime.catalog.writing() as session:
            custody.record(
                session,
                CustodyAction.VIEWED,
                at=clock(),
                actor=str(number),
                subject_kind="recording",
                subject_id=video.id,
            )
    with archive.runtime.catalog.reading() as session:
        events, total = history(session, video.id, limit=2)
    assert ([each.actor for each in events], total) == (["2", "1"], 3)
