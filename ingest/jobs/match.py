"""Matching: who carried the camera, and which cases the recording may belong to. Suggests; a person decides."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

from sqlmodel import Session

from catalog.errors import NotFound
from catalog.repositories import cases, custody, recordings, register
from catalog.tables import CaseLink, Job, Recording
from catalog.tables.cases import Stage
from catalog.tables.custody import CustodyAction
from catalog.tables.jobs import JobKind
from catalog.work import Finish, Report
from ingest import matching
from ingest.intake_record import identification
from ingest.jobs import tying
from ingest.jobs.services import IngestServices
from ingest.naming import DeviceRegister, Doubt, identify


def match(services: IngestServices, job: Job, _report: Report) -> Finish:
    """Match one recording against the register as it is now. Cheap, so all of it happens in the closing transaction."""

    def finish(session: Session) -> Sequence[JobKind]:
        recording = recordings.get(session, job.recording_id)
        _identify_again(services, session, recording)
        _settle_officer(session, recording)
        session.add(recording)
        _suggest(services, session, recording)
        return (JobKind.MANIFEST,)

    return finish


def _identify_again(services: IngestServices, session: Session, recording: Recording) -> None:
    """A name that could be read two ways may be settled by a register imported since."""
    if not {Doubt.ORDER_UNCONFIRMED, Doubt.REGISTER_DISAGREES} & set(recording.identification.get("unconfirmed", [])):
        return
    known = DeviceRegister(register.known_serials(session), register.known_officer_codes(session))
    for sighting in recordings.sightings_of(session, recording.id):
        names = identify(os.fsencode(sighting.source) + b"/" + sighting.path_bytes, services.patterns, known)
        if names.device is not None and Doubt.ORDER_UNCONFIRMED not in names.unconfirmed:
            if names.device != recording.device_serial:
                _move_to_device(session, recording, names.device)
            recording.officer_code, recording.identification = names.officer, identification(names)
            return


def _move_to_device(session: Session, recording: Recording, device: str) -> None:
    tying.alone(session, recording)
    tying.leave_take(session, recording)
    recording.device_serial = device
    tying.alone(session, recording)
    session.flush()
    tying.tie_take(session, recording)


def _settle_officer(session: Session, recording: Recording) -> None:
    """Who carried the camera: the code in the name if the register knows it, else the only holder at that time."""
    recording.officer_id = recording.officer_origin = None
    if recording.officer_code is not None:
        officer = register.officer_by_code(session, recording.officer_code)
        if officer is not None:
            recording.officer_id, recording.officer_origin = officer.id, "name"
            return
    if recording.device_serial is None or recording.captured_at is None:
        return
    end = recording.captured_until or recording.captured_at
    holders = {
        period.officer_id
        for period in register.assignments_between(session, recording.captured_at, end)
        if period.device_serial == recording.device_serial
    }
    if len(holders) == 1:
        recording.officer_id, recording.officer_origin = holders.pop(), "assignment"


def _suggest(services: IngestServices, session: Session, recording: Recording) -> None:
    links = {
        suggestion: link
        for suggestion in _suggestions(services, session, recording)
        if (link := _keep(services, session, recording, suggestion)) is not None
    }
    for suggestion, link in links.items():
        by_device = suggestion.state is matching.LinkState.CONFIRMED_BY_DEVICE
        custody.record(
            session,
            CustodyAction.LINKED if by_device else CustodyAction.LINK_SUGGESTED,
            at=services.clock(),
            actor="zhilu",
            subject_kind="recording",
            subject_id=recording.id,
            case_id=str(link.case_id),
            score=suggestion.score,
            reasons=[reason.code for reason in suggestion.reasons],
        )


def _suggestions(services: IngestServices, session: Session, recording: Recording) -> list[matching.LinkSuggestion]:
    """The best suggestion for each case; suggestions that no longer hold are taken back."""
    named = _named_case(session, recording)
    assignments, activities = _register_around(services, session, recording)
    best: dict[UUID, matching.LinkSuggestion] = {}
    for suggestion in matching.suggest(_facts(session, recording, named), assignments, activities, services.matching):
        if suggestion.case_id is not None:
            best.setdefault(UUID(suggestion.case_id), suggestion)
    for gone in cases.withdraw_suggestions(session, recording.id, except_cases=set(best)):
        custody.record(
            session,
            CustodyAction.LINK_REJECTED,
            at=services.clock(),
            actor="zhilu",
            subject_kind="recording",
            subject_id=recording.id,
            case_id=str(gone.case_id),
            why="the register no longer suggests it",
        )
    return list(best.values())


def _register_around(
    services: IngestServices, session: Session, recording: Recording
) -> tuple[list[matching.Assignment], list[matching.Activity]]:
    """The assignments and activities near the time of the recording; none where that is unknown."""
    if recording.captured_at is None:
        return [], []
    tolerance = timedelta(minutes=services.matching.tolerance_minutes)
    start, end = recording.captured_at - tolerance, (recording.captured_until or recording.captured_at) + tolerance
    assignments = [
        matching.Assignment(period.device_serial, period.certificate_number, period.starts_at, period.ends_at)
        for period in register.assignments_between(session, start, end)
    ]
    activities = [
        matching.Activity(
            id=str(facts.id),
            officers=frozenset(facts.certificate_numbers),
            starts=facts.started_at,
            ends=facts.ended_at,
            agency=str(facts.agency_id) if facts.agency_id else None,
            case=str(facts.case_id) if facts.case_id else None,
            stage=facts.stage,
        )
        for facts in register.activities_between(session, start, end)
    ]
    return assignments, activities


def _facts(session: Session, recording: Recording, named: UUID | None) -> matching.RecordingFacts:
    officer = register.officer(session, recording.officer_id) if recording.officer_origin == "name" else None
    return matching.RecordingFacts(
        captured_from=recording.captured_at,
        captured_to=recording.captured_until,
        device=recording.device_serial,
        officer=officer.certificate_number if officer else None,
        agency=str(officer.agency_id) if officer else None,
        case_named=str(named) if named else None,
    )


def _named_case(session: Session, recording: Recording) -> UUID | None:
    """The case that the device itself named, if the register knows it."""
    if recording.named_case is None:
        return None
    try:
        return cases.by_number(session, recording.named_case).id
    except NotFound:
        return None


def _keep(
    services: IngestServices, session: Session, recording: Recording, suggestion: matching.LinkSuggestion
) -> CaseLink | None:
    return cases.suggest(
        session,
        recording_id=recording.id,
        case_id=UUID(suggestion.case_id),
        activity_id=UUID(suggestion.activity_id) if suggestion.activity_id else None,
        stage=Stage(suggestion.stage) if suggestion.stage else None,
        score=suggestion.score,
        reasons=[asdict(reason) for reason in suggestion.reasons],
        by_device=suggestion.state is matching.LinkState.CONFIRMED_BY_DEVICE,
        now=services.clock(),
    )
