"""From a file on a card to its link with a case: the real jobs, on every database, carried out one by one."""

import dataclasses
import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from sqlmodel import select

from api.linking import decide_link
from api.runtime import Runtime, open_runtime
from api.settings import Settings
from catalog.engine import Catalog
from catalog.repositories import cases, jobs, recordings
from catalog.tables import (
    Activity,
    ActivityOfficer,
    Agency,
    Assignment,
    Case,
    CaseLink,
    CustodyEvent,
    Device,
    Officer,
    Recording,
)
from catalog.tables.cases import LinkOrigin, LinkState, Stage
from catalog.tables.custody import CustodyAction
from catalog.tables.jobs import JobKind, JobState
from catalog.tables.register import AgencyLevel
from catalog.types import new_id
from catalog.work import Handler, JobRunner
from ingest.jobs.handlers import handlers
from retention.holding import HoldServices, hold
from storage.model import Bucket
from tests import rows

ZONE = ZoneInfo("Asia/Shanghai")
SHOT = datetime(2026, 3, 1, 10, 30, tzinfo=ZONE)
NAME = "012345_1234567_20260301103000_0007.mp4"
CASE = "德市监罚〔2026〕12号"
BY_CASE = {"id": "office", "expression": r"^(?P<case>[^_]+)_(?P<device>[0-9A-Z]{7})_(?P<ts>\d{14})\.(?P<ext>mp4)$"}


@pytest.fixture(scope="session")
def movie(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("movie") / "movie.mp4"
    command = (
        "ffmpeg -v error -nostdin -f lavfi -i testsrc=size=160x120:rate=10:duration=2 -pix_fmt yuv420p -c:v libx264"
    )
    subprocess.run([*command.split(), str(path)], check=True, timeout=60)
    return path.read_bytes()


class Office:
    """A home, a card, and a hand that carries out what the ledger says until nothing is left."""

    def __init__(self, runtime: Runtime, card: Path, movie: bytes) -> None:
        self.runtime, self.card, self._movie, self._made = runtime, card, movie, 0

    def shoot(self, name: str = NAME) -> Path:
        """A movie of its own content: a box of free space at its end, which no player minds."""
        self._made += 1
        path = self.card / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self._movie + (12).to_bytes(4) + b"free" + self._made.to_bytes(4))
        return path

    def write(self, name: str, content: str) -> Path:
        path = self.card / name
        path.write_text(content, "utf-8")
        return path

    def dock(self, *paths: Path) -> list[UUID]:
        """Secure them one after the other, each with all its jobs done before the next."""
        return [self._dock(path) for path in paths]

    def _dock(self, path: Path) -> UUID:
        desk = self.runtime.intake_desk(threads=1)
        known = desk.known_devices()
        from ingest.walk import Found

        result = desk.take(
            Found(bytes(path), bytes(self.card), bytes(path.relative_to(self.card))), actor="li", known=known
        )
        assert result.recording_id is not None, result.reason
        self.work()
        return result.recording_id

    def work(self) -> None:
        services = self.runtime.ingest_services()
        made: dict[JobKind, Handler] = {
            **handlers(services, hold=partial(hold, HoldServices(services.catalog, services.store, services.clock))),
            JobKind.DERIVE: lambda _job, _report: lambda _session: (),  # what this makes, linking does not look at
        }
        runner = JobRunner(
            self.runtime.catalog, made, identity="test", clock=self.runtime.clock, ring=lambda _ids: None
        )
        for _ in range(50):
            with self.runtime.catalog.reading() as session:
                due = jobs.due(session, now=self.runtime.clock(), limit=100)
            if not due:
                break
            for job_id in due:
                runner.carry_out(job_id)
        with self.runtime.catalog.reading() as session:
            counts = jobs.counts(session)
            assert counts[JobState.DONE] == sum(counts.values()), jobs.listing(session, states=list(JobState), limit=9)

    def register(self, *made: object) -> None:
        with self.runtime.catalog.writing() as session:
            rows.add(session, *made)
            jobs.add_matching_for_all(session, now=self.runtime.clock())
        self.work()

    def recording(self, recording_id: UUID) -> Recording:
        with self.runtime.catalog.reading() as session:
            return recordings.get(session, recording_id)

    def links(self, recording_id: UUID) -> Sequence[tuple[str, CaseLink]]:
        with self.runtime.catalog.reading() as session:
            return [(case.number, link) for link, case, _ in cases.links_of(session, recording_id)]

    def actions(self, recording_id: UUID) -> list[CustodyAction]:
        with self.runtime.catalog.reading() as session:
            events = session.exec(select(CustodyEvent).where(CustodyEvent.subject_id == recording_id)).all()
        # What was written down of it is no act on it.
        acts = [event for event in events if event.action is not CustodyAction.MANIFESTED]
        return [event.action for event in sorted(acts, key=lambda event: event.id)]

    def manifest(self, recording_id: UUID) -> dict[str, Any]:
        store = self.runtime.store
        *_, newest = store.list_versions(Bucket.MANIFESTS, self.recording(recording_id).object_key)
        document: dict[str, Any] = json.loads(b"".join(store.read(newest.reference)))
        return document


