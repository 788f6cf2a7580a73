"""What can go wrong in the catalog.

CatalogError
├── CatalogUnavailable   retryable: the database does not answer, broke off, or took too long
│   ├── CatalogBusy      retryable at once: two transactions stood in each other's way, this one gave way
│   └── CatalogDamaged   permanent: its file cannot be read as a database
├── CatalogMisconfigured permanent: wrong password, no such database, no rights, not trusted, not UTF-8
├── CatalogFull          retryable once there is room
├── CatalogOlder         permanent: not yet upgraded to this version, or empty
├── CatalogNewer         permanent: made by a later version of Zhilu
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
    def __init__(self, kind: str, name: str) -> None:
        self.kind, self.name = kind, name
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
