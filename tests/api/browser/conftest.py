"""A real server on loopback and a real Chromium in front of it."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page

from api.http import create_app
from catalog.tables import Recording
from catalog.tables.jobs import JobKind, JobState
from catalog.tables.recordings import RecordingKind


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(15_000)
    page = context.new_page()
    yield page
    context.close()


@pytest.fixture
def address(archive: Any) -> Iterator[str]:
    """Where the archive is served."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            create_app(archive.runtime), log_config=None, lifespan="off", timeout_graceful_shutdown=2
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started and thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=20)


@pytest.fixture
def collection(archive: Any, media: Path, video: Recording) -> dict[str, Recording]:
    """A little of everything: playable, copied, damaged, under way, unknown."""
    done = dict.fromkeys(JobKind, JobState.DONE)
    following = archive.recording(
        "012345_1234567_20260301103013_0008.mp4",
        (media / "video.mp4").read_bytes() + b"\0" * 8,
        RecordingKind.VIDEO,
        media=video.media,
        duration_s=8.0,
        device_serial="1234567",
        officer_code="012345",
        officer_id=video.officer_id,
        sequence=8,
        captured_at=video.captured_at + timedelta(seconds=13),
        capture_time={"at": "2026-03-01T10:30:13+08:00", "origin": "name"},
        take_id=video.take_id,
    )
    archive.derivative(following, "poster", "image/jpeg", (media / "poster.jpg").read_bytes())
    archive.job(following, JobKind.PROBE, JobState.DONE)
    archive.job(following, JobKind.DERIVE, JobState.RUNNING, progress=0.4, attempts=1)
    old = archive.recording(
        "DSJ_7654321_000000_20240105083000_0001.avi",
        (media / "old.avi").read_bytes(),
        RecordingKind.VIDEO,
        media={"kind": "video", "container": "avi", "codec": "mpeg4", "width": 640, "height": 360, "duration_s": 8.0},
        duration_s=8.0,
        device_serial="7654321",
        identification={
            "pattern": "D",
            "officer_state": "unassigned",
            "unconfirmed": ["order_unconfirmed"],
            "readings": [{"device": "7654321", "officer": "000000"}],
        },
    )
    archive.derivative(old, "proxy", "video/mp4", (media / "video.mp4").read_bytes(), width=640, height=360)
    archive.derivative(old, "poster", "image/jpeg", (media / "poster.jpg").read_bytes())
    photo = archive.recording(
        "IMG_0042.jpg",
        (media / "photo.jpg").read_bytes(),
        RecordingKind.PHOTO,
        media={"kind": "photo", "container": "jpeg", "width": 1280, "height": 960, "orientation": 6, "make": "HUAWEI"},
        problems=[{"code": "exif_damaged", "detail": "The IFD at byte 8 points outside the segment."}],
        captured_at=video.captured_at - timedelta(days=400),
        capture_time={
            "at": "2025-01-25T03:30:00+01:00",
            "origin": "exif:DateTimeOriginal",
            "zone_origin": "file",
            "raw": "2025:01:25 03:30:00",
            "offset_s": -93.5,
            "offset_origin": "device_asked",
            "corrected_at": "2025-01-25T02:28:26+00:00",
            "warnings": [{"code": "offset_large", "seconds": -93.5}],
        },
    )
    archive.derivative(photo, "thumbnail", "image/jpeg", (media / "poster.jpg").read_bytes())
    sound = archive.recording(
        "会议录音_2026-02-11.wav",
        (media / "sound.wav").read_bytes(),
        RecordingKind.AUDIO,
        media={"kind": "audio", "container": "wav", "audio_codec": "pcm_s16le", "duration_s": 8.0, "channels": 1},
        duration_s=8.0,
    )
    archive.derivative(sound, "waveform", "application/json", (media / "waveform.json").read_bytes())
    broken = archive.recording(
        "DCAM_CAM001_000123_20260228_235959_enc.mp4",
        b"\0\0\0\x18ftypmp42" + b"\x07" * 4000,
        RecordingKind.VIDEO,
        media={
            "kind": "video",
            "container": "mp4",
            "problems": [{"code": "no_index", "detail": "There is no moov box."}],
        },
        problems=[{"code": "no_index", "detail": "There is no moov box."}],
        device_serial="CAM001",
        officer_code="000123",
        encrypted=True,
    )
    archive.job(broken, JobKind.PROBE, JobState.DONE)
    archive.job(broken, JobKind.DERIVE, JobState.FAILED, attempts=5, last_error="ffmpeg: moov atom not found")
    fresh = archive.recording(
        "012345_1234567_20260301120000_0009.mp4", b"not looked at yet", RecordingKind.UNKNOWN, device_serial="1234567"
    )
    archive.job(fresh, JobKind.PROBE, JobState.WAITING)
    track = archive.recording(
        "012345_1234567_20260301103000_0007.xml",
        b"<locations/>",
        RecordingKind.SIDECAR,
        media={"kind": "sidecar", "container": "xml"},
        main_recording_id=video.id,
    )
    for row in (old, photo, sound, track):
        for kind, state in done.items():
            archive.job(row, kind, state)
    # Last: whatever is put on record of them owes their manifests once more.
    for row in (following, broken):
        archive.job(row, JobKind.MANIFEST, JobState.DONE)
    return {
        "video": video,
        "following": following,
        "old": old,
        "photo": photo,
        "sound": sound,
        "broken": broken,
        "fresh": fresh,
        "track": track,
    }
