"""Time, place, officer and name as views, from the documents that the catalog keeps. Unreadable parts stay unknown."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pydantic import ValidationError

from api.reading.model import (
    CaptureTimeView,
    IdentificationView,
    MediaView,
    OfficerState,
    OfficerView,
    PositionView,
    ReadingView,
)
from api.reading.view import View
from catalog.tables import Agency, Officer, Recording

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Known = TypeVar("Known", bound=View)


def written(time: datetime) -> str:
    """ISO 8601 with the offset that the time carries."""
    return time.isoformat()


def captured_at(recording: Recording) -> str | None:
    """The captured time with the offset in which it was written, in UTC where that was not kept; None if unknown."""
    if recording.captured_at is None:
        return None
    kept = recording.capture_time.get("at")
    return str(kept) if _aware(kept) else written(recording.captured_at)


def captured_until(recording: Recording) -> str | None:
    """The end of the recording, in the same offset as its beginning."""
    if recording.captured_until is None:
        return None
    begins = _aware(captured_at(recording))
    return written(recording.captured_until.astimezone(begins.tzinfo) if begins else recording.captured_until)


def capture_time(recording: Recording) -> CaptureTimeView:
    return _known_parts(CaptureTimeView, recording.capture_time) or CaptureTimeView()


def position(recording: Recording) -> PositionView | None:
    return _known_parts(PositionView, recording.position) if recording.position else None


def media(recording: Recording) -> MediaView | None:
    return _known_parts(MediaView, recording.media) if recording.media else None


def identification(recording: Recording) -> IdentificationView:
    document = recording.identification
    readings = [_known_parts(ReadingView, reading) for reading in document.get("readings") or ()]
    return IdentificationView(
        pattern=document.get("pattern"),
        device_time=document.get("device_time"),
        unconfirmed=tuple(document.get("unconfirmed") or ()),
        readings=tuple(reading for reading in readings if reading is not None),
        named_case=recording.named_case,
    )


def officer(recording: Recording, registered: tuple[Officer, Agency] | None) -> OfficerView:
    """Who recorded: known to the register, named by a code alone, expressly nobody, or unknown."""
    if registered is not None:
        person, agency = registered
        return OfficerView(
            state=OfficerState.KNOWN,
            code=recording.officer_code,
            name=person.name,
            certificate_number=person.certificate_number,
            agency=agency.name,
            origin=recording.officer_origin,
        )
    if recording.officer_code is not None:
        return OfficerView(state=OfficerState.NAMED, code=recording.officer_code, origin=recording.officer_origin)
    unassigned = recording.identification.get("officer_state") == OfficerState.UNASSIGNED
    return OfficerView(state=OfficerState.UNASSIGNED if unassigned else OfficerState.UNKNOWN)


def modified_at(modified_ns: int) -> str | None:
    """A file's modification time in UTC, None where it lies outside the years that can be written."""
    try:
        return written(_EPOCH + timedelta(microseconds=modified_ns // 1000))
    except OverflowError:
        return None


def _known_parts(view: type[Known], document: Mapping[str, Any]) -> Known | None:
    """The view of a document without what it does not know or cannot read; None if too little is left."""
    known = {key: value for key, value in document.items() if key in view.model_fields}
    try:
        return view.model_validate(known)
    except ValidationError as error:
        unreadable = {str(each["loc"][0]) for each in error.errors()}
    try:
        return view.model_validate({key: value for key, value in known.items() if key not in unreadable})
    except ValidationError:
        return None


def _aware(text: Any) -> datetime | None:
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return time if time.tzinfo is not None else None
