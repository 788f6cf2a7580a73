"""Segments arrive in any order, several at once, and over days: the takes are those of all of them together."""

import itertools
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from catalog.engine import Catalog
from catalog.tables import Recording, Take
from catalog.tables.recordings import RecordingKind
from ingest import takes
from ingest.jobs import tying
from tests import rows
from tests.rows import NOW

HOUR = 3600.0
LONGEST_GAP_S = 12 * HOUR
_serials = (f"CAM{number:07}" for number in itertools.count())


@dataclass(frozen=True)
class Cut:
    """One segment: when it starts after NOW, how long it lasts (None: unknown), its number."""

    start_s: float
    duration_s: float | None
    sequence: int | None


@st.composite
def cut_recordings(draw: st.DrawFn) -> list[Cut]:
    """What a device may leave on a card: segments that join, skip, overlap, repeat and lie days apart."""
    found: list[Cut] = []
    end, number = 0.0, draw(st.integers(1, 9000))
    for _ in range(draw(st.integers(2, 9))):
        start = max(0.0, end + draw(st.sampled_from([0, 0, 0, 1, 2, 2.5, -5, 60, 5 * HOUR, 11 * HOUR, 13 * HOUR])))
        duration = draw(st.sampled_from([300.0, 300.0, 1800.0, 6 * HOUR, None]))
        found.append(Cut(start, duration, draw(st.sampled_from([number, number, number, None]))))
        end, number = start + (duration or 0.0), max(0, number + draw(st.sampled_from([1, 1, 1, 2, 0, -3])))
    return found


def arrive(catalog: Catalog, serial: str, cut: Cut) -> UUID:
    """As the closing transaction of describing one segment does."""
    made = rows.recording(
        kind=RecordingKind.VIDEO,
        device_serial=serial,
        sequence=cut.sequence,
        captured_at=NOW + timedelta(seconds=cut.start_s),
        duration_s=cut.duration_s,
    )
    with catalog.writing() as session:
        tying.alone(session, made)
        rows.add(session, made)
        tying.tie_take(session, made)
    return made.id


Taken = set[tuple[frozenset[int], tuple[tuple[int, int], ...]]]


def taken(catalog: Catalog, serial: str, ids: dict[UUID, int]) -> Taken:
    """The takes of a device: which cuts each has, and its gaps by cuts."""
    found: Taken = set()
    with catalog.reading() as session:
        members = session.exec(select(Recording).where(Recording.device_serial == serial)).all()
        standing = session.exec(select(Take).where(Take.device_serial == serial)).all()
        assert {member.take_id for member in members} == {take.id for take in standing}
        for take in standing:
            mine = [member for member in members if member.take_id == take.id]
            assert take.started_at == min(member.captured_at for member in mine if member.captured_at)
            gaps = tuple((ids[UUID(gap["after"])], ids[UUID(gap["before"])]) for gap in take.gaps)
            found.add((frozenset(ids[member.id] for member in mine), gaps))
    return found


def expected(cuts: Sequence[Cut]) -> Taken:
    segments = [
        takes.Segment(str(number), "x", cut.sequence, NOW + timedelta(seconds=cut.start_s), cut.duration_s)
        for number, cut in enumerate(cuts)
    ]
    return {
        (
            frozenset(int(member) for member in take.members),
            tuple((int(gap.after), int(gap.before)) for gap in take.gaps if gap.seconds <= LONGEST_GAP_S),
        )
        for take in takes.chain(segments)
    }


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cuts=cut_recordings(), data=st.data())
def test_any_order_of_arrival_gives_the_same_takes(catalog: Catalog, cuts: list[Cut], data: st.DataObject) -> None:
    # Cuts with the same start and number are copies of each other, told apart by ids that are new each time.
    unique = list({(cut.start_s, cut.sequence): cut for cut in cuts}.values())
    serial = next(_serials)
    order = data.draw(st.permutations(range(len(unique))))
    ids = {arrive(catalog, serial, unique[number]): number for number in order}
    assert taken(catalog, serial, ids) == expected(unique)


