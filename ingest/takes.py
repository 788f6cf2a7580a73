"""Which segments of a device were one continuous recording. Originals are never merged, only named together.

1. The same file under two names (a mark copies it) is one segment; copies with the same number and start stand
   beside each other in one place of the chain.
2. A segment continues a take if the device and the kind are the same, it starts within `joins_within_s` of the
   take's end, and its number is the next one. Numbers repeat, wrap and skip: time decides, the number is reported.
3. Where the next number follows after a longer gap, the take ends there and reports the gap.

What is unknown joins nothing: no device, no start or no end leaves a segment at the end of its take.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from math import inf
from typing import TypeGuard

# GA/T 947 allows 0.04 s between segments; names give starts to the second, so up to 2 s may be rounding.
JOINS_WITHIN_S = 2.0
_ROUNDING_S = 0.001  # more than a floating-point time of this century is off by


@dataclass(frozen=True, slots=True)
class Segment:
    """One recording as its device cut it; `started_at` is aware, `duration_s` in seconds, None where unknown."""

    recording_id: str
    device: str | None
    sequence: int | None
    started_at: datetime | None
    duration_s: float | None
    important: bool = False
    kind: str = "video"

    def __post_init__(self) -> None:
        if self.started_at is not None and self.started_at.tzinfo is None:
            message = "a segment needs an aware start, or none"
            raise ValueError(message)


class TakeReasonCode(StrEnum):
    """Why a segment joined the one before it, or why the take ends where it does."""

    NEXT_NUMBER = "next_number"
    NUMBER_UNKNOWN = "number_unknown"
    NUMBER_REPEATED = "number_repeated"
    NUMBER_RESTARTED = "number_restarted"
    NUMBER_SKIPPED = "number_skipped"
    DEVICE_UNKNOWN = "device_unknown"
    START_UNKNOWN = "start_unknown"
    END_UNKNOWN = "end_unknown"


@dataclass(frozen=True, slots=True)
class TakeReason:
    """A reason and the recording it is about; for joins the one that joined."""

    code: TakeReasonCode
    recording_id: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing was recorded for `seconds` after one recording, though the next number (`before`) follows it."""

    after: str
    before: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Take:
    """Recordings that belong together, in order. `key` is the id of the first, and so changes only if an earlier
    segment turns up. A gap is the one between this take and the one with the next number.
    """

    key: str
    members: tuple[str, ...]
    important: bool = False
    gaps: tuple[Gap, ...] = ()
    reasons: tuple[TakeReason, ...] = ()


@dataclass(frozen=True, slots=True)
class _Link:
    """One place of a chain: a segment and its copies."""

    ids: tuple[str, ...]
    sequence: int | None
    started_at: datetime
    duration_s: float | None
    important: bool

    def gap_to(self, following: "_Link") -> float | None:
        if self.duration_s is None:
            return None
        return (following.started_at - self.started_at).total_seconds() - self.duration_s


@dataclass(slots=True)
class _Chain:
    links: list[_Link]
    reasons: list[TakeReason] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    @property
    def last(self) -> _Link:
        return self.links[-1]


# When each number of one device was used.
_Numbers = dict[int, list[datetime]]


def chain(segments: Iterable[Segment], *, joins_within_s: float = JOINS_WITHIN_S) -> list[Take]:
    """Group segments into takes, by start, those without one last. The order of `segments` does not matter."""
    distinct = _one_per_recording(segments)
    placed: dict[tuple[str, str], list[Segment]] = defaultdict(list)
    alone: list[tuple[Segment, TakeReasonCode]] = []
    for segment in distinct:
        if segment.device is None:
            alone.append((segment, TakeReasonCode.DEVICE_UNKNOWN))
        elif segment.started_at is None:
            alone.append((segment, TakeReasonCode.START_UNKNOWN))
        else:
            placed[segment.device, segment.kind].append(segment)
    numbers = _numbers_by_device(distinct)
    chains = [
        one for (device, _), group in placed.items() for one in _chains(_links(group), numbers[device], joins_within_s)
    ]
    chains.sort(key=lambda one: (one.links[0].started_at, one.links[0].ids))
    unplaced = [_take_alone(segment, code) for segment, code in sorted(alone, key=lambda pair: pair[0].recording_id)]
    return [*(_take(one) for one in chains), *unplaced]


def _one_per_recording(segments: Iterable[Segment]) -> list[Segment]:
    known: dict[str, Segment] = {}
    # Sorted first, so that which of two names speaks does not hang on the order they came in; marks add up.
    for segment in sorted(segments, key=repr):
        before = known.setdefault(segment.recording_id, segment)
        known[segment.recording_id] = replace(before, important=before.important or segment.important)
    return list(known.values())


def _numbers_by_device(segments: Iterable[Segment]) -> dict[str, _Numbers]:
    numbers: dict[str, _Numbers] = defaultdict(lambda: defaultdict(list))
    for segment in segments:
        if segment.device is not None and segment.sequence is not None and segment.started_at is not None:
            numbers[segment.device][segment.sequence].append(segment.started_at)
    return numbers


