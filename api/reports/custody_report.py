"""The custody report (监管链报告) on one recording, as one document for print and for programs.

Keys are a contract: they may be added, never renamed. Times are ISO 8601 in UTC, but for what a camera wrote itself.
"""

import hashlib
import importlib.metadata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session

from api.reading.model import RecordingView
from api.reading.recording import show
from api.runtime import Runtime
from api.verifying.model import Finding, Tallies
from catalog.custody.keys import verifier_of
from catalog.repositories import cases, custody_log, disposals, dossier, recordings
from catalog.repositories.custody_standing import standing
from catalog.repositories.dossier import NumberedEvent
from catalog.tables import Disposal, DisposalItem, Hold, RetentionDecision
from catalog.tables.custody import CustodyAction, StampState
from catalog.tables.disposals import Verdict

COPIES = frozenset({CustodyAction.DOWNLOADED})


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Preparation(_Told):
    number: str
    made_at: datetime
    program_version: str
    prepared_by: str
    purpose: str | None


class EventTold(_Told):
    position: int | None
    at: datetime
    actor: str
    role: str | None
    action: str
    purpose: str | None
    approval: str | None
    address: str | None
    result: str
    details: dict[str, Any]


class CopyTold(_Told):
    """One copy that left the system: who took it, for whom and for what, and what was given."""

    at: datetime
    actor: str
    recipient: str | None
    purpose: str | None
    what: str
    result: str


class HoldTold(_Told):
    number: str
    authority: str
    document: str
    reason: str
    placed_by: str
    placed_at: datetime
    released_by: str | None
    released_at: datetime | None
    release_document: str | None


class RetentionTold(_Told):
    outcome: str
    expires_at: datetime | None
    rule: str | None
    blocked_by: list[dict[str, Any]]
    evaluated_at: datetime


class DisposalTold(_Told):
    """A list that names it: who planned and approved it, and what became of the recording on it, and when.

    `certified`: whether the certificate of the list lies in the store.
    """

    number: str
    state: str
    item_state: str
    rule: str
    expires_at: datetime
    planned_by: str
    planned_at: datetime
    recoverable_until: datetime | None
    ended_at: datetime | None
    approved_by: tuple[str, ...]
    kept_because: list[dict[str, Any]]
    certified: bool


class FindingTold(_Told):
    code: str
    part: str
    weight: str
    facts: dict[str, Any]


class VerificationTold(_Told):
    """A fresh one, of this recording and of the log, made for this report."""

    at: datetime
    passed: bool
    parts: dict[str, dict[str, int]]
    findings: tuple[FindingTold, ...]
    events_waiting: int
    events_uncovered: int


class CheckpointTold(_Told):
    """What the log was when it was signed last, and who stamped that.

    `events_after`: how many came after it, those that this report made among them. `key`: the public key of the log as
    its notes name it, by which anybody can check them; `key_sha256`: the fingerprint of its 32 bytes.
    """

    size: int
    root: str
    at: datetime
    note: str
    stamped_by: tuple[str, ...]
    stamps_pending: int
    events_after: int
    key: str | None
    key_sha256: str | None


class CustodyReport(_Told):
    preparation: Preparation
    recording: RecordingView
    stations: tuple[str, ...]
    events: tuple[EventTold, ...]
    case_numbers: dict[str, str]
    copies: tuple[CopyTold, ...]
    holds: tuple[HoldTold, ...]
    retention: RetentionTold | None
    disposals: tuple[DisposalTold, ...]
    verification: VerificationTold
    checkpoint: CheckpointTold | None


