"""Tying recordings together in the catalog: side files to their main file, segments to their take."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import Session

from catalog.repositories import recordings
from catalog.tables import Recording, Take
from catalog.tables.recordings import RecordingKind
from ingest import sidefiles, takes
from ingest.takes import Segment

# A take is a shift at most; segments further apart than this are not even looked at.
_AROUND = timedelta(hours=12)


def tie_side_files(session: Session, recording: Recording) -> None:
    """Tie this recording to the main file it belongs to, or its side files to it: whichever came first."""
    for sighting in recordings.sightings_of(session, recording.id):
        beside = dict(
            recordings.siblings(
                session,
                source=sighting.source,
                folder=sighting.folder,
                beginning=sidefiles.shared_beginning(sighting.name),
            )
        )
        for name, recording_id in beside.items():
            main = sidefiles.main_of(name, beside)
            if main is not None and sighting.name in (name, main) and beside[main] != recording_id:
                _tie(session, recordings.get(session, recording_id), recordings.get(session, beside[main]))


def _tie(session: Session, side: Recording, main: Recording) -> None:
    if side.main_recording_id is None:
        side.main_recording_id = main.id
        session.add(side)
    _take_over(side, main)
    session.add(main)


def _take_over(side: Recording, main: Recording) -> None:
    """What a side file knows and its main file does not: the place; and what a main file's name says of both."""
    if main.latitude is None and side.kind is RecordingKind.SIDECAR and side.latitude is not None:
        main.latitude, main.longitude = side.latitude, side.longitude
        main.position = {**side.position, "from_recording": str(side.id)}
    if side.captured_at is None and main.captured_at is not None:
        side.captured_at, side.captured_until = main.captured_at, main.captured_until
        side.capture_time = {**main.capture_time, "from_recording": str(main.id)}
    side.device_serial = side.device_serial or main.device_serial
    side.officer_code = side.officer_code or main.officer_code


def tie_take(session: Session, recording: Recording) -> None:
    """Chain the segments of this device around this time anew; the outcome does not depend on who came first."""
    if recording.captured_at is None or recording.device_serial is None:
        return
    around = recordings.segments_around(
        session, recording.device_serial, recording.captured_at - _AROUND, recording.captured_at + _AROUND
    )
    by_id = {str(each.id): each for each in around}
    used: set[UUID] = set()
    for chained in takes.chain(_segment(each) for each in around):
        used.add(_keep(session, recording.device_serial, chained, by_id, used))


def _segment(recording: Recording) -> Segment:
    return Segment(
        recording_id=str(recording.id),
        device=recording.device_serial,
        sequence=recording.sequence,
        started_at=recording.captured_at,
        duration_s=recording.duration_s,
        important=recording.important,
        kind=recording.kind,
    )


def _keep(session: Session, device: str, chained: takes.Take, by_id: dict[str, Recording], used: set[UUID]) -> UUID:
    """Write one take, under the id its members already had unless another take of this pass keeps that one."""
    members = [by_id[member] for member in chained.members]
    known = [member.take_id for member in members if member.take_id is not None and member.take_id not in used]
    started = members[0].captured_at
    assert started is not None  # noqa: S101 - segments_around gives only those with a time
    take = recordings.take(session, known[0]) if known else None
    if take is None:
        take = Take(device_serial=device, started_at=started)
    take.started_at = started
    take.gaps = [{"after": gap.after, "before": gap.before, "seconds": gap.seconds} for gap in chained.gaps]
    session.add(take)
    session.flush()
    for member in members:
        if member.take_id != take.id:
            member.take_id = take.id
            session.add(member)
    return take.id
