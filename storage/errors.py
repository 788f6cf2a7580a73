"""What can go wrong in storage.

StorageError
├── InvalidKey           permanent: the key cannot be stored
├── VersionNotFound      permanent: no such version
├── VersionLocked        permanent for now: a lock or a hold forbids it
├── LockWouldShrink      permanent: locks are only ever lengthened
├── LockInThePast        permanent: a lock that is over before it begins guards nothing
├── StoreMisconfigured   permanent: no bucket, no versioning or no lock on it
├── StoreFull            retryable once there is room
└── StoreUnavailable     retryable: the store does not answer or answers with a fault
"""

from datetime import datetime

from storage.model import VersionReference


class StorageError(Exception):
    """Base of all storage errors: one sentence a person can act on, and whether trying again can help."""

    retryable = False


class InvalidKey(StorageError):
    def __init__(self, key: str, why: str) -> None:
        self.key = key
        super().__init__(f"The key {key!r} cannot be stored: {why}.")


class VersionNotFound(StorageError):
    def __init__(self, reference: VersionReference) -> None:
        self.reference = reference
        super().__init__(f"The store holds no version {reference}.")


class VersionLocked(StorageError):
    def __init__(self, reference: VersionReference, until: datetime | None, *, held: bool) -> None:
        self.reference, self.until, self.held = reference, until, held
        why = "a hold lies on it" if held else f"it is locked until {until:%Y-%m-%d %H:%M:%S %Z}"
        super().__init__(f"The version {reference} cannot be deleted: {why}.")


class LockWouldShrink(StorageError):
    def __init__(self, reference: VersionReference) -> None:
        self.reference = reference
        super().__init__(f"The lock of {reference} can be lengthened but not shortened or weakened.")


class LockInThePast(StorageError):
    def __init__(self, where: str, until: datetime) -> None:
        self.where, self.until = where, until
        super().__init__(f"{where} cannot be locked until {until:%Y-%m-%d %H:%M:%S %Z}, which is over: set the clocks.")


class StoreMisconfigured(StorageError):
    """Trying again cannot help: a person has to change a setting, a right or a bucket.

    `code` names what is wrong for other languages; `where` is the store, bucket, version or file concerned, `detail`
    what tells more.
    """

    def __init__(self, sentence: str, code: str = "other", *, where: object = "", detail: object = "") -> None:
        self.sentence, self.code, self.where, self.detail = sentence, code, str(where), str(detail)
        super().__init__(sentence)


class StoreFull(StorageError):
    retryable = True

    def __init__(self, where: str, reserve: int = 0) -> None:
        """`reserve` in bytes: how much of its disk is kept free on purpose, where that is why nothing more goes in."""
        self.where, self.reserve = where, -(-reserve // 2**20)
        kept = f" but for the {self.reserve} MiB that are kept free" if reserve else ""
        super().__init__(f"The store at {where} is full{kept}: make room, then try again. Nothing was lost.")


class StoreUnavailable(StorageError):
    """`outcome_unknown`: the store may have done, or may yet do, what it was asked although it did not say so.

    `why` is the reason in English and `code` names it for other languages: "other" where the reason is a vendor's own.
    """

    retryable = True

    def __init__(self, where: str, why: str, code: str = "other", *, outcome_unknown: bool = False) -> None:
        self.where, self.why, self.code, self.outcome_unknown = where, why, code, outcome_unknown
        super().__init__(f"The store at {where} is unavailable: {why}.")
