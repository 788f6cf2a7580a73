"""A small agency for tests of disposal: a schedule in force, approvers, old recordings, clocks that tests set."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import URL
from sqlmodel import Session, select

from catalog.custody.keys import SigningKey
from catalog.custody.note import SignerKey
from catalog.custody.objects import Shelf
from catalog.engine import Catalog
from catalog.repositories import disposals, recordings
from catalog.tables import (
    Case,
    Classification,
    CustodyEvent,
    Derivative,
    Disposal,
    DisposalItem,
    Fingerprint,
    Recording,
)
from catalog.tables.custody import CustodyAction
from catalog.tables.recordings import RecordingKind
from catalog.tables.retention import RetentionClass
from catalog.types import new_id
from retention.approvers import ApproverDesk, Person
from retention.case_changes import CaseDesk
from retention.disposal.certificate import Certifier
from retention.disposal.desk import DisposalDesk
from retention.disposal.execution import Executed, Executor
from retention.disposal.planning import Plan, Planner
from retention.disposal.versions import is_there
from retention.disposal.waiting import Clocks
from retention.fixity_repair import Replica
from retention.holds import HoldDesk, HoldOrder
from retention.schedule_desk import ScheduleDesk
from storage.contract import ObjectStore
from storage.local import LocalStore
from storage.model import Bucket, Lock, LockMode, StoredVersion
from tests import rows

SCHEDULE = """
id = "own"
version = "1"
name = { zh = "自定", en = "Own" }

