"""Claiming the contents of several files in one transaction, where nothing is in the way of it."""

from collections.abc import Sequence

from sqlmodel import Session

from catalog.repositories import claims, recordings
from catalog.tables import ContentClaim


def claim_unknown(session: Session, wanted: Sequence[ContentClaim]) -> Sequence[bool]:
    """Claim contents; False for one that is claimed already or, as no claim stays then, on record."""
    made = claims.claim_fresh(session, wanted)
    # Only now: who puts a content on record releases its claim in the same transaction, so a claim that is ours while
    # nothing is on record keeps it so.
    ours = {each.sha256 for each in wanted if each.owner in made}
    known = recordings.known_among(session, ours)
    if known:
        claims.release_claims(session, known)
    return [each.owner in made and each.sha256 not in known for each in wanted]
