"""A catalog in which every table of evidence has rows, made quickly; the more recordings, the more of everything."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, SQLModel

from catalog import seals
from catalog.engine import Catalog
from catalog.tables import (
    Activity,
    ActivityOfficer,
    Agency,
    Approver,
    Assignment,
    Case,
    CaseLink,
    Classification,
    Derivative,
    Device,
    Disposal,
    DisposalApproval,
    DisposalItem,
    Fingerprint,
    FixityCheck,
    Hold,
    HoldSubject,
    Officer,
    Receipt,
    Recording,
    Replacement,
    ScheduleActivation,
    ScheduleVersion,
    Slot,
    Station,
    StorageProbe,
    Take,
)
from catalog.tables.cases import ArchiveTier, CaseStatus, Category, LinkOrigin, LinkState, Stage
from catalog.tables.disposals import DisposalItemState, DisposalState, Verdict
from catalog.tables.fixity import FixityOutcome
from catalog.tables.recordings import RecordingKind
from catalog.tables.register import AgencyLevel
from catalog.tables.retention import ActivationState, RetentionClass
from storage.contract import ObjectStore
from storage.model import Bucket
from tests import rows
from tests.rows import NOW

_AT_ONCE = 200
_DIGEST = "ab" * 32


def fill(catalog: Catalog, recordings: int, store: ObjectStore | None = None) -> list[UUID]:
    """Returns the ids of the recordings; in the store, where one is given, lies what they say."""
    with catalog.writing() as session:
        shared = _shared(session)
    made: list[UUID] = []
    for start in range(0, recordings, _AT_ONCE):
        with catalog.writing() as session:
            portion = range(start, min(start + _AT_ONCE, recordings))
            made.extend(_one(session, number, shared, store) for number in portion)
    return made


def _shared(session: Session) -> dict[str, UUID]:
    """What speaks of no single recording, in an order in which what is referred to comes first."""
    prefecture = Agency(code="5334", name="迪庆州市场监督管理局", level=AgencyLevel.PREFECTURE)
    county = Agency(code="533422", name="德钦县市场监督管理局", level=AgencyLevel.COUNTY, parent_id=prefecture.id)
    officer = Officer(certificate_number="53340012345", name="扎西", agency_id=county.id, device_code="012345")
    device = Device(serial="1234567", model="DSJ-A9", agency_id=county.id)
    assignment = Assignment(device_id=device.id, officer_id=officer.id, starts_at=NOW - timedelta(days=30))
    station = Station(name="一楼采集站", agency_id=county.id)
    slot = Slot(station_id=station.id, name="3")
    case = Case(
        number="德市监罚〔2026〕7号",
        cause="无照经营",
        category=Category.PENALTY,
        status=CaseStatus.CLOSED,
        agency_id=county.id,
        opened_at=NOW - timedelta(days=9, microseconds=7),
        closed_at=NOW,
        archive_tier=ArchiveTier.YEARS_30,
    )
    activity = Activity(
        number="HD-1",
        case_id=case.id,
        agency_id=county.id,
        stage=Stage.INVESTIGATION,
        started_at=NOW - timedelta(hours=1),
        ended_at=NOW,
    )
    hold = Hold(
        number="冻结-1",
        authority="州人民检察院",
        document="调取证据通知书",
        reason="复议",
        placed_by="li",
        placed_at=NOW,
    )
    schedule = ScheduleVersion(
        schedule="cn-police-2016", version="1", content="# 保管期限表\n", sha256=_DIGEST, loaded_by="li", loaded_at=NOW
    )
    approver = Approver(name="wang", secret_hash=_DIGEST, enrolled_by="li", enrolled_at=NOW)
    disposal = Disposal(
        number="XH-2026-1",
        state=DisposalState.DONE,
        reason="到期",
        schedule_version_id=schedule.id,
        planned_by="li",
        planned_at=NOW,
        list_sha256=_DIGEST,
    )
    rows.add(session, prefecture, county, officer, device, assignment, station, slot, case, activity)
    rows.add(session, ActivityOfficer(activity_id=activity.id, officer_id=officer.id))
    rows.add(session, hold, HoldSubject(hold_id=hold.id, case_id=case.id), schedule, approver, disposal)
    rows.add(
        session,
        ScheduleActivation(
            schedule_version_id=schedule.id,
            state=ActivationState.IN_FORCE,
            proposed_by="li",
            proposed_at=NOW,
            reason="first",
            decided_by="wang",
            decided_at=NOW,
        ),
        DisposalApproval(
            disposal_id=disposal.id,
            approver_id=approver.id,
            verdict=Verdict.APPROVED,
            list_sha256=_DIGEST,
            reason="ok",
            actor="wang",
            given_at=NOW,
        ),
        StorageProbe(at=NOW, store="folder", immutable=False, trials=[{"name": "shorten", "x": 1.5}], actor="li",
                     program_version="1", number=1),
    )  # fmt: skip
    return {"officer": officer.id, "slot": slot.id, "case": case.id, "activity": activity.id, "hold": hold.id,
            "disposal": disposal.id}  # fmt: skip


def _one(session: Session, number: int, shared: dict[str, UUID], store: ObjectStore | None) -> UUID:
    take = (
        Take(device_serial="1234567", started_at=NOW, gaps=[{"after": 1, "seconds": 2.0}]) if number % 5 == 0 else None
    )
    found = rows.recording(
        f"现场{number:04d}.mp4",
        kind=RecordingKind.VIDEO,
        media={"kind": "video", "duration_s": 5.0, "ticks": 2**60, "容器": "mp4"},
        playback={"reencoded": False},
        duration_s=float(number),
        captured_at=NOW - timedelta(microseconds=number),
        latitude=28.486,
        longitude=98.911,
        officer_id=shared["officer"],
        officer_origin="name",
        take_id=take.id if take else None,
        locked_until=NOW + timedelta(days=366),
        size=2**40 + number,
        disposed_at=NOW if number % 11 == 0 else None,
    )
    if store is not None and found.disposed_at is None:
        found.object_version = _put(store, Bucket.ORIGINALS, found.object_key)
    session.add_all([each for each in (take,) if each])
    session.flush()
    session.add(found)
    session.flush()
    session.add_all(_of(found, number, shared, store))
    return found.id


def _put(store: ObjectStore, bucket: Bucket, key: str) -> str:
    with store.upload(bucket, key) as upload:
        upload.write(b"x")
        return upload.complete().reference.version_id


def _of(found: Recording, number: int, shared: dict[str, UUID], store: ObjectStore | None) -> list[SQLModel]:
    seen = rows.sighting(found)
    again = rows.sighting(found, "b\ufffd.mp4", folder="DCIM")
    # A name that is in no encoding: its bytes are kept, what is shown says so.
    again.path_bytes, again.name_encoding = b"DCIM/b\xff\xfe.mp4", "unknown"
    made: list[SQLModel] = [seen, again, _receipt(found, shared), _derivative(found, store)]
    made.append(Fingerprint(recording_id=found.id, content=bytes(range(64))))
    made.append(
        FixityCheck(
            recording_id=found.id,
            at=NOW,
            outcome=FixityOutcome.INTACT,
            object_key=found.object_key,
            object_version="1",
            bytes_read=found.size,
            sha256_found=found.sha256,
        )
    )
    if number % 2 == 0:
        made.append(_link(found, shared))
    if number % 3 == 0:
        made.append(
            Classification(
                recording_id=found.id,
                retention_class=RetentionClass.EVIDENCE,
                reason="证据",
                classified_by="li",
                classified_at=NOW,
            )
        )
    if number % 7 == 0:
        made.append(HoldSubject(hold_id=shared["hold"], recording_id=found.id))
        made.append(
            Replacement(
                recording_id=found.id,
                object_key=found.object_key,
                object_version=_put(store, Bucket.ORIGINALS, found.object_key) if store is not None else "2",
                made_at=NOW,
                origin="replica",
                reason="differs",
            )
        )
    if number % 11 == 0:
        made.append(_item(found, shared))
    return made


def _receipt(found: Recording, shared: dict[str, UUID]) -> Receipt:
    return Receipt(
        recording_id=found.id,
        slot_id=shared["slot"],
        source="/card",
        path_bytes=b"b\xff.mp4",
        path="/card/b\ufffd.mp4",
        size=found.size,
        modified_ns=-(2**62),
        sha256=found.sha256,
        object_key=found.object_key,
        object_version=found.object_version,
        lock_mode="governance",
        locked_until=NOW + timedelta(days=366),
        read_back_at=NOW,
        made_at=NOW,
    )


def _derivative(found: Recording, store: ObjectStore | None) -> Derivative:
    key = f"{found.object_key}/proxy"
    version = _put(store, Bucket.DERIVATIVES, key) if store is not None else "1"
    return Derivative(
        recording_id=found.id,
        kind="proxy",
        media_type="video/mp4",
        size=9,
        sha256=found.sha256,
        bucket="derivatives",
        object_key=key,
        object_version=version,
        duration_s=5.0,
        made_at=NOW,
    )


def _link(found: Recording, shared: dict[str, UUID]) -> CaseLink:
    return CaseLink(
        recording_id=found.id,
        case_id=shared["case"],
        activity_id=shared["activity"],
        stage=Stage.INVESTIGATION,
        state=LinkState.CONFIRMED,
        origin=LinkOrigin.MATCHED,
        score=1.0,
        reasons=[{"code": "time", "detail": "0.25"}],
        linked_by="zhilu",
        linked_at=NOW,
        decided_by="li",
        decided_at=NOW,
    )


def _item(found: Recording, shared: dict[str, UUID]) -> DisposalItem:
    reason: dict[str, Any] = {"rule": "six-months", "basis": "第十三条"}
    return DisposalItem(
        disposal_id=shared["disposal"],
        recording_id=found.id,
        state=DisposalItemState.DELETED,
        size=found.size,
        sha256=found.sha256,
        expires_at=NOW,
        rule="six-months",
        reasons=[reason],
        deleted_versions=[{"key": found.object_key, "version": "1"}],
        ended_at=NOW,
    )


def tables_without_rows(session: Session) -> set[str]:
    """Tables of evidence that `fill` forgot."""
    empty = set()
    for table in seals.sealed_tables():
        if session.connection().execute(table.select().limit(1)).first() is None:
            empty.add(table.name)
    return empty
