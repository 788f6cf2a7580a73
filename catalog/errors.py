"""What can go wrong in the catalog.

CatalogError
├── CatalogUnavailable   retryable: the database does not answer, broke off, or took too long
│   ├── CatalogBusy      retryable at once: two transactions stood in each other's way, this one gave way
│   └── CatalogDamaged   permanent: its file cannot be read as a database
├── CatalogMisconfigured permanent: wrong password, no such database, no rights, not trusted, not UTF-8
├── CatalogFull          retryable once there is room
├── CatalogOlder         permanent: not yet upgraded to this version, or empty
├── CatalogNewer         permanent: made by a later version of Zhilu
├── CustodyError         the log that proves itself: nothing is signed until a person has seen to it
│   ├── CustodyKeyUnfit      permanent: what should be a key of the log is none, or cannot be read
│   ├── CustodyKeyForeign    permanent: the key is none of this log
│   ├── CustodyKeyReplaced   permanent: another key has taken its place
│   ├── CustodyKeyAbsent     permanent: this machine does not have the key
│   ├── CustodyLogShorter    permanent: the log has fewer events than were signed
│   └── CustodyLogChanged    permanent: the log is not what was signed
├── DispatchError        rings between processes; never an error for what is rung for, which stands in the ledger
│   ├── DispatchUnavailable     retryable: Redis does not answer
│   └── DispatchMisconfigured   permanent: address, password, TLS or rights are wrong
├── ManifestUnreadable   permanent: what lies in the store is no manifest that this version can read
├── CatalogNotEmpty      permanent: only an empty catalog can be rebuilt
└── NotFound             permanent: no row of that kind bears that name or id
    └── Ambiguous        permanent: more than one does
"""


class CatalogError(Exception):
    """Base of all catalog errors: one sentence a person can act on, and whether trying again can help."""

    retryable = False


class CatalogUnavailable(CatalogError):
    """`code` names the reason for other languages; `why` is the reason in English."""

    retryable = True

    def __init__(self, where: str, why: str, code: str = "other") -> None:
        self.where, self.why, self.code = where, why, code
        super().__init__(f"The catalog at {where} is unavailable: {why}.")


class CatalogBusy(CatalogUnavailable):
    """Everything of the transaction is undone; `Catalog.write` begins it again by itself."""

    def __init__(self, where: str) -> None:
        super().__init__(where, "others changed the same at the same moment", "busy")
        self.args = (f"The catalog at {where} is busy: others changed the same at the same moment. Try again.",)


class CatalogDamaged(CatalogUnavailable):
    retryable = False

    def __init__(self, where: str, why: str) -> None:
        super().__init__(where, why)
        self.args = (f"The catalog at {where} is damaged ({why}): stop Zhilu and restore a backup.",)


class CatalogMisconfigured(CatalogError):
    """Trying again cannot help: a person has to change a setting, here or at the server. `code` as above; `detail` is
    what the server itself said, where that tells more.
    """

    def __init__(self, where: str, why: str, code: str = "other", detail: str = "") -> None:
        self.where, self.why, self.code, self.detail = where, why, code, detail
        super().__init__(f"The catalog at {where} cannot be used: {why}" + (f" ({detail})." if detail else "."))


class CatalogFull(CatalogError):
    retryable = True

    def __init__(self, where: str) -> None:
        self.where = where
        super().__init__(f"The disk of the catalog at {where} is full: make room, then try again. Nothing was lost.")


class CatalogOlder(CatalogError):
    """`revision` is None for an empty database."""

    def __init__(self, where: str, revision: str | None) -> None:
        self.where, self.revision = where, revision
        state = "is empty" if revision is None else f"was made by an earlier version of Zhilu ({revision})"
        super().__init__(f"The catalog at {where} {state}: bring it up to date with `zhilu catalog upgrade`.")


