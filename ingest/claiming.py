"""Claims of contents while they are being secured: one of all who hold a content stores it, the others wait for that.

What nobody has claimed is claimed together with what other threads want to claim; the rest is looked at one by one.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from catalog.engine import Catalog
from catalog.errors import CatalogError
from catalog.repositories import claims, recordings
from catalog.tables import ContentClaim
from catalog.types import new_id
from ingest.errors import ContentBusy
from ingest.gathered import Gathered
from ingest.process_identity import is_dead
from ingest.progress import Progress
from ingest.transactions import committed
from storage.digests import ContentDigests

_BUSY_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Place:
    """Where one attempt puts its bytes, and the name under which it claims the content."""

    recording_id: UUID
    key: str
    owner: str

    @classmethod
    def new(cls, now: datetime, identity: str) -> "Place":
        recording_id = new_id()
        return cls(recording_id, f"{now:%Y/%m/%d}/{recording_id}", f"{identity}#{recording_id}")


class Claimant:
    """Claims for one process. Safe for many threads."""

    def __init__(
        self, catalog: Catalog, identity: str, clock: Callable[[], datetime], *, busy_wait_seconds: float
    ) -> None:
        # Two of us in one process must not take each other's claims for abandoned.
        self.name = f"{identity}#{new_id()}"
        self._catalog, self._clock, self._busy_wait_seconds = catalog, clock, busy_wait_seconds
        self._under_way: set[str] = set()
        self._claiming: Gathered[ContentClaim, bool] = Gathered(catalog, _claim_unknown)

    def claim(self, digests: ContentDigests, own: Place, progress: Progress) -> Place | None:
        """Claim the content; None if it is on record by now. Raises ContentBusy when another takes too long.

        The place returned is our own, or that of a dead process whose claim we took over.
        """
        wanted = claims.new_claim(
            digests.sha256.hexadecimal,
            recording_id=own.recording_id,
            object_key=own.key,
            owner=own.owner,
            now=self._clock(),
        )
        if self._claiming.carry_out(wanted):
            return own
        # Claimed before, or known: looked at more closely.
        deadline = time.monotonic() + self._busy_wait_seconds
        while True:
            claim = committed(self._catalog, lambda session: self._try_to_claim(session, digests, own))
            if claim is None:
                return None
            if claim.owner == own.owner:
                return Place(claim.recording_id, claim.object_key, own.owner)
            if time.monotonic() > deadline:
                raise ContentBusy(claim.owner)
            progress.on_card(False)  # told again: it is another that takes its time, not an engine
            time.sleep(_BUSY_LOOK_SECONDS)

    def _try_to_claim(self, session: Session, digests: ContentDigests, own: Place) -> ContentClaim | None:
        """The claim that stands, ours or not; None if the content is on record."""
        sha256, now = digests.sha256.hexadecimal, self._clock()

        def attempt() -> ContentClaim:
            return claims.claim(
                session, sha256, recording_id=own.recording_id, object_key=own.key, owner=own.owner, now=now
            )

        claim = attempt()
        if claim.owner != own.owner and self._is_abandoned(claim.owner):
            claims.let_lapse(session, claim)
            claim = attempt()
        # Only now: who puts a content on record releases its claim in the same transaction, so a claim that is ours
        # while nothing is on record keeps it so.
        if not recordings.is_known(session, sha256):
            return claim
        if claim.owner == own.owner:
            claims.release_claims(session, [sha256])
        return None

    @contextlib.contextmanager
    def at_work(self, own: Place) -> Iterator[None]:
        self._under_way.add(own.owner)
        try:
            yield
        finally:
            self._under_way.discard(own.owner)

    def _is_abandoned(self, owner: str) -> bool:
        """Whether the owner of a claim is dead, or was ours and failed when the catalog could not be told."""
        if owner.startswith(f"{self.name}#"):
            return owner not in self._under_way
        return is_dead(owner, all_here=self._catalog.is_sqlite)

    @contextlib.contextmanager
    def let_lapse_on_failure(self, digests: ContentDigests, own: Place) -> Iterator[None]:
        try:
            yield
        except BaseException:
            with contextlib.suppress(CatalogError), self._catalog.writing() as session:
                standing = claims.claim_of(session, digests.sha256.hexadecimal)
                if standing is not None and standing.owner == own.owner:
                    claims.let_lapse(session, standing)
            raise

    def move(self, claimed: Place, own: Place, digests: ContentDigests) -> None:
        """Nothing lies where an earlier owner meant to: from now on the claim points to where we are about to put it.

        Raises ContentBusy.
        """
        with self._catalog.writing() as session:
            standing = claims.claim_of(session, digests.sha256.hexadecimal)
            if standing is None or standing.owner != own.owner:
                # So slow that somebody took it for lost: whoever that is puts the content on record, or did.
                raise ContentBusy(standing.owner if standing else claimed.owner)
            claims.move_claim(session, digests.sha256.hexadecimal, recording_id=own.recording_id, object_key=own.key)

    def renew(self, digests: ContentDigests, own: Place, now: datetime) -> None:
        with self._catalog.writing() as session:
            claims.renew_claim(session, digests.sha256.hexadecimal, owner=own.owner, now=now)


def _claim_unknown(session: Session, wanted: Sequence[ContentClaim]) -> Sequence[bool]:
    """Claim contents; False for one that is claimed already or, as no claim stays then, on record."""
    made = claims.claim_fresh(session, wanted)
    # Only now: who puts a content on record releases its claim in the same transaction, so a claim that is ours while
    # nothing is on record keeps it so.
    ours = {each.sha256 for each in wanted if each.owner in made}
    known = recordings.known_among(session, ours)
    if known:
        claims.release_claims(session, known)
    return [each.owner in made and each.sha256 not in known for each in wanted]
