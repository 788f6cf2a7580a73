"""The first job: describe what was secured, settle its time and place, tie it to its side files and its take."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from catalog.repositories import custody, recordings
from catalog.tables import Job, Recording
from catalog.tables.custody import CustodyAction
from catalog.tables.jobs import JobKind
from catalog.tables.recordings import RecordingKind
from catalog.work import Finish, JobOf, Report
from ingest import process
from ingest.clock import (
    CapturedAt,
    Choice,
    ClockWarning,
    TimeCandidate,
    TimeSource,
    bound_from_the_future,
    choose,
    correct,
    disagreement_with_satellites,
)
from ingest.jobs.services import IngestServices
from ingest.jobs.tying import alone, leave_take, tie_side_files, tie_take
from ingest.media.describe import describe
from ingest.media.model import MediaDescription, MediaKind

_TIME_SOURCES = {"exif": TimeSource.EXIF, "xmp": TimeSource.EXIF, "riff": TimeSource.RIFF}


def probe(services: IngestServices, job: Job, _report: Report) -> Finish:
    """Describe one recording. A file that nothing can read is described as that, and is evidence like any other."""
    with services.catalog.reading() as session:
        recording = recordings.get(session, job.recording_id)
    with services.original(recording) as path:
        description = describe(path, recording.name, run=process.run, zone=services.zone, photos=services.photos)
    choice = choose(_statements(recording, description), services.zone)
    captured = _captured(services, recording, description, choice)

    def finish(session: Session) -> Sequence[JobKind | JobOf]:
        found = recordings.get(session, job.recording_id)
        alone(session, found)
        session.refresh(found)
        if (found.captured_at, found.kind.value) != (captured.at, description.kind.value):
            leave_take(session, found)
        _write(found, description, captured, choice, services)
        session.add(found)
        session.flush()
        others = tie_side_files(session, found)
        tie_take(session, found)
        custody.record(
            session,
            CustodyAction.DESCRIBED,
            at=services.clock(),
            actor="zhilu",
            subject_kind="recording",
            subject_id=found.id,
            kind=found.kind,
            problems=[problem["code"] for problem in found.problems],
        )
        return [*following(description), *(JobOf(other, JobKind.MATCH) for other in sorted(others))]

    return finish


def following(description: MediaDescription) -> Sequence[JobKind]:
    """Which jobs of the recording itself a description calls for."""
    match description.kind:
        case MediaKind.VIDEO | MediaKind.AUDIO | MediaKind.PHOTO:
            return (JobKind.DERIVE, JobKind.MATCH)
        case MediaKind.SIDECAR | MediaKind.OTHER:
            return (JobKind.MATCH,)


def _statements(recording: Recording, description: MediaDescription) -> list[TimeCandidate]:
    found = []
    named = recording.identification.get("device_time")
    if named:
        found.append(TimeCandidate(TimeSource.NAME, datetime.fromisoformat(named)))
    if description.captured is not None:
        origin = description.captured.origin.partition(":")[0].lower()
        time = description.captured.at
        # A zone that only the settings gave is no statement of the file: the clock rules add it themselves.
        stated = time if description.captured.zone_origin != "setting" else time.replace(tzinfo=None)
        found.append(TimeCandidate(_TIME_SOURCES.get(origin, TimeSource.QUICKTIME), stated))
    return found


def _captured(
    services: IngestServices, recording: Recording, description: MediaDescription, choice: Choice
) -> CapturedAt:
    if choice.candidate is None:
        return CapturedAt(None, None)
    stated = choice.candidate.time
    end = stated + timedelta(seconds=description.duration_s or 0.0)
    bound = bound_from_the_future(end, services.zone, recording.secured_at)
    return correct(stated, services.zone, bound, recording.secured_at)


def _write(
    recording: Recording,
    description: MediaDescription,
    captured: CapturedAt,
    choice: Choice,
    services: IngestServices,
) -> None:
    recording.kind = RecordingKind(description.kind)
    recording.media = description.to_json()
    recording.problems = [{"code": each.code, "detail": each.detail} for each in description.problems]
    recording.problem_count = len(recording.problems)
    recording.duration_s = description.duration_s
    recording.captured_at = captured.at
    recording.captured_until = (
        captured.at + timedelta(seconds=description.duration_s) if captured.at and description.duration_s else None
    )
    recording.capture_time = _capture_document(description, captured, choice, services)
    if description.position is not None:
        recording.latitude = description.position.latitude
        recording.longitude = description.position.longitude
        recording.position = {**recording.media["position"], "points": len(description.track)}


def _capture_document(
    description: MediaDescription, captured: CapturedAt, choice: Choice, services: IngestServices
) -> dict[str, Any]:
    """Device time, measured offset and corrected time side by side, each with where it comes from.

    Without a measured offset nothing was corrected: `corrected_at` is None then, and `at` the device's own word.
    """
    origin, raw, shown = None, None, None
    if choice.candidate is not None:
        named = choice.candidate.source is TimeSource.NAME
        media = None if named else description.captured
        origin = media.origin if media else choice.candidate.source.value
        raw = media.raw if media else choice.candidate.time.isoformat()
        zone = choice.candidate.time.tzinfo or services.zone
        shown = captured.at.astimezone(zone).isoformat() if captured.at else None
    zone_origin = str(captured.zone_origin)
    if description.captured is not None and origin == description.captured.origin:
        zone_origin = str(description.captured.zone_origin)
    return {
        "at": shown,
        "origin": origin,
        "raw": raw,
        "device_time": captured.device_time.isoformat() if captured.device_time else None,
        "zone_origin": zone_origin,
        "offset_s": captured.offset_s,
        "offset_origin": captured.offset_origin,
        "corrected_at": captured.at.isoformat() if captured.at and captured.offset_s is not None else None,
        "warnings": [
            asdict(each) for each in (*captured.warnings, *choice.warnings, *_by_satellite(description, captured))
        ],
    }


def _by_satellite(description: MediaDescription, captured: CapturedAt) -> list[ClockWarning]:
    satellite_time = description.position.at if description.position else None
    found = disagreement_with_satellites(captured.device_time, satellite_time)
    return [found] if found else []
