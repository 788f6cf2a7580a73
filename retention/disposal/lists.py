"""What two people approve: the list itself, by the SHA-256 of its canonical JSON."""

import hashlib
from collections.abc import Iterable
from typing import Any

from sqlmodel import Session

from catalog.canonical import canonical_json
from catalog.repositories import disposals
from catalog.tables import Disposal, DisposalItem
from catalog.tables.custody import CustodyAction


def list_document(disposal: Disposal, items: Iterable[DisposalItem]) -> dict[str, Any]:
    """All that is approved of a list: why, by which schedule, and each recording with its content and its reasons."""
    return {
        "number": disposal.number,
        "reason": disposal.reason,
        "schedule_version": str(disposal.schedule_version_id),
        "planned_by": disposal.planned_by,
        "planned_at": disposal.planned_at,
        "items": [
            {
                "recording": str(item.recording_id),
                "sha256": item.sha256,
                "size": item.size,
                "expires_at": item.expires_at,
                "rule": item.rule,
                "reasons": item.reasons,
            }
            for item in sorted(items, key=lambda item: str(item.recording_id))
        ],
    }


def list_digest(disposal: Disposal, items: Iterable[DisposalItem]) -> str:
    """SHA-256, as hexadecimal digits, of the list as the catalog holds it now."""
    return hashlib.sha256(canonical_json(list_document(disposal, items))).hexdigest()


def digests_told(session: Session, disposal: Disposal) -> set[str]:
    """What the list was said to be: by its row, by the custody log when it was made, and by each word given on it."""
    planned = disposals.events_of(session, disposal.id, CustodyAction.DISPOSAL_PLANNED)
    words = (word.list_sha256 for word, _ in disposals.approvals_of(session, disposal.id))
    return {disposal.list_sha256, *(str(event.details.get("list_sha256")) for event in planned), *words}
