"""Which case a recording may belong to. Suggest, never decide, unless the device itself names the case.

A suggestion needs both a who and a when:

1. who: an officer of the activity is named by the file, or held the device during the recording;
2. when: the recording lies in the activity, or touches it within the tolerance before and after.

An unknown time suggests nothing. Where several activities fit, all are listed. The score orders a person's work
and is no probability: the weight of the who, times the share of the when, times what speaks against it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

_BOTH_AGREE, _ONE_SAYS_SO = 1.0, 0.9
_FILE_AND_ASSIGNMENT_DIFFER, _OTHER_AGENCY, _OTHER_CASE_NAMED = 0.7, 0.8, 0.5
# Partly inside counts from half up to full; outside but within the tolerance from half downwards.
_HALF, _LEAST = 0.5, 0.1


class MatchingSettings(BaseModel):
    """How far outside an activity's times a recording may still belong to it (minutes)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tolerance_minutes: float = Field(default=30.0, ge=0, le=1_440, allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """What is known of a recording; times aware. Without `captured_to` only the beginning is matched."""

    captured_from: datetime | None = None
    captured_to: datetime | None = None
    device: str | None = None
    officer: str | None = None
    agency: str | None = None
    case_named: str | None = None

    def __post_init__(self) -> None:
        _require_aware(self.captured_from, self.captured_to)


@dataclass(frozen=True, slots=True)
class Assignment:
    """An officer holds a device from `starts` up to, not including, `ends` (None: still)."""

    device: str
    officer: str
    starts: datetime
    ends: datetime | None = None

    def __post_init__(self) -> None:
        _require_aware(self.starts, self.ends)


@dataclass(frozen=True, slots=True)
class Activity:
    """Who was out, when, for which case and stage. `ends` is None while it goes on."""

    id: str
    officers: frozenset[str]
    starts: datetime
    ends: datetime | None = None
    agency: str | None = None
    case: str | None = None
    stage: str | None = None

    def __post_init__(self) -> None:
        _require_aware(self.starts, self.ends)


class LinkState(StrEnum):
    SUGGESTED = "suggested"
    CONFIRMED_BY_DEVICE = "confirmed_by_device"


class MatchReasonCode(StrEnum):
    CASE_NAMED_BY_DEVICE = "case_named_by_device"
    OFFICER_NAMED = "officer_named"  # by the file, and out on the activity
    DEVICE_ASSIGNED = "device_assigned"  # held by an officer of the activity
    WITHIN_ACTIVITY = "within_activity"
    PARTLY_WITHIN_ACTIVITY = "partly_within_activity"  # seconds: how much of the recording
    WITHIN_TOLERANCE = "within_tolerance"  # seconds: how far outside
    END_UNKNOWN = "end_unknown"
    FILE_AND_ASSIGNMENT_DIFFER = "file_and_assignment_differ"
    AGENCY_DIFFERS = "agency_differs"
    DEVICE_NAMES_OTHER_CASE = "device_names_other_case"


