"""The lock conformance probe: what is tried against a store's locks, and what follows from how it went. Pure.

Each trial is named after the attack, so `refused` is always the good outcome. A trial is judged by what is left of the
version, not by what the server says; and a refusal counts only where the same key may do the same thing to what is not
locked, since a key without rights is refused everything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from storage.model import LockMode


class TrialName(StrEnum):
    """What is tried. Those with `bypass` carry the header that overrides governance, and must fail all the same, but
    for those on governance locks: they tell whether our own key has the right to bypass.
    """

    SINGLE_PUT_UNLOCKED = "single_put_unlocked"
    MULTIPART_HEADERS_IGNORED = "multipart_headers_ignored"
    DEFAULT_RETENTION_IGNORED = "default_retention_ignored"
    UPLOAD_UNLOCKED = "upload_unlocked"
    BACKDATED_LOCK = "backdated_lock"
    GOVERNANCE_DELETE = "governance_delete"
    GOVERNANCE_MULTI_DELETE = "governance_multi_delete"
    GOVERNANCE_SHORTEN = "governance_shorten"
    GOVERNANCE_REMOVE = "governance_remove"
    GOVERNANCE_DELETE_BYPASS = "governance_delete_bypass"
    GOVERNANCE_MULTI_DELETE_BYPASS = "governance_multi_delete_bypass"
    GOVERNANCE_SHORTEN_BYPASS = "governance_shorten_bypass"
    COMPLIANCE_DELETE = "compliance_delete"
    COMPLIANCE_DELETE_BYPASS = "compliance_delete_bypass"
    COMPLIANCE_MULTI_DELETE = "compliance_multi_delete"
    COMPLIANCE_MULTI_DELETE_BYPASS = "compliance_multi_delete_bypass"
    COMPLIANCE_SHORTEN = "compliance_shorten"
    COMPLIANCE_SHORTEN_BYPASS = "compliance_shorten_bypass"
    COMPLIANCE_REMOVE = "compliance_remove"
    COMPLIANCE_REMOVE_BYPASS = "compliance_remove_bypass"
    COMPLIANCE_WEAKEN = "compliance_weaken"
    COMPLIANCE_WEAKEN_BYPASS = "compliance_weaken_bypass"
    HOLD_LOST = "hold_lost"
    HELD_DELETE = "held_delete"
    HELD_DELETE_BYPASS = "held_delete_bypass"
    HELD_DELETE_AFTER_LOCK = "held_delete_after_lock"
    HELD_MULTI_DELETE_AFTER_LOCK = "held_multi_delete_after_lock"
    OVERWRITE = "overwrite"
    DELETE_WITHOUT_VERSION = "delete_without_version"
    LIFECYCLE_RULE = "lifecycle_rule"
    SUSPEND_VERSIONING = "suspend_versioning"
    DELETE_BUCKET = "delete_bucket"
    DISABLE_LOCK = "disable_lock"
    CHANGE_ON_DISK = "change_on_disk"


GOVERNANCE_BYPASSES = frozenset(
    {
        TrialName.GOVERNANCE_DELETE_BYPASS,
        TrialName.GOVERNANCE_MULTI_DELETE_BYPASS,
        TrialName.GOVERNANCE_SHORTEN_BYPASS,
    }
)
"""What a key with the right to bypass may do to a governance lock, by its very definition."""
_BYPASSES_OF_MORE = frozenset(
    {
        TrialName.COMPLIANCE_DELETE_BYPASS,
        TrialName.COMPLIANCE_MULTI_DELETE_BYPASS,
        TrialName.COMPLIANCE_SHORTEN_BYPASS,
        TrialName.COMPLIANCE_REMOVE_BYPASS,
        TrialName.COMPLIANCE_WEAKEN_BYPASS,
        TrialName.HELD_DELETE_BYPASS,
    }
)


class TrialOutcome(StrEnum):
    """`unclear` could not be tried, or says nothing: it is never taken for `refused`."""

    REFUSED = "refused"
    ALLOWED = "allowed"
    UNCLEAR = "unclear"


class Reply(StrEnum):
    """What a server answered: done, denied, or a fault that says nothing about the lock."""

    DONE = "done"
    DENIED = "denied"
    FAULT = "fault"


class Remains(StrEnum):
    """What is left of a version after the attack on it."""

    INTACT = "intact"
    CHANGED = "changed"
    GONE = "gone"
    UNKNOWN = "unknown"


class Seen(StrEnum):
    """What was seen, which is more than what the server answered."""

    DENIED = "denied"  # it said no, and all is left as it was
    NOTHING_LOST = "nothing_lost"  # it said yes, and all is left as it was
    LOST = "lost"  # whatever it said
    LOST_LATE = "lost_late"  # by the time we looked, the lock had ended by itself
    NO_RIGHT = "no_right"  # our key may not do that anywhere, so the refusal says nothing
    NO_ANSWER = "no_answer"  # a fault, or the version could not be looked at
    LOCKED = "locked"  # came out as it must
    NOT_LOCKED = "not_locked"  # came out without a lock, or with another one
    TAKEN_BACK = "taken_back"  # came out without a lock; Zhilu itself noticed and took it back
    HELD = "held"
    NOT_HELD = "not_held"
    HOLD_STAYS = "hold_stays"  # it could not be lifted, so whether it was read rightly is not known
    NEVER_OVER = "never_over"  # a version whose lock was over could not be deleted
    RULE_WAITS = "rule_waits"  # the store has not carried out the rule yet, and has time left for it
    RULE_OVERDUE = "rule_overdue"  # it should have by now
    RULE_SPARED = "rule_spared"
    RULE_REMOVED = "rule_removed"
    NO_RULES = "no_rules"  # the store carries out no such rules
    CHANGED_ON_DISK = "changed_on_disk"
    NOT_TRIED = "not_tried"  # something was met on the way


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial. `answer` is the server's own, in its own words; one that does not `weigh` is told but decides nothing.

    `since` is when what was seen began, and `until` by when it is to be known; both None but for what takes days.
    """

    name: TrialName
    outcome: TrialOutcome
    answer: str
    weighs: bool = True
    seen: Seen = Seen.NOT_TRIED
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Conformance:
    """All trials of one run, and how many versions of the probe stay behind until their locks end."""

    trials: tuple[Trial, ...]
    left_behind: int = 0

    @property
    def immutable(self) -> bool:
        weighing = [trial for trial in self.trials if trial.weighs]
        return bool(weighing) and not self.failing

    @property
    def failing(self) -> tuple[Trial, ...]:
        """What keeps the store from being called immutable."""
        return tuple(each for each in self.trials if each.weighs and each.outcome is not TrialOutcome.REFUSED)

    @property
    def unclear_until(self) -> datetime | None:
        """By when it is to be known whether the store is immutable; None unless it only has to be waited for."""
        return awaited((trial.outcome, trial.until) for trial in self.failing)

    @property
    def bypassable(self) -> bool | None:
        """Whether the key that probed may bypass governance locks, None if that is not clear."""
        return bypassable_by({str(trial.name): str(trial.outcome) for trial in self.trials})


