"""What the error codes of S3 stores mean in our words. Pure: the one table, used by `storage/s3.py`."""

from storage.errors import StorageError, StoreFull, StoreMisconfigured, StoreUnavailable, VersionNotFound
from storage.model import VersionReference

# MethodNotAllowed is what HEAD and GET say of a delete marker, which holds no bytes.
_NO_VERSION = {"NoSuchKey", "NoSuchVersion", "MethodNotAllowed"}
_FULL = {"QuotaExceeded", "InsufficientStorage", "XMinioStorageFull"}
_FAULTS = {
    "InternalError",
    "ServiceUnavailable",
    "SlowDown",
    "TooManyRequests",
    "RequestTimeout",
    "OperationAborted",
    "BadGateway",
    "GatewayTimeout",
}
# Bytes were damaged or lost on their way, or the unfinished upload was aborted: sending them again helps.
_SEND_AGAIN = {"BadDigest", "IncompleteBody", "XAmzContentSHA256Mismatch", "NoSuchUpload"}
_REFUSED = ("refused", "The store at {where} refuses our access key ({code}): check the key and its rights.")
_MISCONFIGURED = {
    "NoSuchBucket": (
        "no_bucket",
        "The store at {where} lacks a bucket of ours: make the buckets with `zhilu storage init`.",
    ),
    "AccessDenied": _REFUSED,
    "InvalidAccessKeyId": _REFUSED,
    "SignatureDoesNotMatch": _REFUSED,
    "InvalidToken": _REFUSED,
    "ExpiredToken": _REFUSED,
    "UserSuspended": _REFUSED,
    "RequestTimeTooSkewed": (
        "clocks",
        (
            "The clocks of the store at {where} and of this machine are more than 15 minutes apart: "
            "set them by one time server."
        ),
    ),
}
_UNFIT = ("unfit", "The store at {where} does not take what we ask ({code}): check its settings and our key's rights.")
_REQUEST_FAULTS = range(300, 500)
# The server was slow or busy, whatever the code.
_BUSY = {408, 429}

# What a store answers when a lock forbids a deletion: Amazon and Ceph say the first, MinIO says the second.
LOCKED = {"AccessDenied", "InvalidRequest"}
NO_LOCK_ON_BUCKET = {"ObjectLockConfigurationNotFoundError"}


def meaning(code: str | None, status: int, where: str, reference: VersionReference | None) -> StorageError:
    """Return our error for the code, and the HTTP status, that the store at `where` answered."""
    if code in _NO_VERSION and reference is not None:
        return VersionNotFound(reference)
    if code in _FULL:
        return StoreFull(where)
    known = code in _MISCONFIGURED
    if not known and (code in _FAULTS | _SEND_AGAIN or status in _BUSY or status not in _REQUEST_FAULTS):
        return StoreUnavailable(where, f"it answers {code}", "fault")
    ours, sentence = _MISCONFIGURED.get(code or "", _UNFIT)
    return StoreMisconfigured(sentence.format(where=where, code=code), ours, where=where, detail=code)
