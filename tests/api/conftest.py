"""An archive to look at: a runtime on a folder of its own, filled row by row, with media made here."""

import dataclasses
import hashlib
import json
import math
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, select

from api.runtime import Runtime, open_runtime
from api.settings import Settings
from catalog.repositories import custody
from catalog.repositories import jobs as job_ledger
from catalog.tables import (
    Activity,
    Agency,
    Case,
    CaseLink,
    CustodyEvent,
    Derivative,
    Device,
    Job,
    Officer,
    Recording,
    Sighting,
    Take,
)
from catalog.tables.cases import Category, LinkOrigin, LinkState, Stage
from catalog.tables.custody import CustodyAction
from catalog.tables.jobs import JobKind, JobState
from catalog.tables.recordings import RecordingKind
from catalog.tables.register import AgencyLevel
from catalog.types import new_id
from storage.model import Bucket, Lock, LockMode, StoredVersion

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


class Archive:
    """Puts recordings into a catalog and a store directly, as the jobs would have left them."""

    def __init__(self, runtime: Runtime, clock: Clock) -> None:
        self.runtime, self.clock = runtime, clock
        self._told: set[UUID] = set()

    @contextmanager
    def _putting(self) -> Iterator[Session]:
        """A transaction that puts something on record: what tells of it is set apart from what a test then does."""
        before = self._rows_written()
        with self.runtime.catalog.writing() as session:
            yield session
        self._told |= self._rows_written() - before

    def _rows_written(self) -> set[UUID]:
        told = select(CustodyEvent.id).where(CustodyEvent.action == CustodyAction.ROWS_WRITTEN)
        with self.runtime.catalog.reading() as session:
            return set(session.exec(told).all())

    def store(self, bucket: Bucket, key: str, content: bytes, *, lock: Lock | None = None) -> StoredVersion:
        with self.runtime.store.upload(bucket, key, lock=lock) as upload:
            upload.write(content)
            return upload.complete()

    def add(self, *rows: Any) -> None:
        for row in rows:  # one by one: SQLite checks foreign keys at once
            with self._putting() as session:
                session.add(row)

    def recording(self, name: str, content: bytes, kind: RecordingKind, **facts: Any) -> Recording:
        recording_id = facts.pop("id", None) or new_id()
        lock = Lock(LockMode.GOVERNANCE, self.clock() + timedelta(days=366))
        stored = self.store(Bucket.ORIGINALS, f"2026/03/02/{recording_id}", content, lock=lock)
        row = Recording(
            id=recording_id,
            name=name,
            sha256=hashlib.sha256(content).hexdigest(),
            sm3=hashlib.new("sm3", content).hexdigest(),
            size=len(content),
            object_key=stored.reference.key,
            object_version=stored.reference.version_id,
            secured_at=self.clock(),
            locked_until=lock.retain_until,
            kind=kind,
            problem_count=len(facts.get("problems", ())),
            **facts,
        )
        path = f"slot1/{name}"
        sighting = Sighting(
            recording_id=row.id,
            source="station1/slot1",
            path_bytes=path.encode(),
            path=f"/station1/{path}",
            name=name,
            name_encoding="utf-8",
            folder="slot1",
            size=len(content),
            modified_ns=1_704_414_600_000_000_000,
            first_seen_at=self.clock(),
            last_seen_at=self.clock(),
        )
        self.add(row, sighting)
        return row

    def derivative(self, recording: Recording, kind: str, media_type: str, content: bytes, **facts: Any) -> Derivative:
        stored = self.store(Bucket.DERIVATIVES, f"{recording.id}/{kind}", content)
        row = Derivative(
            recording_id=recording.id,
            kind=kind,
            media_type=media_type,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            bucket=Bucket.DERIVATIVES,
            object_key=stored.reference.key,
            object_version=stored.reference.version_id,
            made_at=self.clock(),
            **facts,
        )
        self.add(row)
        return row

    def job(self, recording: Recording, kind: JobKind, state: JobState, **facts: Any) -> Job:
        row = Job(
            recording_id=recording.id, kind=kind, state=state, due_at=self.clock(), created_at=self.clock(), **facts
        )
        with self._putting() as session:
            # What was put on record owes a manifest already: its job is as the test says instead.
            for owed in job_ledger.of_recording(session, recording.id):
                if owed.kind is kind:
                    session.delete(owed)
            session.flush()
            session.add(row)
        return row

    def events(self, subject_id: UUID | None = None) -> list[CustodyEvent]:
        """What is on record of one subject, or of all, but for the rows that this archive itself was filled with."""
        with self.runtime.catalog.reading() as session:
            if subject_id is not None:
                return list(custody.of_subject(session, subject_id))
            return [event for event in session.exec(select(CustodyEvent)).all() if event.id not in self._told]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def archive(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    monkeypatch.chdir(tmp_path)  # away from any settings file
    with open_runtime(Settings(home=tmp_path), clock=clock) as runtime:
        yield Archive(dataclasses.replace(runtime, actor="li"), clock)


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video that browsers play, one in MPEG-4 Part 2 that they do not, its poster, a storyboard, a photo, sound."""
    folder = tmp_path_factory.mktemp("media")
    sound = ["-f", "lavfi", "-i", "sine=frequency=440:duration=8"]
    picture = ["-f", "lavfi", "-i", "testsrc=size=640x360:rate=25:duration=8"]
    h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25", "-c:a", "aac"]
    _ffmpeg(*picture, *sound, *h264, "-movflags", "+faststart", folder / "video.mp4")
    _ffmpeg(*picture, "-c:v", "mpeg4", folder / "old.avi")
    _ffmpeg("-i", folder / "video.mp4", "-ss", "1", "-frames:v", "1", folder / "poster.jpg")
    _ffmpeg("-i", folder / "video.mp4", "-vf", "fps=1,scale=160:90,tile=8x1", "-frames:v", "1", folder / "board.webp")
    _ffmpeg("-f", "lavfi", "-i", "testsrc2=size=1280x960", "-frames:v", "1", folder / "photo.jpg")
    _ffmpeg(*sound, "-c:a", "pcm_s16le", folder / "sound.wav")
    (folder / "index.vtt").write_text(_index(8), "ascii")
    (folder / "waveform.json").write_text(json.dumps(_peaks(160)), "ascii")
    return folder


def _ffmpeg(*arguments: Any) -> None:
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", *(str(argument) for argument in arguments)]
    subprocess.run(command, check=True, timeout=60)


def _index(tiles: int) -> str:
    cues = [
        f"00:00:{at:02}.000 --> 00:00:{at + 1:02}.000\nstoryboard.webp#xywh={at * 160},0,160,90\n"
        for at in range(tiles)
    ]
    return "WEBVTT\n\n" + "\n".join(cues)


def _peaks(count: int) -> dict[str, Any]:
    heights = [int(120 * abs(math.sin(place / 9))) for place in range(count)]
    data = [value for height in heights for value in (-height, height)]
    return {
        "version": 2,
        "channels": 1,
        "sample_rate": 8000,
        "samples_per_pixel": 400,
        "bits": 8,
        "length": count,
        "data": data,
    }


VIDEO = {
    "kind": "video",
    "container": "mp4",
    "codec": "h264",
    "audio_codec": "aac",
    "width": 640,
    "height": 360,
    "coded_width": 640,
    "coded_height": 360,
    "pixel_format": "yuv420p",
    "bit_depth": 8,
    "frame_rate": 25.0,
    "variable_frame_rate": False,
    "duration_s": 8.0,
    "mirrored": False,
    "sample_rate": 44100,
    "channels": 1,
    "problems": [],
}


@pytest.fixture
def video(archive: Archive, media: Path) -> Recording:
    """A video with all that can be known of it."""
    county = Agency(code="533400", name="德钦县市场监督管理局", level=AgencyLevel.COUNTY)
    officer = Officer(certificate_number="53340012345", name="扎西", agency_id=county.id, device_code="012345")
    case = Case(number="德市监罚〔2026〕12号", cause="无证经营", category=Category.PENALTY, opened_at=NOW)
    start = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)
    activity = Activity(
        number="A-7",
        case_id=case.id,
        stage=Stage.INVESTIGATION,
        place="升平镇南坪街",
        started_at=start - timedelta(minutes=5),
        ended_at=start + timedelta(minutes=40),
    )
    take = Take(device_serial="1234567", started_at=start, gaps=[{"seconds": 5.0}])
    archive.add(county, officer, Device(serial="1234567", model="DSJ-A9", agency_id=county.id), case, activity, take)
    row = archive.recording(
        "012345_1234567_20260301103000_0007IMP.mp4",
        (media / "video.mp4").read_bytes(),
        RecordingKind.VIDEO,
        media=VIDEO,
        duration_s=8.0,
        device_serial="1234567",
        officer_code="012345",
        officer_id=officer.id,
        officer_origin="name",
        sequence=7,
        important=True,
        identification={
            "pattern": "A",
            "officer_state": "named",
            "device_time": "2026-03-01T10:30:00",
            "unconfirmed": [],
        },
        captured_at=start,
        captured_until=start + timedelta(seconds=8),
        capture_time={
            "at": "2026-03-01T10:30:00+08:00",
            "origin": "name",
            "zone_origin": "setting",
            "raw": "20260301103000",
            "device_time": "2026-03-01T10:30:00",
            "offset_s": None,
            "offset_origin": None,
            "corrected_at": None,
            "warnings": [],
        },
        latitude=28.486,
        longitude=98.911,
        position={
            "latitude": 28.486,
            "longitude": 98.911,
            "origin": "sidecar xml",
            "fix": "3d",
            "datum": "WGS-84",
            "points": 12,
        },
        take_id=take.id,
    )
    archive.derivative(row, "poster", "image/jpeg", (media / "poster.jpg").read_bytes(), width=640, height=360)
    archive.derivative(row, "storyboard", "image/webp", (media / "board.webp").read_bytes(), width=1280, height=90)
    archive.derivative(row, "storyboard_index", "text/vtt", (media / "index.vtt").read_bytes())
    archive.derivative(row, "waveform", "application/json", (media / "waveform.json").read_bytes())
    link = CaseLink(
        recording_id=row.id,
        case_id=case.id,
        activity_id=activity.id,
        stage=Stage.INVESTIGATION,
        state=LinkState.SUGGESTED,
        origin=LinkOrigin.MATCHED,
        score=0.9,
        reasons=[{"code": "officer_named"}, {"code": "within_activity"}],
        linked_by="matching",
        linked_at=NOW,
    )
    archive.add(link)
    # Last: whatever is put on record of it owes its manifest once more.
    for kind in (JobKind.PROBE, JobKind.DERIVE, JobKind.MATCH, JobKind.MANIFEST):
        archive.job(row, kind, JobState.DONE)
    return row
