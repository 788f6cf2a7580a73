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
_REFUSED = "The store at {where} refuses our access key ({code}): check the key and its rights."
_MISCONFIGURED = {
    "NoSuchBucket": "The store at {where} lacks a bucket of ours: make the buckets with `zhilu storage init`.",
    "AccessDenied": _REFUSED,
    "InvalidAccessKeyId": _REFUSED,
    "SignatureDoesNotMatch": _REFUSED,
    "RequestTimeTooSkewed": "The clocks of the store at {where} and of this machine are more than 15 minutes apart: "
    "set them by one time server.",
}

# What a store answers when a lock forbids a deletion: Amazon and Ceph say the first, MinIO says the second.
LOCKED = {"AccessDenied", "InvalidRequest"}
NO_LOCK_ON_BUCKET = {"ObjectLockConfigurationNotFoundError"}


def meaning(code: str | None, where: str, reference: VersionReference | None) -> StorageError | None:
    """Return our error for the code that the store at `where` answered; None when we do not know the code."""
    if code in _NO_VERSION and reference is not None:
        return VersionNotFound(reference)
    if code in _FULL:
        return StoreFull(where)
    if code in _FAULTS | _SEND_AGAIN:
        return StoreUnavailable(where, f"it answers {code}")
    if code in _MISCONFIGURED:
        return StoreMisconfigured(_MISCONFIGURED[code].format(where=where, code=code))
    return None
