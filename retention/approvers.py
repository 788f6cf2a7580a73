"""Who may approve: people, each known by a passphrase of their own. A login of the machine is nobody's word.

     1 PROVE     each who takes part gives their passphrase; a wrong one is a custody event, and slows down the next
     2 DECIDE    are they enough, and different people?
     3 COMMIT    the change and its custody event, if those who proved themselves are enrolled as they were

The first two enrol themselves: somebody has to begin, and the log shows who did. From then on nobody alone changes
who may approve: the third and later ones, and a revocation, need two enrolled people to vouch; a new passphrase needs
the old one and another person. One alone could else enrol a second name of their own, and approve as both.
"""

import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from catalog.engine import Catalog
from catalog.repositories import approvers, custody
from catalog.tables import Approver
from catalog.tables.custody import CustodyAction, CustodyResult
from retention.errors import (
    ApproverBarred,
    ApproverGone,
    ApproverKnown,
    ApproverNameUnfit,
    ApproversTooFew,
    ApproverTampered,
    ApproverUnproven,
    PassphraseWeak,
    VouchersMissing,
    VouchingForOneself,
)
from retention.passphrases import SHORTEST, check_strength, fits, hashed

FOUNDERS = 2
"""So many enrol themselves."""
VOUCHERS = 2
WRONG_AT_MOST = 5
BARRED_FOR = timedelta(minutes=15)
_NAME_AT_MOST = 64


@dataclass(frozen=True, slots=True)
class Person:
    """An approver who has just proved who they are, with the passphrase that stood then."""

    id: UUID
    name: str
    secret_hash: str


