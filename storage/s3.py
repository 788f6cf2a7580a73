# ruff: noqa: SLF001 - the reason is in the docstring
"""Any S3 store with Object Lock, through minio-py. What it promises and what it cannot is in `storage/README.md`.

minio-py's public `put_object` pulls from a reader; here whoever reads the card pushes, once, while digesting. So
`_MinioRequests` uses the client's own request methods, which are not public: the client is pinned to one release,
arguments go by keyword, and the contract tests run every one of them against a real store.
"""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import groupby, islice
from pathlib import Path
from typing import Annotated, TypedDict, cast

import urllib3
from minio import Minio
from minio.commonconfig import ENABLED
from minio.datatypes import Part, Upload
from minio.error import InvalidResponseError, S3Error, ServerError
from minio.retention import Retention
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from storage.clock import utc_now
from storage.errors import LockWouldShrink, StoreMisconfigured, StoreUnavailable, VersionLocked, VersionNotFound
from storage.keys import check_key
from storage.model import Bucket, Lock, StoredVersion, VersionReference
from storage.s3_errors import LOCKED, NO_LOCK_ON_BUCKET, meaning
from storage.s3_headers import (
    Headers,
    content_md5,
    is_weaker,
    lock_headers,
    metadata_headers,
    stored_version,
    whole_seconds,
)
from storage.s3_upload import S3Upload

READ_CHUNK = 1024 * 1024
# S3 does not tell a slow upload from a dead one, so age is the only sign. 300 GB over a line of 4 MB/s take 21 hours.
ABANDONED_AFTER = timedelta(hours=24)
_HEADS_AT_ONCE, _HEADS_A_BATCH = 8, 64
_MIB = 1024 * 1024


