"""The shape in which recordings are read. Keys are a contract: they may be added, never renamed.

All times are ISO 8601 text with an offset. `None` means unknown or not there; where it means "could not be asked",
a sentence beside it says so.
"""

from enum import StrEnum
from typing import Any
from uuid import UUID

from api.reading.fixity_model import FixityView
from api.reading.retention_model import RetentionView
from api.reading.view import View
from catalog.tables.cases import LinkOrigin, LinkState, Stage
from catalog.tables.custody import CustodyAction, CustodyResult
from catalog.tables.jobs import JobKind, JobState
from catalog.tables.recordings import RecordingKind
from storage.model import LockMode


class Status(StrEnum):
    """What a person has to know at a glance: usable, still being worked on, in need of somebody, or gone."""

    READY = "ready"
    WORKING = "working"
    ATTENTION = "attention"
    DISPOSED = "disposed"


class OfficerState(StrEnum):
    """Known to the register, named but not registered, expressly nobody, or not said at all."""

    KNOWN = "known"
    NAMED = "named"
    UNASSIGNED = "unassigned"
    UNKNOWN = "unknown"


class PlaybackHow(StrEnum):
    ORIGINAL = "original"
    PROXY = "proxy"


class StatusReason(View):
    """Why a recording is not simply ready. `code` is a problem's code, or `job_failed`, `job_waiting`, `job_retrying`,
    `job_running`, with the job it is about; or `stored_bytes_differ`, `stored_bytes_missing`, `stored_bytes_unreadable`
    of an original that is damaged in the store; or `disposed`. `message` is one sentence in English, `since` when
    damage was found first.
    """

    code: str
    message: str
    job: JobKind | None = None
    since: str | None = None


class OfficerView(View):
    """`code` is what the camera wrote; the rest comes from the register. `origin`: the name of the file, or an
    assignment of the device at that time.
    """

    state: OfficerState
    code: str | None = None
    name: str | None = None
    certificate_number: str | None = None
    agency: str | None = None
    origin: str | None = None


class DeviceView(View):
    """What the register says of the device; None everywhere when it does not know it."""

    registered: bool
    model: str | None = None
    agency: str | None = None


class ReadingView(View):
    """One possible reading of a name whose order of device and officer is unconfirmed."""

    device: str
    officer: str


class IdentificationView(View):
    pattern: str | None = None
    device_time: str | None = None
    unconfirmed: tuple[str, ...] = ()
    readings: tuple[ReadingView, ...] = ()
    named_case: str | None = None


class ClockWarningView(View):
    """Something a person should know about a time; `seconds` says by how much, where that is known."""

    code: str
    seconds: float | None = None


class CaptureTimeView(View):
    """Device time as written, the measured offset and the corrected time side by side.

    `from_recording` names the recording it was taken over from, where the file itself knows no time.
    """

    at: str | None = None
    origin: str | None = None
    zone_origin: str | None = None
    raw: str | None = None
    device_time: str | None = None
    offset_s: float | None = None
    offset_origin: str | None = None
    corrected_at: str | None = None
    warnings: tuple[ClockWarningView, ...] = ()
    from_recording: UUID | None = None


class MediaView(View):
    """width, height: pixels as shown before rotation; coded_*: as stored. orientation: photos the EXIF value 1 to 8,
    videos the clockwise rotation in degrees. duration_s: what can be played; declared_duration_s: what the header
    claims, where it claims something else.
    """

    kind: str
    container: str | None = None
    codec: str | None = None
    audio_codec: str | None = None
    width: int | None = None
    height: int | None = None
    coded_width: int | None = None
    coded_height: int | None = None
    pixel_format: str | None = None
    bit_depth: int | None = None
    frame_rate: float | None = None
    variable_frame_rate: bool | None = None
    duration_s: float | None = None
    declared_duration_s: float | None = None
    orientation: int | None = None
    mirrored: bool = False
    make: str | None = None
    model: str | None = None
    bit_rate: int | None = None
    channels: int | None = None
    sample_rate: int | None = None


class PositionView(View):
    """Degrees, north and east positive. `points` counts the places of the track, where there is one.

    `from_recording` names the side file it was taken over from.
    """

    latitude: float
    longitude: float
    origin: str | None = None
    fix: str | None = None
    datum: str | None = None
    altitude_m: float | None = None
    accuracy_m: float | None = None
    at: str | None = None
    points: int | None = None
    from_recording: UUID | None = None


class SightingView(View):
    path: str
    source: str
    name: str
    encoding: str
    size: int
    modified_at: str | None
    first_seen_at: str
    last_seen_at: str
    times_seen: int
    important: bool


