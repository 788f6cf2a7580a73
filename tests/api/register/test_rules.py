"""The rules of the register, held against plainer ways of saying the same."""

from datetime import UTC, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from api.register.agency_tree import AgencyNode, check_tree
from api.register.assignment_periods import Period, check_periods
from api.register.device_codes import check_device_codes
from api.register.entries import Entry
from api.register.model import Table, TableRow
from api.register.similar import SimilarKeys
from catalog.register_columns import RegisterKind
from catalog.tables.register import AgencyLevel

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 1, 1, tzinfo=UTC)


def entry(kind: RegisterKind, line: int) -> Entry:
    return Entry(Table(None, kind, None, {}, ()), TableRow(line, {}), {})


_PARENTS = st.lists(st.tuples(st.sampled_from(AgencyLevel), st.none() | st.integers(0, 7)), min_size=1, max_size=8)


@given(_PARENTS)
def test_every_fault_of_a_tree_is_found_and_no_other(written: list[tuple[AgencyLevel, int | None]]) -> None:
    nodes = {
        str(index): AgencyNode(
            str(index), level, None if parent is None else str(parent), entry(RegisterKind.AGENCIES, index)
        )
        for index, (level, parent) in enumerate(written)
    }

    def above(code: str) -> list[str]:
        seen: list[str] = []
        parent = nodes[code].parent
        while parent in nodes and parent not in seen:
            seen.append(parent)
            parent = nodes[parent].parent
        return seen

    expected = set()
    order = list(AgencyLevel)
    for index, (code, node) in enumerate(nodes.items()):
        if code in above(code):
            expected.add((index, "agency_cycle"))
        elif node.parent in nodes and order.index(node.level) <= order.index(nodes[node.parent].level):
            expected.add((index, "level_not_below_parent"))
    assert {(error.line, error.code) for error in check_tree(nodes)} == expected


def test_a_cycle_shows_its_way() -> None:
    parents = {"A": "B", "B": "C", "C": "A"}
    nodes = {
        code: AgencyNode(code, AgencyLevel.COUNTY, parent, entry(RegisterKind.AGENCIES, 2))
        for code, parent in parents.items()
    }
    errors = list(check_tree(nodes))
    assert len(errors) == 3
    assert errors[0].facts["path"] == "C > B > A > C"


_PERIODS = st.lists(
    st.tuples(st.sampled_from("DE"), st.sampled_from("abc"), st.integers(0, 20), st.none() | st.integers(1, 8)),
    max_size=9,
)


@given(_PERIODS)
def test_overlaps_are_found_exactly_where_there_are_any(written: list[tuple[str, str, int, int | None]]) -> None:
    periods = [
        Period(
            device,
            officer,
            START + timedelta(hours=start),
            None if hours is None else START + timedelta(hours=start + hours),
            entry(RegisterKind.ASSIGNMENTS, line),
        )
        for line, (device, officer, start, hours) in enumerate(written)
    ]

    def overlap(one: Period, other: Period) -> bool:
        return (
            one.device == other.device
            and one.officer != other.officer
            and one.start < other.until
            and other.start < one.until
        )

    pairs = {
        frozenset((index, second))
        for (index, one), (second, other) in combinations(enumerate(periods), 2)
        if overlap(one, other)
    }
    found = {frozenset((error.line, int(str(error.facts["other_line"])))) for error in check_periods(periods, ZONE)}
    assert found <= pairs
    assert bool(found) == bool(pairs)
    # Each period that begins while another officer has the device is spoken of.
    for index, period in enumerate(periods):
        begins_inside = any(overlap(period, other) and other.start < period.start for other in periods)
        assert not begins_inside or any(index in pair for pair in found)


def test_one_line_over_many_registered_is_one_error() -> None:
    registered = [
        Period("D", "a", START + timedelta(days=day), START + timedelta(days=day + 1), None) for day in range(9)
    ]
    new = Period("D", "b", START, None, entry(RegisterKind.ASSIGNMENTS, 2))
    (error,) = check_periods([*registered, new], ZONE)
    assert error.code == "assignment_overlaps_registered"


def test_registered_overlaps_are_not_blamed_on_the_file() -> None:
    registered = [Period("D", officer, START, None, None) for officer in "ab"]
    assert list(check_periods(registered, ZONE)) == []


def test_a_certificate_that_is_anothers_code() -> None:
    officers = [("530118", None, entry(RegisterKind.OFFICERS, 2)), ("25340100118", "530118", None)]
    (error,) = check_device_codes(officers)
    assert (error.line, error.code, error.facts["officer"]) == (2, "device_code_taken", "25340100118")
    own = [("530118", "530118", entry(RegisterKind.OFFICERS, 2))]
    assert list(check_device_codes(own)) == []


def test_zeros_get_lost_but_are_never_won() -> None:
    similar = SimilarKeys(["12345", "012345", "CAM1"])
    lost, right, cased = similar.confused("12345"), similar.confused("012345"), similar.confused("cam1")
    assert lost is not None
    assert (lost.code, lost.facts["expected"]) == ("zeros_lost", "012345")
    assert right is None
    assert cased is not None
    assert cased.code == "differs_in_case"
    assert similar.confused("0CAM1") is None
    assert similar.confused("other") is None
