"""Every look is a custody event: once a look, with actor, purpose and result; refused ones too."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from catalog.tables import CustodyEvent, Recording
from catalog.tables.custody import CustodyAction, CustodyResult
from catalog.tables.recordings import RecordingKind


def _actions(archive: Any, recording: Recording) -> list[CustodyAction]:
    return [event.action for event in archive.events(recording.id)]


def _only(events: list[CustodyEvent]) -> CustodyEvent:
    assert len(events) == 1
    return events[0]


def test_page_and_json_are_views(client: TestClient, archive: Any, video: Recording) -> None:
    client.get(f"/recordings/{video.id}?purpose=复核")
    client.get(f"/api/recordings/{video.id}")
    events = archive.events(video.id)
    assert [event.action for event in events] == [CustodyAction.VIEWED, CustodyAction.VIEWED]
    assert (events[0].actor, events[0].purpose, events[0].result) == ("li", "复核", CustodyResult.DONE)
    assert events[1].purpose is None


def test_one_playback_for_all_its_ranges(client: TestClient, archive: Any, video: Recording) -> None:
    for value in ("bytes=0-", "bytes=300000-", "bytes=0-", "bytes=1000-2000"):
        client.get(f"/api/recordings/{video.id}/original", headers={"range": value})
    event = _only(archive.events(video.id))
    assert event.action is CustodyAction.PLAYED
    assert event.details["part"] == "original"
    assert event.details["sha256"] == video.sha256


def test_a_range_from_the_middle_is_a_playback_too(client: TestClient, archive: Any, video: Recording) -> None:
    client.get(f"/api/recordings/{video.id}/original", headers={"range": "bytes=1-"})
    assert _actions(archive, video) == [CustodyAction.PLAYED]


def test_playing_again_later_is_another_playback(
    client: TestClient, archive: Any, clock: Any, video: Recording
) -> None:
    address = f"/api/recordings/{video.id}/original"
    client.get(address, headers={"range": "bytes=0-"})
    clock.move(minutes=9)
    client.get(address, headers={"range": "bytes=5-"})
    clock.move(minutes=9)
    client.get(address, headers={"range": "bytes=9-"})
    assert _actions(archive, video) == [CustodyAction.PLAYED]
    clock.move(minutes=11)
    client.get(address, headers={"range": "bytes=9-"})
    assert _actions(archive, video) == [CustodyAction.PLAYED, CustodyAction.PLAYED]


def test_playing_from_a_page_opened_anew_is_another_playback(
    client: TestClient, archive: Any, video: Recording
) -> None:
    for _ in range(2):
        client.get(f"/recordings/{video.id}")
        client.get(f"/api/recordings/{video.id}/original", headers={"range": "bytes=0-"})
    viewed, played = CustodyAction.VIEWED, CustodyAction.PLAYED
    assert _actions(archive, video) == [viewed, played, viewed, played]


def test_another_program_is_another_look(client: TestClient, archive: Any, video: Recording) -> None:
    for program in ("one", "two"):
        client.get(f"/api/recordings/{video.id}/original", headers={"user-agent": program})
    assert [event.details["program"] for event in archive.events(video.id)] == ["one", "two"]


def test_every_download_counts(client: TestClient, archive: Any, video: Recording) -> None:
    for _ in range(2):
        client.get(f"/api/recordings/{video.id}/original?download=1&purpose=移送")
    client.get(f"/api/recordings/{video.id}/original?download=1", headers={"range": "bytes=900-"})  # resumed
    events = archive.events(video.id)
    assert [event.action for event in events] == [CustodyAction.DOWNLOADED, CustodyAction.DOWNLOADED]
    assert events[0].purpose == "移送"


def test_what_can_only_be_saved_is_a_download(client: TestClient, archive: Any) -> None:
    track = archive.recording("track.xml", b"<x/>", RecordingKind.SIDECAR)
    client.get(f"/api/recordings/{track.id}/original")
    assert _actions(archive, track) == [CustodyAction.DOWNLOADED]


def test_pictures_of_an_open_page_are_no_look_of_their_own(client: TestClient, archive: Any, video: Recording) -> None:
    client.get(f"/recordings/{video.id}")
    client.get(f"/api/recordings/{video.id}/derivatives/poster")
    client.get(f"/api/recordings/{video.id}/derivatives/waveform")
    assert _actions(archive, video) == [CustodyAction.VIEWED]


def test_a_picture_by_itself_is_a_look(client: TestClient, archive: Any, video: Recording) -> None:
    client.get(f"/api/recordings/{video.id}/derivatives/poster")
    assert _actions(archive, video) == [CustodyAction.VIEWED]
    assert archive.events(video.id)[0].details["part"] == "poster"


@pytest.mark.usefixtures("video")
def test_searches(client: TestClient, archive: Any) -> None:
    client.get("/?device=1234567&purpose=查案&from=2026-03-01")
    event = _only(archive.events())
    assert (event.action, event.subject_kind, event.purpose) == (CustodyAction.SEARCHED, "search", "查案")
    assert event.details["criteria"] == {"device": "1234567", "captured_from": "2026-03-01T00:00:00+08:00"}
    assert event.details["total"] == 1
    client.get("/api/recordings?device=1234567&from=2026-03-01")
    assert len(archive.events()) == 2
    client.get("/api/recordings?device=1234567&from=2026-03-01", headers={"x-zhilu-refresh": "1"})
    assert len(archive.events()) == 2


def test_the_list_shows_stills_under_its_own_event(client: TestClient, archive: Any, video: Recording) -> None:
    client.get("/")
    client.get("/")
    client.get(f"/api/recordings/{video.id}/derivatives/poster")
    event = _only(archive.events())
    assert (event.action, event.details["criteria"]) == (CustodyAction.SEARCHED, {})


def test_a_refresh_is_no_new_look_but_cannot_hide_a_first_one(
    client: TestClient, archive: Any, video: Recording
) -> None:
    refresh = {"x-zhilu-refresh": "1"}
    client.get(f"/recordings/{video.id}", headers=refresh)
    assert _actions(archive, video) == [CustodyAction.VIEWED]
    client.get(f"/recordings/{video.id}", headers=refresh)
    assert _actions(archive, video) == [CustodyAction.VIEWED]


def test_status_and_jobs_show_no_evidence(client: TestClient, archive: Any, video: Recording) -> None:
    client.get(f"/api/status?id={video.id}")
    client.get("/api/jobs")
    client.get("/healthz")
    assert archive.events() == []


def test_refused_looks_are_on_record_once(client: TestClient, archive: Any, video: Recording) -> None:
    for _ in range(3):
        assert client.get(f"/api/recordings/{video.id}/original", headers={"host": "evil.example"}).status_code == 421
    event = _only(archive.events(video.id))
    assert (event.action, event.result) == (CustodyAction.PLAYED, CustodyResult.DENIED)
    assert "evil.example" in event.details["why"]


CROSS_SITE = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}


def test_no_site_can_fill_the_log(client: TestClient, archive: Any, clock: Any) -> None:
    for _ in range(30):
        client.get(f"/recordings/{uuid4()}", headers=CROSS_SITE)
    for number in range(30):
        client.get("/", headers={"host": f"{number}.example"})
    first, second = archive.events()
    assert (first.action, first.subject_kind, first.subject_id) == (CustodyAction.VIEWED, "recording", None)
    assert (second.action, second.subject_kind) == (CustodyAction.SEARCHED, "search")
    assert {event.result for event in (first, second)} == {CustodyResult.DENIED}
    clock.move(minutes=11)
    client.get(f"/recordings/{uuid4()}", headers=CROSS_SITE)
    assert [event.details["unrecorded"] for event in archive.events()] == [0, 0, 29]


def test_constant_knocking_is_one_event_a_window(client: TestClient, archive: Any, clock: Any) -> None:
    for _ in range(5):
        client.get("/api/recordings", headers=CROSS_SITE)
        clock.move(minutes=6)
    assert [event.details["unrecorded"] for event in archive.events()] == [0, 1, 1]


def test_what_a_stranger_writes_is_kept_short(client: TestClient, archive: Any) -> None:
    client.get("/", headers={"host": "x" * 5000})
    assert len(_only(archive.events()).details["why"]) <= 300


def test_what_cannot_be_logged_is_not_shown(client: TestClient, archive: Any, video: Recording) -> None:
    with archive.runtime.catalog.writing() as session:
        session.execute(
            text("CREATE TRIGGER full BEFORE INSERT ON custody_event BEGIN SELECT RAISE(FAIL, 'no room'); END")
        )
    quiet = TestClient(client.app, base_url="http://127.0.0.1", raise_server_exceptions=False)
    for address in ("/", f"/recordings/{video.id}", f"/api/recordings/{video.id}/original"):
        answer = quiet.get(address)
        assert answer.status_code >= 500
        assert video.sha256 not in answer.text