[[rule]]
id = "general"
name = { zh = "一般", en = "All" }
keep = "6 months"
basis = { zh = "本机关规定", en = "Our own" }
verified = true
"""
WORDS = {name: f"{name} walks by the river" for name in ("扎西", "卓玛", "李雷")}
ZONE = ZoneInfo("Asia/Shanghai")
LONG_AGO = rows.NOW - timedelta(days=400)
DAYS = 7


@dataclass
class Agency:
    catalog: Catalog
    store: ObjectStore
    key: SignerKey
    now: datetime = rows.NOW
    store_is_ahead: timedelta | None = None
    certified: list[str] = field(default_factory=list)
    replica: Replica | None = None
    sign_log: Callable[[], object] = lambda: None

    def clock(self) -> datetime:
        return self.now

    def clocks(self) -> Clocks:
        store = None if self.store_is_ahead is None else self.now + self.store_is_ahead
        return Clocks(ours=self.now, store=store)

    # --- desks ------------------------------------------------------------------------------------------------

    @property
    def approvers(self) -> ApproverDesk:
        return ApproverDesk(
            self.catalog, clock=self.clock, actor="root", system_user={"uid": 0}, pause=lambda _seconds: None
        )

    @property
    def desk(self) -> DisposalDesk:
        return DisposalDesk(
            self.catalog,
            self.approvers,
            clock=self.clock,
            clocks=self.clocks,
            actor="root",
            system_user={"uid": 0},
            recoverable_days=DAYS,
            still_there=lambda reference: is_there(self.store, reference),
        )

    def executor(self, store: ObjectStore | None = None) -> Executor:
        return Executor(
            self.catalog,
            store or self.store,
            replica=self.replica,
            clock=self.clock,
            clocks=self.clocks,
            zone=ZONE,
            certify=self.certifier.certify,
            sign_log=self.sign_log,
        )

    @property
    def certifier(self) -> Certifier:
        shelf = Shelf(self.store, lambda now: Lock(LockMode.GOVERNANCE, now + timedelta(days=366)))
        key = SigningKey(new_id(), self.key)
        return Certifier(
            self.catalog, self.clock, lambda: key, shelf, lambda _signed: {"a.pdf": b"%PDF"}, self.sign_log
        )

    # --- people -----------------------------------------------------------------------------------------------

    def found(self) -> "Agency":
        """Two approvers, and the schedule that they put in force."""
        for name in ("扎西", "卓玛"):
            self.approvers.enrol(name, WORDS[name], [])
        schedule = ScheduleDesk(self.catalog, self.approvers, clock=self.clock, actor="root")
        schedule.load(SCHEDULE, name="own.toml")
        schedule.propose(self.person("扎西"), "own", reason="decided")
        schedule.activate(self.person("卓玛"), "own", effect={})
        return self

    def person(self, name: str) -> Person:
        return self.approvers.prove(name, WORDS[name], act="tests")

    # --- recordings -------------------------------------------------------------------------------------------

    def recording(self, content: bytes, **facts: object) -> Recording:
        """One that is over: ordinary, recorded and secured long ago, its lock over by the time that a list is due."""
        until = facts.pop("lock_until", self.now + timedelta(days=1))
        fresh = rows.recording(
            **{
                "sha256": hashlib.sha256(content).hexdigest(),
                "size": len(content),
                "secured_at": LONG_AGO,
                "captured_at": LONG_AGO,
                "captured_until": LONG_AGO,
                "locked_until": until,
                "kind": RecordingKind.VIDEO,
                **facts,
            }
        )
        stored = self.put(Bucket.ORIGINALS, fresh.object_key, content, until)
        fresh.object_version = stored.reference.version_id
        proxy = self.put(Bucket.DERIVATIVES, f"{fresh.object_key}/proxy", b"proxy of " + content, None)
        self.put(Bucket.DERIVATIVES, f"{fresh.object_key}/poster", b"left by a worker that died", None)
        self.add(
            fresh,
            rows.sighting(fresh),
            Classification(
                recording_id=fresh.id,
                retention_class=RetentionClass.ORDINARY,
                reason="nothing happened",
                classified_by="li",
                classified_at=LONG_AGO,
            ),
            Derivative(
                recording_id=fresh.id,
                kind="proxy",
                media_type="video/mp4",
                size=proxy.size,
                sha256=hashlib.sha256(b"proxy of " + content).hexdigest(),
                bucket=Bucket.DERIVATIVES,
                object_key=proxy.reference.key,
                object_version=proxy.reference.version_id,
                made_at=LONG_AGO,
            ),
            Fingerprint(recording_id=fresh.id, content=b"\0" * 16),
        )
        return fresh

    def put(self, bucket: Bucket, key: str, content: bytes, until: datetime | None) -> StoredVersion:
        lock = Lock(LockMode.GOVERNANCE, until) if until else None  # type: ignore[arg-type]
        with self.store.upload(bucket, key, lock=lock) as upload:
            upload.write(content)
            return upload.complete()

    def add(self, *made: object) -> None:
        with self.catalog.writing() as session:
            rows.add(session, *made)

    def get(self, recording: Recording) -> Recording:
        with self.catalog.reading() as session:
            return recordings.get(session, recording.id)

    # --- the way out ------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        return Planner(self.catalog, clock=self.clock, zone=ZONE, recoverable_days=DAYS).plan()

    def submitted(self) -> Disposal:
        return self.desk.submit(self.plan(), reason="its time is over")

    def approved(self, *names: str) -> Disposal:
        disposal = self.submitted()
        for name in names or ("扎西", "卓玛"):
            self.approve(disposal, name)
        return disposal

    def approve(self, disposal: Disposal, name: str) -> Disposal:
        return self.desk.approve(
            disposal.number, self.person(name), list_sha256=disposal.list_sha256, reason="looked through"
        )

    def days_go_by(self, days: int = DAYS) -> None:
        """Day after day, while the timer runs."""
        for _day in range(days):
            self.now += timedelta(days=1)
            for each in self.lists():
                self.executor().see_time_pass(each.number)
        self.now += timedelta(minutes=1)

    def lists(self) -> list[Disposal]:
        with self.catalog.reading() as session:
            return list(session.exec(select(Disposal).order_by(Disposal.number)).all())

    def execute(self, disposal: Disposal) -> Executed:
        return self.executor().execute(disposal.number)

    def standing(self, disposal: Disposal) -> Disposal:
        with self.catalog.reading() as session:
            return disposals.by_number(session, disposal.number)

    def items(self, disposal: Disposal) -> dict[object, DisposalItem]:
        with self.catalog.reading() as session:
            return {each.recording_id: each for each in disposals.items_of(session, disposal.id)}

    # --- what stands in the way -------------------------------------------------------------------------------

    def hold(self, *on: Recording | Case) -> str:
        desk = HoldDesk(self.catalog, clock=self.clock, actor="li", system_user={"uid": 7})
        order = HoldOrder(
            authority="法院",
            document="〔2026〕7号",
            reason="appeal",
            recordings=[str(each.id) for each in on if isinstance(each, Recording)],
            cases=[each.number for each in on if isinstance(each, Case)],
        )
        return desk.place(order).hold.number

    @property
    def cases(self) -> CaseDesk:
        return CaseDesk(self.catalog, clock=self.clock, actor="li", system_user={"uid": 7})

    # --- what is left -----------------------------------------------------------------------------------------

    def versions(self, recording: Recording) -> list[str]:
        """Of originals and of what was made from them."""
        return [
            str(each.reference)
            for bucket in (Bucket.ORIGINALS, Bucket.DERIVATIVES)
            for each in self.store.list_references(bucket, recording.object_key)
        ]

    def events(self, action: CustodyAction) -> list[CustodyEvent]:
        with self.catalog.reading() as session:
            return list(session.exec(select(CustodyEvent).where(CustodyEvent.action == action)).all())

    def in_its_place(self, store: ObjectStore) -> "Agency":
        return replace(self, store=store)


MakeStore = Callable[[Callable[[], datetime]], ObjectStore]


def between(monkeypatch: pytest.MonkeyPatch, happen: Callable[[], object]) -> None:
    """Let something happen once, after the deletion of a recording was ordered and before anything of it went."""
    write, happened = Catalog.write, []

    def late(self: Catalog, function: Callable[[Session], object]) -> object:
        if function.__name__ == "carry_out" and not happened:
            happened.append(True)
            happen()
        return write(self, function)

    monkeypatch.setattr(Catalog, "write", late)


@pytest.fixture
def agency(database: URL, open_catalogs: list[Catalog], tmp_path: Path) -> Agency:
    made: list[Agency] = []
    catalog = Catalog(database, clock=lambda: made[0].now)
    open_catalogs.append(catalog)
    store = LocalStore(tmp_path / "objects", now=lambda: made[0].now)
    made.append(Agency(catalog, store, SignerKey("zhilu/tests", Ed25519PrivateKey.generate())))
    return made[0].found()