class Register:
    """One officer with one device, out for one case around the time of the recording."""

    def __init__(self) -> None:
        self.agency = Agency(code="533400", name="德钦县市场监督管理局", level=AgencyLevel.COUNTY)
        self.officer = Officer(
            certificate_number="53340012345", name="扎西", agency_id=self.agency.id, device_code="012345"
        )
        self.device = Device(serial="1234567", agency_id=self.agency.id)
        self.assignment = Assignment(
            device_id=self.device.id, officer_id=self.officer.id, starts_at=SHOT - timedelta(days=9)
        )
        self.case = rows.case(CASE)
        self.activity = Activity(
            number="HD-1",
            case_id=self.case.id,
            agency_id=self.agency.id,
            stage=Stage.INVESTIGATION,
            started_at=SHOT - timedelta(minutes=10),
            ended_at=SHOT + timedelta(minutes=30),
        )
        self.part = ActivityOfficer(activity_id=self.activity.id, officer_id=self.officer.id)

    def all(self) -> list[object]:
        return [self.agency, self.officer, self.device, self.assignment, self.case, self.activity, self.part]


@pytest.fixture
def open_office(
    tmp_path: Path, catalog: Catalog, movie: bytes, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Office]]:
    from contextlib import ExitStack

    monkeypatch.chdir(tmp_path)
    with ExitStack() as opened:

        def open_one(**settings: object) -> Office:
            runtime = opened.enter_context(
                open_runtime(
                    Settings(home=tmp_path / "home", **settings),  # type: ignore[arg-type]
                    clock=lambda: SHOT.astimezone(UTC) + timedelta(days=1),
                )
            )
            (tmp_path / "card").mkdir()
            return Office(dataclasses.replace(runtime, catalog=catalog, actor="li"), tmp_path / "card", movie)

        yield open_one


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    return open_office()


def test_the_register_suggests_and_a_person_confirms(office: Office) -> None:
    register = Register()
    office.register(*register.all())
    (recording_id,) = office.dock(office.shoot())
    found = office.recording(recording_id)
    assert (found.device_serial, found.officer_id, found.officer_origin) == ("1234567", register.officer.id, "name")
    assert found.captured_at == SHOT
    ((number, link),) = office.links(recording_id)
    assert (number, link.state, link.origin, link.stage) == (
        CASE,
        LinkState.SUGGESTED,
        LinkOrigin.MATCHED,
        Stage.INVESTIGATION,
    )
    assert link.activity_id == register.activity.id
    assert {reason["code"] for reason in link.reasons} == {"officer_named", "device_assigned", "within_activity"}

    decide_link(office.runtime, str(recording_id), CASE, LinkState.CONFIRMED, purpose="案件归档")
    office.work()
    ((_, link),) = office.links(recording_id)
    assert (link.state, link.decided_by, link.stage) == (LinkState.CONFIRMED, "li", Stage.INVESTIGATION)
    assert office.actions(recording_id) == [
        CustodyAction.SECURED,
        CustodyAction.DESCRIBED,
        CustodyAction.LINK_SUGGESTED,
        CustodyAction.LINKED,
    ]
    manifest = office.manifest(recording_id)
    (listed,) = manifest["rows"]["case_link"]
    assert (listed["state"], listed["activity_id"]) == ("confirmed", str(register.activity.id))
    assert manifest["cases"] == {listed["case_id"]: CASE}


