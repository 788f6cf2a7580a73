"""Tying recordings together in the catalog: side files to their main file, segments to their take."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from catalog.repositories import recordings
from catalog.tables import Recording, Take
from catalog.tables.recordings import RecordingKind
from ingest import sidefiles, takes
from ingest.takes import Segment

# A shift at most: what lies further away than this changes no take of a segment, nor is a gap longer than this one.
_AROUND = timedelta(hours=12)
# The gap of a take that close may reach as far again, from an end that lies as far behind its start.
_LOOKED_AT = 3 * _AROUND
_CHAINED = (RecordingKind.VIDEO, RecordingKind.AUDIO)


def alone(session: Session, recording: Recording) -> None:
    """Let other workers tie what could belong to this recording only after this transaction: see `alone_with`."""
    folders = {f"folder {each.source!r} {each.folder!r}" for each in recordings.sightings_of(session, recording.id)}
    device = {f"device {recording.device_serial}"} if recording.device_serial else set()
    recordings.alone_with(session, *folders, *device)


def tie_side_files(session: Session, recording: Recording) -> set[UUID]:
    """Tie this recording to the main file it belongs to, or its side files to it: whichever came first.

    Returns the other recordings that learned something by it.
    """
    changed: set[UUID] = set()
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
                changed |= _tie(session, recordings.get(session, recording_id), recordings.get(session, beside[main]))
    return changed - {recording.id}


def _tie(session: Session, side: Recording, main: Recording) -> set[UUID]:
    """Returns which of the two, as far as they are described, learned something."""
    before = {each.id: each.model_dump() for each in (side, main)}
    if side.main_recording_id is None:
        side.main_recording_id = main.id
    _take_over(side, main)
    session.add_all((side, main))
    # Of one that is not described yet, its own description will tell what follows.
    described = [each for each in (side, main) if each.kind is not RecordingKind.UNKNOWN]
    return {each.id for each in described if each.model_dump() != before[each.id]}


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
    if recording.captured_at is None or recording.device_serial is None or recording.kind not in _CHAINED:
        return
    by_id, touched, chains = _chains_around(session, recording, recording.device_serial, recording.captured_at)
    used: set[UUID] = set()
    for chained in chains:
        used.add(_keep(session, recording.device_serial, chained, by_id, used))
    recordings.remove_takes(session, touched - used)


def _chains_around(
    session: Session, recording: Recording, device: str, time: datetime
) -> tuple[dict[str, Recording], set[UUID], list[takes.Take]]:
    """The takes near that time, chained anew, with their members by id and the takes which these belonged to.

    A take of which any member is concerned is looked at whole: what is cut off would be lost from it.
    """
    looked_at = recordings.segments_around(session, device, time - _LOOKED_AT, time + _LOOKED_AT)
    by_id = {str(each.id): each for each in looked_at}
    near = {str(each.id) for each in looked_at if _is_near(each, recording)}
    touched: set[UUID] = set()
    concerned = _concerned(by_id, near, touched)
    while (found := _takes_of(by_id, near, concerned)) - touched:
        touched |= found
        whole = recordings.members_of_takes(session, touched)
        by_id |= {str(each.id): each for each in whole if each.device_serial == device}
        concerned = _concerned(by_id, near, touched)
    return by_id, touched, concerned


def _is_near(one: Recording, other: Recording) -> bool:
    """Whether less lies between the end of one and the start of the other than the longest gap that is reported."""
    if one.captured_at is None or other.captured_at is None:
        return False
    spans = [(one.captured_at, one.duration_s or 0.0), (other.captured_at, other.duration_s or 0.0)]
    (start, duration_s), (next_start, _) = sorted(spans)
    return next_start - start - timedelta(seconds=duration_s) <= _AROUND


def _takes_of(by_id: dict[str, Recording], near: set[str], concerned: list[takes.Take]) -> set[UUID]:
    ids = near.union(*(chained.members for chained in concerned))
    return {take_id for each in ids if (take_id := by_id[each].take_id) is not None}


def _concerned(by_id: dict[str, Recording], near: set[str], touched: set[UUID]) -> list[takes.Take]:
    return [
        chained
        for chained in takes.chain(_segment(each) for each in by_id.values())
        if any(member in near or by_id[member].take_id in touched for member in chained.members)
    ]


def leave_take(session: Session, recording: Recording) -> None:
    """Take a recording out of its take, before its device or its time changes, and chain the others anew."""
    take_id, recording.take_id = recording.take_id, None
    session.add(recording)
    session.flush()
    if take_id is None:
        return
    others = recordings.members_of_takes(session, {take_id})
    if others:
        tie_take(session, others[0])
    else:
        recordings.remove_takes(session, {take_id})


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
    take.gaps = [
        {"after": gap.after, "before": gap.before, "seconds": gap.seconds}
        for gap in chained.gaps
        if gap.seconds <= _AROUND.total_seconds()
    ]
    session.add(take)
    session.flush()
    for member in members:
        if member.take_id != take.id:
            member.take_id = take.id
            session.add(member)
    return take.id
