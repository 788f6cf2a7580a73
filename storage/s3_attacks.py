"""The attacks on single locked versions that the lock conformance probe tries, as a table."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from storage.clock import utc_now
from storage.model import Lock, LockMode
from storage.probe import TrialName
from storage.s3_attacker import Answer, S3Attacker, Victim


class Right(Enum):
    """What a key must be able to do to versions without lock, for a refusal to say something about the lock."""

    DELETE = auto()
    MULTI_DELETE = auto()
    BYPASS = auto()
    RETAIN = auto()


@dataclass(frozen=True, slots=True)
class Attack:
    name: TrialName
    mode: LockMode | None
    act: Callable[[S3Attacker, Victim], Answer]
    needs: tuple[Right, ...] = ()
    held: bool = False


def _shortened(victim: Victim) -> Lock:
    assert victim.lock is not None  # noqa: S101 - attacks on locks get a locked victim
    return Lock(victim.lock.mode, utc_now() + (victim.lock.retain_until - utc_now()) / 2)


def _weakened(victim: Victim) -> Lock:
    assert victim.lock is not None  # noqa: S101 - see above
    return Lock(LockMode.GOVERNANCE, victim.lock.retain_until)


_GOVERNANCE, _COMPLIANCE = LockMode.GOVERNANCE, LockMode.COMPLIANCE
_DELETE, _MULTI, _BYPASS, _RETAIN = Right.DELETE, Right.MULTI_DELETE, Right.BYPASS, Right.RETAIN
ATTACKS: tuple[Attack, ...] = (
    Attack(TrialName.GOVERNANCE_DELETE, _GOVERNANCE, lambda on, victim: on.delete(victim), (_DELETE,)),
    Attack(TrialName.GOVERNANCE_MULTI_DELETE, _GOVERNANCE, lambda on, victim: on.multi_delete(victim), (_MULTI,)),
    Attack(TrialName.GOVERNANCE_SHORTEN, _GOVERNANCE, lambda on, it: on.retain(it, _shortened(it)), (_RETAIN,)),
    Attack(TrialName.GOVERNANCE_REMOVE, _GOVERNANCE, lambda on, victim: on.retain(victim, None), (_RETAIN,)),
    Attack(
        TrialName.GOVERNANCE_DELETE_BYPASS, _GOVERNANCE, lambda on, victim: on.delete(victim, bypass=True), (_DELETE,)
    ),
    Attack(
        TrialName.GOVERNANCE_MULTI_DELETE_BYPASS,
        _GOVERNANCE,
        lambda on, victim: on.multi_delete(victim, bypass=True),
        (_MULTI,),
    ),
    Attack(
        TrialName.GOVERNANCE_SHORTEN_BYPASS,
        _GOVERNANCE,
        lambda on, it: on.retain(it, _shortened(it), bypass=True),
        (_RETAIN,),
    ),
    Attack(TrialName.COMPLIANCE_DELETE, _COMPLIANCE, lambda on, victim: on.delete(victim), (_DELETE,)),
    Attack(
        TrialName.COMPLIANCE_DELETE_BYPASS,
        _COMPLIANCE,
        lambda on, victim: on.delete(victim, bypass=True),
        (_DELETE, _BYPASS),
    ),
    Attack(TrialName.COMPLIANCE_MULTI_DELETE, _COMPLIANCE, lambda on, victim: on.multi_delete(victim), (_MULTI,)),
    Attack(
        TrialName.COMPLIANCE_MULTI_DELETE_BYPASS,
        _COMPLIANCE,
        lambda on, victim: on.multi_delete(victim, bypass=True),
        (_MULTI, _BYPASS),
    ),
    Attack(TrialName.COMPLIANCE_SHORTEN, _COMPLIANCE, lambda on, it: on.retain(it, _shortened(it)), (_RETAIN,)),
    Attack(
        TrialName.COMPLIANCE_SHORTEN_BYPASS,
        _COMPLIANCE,
        lambda on, victim: on.retain(victim, _shortened(victim), bypass=True),
        (_RETAIN, _BYPASS),
    ),
    Attack(TrialName.COMPLIANCE_REMOVE, _COMPLIANCE, lambda on, victim: on.retain(victim, None), (_RETAIN,)),
    Attack(
        TrialName.COMPLIANCE_REMOVE_BYPASS,
        _COMPLIANCE,
        lambda on, victim: on.retain(victim, None, bypass=True),
        (_RETAIN, _BYPASS),
    ),
    Attack(TrialName.COMPLIANCE_WEAKEN, _COMPLIANCE, lambda on, it: on.retain(it, _weakened(it)), (_RETAIN,)),
    Attack(
        TrialName.COMPLIANCE_WEAKEN_BYPASS,
        _COMPLIANCE,
        lambda on, victim: on.retain(victim, _weakened(victim), bypass=True),
        (_RETAIN, _BYPASS),
    ),
    Attack(TrialName.OVERWRITE, _GOVERNANCE, lambda on, victim: on.overwrite(victim)),
    Attack(TrialName.DELETE_WITHOUT_VERSION, _GOVERNANCE, lambda on, victim: on.hide(victim)),
    Attack(TrialName.HELD_DELETE, None, lambda on, victim: on.delete(victim), (_DELETE,), held=True),
    Attack(
        TrialName.HELD_DELETE_BYPASS,
        None,
        lambda on, victim: on.delete(victim, bypass=True),
        (_DELETE, _BYPASS),
        held=True,
    ),
)