def test_what_was_rejected_is_never_suggested_again(office: Office) -> None:
    register = Register()
    office.register(*register.all())
    (recording_id,) = office.dock(office.shoot())
    decide_link(office.runtime, str(recording_id), CASE, LinkState.REJECTED)
    second = Activity(**{**register.activity.model_dump(), "id": new_id(), "number": "HD-2"})
    office.register(second, ActivityOfficer(activity_id=second.id, officer_id=register.officer.id))
    ((_, link),) = office.links(recording_id)
    assert (link.state, link.decided_by) == (LinkState.REJECTED, "li")
    assert office.actions(recording_id).count(CustodyAction.LINK_SUGGESTED) == 1


def test_a_register_that_comes_afterwards_links_what_is_there(office: Office) -> None:
    (recording_id,) = office.dock(office.shoot("000000_1234567_20260301103000_0007.mp4"))
    assert office.links(recording_id) == []
    assert office.recording(recording_id).officer_id is None
    register = Register()
    office.register(*register.all())
    found = office.recording(recording_id)
    assert (found.officer_id, found.officer_origin) == (register.officer.id, "assignment")
    ((number, link),) = office.links(recording_id)
    assert (number, link.state) == (CASE, LinkState.SUGGESTED)


def test_a_register_that_was_corrected_takes_its_suggestion_back(office: Office) -> None:
    register = Register()
    office.register(*register.all())
    (recording_id,) = office.dock(office.shoot())
    with office.runtime.catalog.writing() as session:
        activity = session.get_one(Activity, register.activity.id)
        activity.started_at += timedelta(days=3)
        activity.ended_at += timedelta(days=3)
        jobs.add_matching_for_all(session, now=office.runtime.clock())
    office.work()
    assert office.links(recording_id) == []
    assert office.actions(recording_id)[-1] is CustodyAction.LINK_REJECTED


@pytest.mark.parametrize("registered", ["before", "after"])
def test_a_case_that_the_device_names_is_confirmed(open_office: Callable[..., Office], registered: str) -> None:
    office = open_office(naming=(BY_CASE,))
    case: Case = rows.case(CASE)
    if registered == "before":
        office.register(case)
    (recording_id,) = office.dock(office.shoot(f"{CASE}_1234567_20260301103000.mp4"))
    assert office.recording(recording_id).named_case == CASE
    if registered == "after":
        assert office.links(recording_id) == []
        office.register(case)
    ((number, link),) = office.links(recording_id)
    assert (number, link.state, link.origin, link.decided_by) == (CASE, LinkState.CONFIRMED, LinkOrigin.DEVICE, None)
    assert office.actions(recording_id)[-1] is CustodyAction.LINKED
    assert [reason["code"] for reason in link.reasons] == ["case_named_by_device"]


def test_a_person_overrules_the_device(open_office: Callable[..., Office]) -> None:
    office = open_office(naming=(BY_CASE,))
    office.register(rows.case(CASE))
    (recording_id,) = office.dock(office.shoot(f"{CASE}_1234567_20260301103000.mp4"))
    decide_link(office.runtime, str(recording_id), CASE, LinkState.REJECTED)
    office.register(rows.case("another"))
    ((_, link),) = office.links(recording_id)
    assert (link.state, link.decided_by) == (LinkState.REJECTED, "li")


def test_a_register_that_settles_which_code_is_the_device_ties_the_take_too(office: Office) -> None:
    ids = office.dock(
        office.shoot("DSJ_12345678_87654321_20260301103000_0001.mp4"),
        office.shoot("DSJ_12345678_87654321_20260301103002_0002.mp4"),
    )
    assert [office.recording(each).device_serial for each in ids] == [None, None]
    assert [office.recording(each).take_id for each in ids] == [None, None]
    register = Register()
    register.device.serial, register.officer.device_code = "87654321", "12345678"
    office.register(*register.all())
    found = [office.recording(each) for each in ids]
    assert [(each.device_serial, each.officer_id) for each in found] == [("87654321", register.officer.id)] * 2
    assert [each.identification["unconfirmed"] for each in found] == [[], []]
    assert [each.identification["officer_state"] for each in found] == ["named", "named"]
    assert found[0].take_id == found[1].take_id is not None
    assert [len(office.links(each)) for each in ids] == [1, 1]