class ApproverDesk:
    """Proves people, and changes who may approve. `actor` and `system_user` tell of the login, and decide nothing."""

    def __init__(
        self,
        catalog: Catalog,
        *,
        clock: Callable[[], datetime],
        actor: str,
        system_user: Mapping[str, int | str],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._catalog, self._clock, self._actor = catalog, clock, actor
        self._system_user, self._pause = dict(system_user), pause

    # --- 1 ------------------------------------------------------------------------------------------------------

    def prove(self, name: str, passphrase: str, *, act: str) -> Person:
        """The enrolled person of that name, if this is their passphrase. `act` tells in the log what it was asked for.

        Raises ApproverUnproven, ApproverBarred, ApproverTampered.
        """
        told = _normal(name)
        now = self._clock()
        with self._catalog.writing() as session:
            # One attempt at a time, or a thousand at once would all count as the first.
            approvers.alone(session)
            wrong = approvers.denied_since(session, told, now - BARRED_FOR)
            barred = len(wrong) >= WRONG_AT_MOST
            standing = None if barred else approvers.named(session, told)
            enrolled = standing if standing is not None and standing.revoked_at is None else None
            # Before the words are tried: they would be those of whoever wrote the row.
            tampered = enrolled is not None and not approvers.is_as_sealed(session, enrolled)
            proven = not barred and fits(passphrase, enrolled.secret_hash if enrolled else None)
            if (tampered or not proven) and not barred:  # while barred nothing is tried, and it must come to an end
                self._denied(session, told, standing, act=act, now=now)
        if barred:
            raise ApproverBarred(told, wrong[0] + BARRED_FOR)
        if tampered:
            raise ApproverTampered(told)
        if not proven or enrolled is None:
            self._pause(float(2 ** len(wrong)))
            raise ApproverUnproven(told)
        return Person(enrolled.id, enrolled.name, enrolled.secret_hash)

    def _denied(self, session: Session, name: str, standing: Approver | None, *, act: str, now: datetime) -> None:
        custody.record(
            session,
            CustodyAction.APPROVER_CHALLENGED,
            at=now,
            actor=self._actor,
            subject_kind=approvers.SUBJECT,
            subject_id=standing.id if standing else None,
            result=CustodyResult.DENIED,
            name=name,
            act=act,
            system_user=self._system_user,
        )

    # --- 2 and 3 ------------------------------------------------------------------------------------------------

    def needed_to_enrol(self) -> int:
        """How many have to vouch for the next one."""
        with self._catalog.reading() as session:
            return _needed(session)

    def enrol(self, name: str, passphrase: str, vouchers: Sequence[Person]) -> Approver:
        """Enrol a person; the passphrase is theirs, given by themselves.

        Raises ApproverNameUnfit, ApproverKnown, PassphraseWeak, VouchersMissing, VouchingForOneself, ApproverGone.
        """
        told = checked_name(name)
        check_strength(passphrase, told)
        fresh = Approver(name=told, secret_hash=hashed(passphrase), enrolled_by=self._actor, enrolled_at=self._clock())

        def put(session: Session) -> Approver:
            approvers.alone(session)
            if any(_same(told, each.name) for each in approvers.listing(session)):
                raise ApproverKnown(told)
            self._check_vouchers(session, told, vouchers, needed=_needed(session))
            _refuse_in_use(session, passphrase)
            approver = fresh.model_copy()
            session.add(approver)
            self._changed(session, CustodyAction.APPROVER_ENROLLED, approver, vouchers)
            return approver

        return self._catalog.write(put)

    def give_new_passphrase(self, person: Person, passphrase: str, vouchers: Sequence[Person]) -> Approver:
        """Let a proven person have another passphrase; somebody else has to vouch.

        Raises PassphraseWeak, VouchersMissing, VouchingForOneself, ApproverGone.
        """
        check_strength(passphrase, person.name)
        secret_hash = hashed(passphrase)

        def put(session: Session) -> Approver:
            approvers.alone(session)
            approver = self.still(session, person)
            self._check_vouchers(session, person.name, vouchers, needed=1)
            _refuse_in_use(session, passphrase)
            approver.secret_hash = secret_hash
            session.add(approver)
            self._changed(session, CustodyAction.APPROVER_REKEYED, approver, vouchers)
            return approver

        return self._catalog.write(put)

    def revoke(self, name: str, vouchers: Sequence[Person], *, reason: str) -> Approver:
        """Take from a person the right to approve. They may be one of those who vouch for it.

        Raises ApproverUnproven, ApproversTooFew, VouchersMissing, ApproverGone.
        """
        told = _normal(name)

        def put(session: Session) -> Approver:
            approvers.alone(session)
            approver = approvers.named(session, told)
            if approver is None or approver.revoked_at is not None:
                raise ApproverUnproven(told)
            if len(self._different(session, vouchers)) < VOUCHERS:
                raise VouchersMissing(VOUCHERS, len(self._different(session, vouchers)))
            if approvers.count_enrolled(session) <= FOUNDERS:
                raise ApproversTooFew(told)
            approver.revoked_by, approver.revoked_at = self._actor, self._clock()
            session.add(approver)
            self._changed(session, CustodyAction.APPROVER_REVOKED, approver, vouchers, why=reason)
            return approver

        return self._catalog.write(put)

    def still(self, session: Session, person: Person) -> Approver:
        """The row of a proven person, in the transaction that goes by their word.

        Raises ApproverGone, ApproverTampered.
        """
        approver = approvers.get(session, person.id)
        if approver is None or approver.revoked_at is not None or approver.secret_hash != person.secret_hash:
            raise ApproverGone(person.name)
        if not approvers.is_as_sealed(session, approver):
            raise ApproverTampered(approver.name)
        return approver

    def is_enrolled(self, session: Session, name: str) -> bool:
        """Whether a person of that name may approve now. Raises ApproverTampered."""
        approver = approvers.named(session, name)
        if approver is None or approver.revoked_at is not None:
            return False
        if not approvers.is_as_sealed(session, approver):
            raise ApproverTampered(approver.name)
        return True

    def _check_vouchers(self, session: Session, name: str, vouchers: Sequence[Person], *, needed: int) -> None:
        if any(_same(each.name, name) for each in vouchers):
            raise VouchingForOneself(name)
        different = self._different(session, vouchers)
        if len(different) < needed:
            raise VouchersMissing(needed, len(different))

    def _different(self, session: Session, vouchers: Sequence[Person]) -> set[UUID]:
        return {self.still(session, each).id for each in vouchers}

    def _changed(
        self,
        session: Session,
        action: CustodyAction,
        approver: Approver,
        vouchers: Sequence[Person],
        *,
        why: str | None = None,
    ) -> None:
        custody.record(
            session,
            action,
            at=self._clock(),
            actor=self._actor,
            subject_kind=approvers.SUBJECT,
            subject_id=approver.id,
            name=approver.name,
            vouched_by=sorted({each.name for each in vouchers}),
            purpose=why,
            system_user=self._system_user,
        )


def checked_name(name: str) -> str:
    """The name in the one form it is kept in. Raises ApproverNameUnfit."""
    told = _normal(name)
    unfit = any(unicodedata.category(each).startswith("C") for each in name)
    if not told or len(told) > _NAME_AT_MOST or unfit or "=" in told:
        raise ApproverNameUnfit(name)
    return told


def _refuse_in_use(session: Session, passphrase: str) -> None:
    """One person under two names would know one passphrase twice: of anybody ever enrolled, and never whose it is.

    Asked after those who vouch have proven themselves, and among the first two a wrong guess enrols: nobody tries many.
    Raises PassphraseWeak.
    """
    # All of them, whichever fits: how long it takes tells nothing.
    if any([fits(passphrase, each.secret_hash) for each in approvers.listing(session)]):  # noqa: C419 - see above
        raise PassphraseWeak("taken", SHORTEST)


def _needed(session: Session) -> int:
    """Those who ever were enrolled count: else whoever brings about that few are left could enrol themselves again."""
    return 0 if approvers.count_ever(session) < FOUNDERS else VOUCHERS


def _normal(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split())


def _same(one: str, other: str) -> bool:
    """Whether people would take the two names for one."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().replace(" ", "")