def bypassable_by(outcomes: Mapping[str, str]) -> bool | None:
    """Whether a key of these outcomes, by the name of the trial, may bypass governance locks; None if not clear."""
    found = {outcomes.get(name) for name in GOVERNANCE_BYPASSES}
    if TrialOutcome.ALLOWED in found:
        return True
    return False if found == {TrialOutcome.REFUSED} else None


def judged(reply: Reply, remains: Remains, *, may_otherwise: bool, in_time: bool) -> TrialOutcome:
    """The outcome of an attack on one locked version.

    `may_otherwise`: the same key could do the same to a version without lock. `in_time`: the lock had not ended by the
    time we looked.
    """
    match remains:
        case Remains.CHANGED | Remains.GONE:
            return TrialOutcome.ALLOWED if in_time else TrialOutcome.UNCLEAR
        case Remains.UNKNOWN:
            return TrialOutcome.UNCLEAR
        case Remains.INTACT:
            sure = may_otherwise and reply is not Reply.FAULT
            return TrialOutcome.REFUSED if sure else TrialOutcome.UNCLEAR


def awaited(failing: Iterable[tuple[str, datetime | None]]) -> datetime | None:
    """By when all of the trials that fail are to be known, of outcome and `until` each; None unless all only wait."""
    told = list(failing)
    known = [until for outcome, until in told if outcome == TrialOutcome.UNCLEAR and until is not None]
    return max(known) if known and len(known) == len(told) else None


def seen(reply: Reply, remains: Remains, *, may_otherwise: bool, in_time: bool) -> Seen:
    """What was seen of an attack on one locked version; the facts are those of `judged`."""
    match remains:
        case Remains.CHANGED | Remains.GONE:
            return Seen.LOST if in_time else Seen.LOST_LATE
        case Remains.UNKNOWN:
            return Seen.NO_ANSWER
        case Remains.INTACT if reply is Reply.FAULT:
            return Seen.NO_ANSWER
        case Remains.INTACT if not may_otherwise:
            return Seen.NO_RIGHT
        case Remains.INTACT:
            return Seen.DENIED if reply is Reply.DENIED else Seen.NOTHING_LOST


def attacked(
    name: TrialName, reply: Reply, answer: str, remains: Remains, *, may_otherwise: bool, in_time: bool = True
) -> Trial:
    """The trial that an attack on one locked version was."""
    outcome = judged(reply, remains, may_otherwise=may_otherwise, in_time=in_time)
    return Trial(name, outcome, answer, seen=seen(reply, remains, may_otherwise=may_otherwise, in_time=in_time))


def weighed(
    trials: tuple[Trial, ...], *, originals_have_default: bool, mode: LockMode = LockMode.COMPLIANCE
) -> tuple[Trial, ...]:
    """Take off the scales what says nothing about originals that are locked in this mode.

    A server that ignores the lock of CreateMultipartUpload leaves a fresh version unlocked until the next request,
    unless the bucket's default retention locks it at once: then the first weighs nothing and the second does.

    In governance, what our own key may bypass weighs. Where it may bypass nothing, what it could not try upon
    compliance locks and holds for the same reason does not.
    """
    outcomes = {trial.name: trial.outcome for trial in trials}
    headers = outcomes.get(TrialName.MULTIPART_HEADERS_IGNORED)
    default = outcomes.get(TrialName.DEFAULT_RETENTION_IGNORED)
    covered = originals_have_default and default is TrialOutcome.REFUSED
    needed = originals_have_default and headers is not TrialOutcome.REFUSED
    governed = mode is LockMode.GOVERNANCE
    weighs = {
        TrialName.MULTIPART_HEADERS_IGNORED: headers is TrialOutcome.REFUSED or not covered,
        TrialName.DEFAULT_RETENTION_IGNORED: needed,
        **dict.fromkeys(GOVERNANCE_BYPASSES, governed),
    }
    if governed and bypassable_by({str(name): str(outcome) for name, outcome in outcomes.items()}) is False:
        unclear = (name for name in _BYPASSES_OF_MORE if outcomes.get(name) is TrialOutcome.UNCLEAR)
        weighs |= dict.fromkeys(unclear, False)
    return tuple(replace(each, weighs=weighs.get(each.name, each.weighs)) for each in trials)
