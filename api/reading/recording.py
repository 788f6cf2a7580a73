"""Everything known of one recording, the lock asked of the store itself."""

from collections.abc import Sequence

from sqlmodel import Session

from api.probing import standing_of
from api.reading import capture, rows
from api.reading.capture import written
from api.reading.fixity_model import FixityView, RepairView
from api.reading.model import (
    DeviceView,
    LockView,
    PlaybackView,
    ReceiptView,
    RecordingView,
    RelatedView,
    StatusReason,
    TakeView,
)
from api.reading.playback import playback_of
from api.reading.retention import retention_of
from api.reading.status import Gone, status_of
from api.runtime import Runtime
from catalog.repositories import disposals, fixity_standing, reading, receipts, recordings
from catalog.repositories import jobs as job_ledger
from catalog.repositories.fixity_standing import Standing
from catalog.tables import Derivative, Job, Recording
from storage.contract import ObjectStore
from storage.errors import StorageError
from storage.model import LockMode, VersionReference


def show(runtime: Runtime, session: Session, recording: Recording) -> RecordingView:
    """Read all of one recording. Raises CatalogUnavailable; a store that cannot be asked is said in `lock`."""
    serving = recordings.serving(session, recording)
    jobs = job_ledger.of_recording(session, recording.id)
    derivatives = recordings.derivatives_of(session, recording.id)
    under = disposals.disposed_under(session, recording.id) if recording.disposed_at else None
    gone = Gone.of(recording, under)
    read = fixity_standing.standing_of(session, recording.id, serving)
    status, reasons = status_of(recording.problems, jobs, now=runtime.clock(), damage=read.damage, gone=gone)
    officers = reading.officers_of(session, [recording.officer_id])
    links = reading.links_of(session, [recording.id]).get(recording.id, ())
    return RecordingView(
        id=recording.id,
        name=recording.name,
        sha256=recording.sha256,
        sm3=recording.sm3,
        size=recording.size,
        kind=recording.kind,
        important=recording.important,
        encrypted=recording.encrypted,
        secured_at=written(recording.secured_at),
        stored_as=str(serving),
        device=recording.device_serial,
        device_register=_device(session, recording),
        officer=capture.officer(recording, officers.get(recording.officer_id) if recording.officer_id else None),
        sequence=recording.sequence,
        identification=capture.identification(recording),
        captured_at=capture.captured_at(recording),
        captured_until=capture.captured_until(recording),
        captured_at_origin=capture.capture_time(recording).origin,
        capture_time=capture.capture_time(recording),
        media=capture.media(recording),
        position=capture.position(recording),
        sightings=tuple(rows.sighting(row) for row in recordings.sightings_of(session, recording.id)),
        receipts=_receipts(session, recording),
        derivatives=() if gone else tuple(rows.derivative(row) for row in derivatives),
        jobs=tuple(rows.job(row) for row in jobs),
        status=status,
        reasons=reasons,
        disposed_at=written(gone.at) if gone else None,
        disposed_under=gone.under if gone else None,
        disposal_certified=under is not None and under.certificate_key is not None,
        fixity=_fixity(read, replica=runtime.settings.fixity.replica is not None),
        lock=_lock(runtime, session, serving, gone),
        links=tuple(rows.link(*row) for row in links),
        take=_take(session, recording),
        side_files=tuple(rows.related(row) for row in recordings.side_files_of(session, recording.id)),
        main_recording=_main_recording(session, recording),
        retention=retention_of(runtime, session, recording.id),
        playback=_playback(recording, derivatives, jobs),
    )


def _playback(recording: Recording, derivatives: Sequence[Derivative], jobs: Sequence[Job]) -> PlaybackView:
    if recording.disposed_at is not None:
        why = StatusReason(code="disposed", message="It was disposed of.")
        return PlaybackView(how=None, why=(why,))
    return playback_of(recording.kind, recording.media, derivatives, jobs, decided=recording.playback)


def lock_now(store: ObjectStore, serving: VersionReference) -> LockView:
    """The lock as the store reports it at this moment; never from the catalog's memory."""
    try:
        stored = store.head(serving)
    except StorageError as error:
        return LockView(reported=False, reason=str(error))
    return LockView(
        reported=True,
        mode=stored.lock.mode if stored.lock else None,
        retain_until=written(stored.lock.retain_until) if stored.lock else None,
        held=stored.held,
        size=stored.size,
    )


def _fixity(read: Standing, *, replica: bool) -> FixityView:
    latest, damage = read.latest, read.damage
    return FixityView(
        outcome=latest.outcome if latest else None,
        checked_at=written(latest.at) if latest else None,
        damaged_since=written(damage.since) if damage else None,
        error=latest.error if latest else None,
        replica=replica,
        repairs=tuple(
            RepairView(at=written(each.made_at), origin=each.origin, reason=each.reason) for each in read.replacements
        ),
    )


def _lock(runtime: Runtime, session: Session, serving: VersionReference, gone: Gone | None) -> LockView:
    """Of what was disposed of there is nothing to ask the store for."""
    if gone is not None:
        return LockView(reported=False, reason="It was disposed of: nothing is left to lock.")
    return _probed(runtime, session, lock_now(runtime.store, serving))


def _probed(runtime: Runtime, session: Session, lock: LockView) -> LockView:
    """The lock, and what the latest probe says of the store that keeps it."""
    found = standing_of(session, runtime.settings.storage, runtime.home, runtime.clock())
    told = {
        "store_immutable": found.immutable,
        "store_probed_at": written(found.probed_at) if found.probed_at else None,
        "bypassable": found.bypassable if lock.mode is LockMode.GOVERNANCE else False if lock.mode else None,
    }
    return lock.model_copy(update=told)


def _receipts(session: Session, recording: Recording) -> tuple[ReceiptView, ...]:
    erased = receipts.erased_at(session, recording.id)
    return tuple(rows.receipt(row, erased.get(str(row.id))) for row in receipts.of_recording(session, recording.id))


def _device(session: Session, recording: Recording) -> DeviceView | None:
    if recording.device_serial is None:
        return None
    found = reading.device(session, recording.device_serial)
    if found is None:
        return DeviceView(registered=False)
    device, agency = found
    return DeviceView(registered=True, model=device.model, agency=agency.name if agency else None)


def _take(session: Session, recording: Recording) -> TakeView | None:
    take = recordings.take(session, recording.take_id) if recording.take_id else None
    members = recordings.members_of_take(session, take.id) if take else ()
    return rows.take(take, members, recording.id) if take else None


def _main_recording(session: Session, recording: Recording) -> RelatedView | None:
    if recording.main_recording_id is None:
        return None
    return rows.related(recordings.get(session, recording.main_recording_id))
