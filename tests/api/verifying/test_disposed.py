"""What was disposed of, by the whole way and on the real engines: verify finds all of it explained, and each lie."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from minio import Minio
from sqlmodel import select

from api.disposing import printer
from api.retention_services import RetentionServices
from api.runtime import open_runtime
from api.settings import Settings
from api.verifying.model import Code
from catalog.repositories import disposals, recordings
from catalog.tables import Disposal, DisposalItem, Recording
from catalog.tables.disposals import DisposalItemState, DisposalState
from catalog.tables.retention import RetentionClass
from retention.disposal.execution import Executed
from retention.disposal.waiting import Clocks
from storage.local import LocalStore
from storage.model import Bucket, VersionReference
from storage.s3 import S3Settings
from tests.api.verifying.conftest import Clock, House
from tests.real_engines import RealEngines, lock_by_default
from tests.retention.disposing import SCHEDULE, WORDS
from tests.store_attacker import BucketAttacker, DiskAttacker, StoreAttacker

DAYS = 7
PEOPLE = ("扎西", "卓玛")


@dataclass
class Office(House):
    """A house from which recordings go. Its clock begins a week ago and comes to the real time in the end: those of
    the stores cannot be moved. Nothing is signed before.
    """

    store_attacker: StoreAttacker | None = None

    def sign(self) -> None:
        if self.clock.ahead >= timedelta():
            super().sign()

    @property
    def going(self) -> Recording:
        with self.runtime.catalog.reading() as session:
            return recordings.get(session, self.recordings[0])

    def open_up(self) -> None:
        retention = self.runtime.retention
        for name in PEOPLE:
            retention.approver_desk().enrol(name, WORDS[name], [])
        desk = retention.schedule_desk()
        desk.load(SCHEDULE, name="own.toml")
        first, second = (retention.approver_desk().prove(name, WORDS[name], act="tests") for name in PEOPLE)
        desk.propose(first, "own", reason="decided")
        desk.activate(second, "own", effect={})

    def approved(self) -> Disposal:
        """The first recording is ordinary and long over; the two others are nobody's word."""
        retention = self.runtime.retention
        retention.classifier().classify(self.recordings[0], RetentionClass.ORDINARY, reason="nothing happened")
        with self.runtime.catalog.writing() as session:  # as if its first lock had been a short one
            recordings.note_lock(session, self.recordings[0], self.clock() + timedelta(hours=1))
        disposal = retention.disposal_desk().submit(retention.planner().plan(), reason="its time is over")
        for name in PEOPLE:
            person = retention.approver_desk().prove(name, WORDS[name], act="tests")
            retention.disposal_desk().approve(
                disposal.number, person, list_sha256=disposal.list_sha256, reason="looked through"
            )
        return disposal

    def days_go_by(self, disposal: Disposal) -> None:
        executor = self.runtime.retention.executor(printed=printer(self.runtime.settings.time_zone))
        while self.clock.ahead < timedelta():
            self.clock.ahead = min(self.clock.ahead + timedelta(days=1), timedelta())
            executor.see_time_pass(disposal.number)

    def lock_ends(self) -> None:
        assert self.store_attacker is not None
        row, until = self.going, (datetime.now(UTC) + timedelta(seconds=2)).replace(microsecond=0)
        self.store_attacker.shorten(VersionReference(Bucket.ORIGINALS, row.object_key, row.object_version), until)
        while datetime.now(UTC) <= until + timedelta(seconds=1):
            time.sleep(0.1)

    def execute(self, disposal: Disposal) -> Executed:
        return self.runtime.retention.executor(printed=printer(self.runtime.settings.time_zone)).execute(
            disposal.number
        )

    def disposed(self) -> Disposal:
        self.open_up()
        disposal = self.approved()
        self.days_go_by(disposal)
        self.lock_ends()
        done = self.execute(disposal)
        assert (done.deleted, done.kept) == (1, 0)
        self.work()
        with self.runtime.catalog.reading() as session:
            return disposals.by_number(session, disposal.number)