class S3Settings(BaseModel):
    """How to reach the store; `part_size` in bytes. One upload holds up to `parallel_parts` + 1 parts in memory."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: Annotated[str, Field(pattern=r"^[^/\s]+$", description="host or host:port, without http://")]
    access_key: str
    secret_key: SecretStr
    region: str = "us-east-1"
    bucket_prefix: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,40}$")] = "zhilu"
    secure: bool = True
    ca_file: Path | None = None
    part_size: Annotated[int, Field(ge=5 * _MIB, le=1024 * _MIB)] = 32 * _MIB
    parallel_parts: Annotated[int, Field(ge=1, le=16)] = 3
    # For stores that ignore the lock of a multipart upload (Ceph 16): lock the version by a request of its own then.
    # For the time of that request the version lies unlocked, unless the bucket has a default retention.
    lock_after_complete: bool = False


class _Place(TypedDict):
    """How minio-py names a version."""

    bucket_name: str
    object_name: str
    version_id: str


class S3Store:
    """Object store in three buckets of an S3 server. Safe for several threads, processes and machines."""

    def __init__(self, settings: S3Settings, *, now: Callable[[], datetime] = utc_now) -> None:
        self._settings = settings
        self._now = now
        self._client = _client(settings)
        self._requests = _MinioRequests(self._client, settings)
        self._checked: set[Bucket] = set()

    def create_buckets(self) -> None:
        """Make the buckets that are missing, with Object Lock, which brings versioning. Only ever called on purpose.

        A bucket that exists without a lock is left as it is. Raises StoreMisconfigured, StoreUnavailable.
        """
        for bucket in Bucket:
            with translated(self._settings.endpoint):
                if not self._client.bucket_exists(bucket_name=bucket_name(self._settings, bucket)):
                    self._client.make_bucket(bucket_name=bucket_name(self._settings, bucket), object_lock=True)
            self._check_bucket(bucket)

    def check(self) -> None:
        """See whether the store answers, takes our key and has our buckets as they must be. Makes nothing.

        Raises StoreMisconfigured, StoreUnavailable.
        """
        for bucket in Bucket:
            self._check_bucket(bucket)

    def upload(
        self, bucket: Bucket, key: str, *, lock: Lock | None = None, metadata: dict[str, str] | None = None
    ) -> "S3Upload":
        """Start a new version. A lock's end is rounded up to the full second. Raises ValueError for unfit metadata."""
        check_key(key)
        headers = metadata_headers(metadata or {}) | lock_headers(lock)
        self._check_bucket(bucket)
        return S3Upload(
            self._requests,
            self.head,
            self.extend_lock if self._settings.lock_after_complete else None,
            bucket,
            key,
            lock=lock,
            headers=headers,
            part_size=self._settings.part_size,
            parallel_parts=self._settings.parallel_parts,
        )

    def read(self, reference: VersionReference, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        if length == 0:  # a range header cannot ask for nothing
            self.head(reference)
            return
        where = self._where(reference)
        with translated(self._settings.endpoint, reference):
            try:
                # `length` 0 means up to the end here; no-cache is for gateways between us and the store.
                headers: Headers = {"Cache-Control": "no-cache"}
                response = self._client.get_object(**where, offset=start, length=length or 0, request_headers=headers)
            except S3Error as error:
                if error.code == "InvalidRange":  # the start lies at or past the end
                    return
                raise
        try:
            while True:
                with translated(self._settings.endpoint, reference):
                    chunk = response.read(READ_CHUNK)
                if not chunk:
                    return
                yield chunk
        except BaseException:
            response.close()  # what is left unread must not reach the next user of the connection
            raise
        finally:
            response.release_conn()

    def read_back(self, reference: VersionReference) -> Iterator[bytes]:
        """Yield all bytes, asked for anew: nothing that this process sent is kept. The server's caches stay."""
        return self.read(reference)

    def head(self, reference: VersionReference) -> StoredVersion:
        where = self._where(reference)
        with translated(self._settings.endpoint, reference):
            found = self._client.stat_object(**where)
        headers = dict(found.metadata or {})
        return stored_version(reference, found.size or 0, cast("datetime", found.last_modified), headers)

    def extend_lock(self, reference: VersionReference, lock: Lock) -> StoredVersion:
        """See `ObjectStore.extend_lock`. From governance to compliance needs a right to bypass, which is never used:
        most stores refuse, and that raises StoreMisconfigured.
        """
        stored, wanted = self.head(reference), whole_seconds(lock)
        if stored.lock == wanted:
            return stored
        if stored.lock is not None and is_weaker(wanted, than=stored.lock):
            raise LockWouldShrink(reference)
        retention = Retention(mode=wanted.mode.upper(), retain_until_date=wanted.retain_until)
        with translated(self._settings.endpoint, reference):
            try:
                self._client.set_object_retention(**self._where(reference), config=retention)
            except S3Error as error:
                if error.code == "AccessDenied" and stored.lock is not None and stored.lock.mode is not wanted.mode:
                    raise StoreMisconfigured(
                        f"The store lets the lock of {reference} keep only the mode it has, {stored.lock.mode}: "
                        "lengthen it in that mode."
                    ) from error
                raise
        return self.head(reference)

    def set_hold(self, reference: VersionReference) -> StoredVersion:
        where = self._where(reference)
        with translated(self._settings.endpoint, reference):
            self._client.enable_object_legal_hold(**where)
        return self.head(reference)

    def lift_hold(self, reference: VersionReference) -> StoredVersion:
        where = self._where(reference)
        with translated(self._settings.endpoint, reference):
            self._client.disable_object_legal_hold(**where)
        return self.head(reference)

    def delete_version(self, reference: VersionReference) -> None:
        """Delete this very version; the server's clock has the last word. A lock is never bypassed."""
        stored = self.head(reference)
        until = stored.lock.retain_until if stored.lock else None
        if stored.held or (until is not None and until > self._now()):
            raise VersionLocked(reference, until, held=stored.held)
        with translated(self._settings.endpoint, reference):
            try:
                self._client.remove_object(**self._where(reference))
            except S3Error as error:
                if error.code in LOCKED and until is not None:
                    raise VersionLocked(reference, until, held=False) from error
                raise

    def list_versions(self, bucket: Bucket, prefix: str = "") -> Iterator[StoredVersion]:
        """See `ObjectStore.list_versions`. S3 lists no locks, so each version costs one request more."""
        references = self._references(bucket, prefix)
        with ThreadPoolExecutor(_HEADS_AT_ONCE, thread_name_prefix="s3-head") as threads:
            while batch := list(islice(references, _HEADS_A_BATCH)):
                yield from (stored for stored in threads.map(self._head_if_there, batch) if stored is not None)

    def sweep_abandoned(self) -> int:
        """Abort multipart uploads older than `ABANDONED_AFTER` in our buckets, which nobody else writes to."""
        return sum(self._sweep(bucket) for bucket in Bucket)

    def _where(self, reference: VersionReference) -> _Place:
        """Return the arguments that name a version, its bucket checked. Raises VersionNotFound for an empty id."""
        check_key(reference.key)
        if not reference.version_id:
            # Without an id S3 would act on the newest version, and a deletion would hide the key.
            raise VersionNotFound(reference)
        self._check_bucket(reference.bucket)
        name = bucket_name(self._settings, reference.bucket)
        return {"bucket_name": name, "object_name": reference.key, "version_id": reference.version_id}

    def _check_bucket(self, bucket: Bucket) -> None:
        """Raise StoreMisconfigured unless the bucket exists, versioned and with Object Lock. Asked once a process."""
        if bucket in self._checked:
            return
        name = bucket_name(self._settings, bucket)
        with translated(self._settings.endpoint):
            try:
                self._client.get_object_lock_config(bucket_name=name)
            except S3Error as error:
                if error.code not in NO_LOCK_ON_BUCKET:
                    raise
                raise StoreMisconfigured(
                    f"The bucket {name} has no Object Lock, which only a new bucket can get: choose another prefix."
                ) from error
            if self._client.get_bucket_versioning(bucket_name=name).status != ENABLED:
                raise StoreMisconfigured(f"The bucket {name} keeps no versions: switch its versioning on.")
        self._checked.add(bucket)

    def _references(self, bucket: Bucket, prefix: str) -> Iterator[VersionReference]:
        """Yield by key, then oldest first. The server gives the newest first, so one key's versions are held."""
        self._check_bucket(bucket)
        with translated(self._settings.endpoint):
            found = self._client.list_objects(
                bucket_name=bucket_name(self._settings, bucket), prefix=prefix, recursive=True, include_version=True
            )
            versions = (item for item in found if not item.is_delete_marker)
            for key, same_key in groupby(versions, key=lambda item: cast("str", item.object_name)):
                for item in reversed(list(same_key)):
                    yield VersionReference(bucket, key, cast("str", item.version_id))

    def _head_if_there(self, reference: VersionReference) -> StoredVersion | None:
        try:
            return self.head(reference)
        except VersionNotFound:  # deleted since it was listed
            return None

    def _sweep(self, bucket: Bucket) -> int:
        self._check_bucket(bucket)
        aborted = 0
        for found in self._requests.list_uploads(bucket):
            upload_id, started = cast("str", found.upload_id), cast("datetime", found.initiated_time)
            if upload_id not in self._requests.living and self._now() - started > ABANDONED_AFTER:
                aborted += self._requests.abort_parts(bucket, found.object_name, upload_id)
        return aborted


class _MinioRequests:
    """The requests of uploads, by the client's own methods; see this module's docstring. Knows its living uploads."""

    def __init__(self, client: Minio, settings: S3Settings) -> None:
        self._client = client
        self._settings = settings
        self.living: set[str] = set()

    def put_whole(self, bucket: Bucket, key: str, headers: Headers, body: bytes | bytearray) -> str | None:
        with translated(self._settings.endpoint):
            return self._client._put_object(
                bucket_name=bucket_name(self._settings, bucket),
                object_name=key,
                data=cast("bytes", body),
                headers=headers | content_md5(body),
            ).version_id

    def open_parts(self, bucket: Bucket, key: str, headers: Headers) -> str:
        with translated(self._settings.endpoint):
            upload_id = self._client._create_multipart_upload(
                bucket_name=bucket_name(self._settings, bucket), object_name=key, headers=dict(headers)
            )
        self.living.add(upload_id)
        return upload_id

    def put_part(self, bucket: Bucket, key: str, upload_id: str, number: int, body: bytes | bytearray) -> str:
        with translated(self._settings.endpoint):
            return self._client._upload_part(
                bucket_name=bucket_name(self._settings, bucket),
                object_name=key,
                data=cast("bytes", body),
                headers=content_md5(body),
                upload_id=upload_id,
                part_number=number,
            )

    def complete_parts(self, bucket: Bucket, key: str, upload_id: str, etags: list[str]) -> str | None:
        parts = [Part(part_number=number, etag=etag) for number, etag in enumerate(etags, start=1)]
        with translated(self._settings.endpoint):
            written = self._client._complete_multipart_upload(
                bucket_name=bucket_name(self._settings, bucket), object_name=key, upload_id=upload_id, parts=parts
            )
        # S3 may answer 200 and put the error into the body. A missing ETag is no sign: Ceph sends none with a success.
        if written.bucket_name is None:
            raise StoreUnavailable(self._settings.endpoint, "it did not confirm the completed upload")
        self.living.discard(upload_id)
        return written.version_id

    def abort_parts(self, bucket: Bucket, key: str, upload_id: str) -> bool:
        """Remove an upload and its parts. Returns whether it was still there."""
        self.living.discard(upload_id)
        with translated(self._settings.endpoint):
            try:
                self._client._abort_multipart_upload(
                    bucket_name=bucket_name(self._settings, bucket), object_name=key, upload_id=upload_id
                )
            except S3Error as error:
                if error.code != "NoSuchUpload":
                    raise
                return False
        return True

    def remove_version(self, reference: VersionReference) -> None:
        with translated(self._settings.endpoint, reference):
            self._client.remove_object(
                bucket_name=bucket_name(self._settings, reference.bucket),
                object_name=reference.key,
                version_id=reference.version_id,
            )

    def list_uploads(self, bucket: Bucket) -> Iterator[Upload]:
        """Yield the unfinished uploads. The client loses the second marker of a page, so a few may wait a round."""
        marker: str | None = None
        while True:
            with translated(self._settings.endpoint):
                page = self._client._list_multipart_uploads(
                    bucket_name=bucket_name(self._settings, bucket), key_marker=marker
                )
            yield from page.uploads
            if not page.is_truncated or page.next_key_marker in {None, marker}:
                return
            marker = page.next_key_marker


@contextlib.contextmanager
def translated(where: str, reference: VersionReference | None = None) -> Iterator[None]:
    """Turn what the client raises into ours; what we do not know goes through as it is."""
    try:
        yield
    except S3Error as error:
        ours = meaning(error.code, where, reference)
        if ours is None:
            raise
        raise ours from error
    except urllib3.exceptions.HTTPError as error:
        raise StoreUnavailable(where, "it does not answer, or broke off") from error
    except (ServerError, InvalidResponseError) as error:
        raise StoreUnavailable(where, "it answers with a fault, or is no S3 store") from error


def bucket_name(settings: S3Settings, bucket: Bucket) -> str:
    return f"{settings.bucket_prefix}-{bucket}"


def _client(settings: S3Settings) -> Minio:
    """Return a client that gives up on a silent store after a minute, not after five as its own default."""
    http = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=5, read=60),
        maxsize=32,
        cert_reqs="CERT_REQUIRED",
        ca_certs=str(settings.ca_file) if settings.ca_file else None,
        retries=urllib3.Retry(total=4, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
    )
    return Minio(
        endpoint=settings.endpoint,
        access_key=settings.access_key,
        secret_key=settings.secret_key.get_secret_value(),
        region=settings.region,
        secure=settings.secure,
        http_client=http,
    )