def _links(segments: Iterable[Segment]) -> list[_Link]:
    places: dict[tuple[datetime, int | None], list[Segment]] = defaultdict(list)
    for segment in segments:
        if segment.started_at is not None:
            places[segment.started_at, segment.sequence].append(segment)
    links = [
        _Link(
            ids=tuple(sorted(each.recording_id for each in copies)),
            sequence=sequence,
            started_at=start,
            duration_s=max((each.duration_s for each in copies if _is_duration(each.duration_s)), default=None),
            important=any(each.important for each in copies),
        )
        for (start, sequence), copies in places.items()
    ]
    return sorted(links, key=lambda link: (link.started_at, -1 if link.sequence is None else link.sequence, link.ids))


def _is_duration(seconds: float | None) -> TypeGuard[float]:
    # Damaged files report negative and infinite durations: those are unknown.
    return seconds is not None and 0 <= seconds < inf


def _chains(links: Sequence[_Link], numbers: _Numbers, joins_within_s: float) -> list[_Chain]:
    chains: list[_Chain] = []
    open_ends = _OpenEnds()
    latest_with_number: dict[int, _Chain] = {}
    for link in links:
        # Only the latest holder of the number before counts: numbers start again, often every day.
        before = latest_with_number.get(link.sequence - 1) if link.sequence is not None else None
        _report_gap(before, link, joins_within_s)
        chosen = open_ends.take_best(link, joins_within_s)
        if chosen is None:
            chosen = _Chain([link])
            chains.append(chosen)
        else:
            chosen.reasons.append(TakeReason(_join(chosen.last, link, numbers), link.ids[0]))
            chosen.links.append(link)
        open_ends.add(chosen)
        if link.sequence is not None:
            latest_with_number[link.sequence] = chosen
    for one in chains:
        if one.last.duration_s is None:
            one.reasons.append(TakeReason(TakeReasonCode.END_UNKNOWN, one.last.ids[0]))
    return chains


@dataclass(slots=True)
class _OpenEnds:
    """The chains that may still go on, by their end, so that false durations cannot make the search slow."""

    ends: list[float] = field(default_factory=list)
    chains: list[_Chain] = field(default_factory=list)

    def add(self, one: _Chain) -> None:
        if one.last.duration_s is None:
            return
        end = one.last.started_at.timestamp() + one.last.duration_s
        place = bisect_right(self.ends, end)
        self.ends.insert(place, end)
        self.chains.insert(place, one)

    def take_best(self, link: _Link, joins_within_s: float) -> _Chain | None:
        """Remove and return the chain that `link` continues, the one with the number before it first."""
        start = link.started_at.timestamp()
        low = bisect_left(self.ends, start - joins_within_s - _ROUNDING_S)
        high = bisect_right(self.ends, start + joins_within_s + _ROUNDING_S)
        # An overlap beyond rounding is no continuation: two recordings ran at once, or a duration is false.
        fitting = [
            (not _is_next(self.chains[place].last, link), abs(gap), place)
            for place in range(low, high)
            if (gap := self.chains[place].last.gap_to(link)) is not None and abs(gap) <= joins_within_s
        ]
        if not fitting:
            return None
        *_, best = min(fitting)
        del self.ends[best]
        return self.chains.pop(best)


def _report_gap(before: _Chain | None, link: _Link, joins_within_s: float) -> None:
    if before is None or before.gaps or not _is_next(before.last, link):
        return
    gap = before.last.gap_to(link)
    if gap is not None and gap > joins_within_s:
        before.gaps.append(Gap(before.last.ids[0], link.ids[0], gap))


def _is_next(before: _Link, link: _Link) -> bool:
    return before.sequence is not None and link.sequence == before.sequence + 1


def _join(before: _Link, link: _Link, numbers: _Numbers) -> TakeReasonCode:
    if before.sequence is None or link.sequence is None:
        return TakeReasonCode.NUMBER_UNKNOWN
    if link.sequence == before.sequence:
        return TakeReasonCode.NUMBER_REPEATED
    if link.sequence < before.sequence:
        return TakeReasonCode.NUMBER_RESTARTED
    # Photographs taken while filming use up numbers: those found in the meantime are not missing.
    used = all(
        any(before.started_at <= start <= link.started_at for start in numbers.get(number, ()))
        for number in range(before.sequence + 1, link.sequence)
    )
    return TakeReasonCode.NEXT_NUMBER if used else TakeReasonCode.NUMBER_SKIPPED


def _take(one: _Chain) -> Take:
    return Take(
        key=one.links[0].ids[0],
        members=tuple(recording_id for link in one.links for recording_id in link.ids),
        important=any(link.important for link in one.links),
        gaps=tuple(one.gaps),
        reasons=tuple(one.reasons),
    )


def _take_alone(segment: Segment, code: TakeReasonCode) -> Take:
    reasons = (TakeReason(code, segment.recording_id),)
    return Take(segment.recording_id, (segment.recording_id,), segment.important, reasons=reasons)