@pytest.fixture(params=["embedded", pytest.param("at scale", marks=pytest.mark.s3)])
def office(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setenv("ZHILU_HOME", str(tmp_path / "home"))
    engines: RealEngines | None = None
    if request.param != "embedded":
        engines = request.getfixturevalue("real")
        lock_by_default(engines.store)
        for name, value in {**engines.catalog_settings, **engines.store_settings}.items():
            monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    clock = Clock()
    # The clocks of the engines are the real ones: they would disagree with ours, and are asked elsewhere.
    monkeypatch.setattr(RetentionServices, "_clocks", lambda _self: Clocks(ours=clock()))
    with open_runtime(Settings(), clock=clock) as runtime:
        made = Office(runtime, clock, tmp_path)
        clock.ahead = -timedelta(days=DAYS, hours=2)
        runtime.catalog._clock = clock
        if engines is None:
            assert isinstance(runtime.store, LocalStore)
            made.store_attacker = DiskAttacker(runtime.store)
        else:
            made.store_attacker = _owner(request.getfixturevalue("s3_client"), engines.store, made)
        made.take_in()
        yield made


def _owner(client: Minio, settings: S3Settings, made: Office) -> StoreAttacker:
    return BucketAttacker(client, settings, made.runtime.store)


def test_the_whole_way_is_explained(office: Office) -> None:
    going = office.going
    disposal = office.disposed()
    assert disposal.state is DisposalState.DONE
    assert [*office.runtime.store.list_references(Bucket.ORIGINALS, going.object_key)] == []
    assert [*office.runtime.store.list_references(Bucket.DERIVATIVES, going.object_key)] == []
    certificate = VersionReference(Bucket.CUSTODY, disposal.certificate_key or "", disposal.certificate_version or "")
    assert office.runtime.store.head(certificate).lock is not None
    findings, tallies = office.verify()
    assert findings == []
    assert tallies.passed


def item_of(office: Office) -> DisposalItem:
    with office.runtime.catalog.reading() as session:
        return session.exec(select(DisposalItem)).one()


def test_each_lie_about_what_was_disposed_of_is_named(office: Office) -> None:
    """One office for all: the way there takes long."""
    going, disposal = office.going, office.disposed()
    assert office.findings() == {}
    row = item_of(office)

    office.attacker.change("disposal_item", row.id, state=DisposalItemState.RECOVERED.value)
    named = office.findings()
    assert any(told.get("row") == str(row.id) for told in named.values()), "the item was forged"
    office.attacker.change("disposal_item", row.id, state=DisposalItemState.DELETED.value)
    office.attacker.change("disposal", disposal.id, reason="another reason")
    named = office.findings()
    assert any(told.get("row") == str(disposal.id) for told in named.values()), "the list was forged"
    office.attacker.change("disposal", disposal.id, reason=disposal.reason)
    office.attacker.change("recording", office.recordings[1], disposed_at=office.clock())
    named = office.findings()
    assert Code.DISPOSED_BUT_THERE in named, "nothing of it was disposed of"
    assert any(told.get("row") == str(office.recordings[1]) for told in named.values())
    office.attacker.change("recording", office.recordings[1], disposed_at=None)
    assert office.findings() == {}

    with office.runtime.store.upload(Bucket.ORIGINALS, going.object_key) as upload:
        upload.write(b"it was kept elsewhere")
        again = upload.complete().reference
    assert office.findings()[Code.DISPOSED_BUT_THERE] == {"version": str(again)}, "what was certified is there again"
    assert office.store_attacker is not None
    office.store_attacker.remove(again)
    assert office.findings() == {}

    certificate = VersionReference(Bucket.CUSTODY, disposal.certificate_key or "", disposal.certificate_version or "")
    if isinstance(office.runtime.store, LocalStore):
        office.store_attacker.flip(certificate, 30)
        expected = Code.OBJECT_CHANGED
    else:
        office.store_attacker.remove(certificate)
        expected = Code.OBJECT_MISSING
    assert office.findings()[expected] == {"object": str(certificate)}
