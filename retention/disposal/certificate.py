"""The certificate of a list (销毁证明): what went, who approved it, what was kept and why; signed, locked, in the log.

     1 WHEN      nothing on the list is left to do, and this process has the key of the custody log
     2 SIGN      the canonical JSON, by a signed note over its SHA-256
     3 STORE     the JSON with the note, and what is printed of it, under lock, read back
     4 COMMIT    where they lie and their digests, as a custody event; the list is DONE

Killed between 3 and 4 it is made again: two versions then say the same, and the log names one of them.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from catalog.canonical import canonical_json, plain
from catalog.custody.objects import Shelf
from catalog.engine import Catalog
from catalog.repositories import custody, disposals, recordings, schedules
from catalog.tables import Disposal, DisposalItem
from catalog.tables.custody import CustodyAction, CustodyObjectKind
from catalog.tables.disposals import DisposalItemState, DisposalState, Verdict

KIND = "zhilu disposal certificate"
Sign = Callable[[str], str | None]
"""Signs a text as a note; None where another machine has the key."""
Print = Callable[[Mapping[str, Any]], Mapping[str, bytes]]
"""What is printed of a certificate, by the name of the file; empty where nothing can be printed here."""


@dataclass(frozen=True)
class Certifier:
    catalog: Catalog
    clock: Callable[[], datetime]
    sign: Sign
    shelf: Shelf
    printed: Print

    def certify(self, number: str) -> bool:
        """Whether the list has its certificate now. Raises StorageError, CatalogError."""
        now = self.clock()
        with self.catalog.reading() as session:
            disposal = disposals.by_number(session, number)
            left = disposals.unfinished_items(session, disposal.id)
            if disposal.state is not DisposalState.EXECUTING or left:
                return disposal.state is DisposalState.DONE
            document = plain(certificate_document(session, disposal, now))
        digest = hashlib.sha256(canonical_json(document)).hexdigest()
        note = self.sign(f"{KIND}\n{number}\n{digest}\n{now.isoformat(timespec='seconds')}\n")
        if note is None:
            return False
        signed = canonical_json({"certificate": document, "note": note})
        files = {"certificate.json": signed, **self.printed({**document, "sha256": digest})}
        stored = {name: self.shelf.put(f"disposal/{number}/{name}", content, now) for name, content in files.items()}
        told = {
            name: {"stored_as": str(stored[name].reference), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
        }
        main = stored["certificate.json"].reference

        def commit(session: Session) -> None:
            found = disposals.by_number(session, number, to_change=True)
            if found.state is not DisposalState.EXECUTING:
                return
            found.state, found.ended_by, found.ended_at = DisposalState.DONE, "zhilu", now
            found.certificate_key, found.certificate_version = main.key, main.version_id
            session.add(found)
            for each in stored.values():
                Shelf.note(session, CustodyObjectKind.CERTIFICATE, each, now)
            custody.record(
                session,
                CustodyAction.DISPOSAL_CERTIFIED,
                at=now,
                actor="zhilu",
                subject_kind=disposals.SUBJECT,
                subject_id=found.id,
                approval=number,
                certificate_sha256=digest,
                files=told,
            )

        self.catalog.write(commit)
        return True


def certificate_document(session: Session, disposal: Disposal, now: datetime) -> dict[str, Any]:
    """All that a certificate says, before it is signed."""
    items = disposals.items_of(session, disposal.id)
    version = schedules.get(session, disposal.schedule_version_id)
    return {
        "kind": KIND,
        "number": disposal.number,
        "reason": disposal.reason,
        "schedule": {"schedule": version.schedule, "version": version.version, "sha256": version.sha256},
        "planned_by": disposal.planned_by,
        "planned_at": disposal.planned_at,
        "list_sha256": disposal.list_sha256,
        "approvals": [
            {"name": approver.name, "given_at": word.given_at, "reason": word.reason, "list_sha256": word.list_sha256}
            for word, approver in disposals.approvals_of(session, disposal.id)
            if word.verdict is Verdict.APPROVED
        ],
        "recoverable_until": disposal.recoverable_until,
        "issued_at": now,
        "deleted": [_told(session, each) for each in items if each.state is DisposalItemState.DELETED],
        "kept": [_told(session, each) for each in items if each.state is DisposalItemState.KEPT],
        "recovered": [_told(session, each) for each in items if each.state is DisposalItemState.RECOVERED],
    }


def _told(session: Session, item: DisposalItem) -> dict[str, Any]:
    recording = recordings.get(session, item.recording_id)
    return {
        "recording": item.recording_id,
        "name": recording.name,
        "sha256": item.sha256,
        "sm3": recording.sm3,
        "size": item.size,
        "captured_at": recording.captured_at,
        "secured_at": recording.secured_at,
        "rule": item.rule,
        "expires_at": item.expires_at,
        "reasons": item.reasons,
        "because": item.kept_because,
        "versions": item.deleted_versions,
        "ended_at": item.ended_at,
    }
