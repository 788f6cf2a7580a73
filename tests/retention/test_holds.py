"""Holds: they block at once, overlap, are released in any order, and the store follows whatever is killed meanwhile."""

import hashlib
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlmodel import select

from catalog.engine import Catalog, sqlite_url
from catalog.repositories import cases, custody, holds, jobs, recordings
from catalog.tables import Case, CustodyEvent, Recording, Replacement
from catalog.tables.cases import LinkState
from catalog.tables.custody import CustodyAction, CustodyResult
from catalog.tables.jobs import JobKind
from catalog.work import JobRunner
from retention import errors
from retention.holding import HoldServices, hold
from retention.holds import HoldDesk, HoldOrder
from storage.local import LocalStore
from storage.model import Bucket, Lock, LockMode, VersionReference
from tests import rows
from tests.databases import catalog, database, migrated_postgresql, migrated_sqlite, open_catalogs
from tests.engines import MigratedSqlite
from tests.sealing import check_sealed

__all__ = ["catalog", "database", "migrated_postgresql", "migrated_sqlite", "open_catalogs"]


@dataclass
class House:
    """A catalog, a store, a desk for holds, and workers that can be killed."""

    catalog: Catalog
    store: LocalStore
    now: datetime = rows.NOW
    ring: list[UUID] = field(default_factory=list)

    @property
    def desk(self) -> HoldDesk:
        return HoldDesk(self.catalog, clock=lambda: self.now, actor="li", system_user={"uid": 7})

    @property
    def services(self) -> HoldServices:
        return HoldServices(self.catalog, self.store, lambda: self.now)

    def recording(self, content: bytes) -> Recording:
        fresh = rows.recording(sha256=hashlib.sha256(content).hexdigest(), size=len(content))
        reference = self.put(fresh.object_key, content)
        fresh.object_version = reference.version_id
        self.add(fresh)
        return fresh

    def put(self, key: str, content: bytes) -> VersionReference:
        lock = Lock(LockMode.GOVERNANCE, datetime(2040, 1, 1, tzinfo=rows.NOW.tzinfo))
        with self.store.upload(Bucket.ORIGINALS, key, lock=lock) as upload:
            upload.write(content)
            return upload.complete().reference

    def case(self, number: str) -> Case:
        made = rows.case(number)
        self.add(made)
        return made

    def add(self, *made: object) -> None:
        with self.catalog.writing() as session:
            rows.add(session, *made)

    def place(self, *on: Recording | Case) -> str:
        order = HoldOrder(
            authority="德钦县人民法院",
            document="〔2026〕7号",
            reason="appeal",
            recordings=[str(each.id) for each in on if isinstance(each, Recording)],
            cases=[each.number for each in on if isinstance(each, Case)],
        )
        return self.desk.place(order).hold.number

    def release(self, number: str) -> None:
        self.desk.release(number, document="〔2026〕8号", reason="decided")

    def decide(self, recording: Recording, case: Case, state: LinkState) -> None:
        with self.catalog.writing() as session:
            cases.decide(
                session,
                recording_id=recording.id,
                case_id=case.id,
                state=state,
                stage=None,
                actor="li",
                now=self.now,
            )

    def covering(self, recording: Recording) -> list[str]:
        with self.catalog.reading() as session:
            return [each.number for each in holds.covering(session, recording.id)]

    def is_flagged(self, recording: Recording) -> bool:
        return self.store.head(VersionReference(Bucket.ORIGINALS, recording.object_key, recording.object_version)).held

    def work(self) -> None:
        """Let workers do all that is due."""
        runner = JobRunner(
            self.catalog,
            {JobKind.HOLD: partial(hold, self.services)},
            identity="worker",
            clock=lambda: self.now,
            ring=self.ring.extend,
        )
        while due := self._due():
            for job_id in due:
                runner.carry_out(job_id)

    def work_and_die(self) -> None:
        """Let a worker be killed after the store did what it was told, and before anything of it is on record."""
        for job_id in self._due()[:1]:
            with self.catalog.writing() as session:
                job = jobs.claim(session, job_id, owner="killed", now=self.now)
            assert job is not None
            hold(self.services, job, lambda _share: None)
        self.now += jobs.LEASE + timedelta(seconds=1)

    def _due(self) -> list[UUID]:
        with self.catalog.reading() as session:
            return list(jobs.due(session, now=self.now, limit=100))

    def events(self, action: CustodyAction) -> list[CustodyEvent]:
        with self.catalog.reading() as session:
            return list(
                session.exec(select(CustodyEvent).where(CustodyEvent.action == action).order_by(CustodyEvent.id)).all()
            )


