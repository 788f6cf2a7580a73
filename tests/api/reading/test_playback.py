from datetime import UTC, datetime
from typing import Any

import pytest

from api.reading.model import PlaybackHow
from api.reading.playback import playback_of
from catalog.tables import Derivative, Job
from catalog.tables.jobs import JobKind, JobState
from catalog.tables.recordings import RecordingKind
from catalog.types import new_id

NOW = datetime(2026, 3, 2, tzinfo=UTC)
GOOD = {"kind": "video", "container": "mp4", "codec": "h264", "audio_codec": "aac", "pixel_format": "yuv420p"}
OLD = {"kind": "video", "container": "avi", "codec": "mpeg4"}


def _made(kind: str, media_type: str) -> Derivative:
    return Derivative(
        recording_id=new_id(),
        kind=kind,
        media_type=media_type,
        size=1,
        sha256="0" * 64,
        bucket="derivatives",
        object_key="k",
        object_version="v",
        made_at=NOW,
    )


def _job(kind: JobKind, state: JobState, **facts: Any) -> Job:
    return Job(recording_id=new_id(), kind=kind, state=state, due_at=NOW, created_at=NOW, **facts)


def test_what_browsers_play_is_played_itself() -> None:
    playback = playback_of(RecordingKind.VIDEO, GOOD, [], [])
    assert (playback.how, playback.media_type) == (PlaybackHow.ORIGINAL, "video/mp4")
    assert [reason.code for reason in playback.why] == ["plays_as_it_is"]


def test_a_copy_is_played_and_the_reason_is_said() -> None:
    playback = playback_of(RecordingKind.VIDEO, OLD, [_made("proxy", "video/mp4")], [])
    assert (playback.how, playback.media_type, playback.derivative) == (PlaybackHow.PROXY, "video/mp4", "proxy")
    assert [reason.code for reason in playback.why] == ["container", "video_codec"]


def test_what_was_decided_when_the_copy_was_made_is_said() -> None:
    decided = {"reasons": [{"code": "set_always", "detail": "The settings ask for it."}], "reencoded": True}
    playback = playback_of(RecordingKind.VIDEO, GOOD, [_made("proxy", "video/mp4")], [], decided=decided)
    assert [(reason.code, reason.message) for reason in playback.why] == [("set_always", "The settings ask for it.")]


def test_no_copy_because_the_settings_ask_for_none() -> None:
    decided = {"reasons": [{"code": "set_never", "detail": "x"}, {"code": "container", "detail": "y"}]}
    playback = playback_of(RecordingKind.VIDEO, OLD, [], [_job(JobKind.DERIVE, JobState.DONE)], decided=decided)
    assert playback.how is None
    assert [reason.code for reason in playback.why] == ["proxy_not_made", "set_never", "container"]


@pytest.mark.parametrize(
    ("jobs", "code"),
    [
        ([_job(JobKind.DERIVE, JobState.RUNNING)], "proxy_coming"),
        ([_job(JobKind.DERIVE, JobState.WAITING)], "proxy_coming"),
        ([_job(JobKind.PROBE, JobState.RUNNING)], "proxy_coming"),
        ([_job(JobKind.DERIVE, JobState.FAILED, last_error="x")], "proxy_failed"),
        ([_job(JobKind.DERIVE, JobState.DONE)], "proxy_not_made"),
        ([], "proxy_not_made"),
    ],
)
def test_without_a_copy_nothing_is_played_and_why(jobs: list[Job], code: str) -> None:
    playback = playback_of(RecordingKind.VIDEO, OLD, [], jobs)
    assert playback.how is None
    assert playback.why[0].code == code


def test_a_damaged_original_is_not_offered() -> None:
    media = {**GOOD, "problems": [{"code": "no_index", "detail": "There is no moov box."}]}
    playback = playback_of(RecordingKind.VIDEO, media, [], [])
    assert playback.how is None
    assert "damaged" in [reason.code for reason in playback.why]


def test_photo() -> None:
    jpeg = {"kind": "photo", "container": "jpeg"}
    heif = {"kind": "photo", "container": "heif"}
    assert playback_of(RecordingKind.PHOTO, jpeg, [], []).how is PlaybackHow.ORIGINAL
    assert playback_of(RecordingKind.PHOTO, heif, [], []).how is None
    shown = playback_of(RecordingKind.PHOTO, heif, [_made("photo", "image/jpeg")], [])
    assert (shown.how, shown.derivative) == (PlaybackHow.PROXY, "photo")


@pytest.mark.parametrize("kind", [RecordingKind.UNKNOWN, RecordingKind.SIDECAR, RecordingKind.OTHER])
def test_nothing_to_play(kind: RecordingKind) -> None:
    playback = playback_of(kind, {}, [], [])
    assert playback.how is None
    assert playback.why


def test_a_description_nobody_can_read_promises_nothing() -> None:
    playback = playback_of(RecordingKind.VIDEO, {"kind": "hologram"}, [], [])
    assert playback.how is None
    assert "not_described" in [reason.code for reason in playback.why]


@pytest.mark.parametrize("code", ["no_index", "undecodable", "tool_failed"])
@pytest.mark.parametrize("kind", [RecordingKind.VIDEO, RecordingKind.AUDIO])
@pytest.mark.parametrize("decided", [{}, {"reasons": [{"code": "nothing_to_show", "detail": "x"}]}])
def test_a_recording_that_could_not_be_read_is_not_said_to_hold_nothing(
    code: str, kind: RecordingKind, decided: dict[str, Any]
) -> None:
    media = {"kind": kind.value, "container": "mp4", "problems": [{"code": code, "detail": "x"}]}
    why = [reason.code for reason in playback_of(kind, media, [], [], decided=decided).why]
    assert "unreadable" in why
    assert not {"nothing_to_show", "video_codec", "audio_codec"} & set(why)


@pytest.mark.parametrize(
    ("problems", "code"),
    [
        ([], "nothing_to_show"),
        ([{"code": "empty", "detail": "x"}], "nothing_to_show"),
        ([{"code": "unrecognised", "detail": "x"}], "unreadable"),
        ([{"code": "encrypted_or_vendor", "detail": "x"}], "unreadable"),
    ],
)
def test_a_file_nobody_recognises_is_not_said_to_hold_nothing(problems: list[dict[str, str]], code: str) -> None:
    (why,) = playback_of(RecordingKind.OTHER, {"kind": "other", "problems": problems}, [], []).why
    assert why.code == code
