"""Which segments were one continuous recording."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.takes import Gap, Segment, Take, TakeReason, TakeReasonCode, chain

START = datetime(2026, 5, 1, 8, tzinfo=UTC)


def segment(
    name: str,
    sequence: int | None,
    start: float | None,
    duration: float | None = 300.0,
    *,
    device: str | None = "1234567",
    important: bool = False,
    kind: str = "video",
) -> Segment:
    started_at = START + timedelta(seconds=start) if start is not None else None
    return Segment(name, device, sequence, started_at, duration, important, kind)


def members(takes: list[Take]) -> list[tuple[str, ...]]:
    return [take.members for take in takes]


def codes(take: Take) -> list[TakeReasonCode]:
    return [reason.code for reason in take.reasons]


def test_next_numbers_within_two_seconds_are_one_take() -> None:
    takes = chain([segment("a", 7, 0), segment("b", 8, 302), segment("c", 9, 601)])
    assert members(takes) == [("a", "b", "c")]
    assert takes[0].key == "a"
    assert takes[0].reasons == (
        TakeReason(TakeReasonCode.NEXT_NUMBER, "b"),
        TakeReason(TakeReasonCode.NEXT_NUMBER, "c"),
    )
    assert takes[0].gaps == ()


def test_longer_gap_ends_the_take_and_is_reported() -> None:
    takes = chain([segment("a", 7, 0), segment("b", 8, 302.5), segment("c", 9, 602.5)])
    assert members(takes) == [("a",), ("b", "c")]
    assert takes[0].gaps == (Gap("a", "b", 2.5),)
    assert takes[1].gaps == ()


def test_gap_is_reported_between_consecutive_numbers_only() -> None:
    assert chain([segment("a", 7, 0), segment("b", 12, 3600)])[0].gaps == ()
    assert chain([segment("a", 7, 0), segment("b", 8, 3600)])[0].gaps == (Gap("a", "b", 3300),)


def test_numbers_that_start_again_every_day_do_not_confuse_gaps() -> None:
    day = 86_400
    takes = chain([segment("a", 7, 0), segment("b", 7, day), segment("c", 8, day + 400)])
    assert members(takes) == [("a",), ("b",), ("c",)]
    assert [take.gaps for take in takes] == [(), (Gap("b", "c", 100),), ()]


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (9999, 1, TakeReasonCode.NUMBER_RESTARTED),
        (9999, 0, TakeReasonCode.NUMBER_RESTARTED),
        (7, 7, TakeReasonCode.NUMBER_REPEATED),
        (7, 9, TakeReasonCode.NUMBER_SKIPPED),
        (None, 8, TakeReasonCode.NUMBER_UNKNOWN),
        (7, None, TakeReasonCode.NUMBER_UNKNOWN),
    ],
)
def test_time_decides_and_odd_numbers_are_reported(first: int | None, second: int | None, code: TakeReasonCode) -> None:
    takes = chain([segment("a", first, 0), segment("b", second, 300)])
    assert (members(takes), codes(takes[0])) == ([("a", "b")], [code])


def test_number_used_by_a_photograph_meanwhile_is_not_missing() -> None:
    photograph = segment("p", 8, 100, None, kind="picture")
    takes = chain([segment("a", 7, 0), photograph, segment("b", 9, 300)])
    assert members(takes) == [("a", "b"), ("p",)]
    assert codes(takes[0]) == [TakeReasonCode.NEXT_NUMBER]
    yesterday = segment("p", 8, -86_400, None, kind="picture")
    assert codes(chain([segment("a", 7, 0), yesterday, segment("b", 9, 300)])[1]) == [TakeReasonCode.NUMBER_SKIPPED]


def test_devices_are_never_mixed() -> None:
    takes = chain([segment("a", 7, 0), segment("b", 8, 300, device="7654321")])
    assert members(takes) == [("a",), ("b",)]


def test_same_content_under_two_names_is_one_member_with_the_higher_mark() -> None:
    copies = [segment("b", 8, 300), segment("b", 8, 300, important=True)]
    takes = chain([segment("a", 7, 0), *copies, segment("c", 9, 600)])
    assert members(takes) == [("a", "b", "c")]
    assert takes[0].important


def test_marked_copy_of_other_content_stands_beside_its_twin() -> None:
    takes = chain([segment("a", 7, 0), segment("b", 8, 300), segment("b2", 8, 300, 299.0), segment("c", 9, 600)])
    assert members(takes) == [("a", "b", "b2", "c")]


def test_unknown_joins_nothing() -> None:
    takes = chain(
        [
            segment("a", 7, 0, None),
            segment("b", 8, 300),
            segment("c", 9, None),
            segment("d", 10, 600, device=None),
            segment("e", 11, 900, device=None),
        ]
    )
    assert members(takes) == [("a",), ("b",), ("c",), ("d",), ("e",)]
    assert [codes(take) for take in takes] == [
        [TakeReasonCode.END_UNKNOWN],
        [],
        [TakeReasonCode.START_UNKNOWN],
        [TakeReasonCode.DEVICE_UNKNOWN],
        [TakeReasonCode.DEVICE_UNKNOWN],
    ]


@pytest.mark.parametrize("duration", [-1.0, float("inf"), float("nan")])
def test_false_durations_are_unknown(duration: float) -> None:
    takes = chain([segment("a", 7, 0, duration), segment("b", 8, 0.5)])
    assert members(takes) == [("a",), ("b",)]


def test_overlap_beyond_rounding_is_no_continuation() -> None:
    assert members(chain([segment("a", 7, 0), segment("b", 8, 299)])) == [("a", "b")]
    assert members(chain([segment("a", 7, 0), segment("b", 8, 200)])) == [("a",), ("b",)]


def test_false_durations_of_a_whole_card_join_nothing() -> None:
    # Every one of them claims to last for years: none continues another.
    takes = chain(segment(f"{number:05}", number, 300 * number, 1e9) for number in range(5000))
    assert len(takes) == 5000


def test_stray_recording_in_between_does_not_break_a_take() -> None:
    takes = chain([segment("a", 7, 0), segment("x", 40, 100, 50), segment("b", 8, 300)])
    assert members(takes) == [("a", "b"), ("x",)]


def test_naive_starts_are_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        Segment("a", "d", 1, datetime(2026, 5, 1), 1.0)  # noqa: DTZ001


SEGMENTS = st.lists(
    st.builds(
        segment,
        name=st.sampled_from("abcdefghij"),
        sequence=st.one_of(st.none(), st.integers(0, 5)),
        start=st.one_of(st.none(), st.integers(0, 12)),
        duration=st.one_of(st.none(), st.integers(0, 6).map(float)),
        device=st.sampled_from(["1234567", "7654321", None]),
        important=st.booleans(),
        kind=st.sampled_from(["video", "sound"]),
    ),
    max_size=12,
)


@given(SEGMENTS, st.integers(0, 2**32))
def test_every_recording_is_in_one_take_whatever_the_order(segments: list[Segment], seed: int) -> None:
    takes = chain(segments)
    assert sorted(name for take in takes for name in take.members) == sorted({each.recording_id for each in segments})
    assert all(take.key == take.members[0] for take in takes)
    shuffled = list(segments)
    Random(seed).shuffle(shuffled)  # noqa: S311  # an order, not a secret
    assert chain(shuffled) == takes


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 30)), min_size=1, max_size=10))
def test_takes_break_exactly_where_gaps_are_too_long(pieces: list[tuple[int, int]]) -> None:
    start, segments = 0.0, []
    for number, (gap, duration) in enumerate(pieces):
        start += gap
        segments.append(segment(f"{number:02}", number, start, float(duration + 3)))
        start += duration + 3
    breaks = sum(gap > 2 for gap, _ in pieces[1:])
    takes = chain(segments)
    assert len(takes) == 1 + breaks
    assert [gap.seconds for take in takes for gap in take.gaps] == [gap for gap, _ in pieces[1:] if gap > 2]