@pytest.fixture
def house(catalog: Catalog, tmp_path: Path) -> House:
    return House(catalog, LocalStore(tmp_path / "objects"))


def test_a_hold_blocks_before_the_store_is_told_and_the_flag_goes_with_the_last(house: House) -> None:
    recording, case = house.recording(b"a"), house.case("A-1")
    house.decide(recording, case, LinkState.CONFIRMED)
    first, second = house.place(recording), house.place(case)
    assert house.covering(recording) == [first, second]
    assert not house.is_flagged(recording)
    house.work()
    assert house.is_flagged(recording)
    house.release(first)
    house.work()
    assert house.is_flagged(recording)
    house.release(second)
    assert house.covering(recording) == []
    house.work()
    assert not house.is_flagged(recording)
    assert len(house.events(CustodyAction.HOLD_SET)) == len(house.events(CustodyAction.HOLD_LIFTED)) == 1


def test_a_hold_on_a_case_covers_what_is_linked_later_and_lets_go_what_is_rejected(house: House) -> None:
    recording, case = house.recording(b"a"), house.case("A-1")
    number = house.place(case)
    house.decide(recording, case, LinkState.CONFIRMED)
    assert house.covering(recording) == [number]
    house.work()
    assert house.is_flagged(recording)
    house.decide(recording, case, LinkState.REJECTED)
    assert house.covering(recording) == []
    house.work()
    assert not house.is_flagged(recording)


def test_an_ended_hold_tells_what_it_covered_and_not_what_it_would_cover_now(house: House) -> None:
    case, held, later = house.case("迪市监罚〔2026〕12号"), house.recording(b"a"), house.recording(b"b")
    house.decide(held, case, LinkState.CONFIRMED)
    number = house.place(case)
    with house.catalog.reading() as session:
        standing = holds.by_number(session, number)
        assert list(holds.covered_until_released(session, standing)) == [held.id]
    house.release(number)
    house.decide(held, case, LinkState.REJECTED)
    house.decide(later, case, LinkState.CONFIRMED)
    with house.catalog.reading() as session:
        ended = holds.by_number(session, number)
        assert list(holds.covered_until_released(session, ended)) == [held.id]


def test_what_the_matching_confirms_by_the_device_comes_under_the_hold_of_the_case(house: House) -> None:
    recording, case = house.recording(b"a"), house.case("A-1")
    house.place(case)
    with house.catalog.writing() as session:
        cases.suggest(
            session,
            recording_id=recording.id,
            case_id=case.id,
            activity_id=None,
            stage=None,
            score=1.0,
            reasons=[],
            by_device=True,
            now=house.now,
        )
    house.work()
    assert house.is_flagged(recording)


def test_every_version_of_a_repaired_recording_is_held(house: House) -> None:
    recording = house.recording(b"a")
    repaired = house.put(recording.object_key, b"a")
    house.add(
        Replacement(
            recording_id=recording.id,
            object_key=repaired.key,
            object_version=repaired.version_id,
            made_at=house.now,
            origin="replica",
            reason="damaged",
        )
    )
    house.place(recording)
    house.work()
    assert house.is_flagged(recording)
    assert house.store.head(repaired).held


def test_a_version_that_is_missing_is_told_and_the_others_are_held(house: House) -> None:
    recording = house.recording(b"a")
    house.add(
        Replacement(
            recording_id=recording.id,
            object_key=recording.object_key,
            object_version="0" * 32,
            made_at=house.now,
            origin="replica",
            reason="damaged",
        )
    )
    number = house.place(recording)
    house.work()
    assert house.is_flagged(recording)
    (told,) = house.events(CustodyAction.HOLD_SET)
    assert (told.result, len(told.details["missing"]), told.details["holds"]) == (CustodyResult.FAILED, 1, [number])
    house.release(number)
    house.work()
    assert not house.is_flagged(recording)


