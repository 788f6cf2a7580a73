"""What can go wrong with a request, and the one table of HTTP status codes for the errors of every package.

RequestError (an AccessError)
├── HostNotAllowed        421: the request names another host; somebody may be rebinding names to this machine
├── CrossSiteRefused      403: another site asks for evidence behind the person's back
├── MethodRefused         405: nothing can be changed here
├── RangeUnsatisfiable    416: the range lies outside the object
├── DerivativeMissing     404: the recording is there, that derivative is not
└── StoredSizeDiffers     500: the store holds another number of bytes than the catalog says
"""

from api.errors import AccessError, SettingsInvalid, ToolUnavailable, UsageWrong
from api.reading.criteria import CriteriaWrong
from catalog.errors import Ambiguous, CatalogFull, CatalogNewer, CatalogUnavailable, NotFound
from retention.errors import RecordingDisposed
from storage.errors import (
    InvalidKey,
    LockWouldShrink,
    StoreFull,
    StoreMisconfigured,
    StoreUnavailable,
    VersionLocked,
    VersionNotFound,
)


class RequestError(AccessError):
    """Base of the errors of requests."""


class HostNotAllowed(RequestError):
    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(f"This server does not answer for the host {host!r}: open it as http://localhost.")


class CrossSiteRefused(RequestError):
    def __init__(self) -> None:
        super().__init__("Another site asked for this: open it from its own page.")


class MethodRefused(RequestError):
    def __init__(self, method: str) -> None:
        self.method = method
        super().__init__(f"Nothing can be changed here: {method} is refused.")


class RangeUnsatisfiable(RequestError):
    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(f"The range lies outside the object, which has {size} bytes.")


class DerivativeMissing(RequestError):
    def __init__(self, kind: str, name: str) -> None:
        self.kind, self.name = kind, name
        super().__init__(f"There is no {kind} of {name}.")


class StoredSizeDiffers(RequestError):
    def __init__(self, expected: int, reported: int) -> None:
        self.expected, self.reported = expected, reported
        super().__init__(
            f"The store reports {reported} bytes where the catalog says {expected}: verify this recording."
        )


STATUS: dict[type[Exception], int] = {
    HostNotAllowed: 421,
    CrossSiteRefused: 403,
    MethodRefused: 405,
    RangeUnsatisfiable: 416,
    DerivativeMissing: 404,
    StoredSizeDiffers: 500,
    CriteriaWrong: 422,
    UsageWrong: 422,
    SettingsInvalid: 500,
    ToolUnavailable: 500,
    NotFound: 404,
    RecordingDisposed: 410,
    Ambiguous: 409,
    CatalogUnavailable: 503,
    CatalogFull: 507,
    CatalogNewer: 500,
    InvalidKey: 500,
    VersionNotFound: 500,
    VersionLocked: 500,
    LockWouldShrink: 500,
    StoreMisconfigured: 500,
    StoreFull: 507,
    StoreUnavailable: 503,
}


def status_code_of(error: Exception) -> int:
    """The status of an error of any package: that of its nearest class in the table, else 500."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
