"""Who may approve."""

from datetime import datetime

from retention.errors.base import RetentionError


class ApproverError(RetentionError):
    pass


class PassphraseWeak(ApproverError):
    """`code` is why: short, long, plain, name, taken, unreadable; `least` how many characters it needs."""

    def __init__(self, code: str, least: int) -> None:
        self.code, self.least = code, least
        why = {
            "short": f"it has fewer than {least} characters",
            "long": "it is longer than anybody can type",
            "plain": "it repeats a few characters only",
            "name": "it is the name itself, or holds it",
            "taken": "it is in use here already, and each person needs one of their own",
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


class ApproverTampered(ApproverError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"What the catalog says of approver {name} is not what the custody log sealed: somebody wrote past the "
            "program. Nothing goes by their word until that is cleared up: run zhilu verify."
        )
