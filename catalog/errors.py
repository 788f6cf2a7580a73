"""What can go wrong in the catalog.

CatalogError
├── CatalogUnavailable   retryable: the database does not answer, or is locked for too long
│   └── CatalogDamaged   permanent: its file cannot be read as a database
├── CatalogFull          retryable once there is room
├── CatalogOlder         permanent: not yet upgraded to this version, or empty
├── CatalogNewer         permanent: made by a later version of Zhilu
└── NotFound             permanent: no row of that kind bears that name or id
    └── Ambiguous        permanent: more than one does
"""


class CatalogError(Exception):
    """Base of all catalog errors: one sentence a person can act on, and whether trying again can help."""

    retryable = False


class CatalogUnavailable(CatalogError):
    retryable = True

    def __init__(self, where: str, why: str) -> None:
        self.where, self.why = where, why
        super().__init__(f"The catalog at {where} is unavailable: {why}.")


class CatalogDamaged(CatalogUnavailable):
    retryable = False

    def __init__(self, where: str, why: str) -> None:
        super().__init__(where, why)
        self.args = (f"The catalog at {where} is damaged ({why}): stop Zhilu and restore a backup.",)


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


class NotFound(CatalogError):
    def __init__(self, kind: str, name: str) -> None:
        self.kind, self.name = kind, name
        super().__init__(f"There is no {kind} {name!r}.")


class Ambiguous(NotFound):
    def __init__(self, kind: str, name: str) -> None:
        super().__init__(kind, name)
        self.args = (f"More than one {kind} begins with {name!r}: give more of it.",)