@dataclass(frozen=True, slots=True)
class MatchReason:
    """One reason with the facts it rests on; what it does not concern is None."""

    code: MatchReasonCode
    officer: str | None = None
    device: str | None = None
    agency: str | None = None
    case: str | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class LinkSuggestion:
    """A link for a person to accept or refuse; `score` from 0 to 1. `case_id` is what `Activity.case` holds."""

    case_id: str | None
    activity_id: str | None
    stage: str | None
    score: float
    state: LinkState
    reasons: tuple[MatchReason, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    """One side of a match: what it weighs, and why."""

    weight: float
    reasons: tuple[MatchReason, ...]


def suggest(
    recording: RecordingFacts,
    assignments: Iterable[Assignment],
    activities: Iterable[Activity],
    settings: MatchingSettings,
) -> tuple[LinkSuggestion, ...]:
    """List every link that fits, the surest first; the order of the inputs does not matter."""
    held_by = _holders(recording, assignments)
    tolerance = timedelta(minutes=settings.tolerance_minutes)
    found = [
        suggestion
        for activity in set(activities)
        if (suggestion := _suggestion(recording, held_by, activity, tolerance)) is not None
    ]
    if recording.case_named is not None:
        # The device names the case and nothing else: which activity and stage remains a suggestion.
        named = MatchReason(MatchReasonCode.CASE_NAMED_BY_DEVICE, device=recording.device, case=recording.case_named)
        found.append(LinkSuggestion(recording.case_named, None, None, 1.0, LinkState.CONFIRMED_BY_DEVICE, (named,)))
    return tuple(sorted(found, key=_rank))


def _suggestion(
    recording: RecordingFacts, held_by: frozenset[str], activity: Activity, tolerance: timedelta
) -> LinkSuggestion | None:
    who, when = _who(recording, held_by, activity), _when(recording, activity, tolerance)
    if who is None or when is None:
        return None
    score, reasons = who.weight * when.weight, (*who.reasons, *when.reasons)
    if recording.agency is not None and activity.agency is not None and recording.agency != activity.agency:
        score *= _OTHER_AGENCY
        reasons = (*reasons, MatchReason(MatchReasonCode.AGENCY_DIFFERS, agency=activity.agency))
    if recording.case_named is not None and recording.case_named == activity.case:
        named = MatchReason(MatchReasonCode.CASE_NAMED_BY_DEVICE, device=recording.device, case=activity.case)
        reasons = (named, *reasons)
    elif recording.case_named is not None:
        score *= _OTHER_CASE_NAMED
        reasons = (*reasons, MatchReason(MatchReasonCode.DEVICE_NAMES_OTHER_CASE, case=recording.case_named))
    return LinkSuggestion(activity.case, activity.id, activity.stage, round(score, 3), LinkState.SUGGESTED, reasons)


def _who(recording: RecordingFacts, held_by: frozenset[str], activity: Activity) -> _Judged | None:
    named = recording.officer if recording.officer in activity.officers else None
    holders = sorted(held_by & activity.officers)
    reasons = [MatchReason(MatchReasonCode.OFFICER_NAMED, officer=named)] if named is not None else []
    reasons += [
        MatchReason(MatchReasonCode.DEVICE_ASSIGNED, officer=holder, device=recording.device) for holder in holders
    ]
    if not reasons:
        return None
    if recording.officer is None or not held_by or recording.officer in held_by:
        return _Judged(_BOTH_AGREE if named in holders else _ONE_SAYS_SO, tuple(reasons))
    differ = MatchReason(MatchReasonCode.FILE_AND_ASSIGNMENT_DIFFER, officer=recording.officer, device=recording.device)
    return _Judged(_ONE_SAYS_SO * _FILE_AND_ASSIGNMENT_DIFFER, (*reasons, differ))


def _when(recording: RecordingFacts, activity: Activity, tolerance: timedelta) -> _Judged | None:
    begins = recording.captured_from
    if begins is None:
        return None
    ends = _end(recording)
    known_end = () if ends is not None else (MatchReason(MatchReasonCode.END_UNKNOWN),)
    until = ends if ends is not None else begins
    outside = max(activity.starts - until, begins - activity.ends if activity.ends else timedelta.min)
    if outside > tolerance:
        return None
    if outside > timedelta(0):
        near = MatchReason(MatchReasonCode.WITHIN_TOLERANCE, seconds=outside.total_seconds())
        return _Judged(max(_LEAST, _HALF * (1 - outside / tolerance)), (near, *known_end))
    inside = min(until, activity.ends or until) - max(begins, activity.starts)
    if inside >= until - begins:
        return _Judged(1.0, (MatchReason(MatchReasonCode.WITHIN_ACTIVITY), *known_end))
    partly = MatchReason(MatchReasonCode.PARTLY_WITHIN_ACTIVITY, seconds=max(0.0, inside.total_seconds()))
    return _Judged(_HALF + _HALF * max(0.0, inside / (until - begins)), (partly, *known_end))


def _holders(recording: RecordingFacts, assignments: Iterable[Assignment]) -> frozenset[str]:
    begins = recording.captured_from
    if begins is None or recording.device is None:
        return frozenset()
    until = _end(recording) or begins
    return frozenset(
        each.officer
        for each in assignments
        if each.device == recording.device and each.starts <= until and (each.ends is None or begins < each.ends)
    )


def _end(recording: RecordingFacts) -> datetime | None:
    # An end before the beginning comes from a damaged file: it is unknown.
    begins, ends = recording.captured_from, recording.captured_to
    return ends if begins is not None and ends is not None and ends >= begins else None


def _rank(suggestion: LinkSuggestion) -> tuple[bool, float, str, str, str, str]:
    return (
        suggestion.state is LinkState.SUGGESTED,
        -suggestion.score,
        suggestion.activity_id or "",
        suggestion.case_id or "",
        suggestion.stage or "",
        repr(suggestion.reasons),
    )


def _require_aware(*times: datetime | None) -> None:
    if any(time is not None and time.tzinfo is None for time in times):
        message = "matching needs aware times"
        raise ValueError(message)