def read_report(
    runtime: Runtime,
    recording_id: UUID,
    preparation: Preparation,
    tallies: Tallies,
    findings: Sequence[Finding],
) -> CustodyReport:
    """All that is on record now; the verification was made just before. Raises CatalogError."""
    with runtime.catalog.reading() as session:
        recording = recordings.get(session, recording_id)
        events = dossier.events_of(session, recording_id)
        decision = dossier.decision_of(session, recording_id)
        return CustodyReport(
            preparation=preparation,
            recording=show(runtime, session, recording),
            stations=tuple(f"{station} / {slot}" for station, slot in dossier.slots_of(session, recording_id)),
            events=tuple(_event(each) for each in events),
            case_numbers=cases.numbers(session, (each.event.details.get("case_id") for each in events)),
            copies=tuple(_copy(each) for each in events if each.event.action in COPIES),
            holds=tuple(_hold(each) for each in dossier.holds_of(session, recording_id)),
            retention=_retention(decision) if decision is not None else None,
            disposals=tuple(_disposal(session, *each) for each in dossier.disposals_of(session, recording_id)),
            verification=_verification(preparation.made_at, tallies, findings),
            checkpoint=_checkpoint(session),
        )


def program_version() -> str:
    return importlib.metadata.version("zhilu")


def _event(numbered: NumberedEvent) -> EventTold:
    event = numbered.event
    return EventTold(
        position=numbered.position,
        at=event.at,
        actor=event.actor,
        role=event.role,
        action=event.action.value,
        purpose=event.purpose,
        approval=event.approval,
        address=event.address,
        result=event.result.value,
        details=event.details,
    )


def _copy(numbered: NumberedEvent) -> CopyTold:
    event = numbered.event
    return CopyTold(
        at=event.at,
        actor=event.actor,
        recipient=_text(event.details, "recipient"),
        purpose=event.purpose,
        what=_text(event.details, "what") or "original",
        result=event.result.value,
    )


def _text(details: Mapping[str, Any], name: str) -> str | None:
    found = details.get(name)
    return None if found is None else str(found)


def _hold(hold: Hold) -> HoldTold:
    return HoldTold(**{name: getattr(hold, name) for name in HoldTold.model_fields})


def _retention(decision: RetentionDecision) -> RetentionTold:
    return RetentionTold(
        outcome=decision.outcome.value,
        expires_at=decision.expires_at,
        rule=decision.rule,
        blocked_by=decision.blocked_by,
        evaluated_at=decision.evaluated_at,
    )


def _disposal(session: Session, item: DisposalItem, disposal: Disposal) -> DisposalTold:
    words = disposals.approvals_of(session, disposal.id)
    return DisposalTold(
        number=disposal.number,
        state=disposal.state.value,
        item_state=item.state.value,
        rule=item.rule,
        expires_at=item.expires_at,
        planned_by=disposal.planned_by,
        planned_at=disposal.planned_at,
        recoverable_until=disposal.recoverable_until,
        ended_at=item.ended_at,
        approved_by=tuple(approver.name for word, approver in words if word.verdict is Verdict.APPROVED),
        kept_because=item.kept_because,
        certified=disposal.certificate_key is not None,
    )


def _verification(at: datetime, tallies: Tallies, findings: Sequence[Finding]) -> VerificationTold:
    return VerificationTold(
        at=at,
        passed=tallies.passed,
        parts={part.value: {"checked": each.checked, "of": each.of} for part, each in tallies.parts.items()},
        findings=tuple(
            FindingTold(code=each.code.value, part=each.part.value, weight=each.weight.value, facts=dict(each.facts))
            for each in findings
        ),
        events_waiting=tallies.waiting,
        events_uncovered=tallies.uncovered,
    )


def _checkpoint(session: Session) -> CheckpointTold | None:
    latest = custody_log.latest_checkpoint(session)
    if latest is None:
        return None
    stamps = custody_log.stamps_of(session, latest.id)
    keys = custody_log.keys(session)
    log = standing(session)
    return CheckpointTold(
        size=latest.size,
        root=latest.root.hex(),
        at=latest.at,
        note=latest.note,
        stamped_by=tuple(each.authority for each in stamps if each.state is StampState.STAMPED),
        stamps_pending=sum(each.state is StampState.PENDING for each in stamps),
        events_after=log.placed + log.waiting - latest.size,
        key=str(verifier_of(keys[-1])) if keys else None,
        key_sha256=hashlib.sha256(keys[-1].public_key).hexdigest() if keys else None,
    )
