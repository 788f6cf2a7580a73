"""What can go wrong in administration and preservation.

RetentionError
└── ApproverError              who may approve
    ├── PassphraseWeak         permanent: too short, too plain, or the name itself
    ├── ApproverNameUnfit      permanent: it cannot be the name of a person here
    ├── ApproverKnown          permanent: somebody was enrolled under this name before
    ├── ApproverUnproven       nobody of that name is enrolled, or the passphrase is another
    ├── ApproverBarred         for a while: too many wrong passphrases
    ├── VouchersMissing        more enrolled people have to vouch
    ├── VouchingForOneself     permanent: a person's word for themselves counts nothing
    ├── ApproversTooFew        permanent for now: fewer than two would be left
    └── ApproverGone           revoked, or with another passphrase, since they proved themselves
"""

from datetime import datetime


class RetentionError(Exception):
    """Base of all errors of this package: one sentence a person can act on, and whether trying again can help."""

    retryable = False


class ApproverError(RetentionError):
    pass


class PassphraseWeak(ApproverError):
    """`code` is why: short, long, plain, name, unreadable; `least` how many characters it needs."""

    def __init__(self, code: str, least: int) -> None:
        self.code, self.least = code, least
        why = {
            "short": f"it has fewer than {least} characters",
            "long": "it is longer than anybody can type",
            "plain": "it repeats a few characters only",
            "name": "it is the name itself, or holds it",
        }.get(code, "it is not text")
        super().__init__(f"This passphrase will not do: {why}. Take several words that nobody would guess.")


class ApproverNameUnfit(ApproverError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name!r} cannot be the name of an approver: give the name people know this person by.")


class ApproverKnown(ApproverError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Somebody was enrolled as {name} before: give a name that tells the two apart.")


class ApproverUnproven(ApproverError):
    """Does not say which of the two it is: that would tell who is enrolled."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Nobody enrolled as {name} has this passphrase. The attempt is on record.")


class ApproverBarred(ApproverError):
    def __init__(self, name: str, until: datetime) -> None:
        self.name, self.until = name, until
        super().__init__(
            f"Too many wrong passphrases for {name}: wait until {until:%H:%M:%S} UTC, and ask who tried them."
        )


class VouchersMissing(ApproverError):
    def __init__(self, needed: int, given: int) -> None:
        self.needed, self.given = needed, given
        super().__init__(
            f"{needed} enrolled people have to vouch for this with passphrases of their own, {given} did: "
            "name each with --voucher."
        )


class VouchingForOneself(ApproverError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name} cannot vouch for {name}: let somebody else who is enrolled do it.")


class ApproversTooFew(ApproverError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Without {name} fewer than two approvers would be left: enrol another one first.")


class ApproverGone(ApproverError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name} was revoked, or got another passphrase, in the meantime: begin again.")
