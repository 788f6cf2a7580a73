"""Claims of contents that are being secured: who stores what, and where bytes may already lie."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from catalog.repositories.inserting import insert_of, insert_unless_there
from catalog.tables import ContentClaim

CLAIM_LEASE = timedelta(minutes=10)


def claim_fresh(session: Session, wanted: Sequence[ContentClaim]) -> set[str]:
    """Claim contents that nobody has a claim to, whatever its lease; returns the owners of the claims that were made.

    The rest is for `claim`, one by one. In one order, so that no two of us wait for each other.
    """
    rows = [each.model_dump() for each in sorted(wanted, key=lambda each: each.sha256)]
    statement = insert_of(session)(ContentClaim).on_conflict_do_nothing(index_elements=["sha256"])
    return set(session.execute(statement.returning(col(ContentClaim.owner)), rows).scalars())


def new_claim(sha256: str, *, recording_id: UUID, object_key: str, owner: str, now: datetime) -> ContentClaim:
    return ContentClaim(
        sha256=sha256, recording_id=recording_id, object_key=object_key, owner=owner, lease_until=now + CLAIM_LEASE
    )


def claim_of(session: Session, sha256: str) -> ContentClaim | None:
    """The claim that stands, for this transaction alone to change until it ends."""
    return session.exec(
        select(ContentClaim)
        .where(ContentClaim.sha256 == sha256)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def claim(
    session: Session, sha256: str, *, recording_id: UUID, object_key: str, owner: str, now: datetime
) -> ContentClaim:
    """Claim a content, or take over a claim whose lease ran out. Returns the claim that then stands: see its owner.

    A claim taken over keeps the id and key of its first owner, under which the bytes may already lie. Who is given
    the claim must still look whether the content is on record by now: its claim goes in that very transaction.
    """
    fresh = new_claim(sha256, recording_id=recording_id, object_key=object_key, owner=owner, now=now)
    standing = None
    while standing is None:  # one that is released between the two statements is ours to make
        if insert_unless_there(session, fresh, unique=["sha256"]):
            return fresh
        standing = claim_of(session, sha256)
    if not now <= standing.lease_until <= now + 2 * CLAIM_LEASE:  # over, or written by a clock that was ahead
        standing.owner, standing.lease_until = owner, now + CLAIM_LEASE
        session.add(standing)
        session.flush()
    return standing


def move_claim(session: Session, sha256: str, *, recording_id: UUID, object_key: str) -> ContentClaim:
    """Point a claim that we took over to where we are about to store the bytes ourselves."""
    standing = session.exec(select(ContentClaim).where(ContentClaim.sha256 == sha256).with_for_update()).one()
    standing.recording_id, standing.object_key = recording_id, object_key
    session.add(standing)
    return standing


def renew_claim(session: Session, sha256: str, *, owner: str, now: datetime) -> None:
    standing = claim_of(session, sha256)
    if standing is not None and standing.owner == owner:
        standing.lease_until = now + CLAIM_LEASE
        session.add(standing)


def release_claims(session: Session, sha256s: Collection[str]) -> None:
    doomed = delete(ContentClaim).where(col(ContentClaim.sha256).in_(sha256s))
    session.exec(doomed, execution_options={"synchronize_session": False})  # no claim is used after its release


def let_lapse(session: Session, standing: ContentClaim) -> None:
    """End the lease of a dead owner now. The claim stays: it says where bytes may already lie."""
    standing.lease_until = datetime.fromtimestamp(0, tz=UTC)
    session.add(standing)
