"""The pages without a browser: languages, honest states, escaping."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from catalog.tables import Recording
from catalog.tables.jobs import JobKind, JobState
from catalog.tables.recordings import RecordingKind


def test_language_of_address_is_kept(client: TestClient) -> None:
    answer = client.get("/?lang=zh-CN", headers={"accept-language": "en"})
    assert '<html lang="zh-CN">' in answer.text
    assert answer.headers["content-language"] == "zh-CN"
    assert '<html lang="zh-CN">' in client.get("/", headers={"accept-language": "en"}).text


def test_language_of_browser(client: TestClient) -> None:
    assert "还没有记录" in client.get("/", headers={"accept-language": "zh-CN,zh;q=0.9"}).text
    assert "No recordings yet" in client.get("/", headers={"accept-language": "en"}).text


def test_names_are_text_and_never_markup(client: TestClient, archive: Any) -> None:
    name = "<img src=x onerror=alert(1)>'\".mp4"
    recording = archive.recording(name, b"x", RecordingKind.OTHER, device_serial="</dd><script>")
    for path in ("/", f"/recordings/{recording.id}", "/?text=%3Cscript%3Ealert(1)%3C/script%3E"):
        text = client.get(path).text
        assert "<img src=x" not in text
        assert "<script>" not in text


def test_unknown_is_said(client: TestClient, archive: Any) -> None:
    recording = archive.recording("x.bin", b"x", RecordingKind.OTHER)
    text = client.get(f"/recordings/{recording.id}?lang=en").text
    assert "time unknown" in text
    assert "The place is unknown." in text
    assert "There is nothing to play here." in text


def test_unassigned_is_not_unknown(client: TestClient, archive: Any) -> None:
    recording = archive.recording("x.bin", b"x", RecordingKind.OTHER, identification={"officer_state": "unassigned"})
    assert "未分配" in client.get(f"/recordings/{recording.id}?lang=zh").text


def test_failure_is_shown_with_its_reason_and_what_to_do(client: TestClient, archive: Any) -> None:
    recording = archive.recording("x.mp4", b"x", RecordingKind.VIDEO, media={"kind": "video", "container": "avi"})
    job = archive.job(recording, JobKind.DERIVE, JobState.FAILED, attempts=5, last_error="out of memory")
    text = client.get(f"/recordings/{recording.id}?lang=en").text
    assert "Making a playable copy failed." in text
    assert "out of memory" in text
    assert f"zhilu retry {job.id}" in text


@pytest.mark.usefixtures("video")
def test_a_wrong_criterion_is_said_and_kept(client: TestClient) -> None:
    answer = client.get("/?from=soon&lang=en")
    assert answer.status_code == 422
    assert "Captured from cannot be “soon”" in answer.text


@pytest.mark.usefixtures("video")
def test_nothing_found_says_what_to_do(client: TestClient) -> None:
    assert "Nothing was found" in client.get("/?device=none&lang=en").text


def test_unknown_page(client: TestClient) -> None:
    answer = client.get("/nowhere?lang=zh-CN")
    assert answer.status_code == 404
    assert "这里没有内容" in answer.text


def test_pages_hold_no_inline_script_or_style(client: TestClient, video: Recording) -> None:
    for path in ("/", f"/recordings/{video.id}"):
        text = client.get(path).text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text
        assert text.count("<script") == text.count('<script type="module" src="/static/')


def test_a_description_nobody_can_read_leaves_the_page_whole(client: TestClient, archive: Any) -> None:
    recording = archive.recording("x.mp4", b"x", RecordingKind.VIDEO, media={"kind": None, "width": {}})
    archive.derivative(recording, "proxy", "video/mp4", b"p")
    answer = client.get(f"/recordings/{recording.id}?lang=en")
    assert answer.status_code == 200
    assert "Its content has not been described yet." in answer.text


def test_no_corrected_time_without_an_offset(client: TestClient, archive: Any) -> None:
    at = "2026-03-01T10:30:00+08:00"
    kept = {"at": at, "corrected_at": at, "origin": "name", "offset_s": None}
    recording = archive.recording("x.mp4", b"x", RecordingKind.VIDEO, capture_time=kept, captured_at=archive.clock())
    assert "not corrected: no offset is known" in client.get(f"/recordings/{recording.id}?lang=en").text


def _row(text: str, name: str) -> str:
    return text.partition(f"<dt>{name}</dt>")[2].partition("</div>")[0]


def test_an_unread_video_has_unknown_sound_and_not_none(client: TestClient, archive: Any) -> None:
    problems = [{"code": "no_index", "detail": "There is no moov box."}]
    media = {"kind": "video", "container": "mp4", "problems": problems}
    decided = {"reasons": [{"code": "nothing_to_show", "detail": "Its content cannot be decoded."}]}
    recording = archive.recording("x.mp4", b"x", RecordingKind.VIDEO, media=media, problems=problems, playback=decided)
    text = client.get(f"/recordings/{recording.id}?lang=en").text
    assert "unknown" in _row(text, "Sound")
    assert "none" not in _row(text, "Sound")
    assert "It could not be read: whether it holds picture or sound is unknown." in text
    assert "neither picture nor sound" not in text
    assert "There is nothing to play here." not in text


@pytest.mark.parametrize(("problem", "sound"), [(None, "none"), ("malformed", "unknown")])
def test_sound_is_none_only_where_the_container_was_understood(
    client: TestClient, archive: Any, problem: str | None, sound: str
) -> None:
    problems = [{"code": problem, "detail": "x"}] if problem else []
    media = {"kind": "video", "container": "mp4", "codec": "h264", "pixel_format": "yuv420p", "problems": problems}
    recording = archive.recording("x.mp4", b"x", RecordingKind.VIDEO, media=media, problems=problems)
    assert f">{sound}<" in _row(client.get(f"/recordings/{recording.id}?lang=en").text, "Sound")


def test_a_zone_the_file_does_not_name_is_not_shown_as_written(client: TestClient, archive: Any) -> None:
    kept = {
        "at": "2026-03-01T10:30:00+08:00",
        "origin": "exif:DateTimeOriginal",
        "raw": "2026:03:01 10:30:00",
        "device_time": "2026-03-01T10:30:00",
        "zone_origin": "setting",
    }
    recording = archive.recording("x.jpg", b"x", RecordingKind.PHOTO, capture_time=kept, captured_at=archive.clock())
    text = client.get(f"/recordings/{recording.id}?lang=en").text
    assert "<code>2026:03:01 10:30:00</code>" in _row(text, "As written")
    assert "+08:00" not in _row(text, "As written")
    for name in ("Begins", "Captured"):
        assert "time zone from this system&#39;s setting, not from the file" in _row(text, name)


def test_a_quicktime_number_is_shown_as_what_it_counts(client: TestClient, archive: Any) -> None:
    kept = {
        "at": "2017-04-17T06:27:57+00:00",
        "origin": "quicktime:CreateDate",
        "raw": "3575302077",
        "device_time": "2017-04-17T06:27:57+00:00",
        "zone_origin": "utc by format",
    }
    recording = archive.recording("x.mp4", b"x", RecordingKind.VIDEO, capture_time=kept, captured_at=archive.clock())
    text = client.get(f"/recordings/{recording.id}?lang=en").text
    assert "3575302077 (seconds since 1904-01-01 UTC)" in _row(text, "As written")
    assert "<td><code>2017-04-17T06:27:57+00:00</code>" in text
    assert "not from the file" not in text