def test_what_was_disposed_of_cannot_be_held(house: House) -> None:
    recording, case = house.recording(b"a"), house.case("A-1")
    house.decide(recording, case, LinkState.CONFIRMED)
    with house.catalog.writing() as session:
        gone = recordings.get(session, recording.id)
        gone.leaving_since = gone.disposed_at = house.now
        session.add(gone)
    with pytest.raises(errors.RecordingDisposed):
        house.place(recording)
    house.place(case)
    house.work()
    assert house.events(CustodyAction.HOLD_SET) == []


def test_a_hold_on_nothing_and_one_released_twice(house: House) -> None:
    with pytest.raises(errors.NothingToHold):
        house.place()
    number = house.place(house.recording(b"a"))
    house.release(number)
    with pytest.raises(errors.HoldReleased):
        house.release(number)


def test_numbers_are_given_once(house: House) -> None:
    recording = house.recording(b"a")
    assert [house.place(recording) for _ in range(3)] == ["HOLD-2026-0001", "HOLD-2026-0002", "HOLD-2026-0003"]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> MigratedSqlite:
    return MigratedSqlite(tmp_path_factory.mktemp("held"))


class Holding(RuleBasedStateMachine):
    """Any order of holds, links, work and deaths of workers, against sets."""

    template: MigratedSqlite

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.catalog = Catalog(sqlite_url(Path(str(self.template.copy(self.folder).database))))
        self.house = House(self.catalog, LocalStore(self.folder / "objects"))
        self.recordings = [self.house.recording(bytes([number])) for number in range(3)]
        self.cases = [self.house.case(f"A-{number}") for number in range(2)]
        self.killed = 0
        self.links: set[tuple[int, int]] = set()
        self.standing: dict[str, tuple[frozenset[int], frozenset[int]]] = {}

    @rule(on=st.frozensets(st.integers(0, 2)), on_cases=st.frozensets(st.integers(0, 1)))
    def place(self, on: frozenset[int], on_cases: frozenset[int]) -> None:
        if on or on_cases:
            number = self.house.place(*(self.recordings[i] for i in on), *(self.cases[i] for i in on_cases))
            self.standing[number] = (on, on_cases)

    @rule(which=st.integers(0, 5))
    def release(self, which: int) -> None:
        if self.standing:
            number = sorted(self.standing)[which % len(self.standing)]
            self.house.release(number)
            del self.standing[number]

    @rule(recording=st.integers(0, 2), case=st.integers(0, 1), confirmed=st.booleans())
    def decide(self, recording: int, case: int, confirmed: bool) -> None:  # noqa: FBT001
        state = LinkState.CONFIRMED if confirmed else LinkState.REJECTED
        self.house.decide(self.recordings[recording], self.cases[case], state)
        if confirmed:
            self.links.add((recording, case))
        else:
            self.links.discard((recording, case))

    @rule()
    def kill_a_worker(self) -> None:
        if self.killed < jobs.ATTEMPTS_AT_MOST - 1:  # a job that kills its worker each time is given up
            self.killed += 1
            self.house.work_and_die()

    @rule()
    def work(self) -> None:
        self.killed = 0
        self.house.work()
        for number, recording in enumerate(self.recordings):
            assert self.house.is_flagged(recording) == bool(self._held_by(number))
            with self.catalog.reading() as session:
                told = [
                    each.action
                    for each in custody.of_subject(session, recording.id)
                    if each.action in {CustodyAction.HOLD_SET, CustodyAction.HOLD_LIFTED}
                ]
            # What the store was made to do is on record, once each time, whoever died over it.
            assert told == [
                CustodyAction.HOLD_LIFTED if index % 2 else CustodyAction.HOLD_SET for index in range(len(told))
            ]
            assert bool(told and told[-1] is CustodyAction.HOLD_SET) == bool(self._held_by(number))

    @invariant()
    def what_is_held_is_seen_at_once(self) -> None:
        if not hasattr(self, "recordings"):
            return
        for number, recording in enumerate(self.recordings):
            assert set(self.house.covering(recording)) == self._held_by(number)

    def _held_by(self, recording: int) -> set[str]:
        return {
            number
            for number, (on, on_cases) in self.standing.items()
            if recording in on or any((recording, case) in self.links for case in on_cases)
        }

    def teardown(self) -> None:
        if hasattr(self, "catalog"):
            check_sealed(self.catalog)
            self.catalog.close()
            shutil.rmtree(self.folder)


def test_holds_in_any_order_against_a_model(template: MigratedSqlite) -> None:
    Holding.template = template
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Holding,
        settings=settings(
            max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
