"""What was found of the stored bytes of recordings: which are damaged and since when, and what was put right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, func, select

from catalog.repositories.fixity import DAMAGED
from catalog.tables import FixityCheck, FixityState, Recording, Replacement
from catalog.tables.fixity import FixityOutcome
from storage.model import VersionReference


@dataclass(frozen=True, slots=True)
class Damage:
    """The version that serves is not what was secured: since its first reading that was not intact."""

    outcome: FixityOutcome
    since: datetime
    error: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """The latest reading of the version that serves, None where there was none; and what replaced damaged ones."""

    latest: FixityCheck | None
    damage: Damage | None
    replacements: Sequence[Replacement]


def damage_of(session: Session, recording_ids: Sequence[UUID]) -> dict[UUID, Damage]:
    """Of those of the recordings whose version that serves was not intact when it was read last."""
    states = session.exec(
        select(FixityState)
        .join(Recording, col(Recording.id) == col(FixityState.recording_id))
        .where(
            col(FixityState.recording_id).in_(recording_ids),
            col(FixityState.serves).is_(True),
            col(FixityState.outcome).in_(DAMAGED),
            col(Recording.disposed_at).is_(None),
        )
    ).all()
    damaged = {}
    for state in states:
        found = _damage(_checks(session, state.recording_id, state.object_version))
        if found is not None:
            damaged[state.recording_id] = found
    return damaged


def standing_of(session: Session, recording_id: UUID, serving: VersionReference) -> Standing:
    checks = _checks(session, recording_id, serving.version_id)
    replacements = session.exec(
        select(Replacement)
        .where(Replacement.recording_id == recording_id)
        .order_by(col(Replacement.made_at), col(Replacement.id))
    ).all()
    return Standing(checks[-1] if checks else None, _damage(checks), replacements)


def known_damaged(session: Session) -> tuple[int, datetime | None]:
    """How many recordings are damaged and nothing serves in their place, and when the last of them was read so."""
    count, at = session.exec(
        select(func.count(), func.max(FixityState.waits_since))
        .select_from(FixityState)
        .join(Recording, col(Recording.id) == col(FixityState.recording_id))
        .where(
            col(FixityState.serves).is_(True),
            col(FixityState.outcome).in_(DAMAGED),
            col(Recording.disposed_at).is_(None),
        )
    ).one()
    return count, at


def replaced_since(session: Session, since: datetime) -> int:
    """How many recordings had a damaged version replaced since then."""
    return session.exec(
        select(func.count(col(Replacement.recording_id).distinct())).where(col(Replacement.made_at) > since)
    ).one()


def _checks(session: Session, recording_id: UUID, version: str) -> Sequence[FixityCheck]:
    """The readings of one version, the first one first."""
    return session.exec(
        select(FixityCheck)
        .where(FixityCheck.recording_id == recording_id, FixityCheck.object_version == version)
        .order_by(col(FixityCheck.at), col(FixityCheck.id))
    ).all()


def _damage(checks: Sequence[FixityCheck]) -> Damage | None:
    if not checks or checks[-1].outcome not in DAMAGED:
        return None
    since = checks[-1]
    for check in reversed(checks):
        if check.outcome not in DAMAGED:
            break
        since = check
    return Damage(checks[-1].outcome, since.at, checks[-1].error)