class CatalogNewer(CatalogError):
    def __init__(self, where: str, revision: str) -> None:
        self.where, self.revision = where, revision
        super().__init__(f"The catalog at {where} was made by a later version of Zhilu ({revision}): update Zhilu.")


class CustodyError(CatalogError):
    """The custody log is not as it was signed, or cannot be signed."""


class CustodyKeyUnfit(CustodyError):
    def __init__(self, where: str, why: str) -> None:
        self.where, self.why = where, why
        super().__init__(f"The key of the custody log at {where} cannot be used: {why}.")


class CustodyKeyForeign(CustodyError):
    """`found` and `expected` are the keys as verifiers write them."""

    def __init__(self, where: str, found: str, expected: str) -> None:
        self.where, self.found, self.expected = where, found, expected
        super().__init__(
            f"The key at {where} is none of this custody log, which is signed with {expected}: put that key back. "
            "Nothing is signed until then."
        )


class CustodyKeyReplaced(CustodyError):
    def __init__(self, where: str, expected: str) -> None:
        self.where, self.expected = where, expected
        super().__init__(
            f"The key at {where} has been replaced by {expected}: copy that one here from the machine that rotated it, "
            "or remove this one and leave signing to others."
        )


class CustodyKeyAbsent(CustodyError):
    def __init__(self, expected: str) -> None:
        self.expected = expected
        super().__init__(f"The key of the custody log ({expected}) is not on this machine: do this where it is.")


class CustodyLogShorter(CustodyError):
    def __init__(self, size: int, signed: int) -> None:
        self.size, self.signed = size, signed
        super().__init__(
            f"The custody log has {size} events, but {signed} were signed: the catalog is an older one than the last "
            "checkpoint. Nothing is signed: restore a newer backup, or rebuild the catalog from the store."
        )


class CustodyLogChanged(CustodyError):
    """`position` is that of the event that differs; None where only the whole shows it."""

    def __init__(self, size: int, position: int | None = None) -> None:
        self.size, self.position = size, position
        where = (
            f"event {position} is not what its leaf says" if position is not None else f"its first {size} events differ"
        )
        super().__init__(f"The custody log is not what was signed ({where}): nothing is signed, have it verified.")


class DispatchError(CatalogError):
    """`where` is the address of Redis without its password."""

    def __init__(self, where: str, why: str, sentence: str) -> None:
        self.where, self.why = where, why
        super().__init__(sentence)


class DispatchUnavailable(DispatchError):
    retryable = True

    def __init__(self, where: str, why: str) -> None:
        super().__init__(where, why, f"The Redis at {where} is unavailable: {why}.")


class DispatchMisconfigured(DispatchError):
    """`code` names the reason for other languages, `detail` is what Redis or its library said of it."""

    def __init__(self, where: str, why: str, code: str = "other", detail: str = "") -> None:
        self.code, self.detail = code, detail
        super().__init__(where, why, f"The Redis at {where} cannot be used as it is set up: {why}.")


class NotFound(CatalogError):
    """`kind` as one word, which the texts of other languages go by."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind, self.name = kind.replace(" ", "_"), name
        super().__init__(f"There is no {kind} {name!r}.")


class Ambiguous(NotFound):
    def __init__(self, kind: str, name: str) -> None:
        super().__init__(kind, name)
        self.args = (f"More than one {kind} begins with {name!r}: give more of it.",)


class ManifestUnreadable(CatalogError):
    """`where` names the object, `why` what is the matter with it, in English."""

    def __init__(self, where: str, why: str) -> None:
        self.where, self.why = where, why
        super().__init__(f"The manifest {where} cannot be read: {why}.")


class CatalogNotEmpty(CatalogError):
    """`table` is one in which there is something."""

    def __init__(self, where: str, table: str) -> None:
        self.where, self.table = where, table
        super().__init__(
            f"The catalog at {where} is not empty (there is something in {table}): only an empty one can be rebuilt;"
            " name another with `--into`."
        )