def test_a_segment_in_between_joins_two_takes_into_one(catalog: Catalog) -> None:
    serial = next(_serials)
    cuts = [Cut(0, 300.0, 1), Cut(600, 300.0, 3), Cut(300, 300.0, 2)]
    ids = {arrive(catalog, serial, cut): number for number, cut in enumerate(cuts[:2])}
    assert taken(catalog, serial, ids) == {(frozenset({0}), ()), (frozenset({1}), ())}
    first = _take_ids(catalog, serial)
    ids[arrive(catalog, serial, cuts[2])] = 2
    assert taken(catalog, serial, ids) == {(frozenset({0, 1, 2}), ())}
    assert _take_ids(catalog, serial) < first  # one of the two goes on, the other is gone


def test_a_segment_that_turns_out_to_be_from_another_time_splits_its_take(catalog: Catalog) -> None:
    serial = next(_serials)
    cuts = [Cut(0, 300.0, 1), Cut(300, 300.0, 2), Cut(600, 300.0, 3)]
    ids = {arrive(catalog, serial, cut): number for number, cut in enumerate(cuts)}
    before = _take_ids(catalog, serial)
    middle = next(recording_id for recording_id, number in ids.items() if number == 1)
    with catalog.writing() as session:
        found = session.get_one(Recording, middle)
        tying.leave_take(session, found)
        found.captured_at = NOW + timedelta(days=9)
        session.flush()
        tying.tie_take(session, found)
    assert taken(catalog, serial, ids) == {(frozenset({number}), ()) for number in range(3)}
    after = _take_ids(catalog, serial)
    assert before < after
    assert len(after) == 3


def _take_ids(catalog: Catalog, serial: str) -> set[UUID]:
    with catalog.reading() as session:
        return set(session.exec(select(Take.id).where(col(Take.device_serial) == serial)).all())


def test_takes_longer_than_a_day_stay_whole(catalog: Catalog) -> None:
    serial = next(_serials)
    cuts = [Cut(number * HOUR, HOUR, number) for number in range(40)]
    order = [*range(0, 40, 2), *range(39, 0, -2)]
    ids = {arrive(catalog, serial, cuts[number]): number for number in order}
    assert taken(catalog, serial, ids) == {(frozenset(range(40)), ())}


def test_segments_that_arrive_at_once_find_each_other(catalog: Catalog) -> None:
    serial, at_once = next(_serials), 6
    barrier = threading.Barrier(at_once)

    def come(number: int) -> tuple[UUID, int]:
        barrier.wait()
        return arrive(catalog, serial, Cut(number * 300.0, 300.0, number)), number

    with ThreadPoolExecutor(at_once) as pool:
        ids = dict(pool.map(come, range(at_once)))
    assert taken(catalog, serial, ids) == {(frozenset(range(at_once)), ())}


def test_devices_keep_to_themselves(catalog: Catalog) -> None:
    one, other = next(_serials), next(_serials)
    arrive(catalog, one, Cut(0, 300.0, 1))
    arrive(catalog, other, Cut(300, 300.0, 2))
    assert _take_ids(catalog, one).isdisjoint(_take_ids(catalog, other))


def test_what_has_no_device_time_or_length_of_its_own_is_in_no_take(catalog: Catalog) -> None:
    serial = next(_serials)
    for facts in (
        {"captured_at": None, "kind": RecordingKind.VIDEO, "device_serial": serial},
        {"captured_at": NOW, "kind": RecordingKind.PHOTO, "device_serial": serial},
        {"captured_at": NOW, "kind": RecordingKind.VIDEO, "device_serial": None},
    ):
        made = rows.recording(**facts)
        with catalog.writing() as session:
            rows.add(session, made)
            tying.tie_take(session, made)
            assert made.take_id is None
    assert _take_ids(catalog, serial) == set()
