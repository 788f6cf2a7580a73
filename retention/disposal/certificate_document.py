"""What a certificate says, before it is signed: all that an auditor asks of a disposal, from what is on record.

Keys are a contract: they may be added, never renamed. Times are in UTC; what is not known is null, never a guess.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from catalog.repositories import custody_log, disposals, reading, schedules
from catalog.tables import Agency, CustodyEvent, Disposal, DisposalItem, Officer, Recording, ScheduleVersion
from catalog.tables.cases import LinkState
from catalog.tables.custody import CustodyAction
from catalog.tables.disposals import DisposalItemState, Verdict
from retention.disposal.versions import copy_told
from retention.errors import ScheduleInvalid
from retention.in_force import content_of
from retention.schedule import Names, Rule, Schedule
from storage.model import Bucket

KIND = "zhilu disposal certificate"
_AT_ONCE = 500


def certificate_document(session: Session, disposal: Disposal, now: datetime, *, key: str) -> dict[str, Any]:
    """All of it. `key`: the public half of the key that is to sign it, as text."""
    items = disposals.items_of(session, disposal.id)
    version = schedules.get(session, disposal.schedule_version_id)
    told = _Told(session, disposal, _content(version))
    of_state = {state: told.all([each for each in items if each.state is state]) for state in DisposalItemState}
    deleted = of_state[DisposalItemState.DELETED]
    return {
        "kind": KIND,
        "number": disposal.number,
        "reason": disposal.reason,
        "schedule": _schedule(version, told.schedule),
        "planned_by": disposal.planned_by,
        "planned_at": disposal.planned_at,
        "list_sha256": disposal.list_sha256,
        "approvals": [
            {"name": approver.name, "given_at": word.given_at, "reason": word.reason, "list_sha256": word.list_sha256}
            for word, approver in disposals.approvals_of(session, disposal.id)
            if word.verdict is Verdict.APPROVED
        ],
        "recoverable_until": disposal.recoverable_until,
        "executed_by": sorted({each["executed_by"] for each in deleted if each["executed_by"]}),
        "executed_from": min((each["ended_at"] for each in deleted), default=None),
        "executed_until": max((each["ended_at"] for each in deleted), default=None),
        "totals": {
            "recordings": len(deleted),
            "bytes": sum(each["size"] for each in deleted),
            "versions": sum(each["versions_deleted"] for each in deleted),
            "derivatives": sum(each["derivatives_deleted"] for each in deleted),
            "replica": sum(each["replica_deleted"] for each in deleted),
        },
        "issued_at": now,
        "key": key,
        "checkpoint": _checkpoint(session),
        "deleted": deleted,
        "kept": of_state[DisposalItemState.KEPT],
        "recovered": of_state[DisposalItemState.RECOVERED],
    }


def _content(version: ScheduleVersion) -> Schedule | None:
    """None for a schedule that only a later version of Zhilu can read."""
    try:
        return content_of(version)
    except ScheduleInvalid:
        return None


def _schedule(version: ScheduleVersion, content: Schedule | None) -> dict[str, Any]:
    return {
        "schedule": version.schedule,
        "version": version.version,
        "sha256": version.sha256,
        "name": _names(content.name) if content else None,
    }


def _names(names: Names) -> dict[str, str]:
    return {"zh": names.zh, "en": names.en}


def _checkpoint(session: Session) -> dict[str, Any] | None:
    """What the custody log was when it was signed last."""
    latest = custody_log.latest_checkpoint(session)
    return None if latest is None else {"size": latest.size, "root": latest.root.hex(), "at": latest.at}


class _Told:
    """The recordings of one list, each with what is known of it."""

    def __init__(self, session: Session, disposal: Disposal, schedule: Schedule | None) -> None:
        self._session, self.schedule = session, schedule
        self._rules: Mapping[str, Rule] = {rule.id: rule for rule in schedule.rules} if schedule else {}
        self._ends = disposals.ends_of(session, disposal)
        self._taken_back = {
            str(recording): event
            for event in disposals.events_of(session, disposal.id, CustodyAction.DISPOSAL_RECOVERED)
            for recording in event.details.get("recordings", ())
        }

    def all(self, items: Sequence[DisposalItem]) -> list[dict[str, Any]]:
        found = []
        for begin in range(0, len(items), _AT_ONCE):
            found += self._some(items[begin : begin + _AT_ONCE])
        return found

    def _some(self, items: Sequence[DisposalItem]) -> list[dict[str, Any]]:
        ids = [each.recording_id for each in items]
        rows = {each.id: each for each in reading.recordings_by_id(self._session, ids)}
        officers = reading.officers_of(self._session, [each.officer_id for each in rows.values()])
        cases = self._cases(ids)
        return [
            {
                **_of_recording(rows[each.recording_id], officers),
                "cases": cases.get(each.recording_id, []),
                "device_agency": self._agency(rows[each.recording_id].device_serial),
                **self._of_item(each),
            }
            for each in items
        ]

    def _cases(self, ids: Sequence[UUID]) -> Mapping[UUID, list[dict[str, str]]]:
        """Those that a person tied it to."""
        return {
            recording_id: [
                {"number": case.number, "category": case.category.value, "status": case.status.value}
                for link, case, _ in links
                if link.state is LinkState.CONFIRMED
            ]
            for recording_id, links in reading.links_of(self._session, ids).items()
        }

    def _agency(self, serial: str | None) -> str | None:
        found = reading.device(self._session, serial) if serial is not None else None
        return found[1].name if found is not None and found[1] is not None else None

    def _of_item(self, item: DisposalItem) -> dict[str, Any]:
        end = self._ends.get(item.recording_id)
        taken_back = self._taken_back.get(str(item.recording_id))
        rule = self._rules.get(item.rule)
        gone = [copy_told(each) for each in item.deleted_versions]
        ours = [each.reference.bucket for each in gone if not each.in_replica]
        return {
            "sha256": item.sha256,
            "size": item.size,
            "rule": item.rule,
            "rule_name": _names(rule.name) if rule else None,
            "basis": {**_names(rule.basis.words), "verified": rule.basis.verified} if rule else None,
            "expires_at": item.expires_at,
            "reasons": item.reasons,
            "because": item.kept_because,
            "versions": item.deleted_versions,
            "versions_deleted": ours.count(Bucket.ORIGINALS),
            "derivatives_deleted": len(ours) - ours.count(Bucket.ORIGINALS),
            "replica_deleted": len(gone) - len(ours),
            "left": _left(end),
            "executed_by": end.actor if end else None,
            "taken_back_by": taken_back.actor if taken_back else None,
            "taken_back_reason": taken_back.purpose if taken_back else None,
            "ended_at": item.ended_at,
        }


def _left(end: CustodyEvent | None) -> list[Any]:
    """What was made of a recording and the store would not let go."""
    return list(end.details.get("left", ())) if end else []


def _of_recording(row: Recording, officers: Mapping[UUID, tuple[Officer, Agency]]) -> dict[str, Any]:
    known = officers.get(row.officer_id) if row.officer_id else None
    return {
        "recording": row.id,
        "name": row.name,
        "recording_kind": row.kind.value,
        "sm3": row.sm3,
        "device": row.device_serial,
        "officer_code": row.officer_code,
        "officer": known[0].name if known else None,
        "certificate_number": known[0].certificate_number if known else None,
        "agency": known[1].name if known else None,
        "captured_at": row.captured_at,
        "captured_until": row.captured_until,
        "secured_at": row.secured_at,
    }