SIDE = """<?xml version="1.0" encoding="UTF-8"?>
<locations usrName="x" policeNum="012345" devNum="1234567" videoDuration="2"
 beginTime="2026-03-01 10:30:00" endTime="2026-03-01 10:30:02">
<location longitude="98.911" latitude="28.486"/><location longitude="98.912" latitude="28.487"/></locations>
"""


@pytest.mark.parametrize("first", ["main", "side"])
def test_side_files_are_tied_in_either_order(office: Office, first: str) -> None:
    register = Register()
    office.register(*register.all())
    main, side = office.shoot(), office.write(NAME.replace(".mp4", ".xml"), SIDE)
    order = (main, side) if first == "main" else (side, main)
    ids = dict(zip(order, office.dock(*order), strict=True))
    whole, beside = office.recording(ids[main]), office.recording(ids[side])
    assert (beside.main_recording_id, whole.main_recording_id) == (whole.id, None)
    assert (whole.latitude, whole.longitude) == (28.486, 98.911)
    assert whole.position["from_recording"] == str(beside.id)
    assert (beside.device_serial, beside.captured_at) == ("1234567", SHOT)
    assert [number for number, _ in office.links(whole.id)] == [CASE]
    assert [number for number, _ in office.links(beside.id)] == [CASE]
    assert office.manifest(whole.id)["recording"]["latitude"] == pytest.approx(28.486)


@pytest.mark.parametrize("first", ["main", "side"])
def test_a_log_without_a_time_of_its_own_takes_that_of_its_main_file(office: Office, first: str) -> None:
    register = Register()
    office.register(*register.all())
    main, side = office.shoot("clips/" + NAME), office.card / "clips" / NAME.replace(".mp4", ".log")
    side.write_text("start\nstop\n", "utf-8")
    order = (main, side) if first == "main" else (side, main)
    ids = dict(zip(order, office.dock(*order), strict=True))
    beside = office.recording(ids[side])
    assert (beside.main_recording_id, beside.captured_at) == (ids[main], SHOT)
    assert [number for number, _ in office.links(ids[side])] == [CASE]


def test_files_of_another_folder_are_not_tied(office: Office) -> None:
    main, side = office.shoot(), office.card / "elsewhere" / NAME.replace(".mp4", ".xml")
    side.parent.mkdir()
    side.write_text(SIDE, "utf-8")
    _, beside = office.dock(main, side)
    assert office.recording(beside).main_recording_id is None


def _shoot_photo(office: Office, taken: str, satellite_day: str) -> Path:
    image = Image.new("RGB", (32, 24), "navy")
    exif = image.getexif()
    exif.get_ifd(0x8769)[0x9003] = taken
    exif.get_ifd(0x8825).update(
        {1: "N", 2: (25.0, 30.0, 0.0), 3: "E", 4: (98.0, 15.0, 0.0), 7: (2.0, 30.0, 0.0), 29: satellite_day}
    )
    path = office.card / "IMG_0042.jpg"
    image.save(path, exif=exif)
    return path


def test_a_photo_whose_satellite_time_contradicts_its_clock_warns(office: Office) -> None:
    (recording_id,) = office.dock(_shoot_photo(office, "2026:03:01 10:30:00", "2026:02:01"))
    warnings = office.recording(recording_id).capture_time["warnings"]
    assert warnings == [{"code": "clock_disagrees", "seconds": 28 * 86_400 + 8 * 3600}]


def test_without_a_measured_offset_no_time_is_called_corrected(office: Office) -> None:
    (recording_id,) = office.dock(_shoot_photo(office, "2026:03:01 10:30:00", "2026:03:01"))
    found = office.recording(recording_id)
    kept = found.capture_time
    assert (kept["offset_s"], kept["corrected_at"], kept["warnings"]) == (None, None, [])
    assert (found.captured_at, kept["device_time"]) == (SHOT, "2026-03-01T10:30:00")
    assert (kept["raw"], kept["zone_origin"]) == ("2026:03:01 10:30:00", "setting")