class ReceiptView(View):
    """What a source file may be erased on: it was secured as that version, which was read back and found locked so.

    `erased_at` is None while the log knows of no erasure on this receipt.
    """

    id: UUID
    source: str
    path: str
    size: int
    stored_as: str
    lock_mode: str
    locked_until: str
    read_back_at: str
    made_at: str
    erased_at: str | None


class DerivativeView(View):
    kind: str
    media_type: str
    size: int
    sha256: str
    width: int | None
    height: int | None
    duration_s: float | None
    made_at: str


class JobView(View):
    """`progress` from 0 to 1."""

    id: UUID
    kind: JobKind
    state: JobState
    attempts: int
    progress: float
    last_error: str | None
    due_at: str


class LockView(View):
    """The lock as the store reports it now. Not `reported` when the store could not be asked: `reason` says why.

    `store_immutable`: whether the latest probe could break no lock of this store; None if it never was probed.
    `bypassable`: whether our own key may bypass this lock, as it may with the right to bypass governance; None if that
    was never probed.
    """

    reported: bool
    mode: LockMode | None = None
    retain_until: str | None = None
    held: bool | None = None
    size: int | None = None
    reason: str | None = None
    store_immutable: bool | None = None
    store_probed_at: str | None = None
    bypassable: bool | None = None


class ActivityView(View):
    number: str
    stage: Stage
    place: str
    started_at: str
    ended_at: str


class LinkView(View):
    """`score` from 0 to 1 orders suggestions and is no probability; None for links made by a person or a device."""

    id: UUID
    case_number: str
    cause: str
    stage: Stage | None
    state: LinkState
    origin: LinkOrigin
    score: float | None
    activity: ActivityView | None
    reasons: tuple[dict[str, Any], ...]
    linked_by: str
    decided_by: str | None


class RelatedView(View):
    """Another recording that this one belongs with."""

    id: UUID
    name: str
    kind: RecordingKind
    captured_at: str | None = None
    duration_s: float | None = None


class GapView(View):
    """Nothing was recorded for `seconds` between two recordings (ids, where they are known)."""

    after: str | None = None
    before: str | None = None
    seconds: float | None = None


class TakeView(View):
    """`position` counts from 1."""

    id: UUID
    position: int
    members: tuple[RelatedView, ...]
    gaps: tuple[GapView, ...]


class PlaybackView(View):
    """What a browser is given. `how` is None when there is nothing to play; `why` holds stable codes with sentences.

    `derivative` names the derivative played where `how` is proxy.
    """

    how: PlaybackHow | None
    media_type: str | None = None
    derivative: str | None = None
    why: tuple[StatusReason, ...] = ()


class RecordingView(View):
    """Everything known of one recording."""

    id: UUID
    name: str
    sha256: str
    sm3: str | None
    size: int
    kind: RecordingKind
    important: bool
    encrypted: bool
    secured_at: str
    stored_as: str
    device: str | None
    device_register: DeviceView | None
    officer: OfficerView
    sequence: int | None
    identification: IdentificationView
    captured_at: str | None
    captured_until: str | None
    captured_at_origin: str | None
    capture_time: CaptureTimeView
    media: MediaView | None
    position: PositionView | None
    sightings: tuple[SightingView, ...]
    receipts: tuple[ReceiptView, ...]
    derivatives: tuple[DerivativeView, ...]
    jobs: tuple[JobView, ...]
    status: Status
    reasons: tuple[StatusReason, ...]
    disposed_at: str | None
    disposed_under: str | None
    disposal_certified: bool
    fixity: FixityView
    lock: LockView
    links: tuple[LinkView, ...]
    take: TakeView | None
    side_files: tuple[RelatedView, ...]
    main_recording: RelatedView | None
    playback: PlaybackView
    retention: RetentionView


class SummaryLink(View):
    case_number: str
    cause: str
    state: LinkState


class RecordingSummary(View):
    """One line of a list."""

    id: UUID
    name: str
    sha256: str
    size: int
    kind: RecordingKind
    important: bool
    encrypted: bool
    secured_at: str
    device: str | None
    officer: OfficerView
    captured_at: str | None
    captured_at_origin: str | None
    duration_s: float | None
    width: int | None
    height: int | None
    position: PositionView | None
    status: Status
    reasons: tuple[StatusReason, ...]
    links: tuple[SummaryLink, ...]
    derivatives: tuple[str, ...]
    disposed_at: str | None = None
    disposed_under: str | None = None


class CustodyEventView(View):
    at: str
    actor: str
    action: CustodyAction
    result: CustodyResult
    purpose: str | None
    details: dict[str, Any]
