"""Any S3 store with Object Lock, through minio-py. What it promises and what it cannot is in `storage/README.md`.

`s3_client.py` connects, `s3_upload.py` takes an upload through its steps, `s3_requests.py` speaks for it.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import TypedDict, cast

from minio import Minio
from minio.commonconfig import ENABLED
from minio.error import S3Error
from minio.retention import Retention
from urllib3.response import BaseHTTPResponse

from storage.clock import utc_now
from storage.contract import ABANDONED_AFTER
from storage.errors import (
    LockInThePast,
    LockWouldShrink,
    StoreMisconfigured,
    StoreUnavailable,
    VersionLocked,
    VersionNotFound,
)
from storage.keys import check_key
from storage.model import Bucket, ListedVersion, Lock, StoredVersion, VersionReference
from storage.read_back import ReadBack
from storage.s3_blocks import BLOCK, BlockPool, Blocks
from storage.s3_client import CHECKING, open_client, translated
from storage.s3_errors import LOCKED, NO_LOCK_ON_BUCKET
from storage.s3_headers import Headers, is_weaker, lock_headers, metadata_headers, stored_version, whole_seconds
from storage.s3_reading import checked_chunks, range_header, told
from storage.s3_requests import MinioRequests
from storage.s3_settings import S3Settings, bucket_name, part_size_for
from storage.s3_transport import plain_to_tls, speaks_tls
from storage.s3_upload import S3Upload

__all__ = ["ABANDONED_AFTER", "S3Settings", "S3Store", "bucket_name", "open_client", "translated"]

_HEADS_AT_ONCE, _HEADS_A_BATCH = 8, 64


class _Place(TypedDict):
    """How minio-py names a version."""

    bucket_name: str
    object_name: str
    version_id: str


class S3Store:
    """Object store in four buckets of an S3 server. Safe for several threads, processes and machines."""

    def __init__(self, settings: S3Settings, *, now: Callable[[], datetime] = utc_now) -> None:
        self._settings = settings
        self._now = now
        self._client = open_client(settings)
        self._requests = MinioRequests(self._client, settings)
        self._blocks = BlockPool(BLOCK, keep=_blocks_for(settings.part_size))
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

        Waits some seconds for an answer, not longer. Raises StoreMisconfigured, StoreUnavailable.
        """
        client = open_client(self._settings, CHECKING)
        try:
            for bucket in Bucket:
                self._look_at_bucket(client, bucket)
        except StoreUnavailable as error:
            if not self._settings.secure and speaks_tls(self._settings.endpoint):
                raise plain_to_tls(self._settings.endpoint) from error
            raise
        self._checked.update(Bucket)

    def upload(
        self,
        bucket: Bucket,
        key: str,
        *,
        lock: Lock | None = None,
        metadata: dict[str, str] | None = None,
        size: int | None = None,
        again: Callable[[int, int], Iterator[bytes]] | None = None,
    ) -> "S3Upload":
        """Start a new version. A lock's end is rounded up to the full second. Raises ValueError for unfit metadata.

        Raises LockInThePast, StoreMisconfigured too: a lock that ends later than `retain_days_at_most` allows.
        """
        check_key(key)
        headers = metadata_headers(metadata or {}) | lock_headers(lock)
        if lock is not None:
            self._check_lock(f"{bucket}/{key}", lock)
        self._check_bucket(bucket)
        part_size = part_size_for(size, self._settings.part_size)
        return S3Upload(
            self._requests,
            self.head,
            self.extend_lock if self._settings.lock_after_complete else None,
            bucket,
            key,
            lock=lock,
            headers=headers,
            blocks=Blocks(self._blocks, at_most=_blocks_for(part_size), size=size),
            part_size=part_size,
            parallel_parts=self._settings.parallel_parts,
            again=again,
        )

    def read(self, reference: VersionReference, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See `ObjectStore.read`. An answer that ends early raises StoreUnavailable: never fewer bytes silently."""
        if length == 0:  # a range header cannot ask for nothing
            self.head(reference)
            return
        yield from self._chunks(reference, start, length, lambda _response: None)

    def holds_back(self, size: int) -> bool:
        return size < self._settings.part_size

    def read_back(self, reference: VersionReference) -> ReadBack:
        """Return all bytes, asked for anew: nothing that this process sent is kept. The server's caches stay.

        What is said of a version smaller than a part comes with its bytes, in one answer; of others it is asked for
        afterwards, since meanwhile things may have changed.
        """
        said: list[StoredVersion] = []

        def listen(response: BaseHTTPResponse) -> None:
            found = told(response, reference)
            if found is not None and self.holds_back(found.size):
                said.append(found)

        chunks = self._chunks(reference, 0, None, listen)
        return ReadBack(chunks, lambda: said[0] if said else self.head(reference))

    def _chunks(
        self,
        reference: VersionReference,
        start: int,
        length: int | None,
        listen: Callable[[BaseHTTPResponse], None],
    ) -> Iterator[bytes]:
        """Yield the bytes; `listen` is handed the answer before the first of them."""
        where = self._where(reference)
        # Always a range: its answer tells the whole size beside the length. No-cache is for gateways on the way.
        headers: Headers = {"Range": range_header(start, length), "Cache-Control": "no-cache"}
        with translated(self._settings.endpoint, reference):
            try:
                response = self._client.get_object(**where, request_headers=headers)
            except S3Error as error:
                if error.code == "InvalidRange":  # the start lies at or past the end
                    return
                raise
        try:
            listen(response)
            yield from checked_chunks(response, self._settings.endpoint, reference, start, length)
        except BaseException:
            response.close()  # what is left unread must not reach the next user of the connection
            raise
        finally:
            response.release_conn()

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
        self._check_lock(str(reference), wanted)
        retention = Retention(mode=wanted.mode.upper(), retain_until_date=wanted.retain_until)
        with translated(self._settings.endpoint, reference):
            try:
                self._client.set_object_retention(**self._where(reference), config=retention)
            except S3Error as error:
                if error.code == "AccessDenied" and stored.lock is not None and stored.lock.mode is not wanted.mode:
                    raise StoreMisconfigured(
                        f"The store lets the lock of {reference} keep only the mode it has, {stored.lock.mode}: "
                        "lengthen it in that mode.",
                        "mode_kept",
                        where=reference,
                        detail=stored.lock.mode,
                    ) from error
                if error.code == "InvalidArgument":  # past by the server's clock, though not by ours
                    raise LockInThePast(str(reference), wanted.retain_until) from error
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
        references = (listed.reference for listed in self.list_references(bucket, prefix))
        with ThreadPoolExecutor(_HEADS_AT_ONCE, thread_name_prefix="s3-head") as threads:
            while batch := list(islice(references, _HEADS_A_BATCH)):
                yield from (stored for stored in threads.map(self._head_if_there, batch) if stored is not None)

    def list_references(self, bucket: Bucket, prefix: str = "", *, after: str = "") -> Iterator[ListedVersion]:
        """See `ObjectStore.list_references`: one request for each thousand versions.

        The server gives the newest first, so the versions of one key are held in memory at a time.
        """
        self._check_bucket(bucket)
        with translated(self._settings.endpoint):
            found = self._client.list_objects(
                bucket_name=bucket_name(self._settings, bucket),
                prefix=prefix,
                recursive=True,
                include_version=True,
                start_after=after or None,
            )
            # Stores differ in whether they leave out the key itself.
            versions = (item for item in found if not item.is_delete_marker and (item.object_name or "") > after)
            for key, same_key in groupby(versions, key=lambda item: cast("str", item.object_name)):
                for item in reversed(list(same_key)):
                    reference = VersionReference(bucket, key, cast("str", item.version_id))
                    yield ListedVersion(reference, item.size or 0, cast("datetime", item.last_modified))

    def sweep_abandoned(self, *, older_than: timedelta = ABANDONED_AFTER, only_count: bool = False) -> int:
        """Abort multipart uploads older than `older_than` in our buckets, which nobody else writes to."""
        return sum(self._sweep(bucket, older_than, only_count=only_count) for bucket in Bucket)

    def _where(self, reference: VersionReference) -> _Place:
        """Return the arguments that name a version, its bucket checked. Raises VersionNotFound for an empty id."""
        check_key(reference.key)
        if not reference.version_id:
            # Without an id S3 would act on the newest version, and a deletion would hide the key.
            raise VersionNotFound(reference)
        self._check_bucket(reference.bucket)
        name = bucket_name(self._settings, reference.bucket)
        return {"bucket_name": name, "object_name": reference.key, "version_id": reference.version_id}

    def _check_lock(self, what: str, lock: Lock) -> None:
        """Raise LockInThePast, or StoreMisconfigured for a lock longer than the settings allow."""
        now = self._now()
        if lock.retain_until <= now:
            raise LockInThePast(what, lock.retain_until)
        if lock.retain_until > now + timedelta(days=self._settings.retain_days_at_most):
            raise StoreMisconfigured(
                f"{what} is not locked until {lock.retain_until:%Y-%m-%d}: that is more than the "
                f"{self._settings.retain_days_at_most} days of storage.s3.retain_days_at_most. Correct the date, or "
                "raise the bound.",
                "lock_too_long",
                where=what,
                detail=self._settings.retain_days_at_most,
            )

    def _check_bucket(self, bucket: Bucket) -> None:
        """Raise StoreMisconfigured unless the bucket exists, versioned and with Object Lock. Asked once a process."""
        if bucket not in self._checked:
            self._look_at_bucket(self._client, bucket)
            self._checked.add(bucket)

    def _look_at_bucket(self, client: Minio, bucket: Bucket) -> None:
        name = bucket_name(self._settings, bucket)
        with translated(self._settings.endpoint):
            try:
                client.get_object_lock_config(bucket_name=name)
            except S3Error as error:
                if error.code not in NO_LOCK_ON_BUCKET:
                    raise
                raise StoreMisconfigured(
                    f"The bucket {name} has no Object Lock, which only a new bucket can get: choose another prefix.",
                    "no_object_lock",
                    where=name,
                ) from error
            if client.get_bucket_versioning(bucket_name=name).status != ENABLED:
                raise StoreMisconfigured(
                    f"The bucket {name} keeps no versions: switch its versioning on.", "no_versions", where=name
                )

    def _head_if_there(self, reference: VersionReference) -> StoredVersion | None:
        try:
            return self.head(reference)
        except VersionNotFound:  # deleted since it was listed
            return None

    def _sweep(self, bucket: Bucket, older_than: timedelta, *, only_count: bool) -> int:
        self._check_bucket(bucket)
        aborted = 0
        for found in self._requests.list_uploads(bucket):
            upload_id, started = cast("str", found.upload_id), cast("datetime", found.initiated_time)
            if upload_id not in self._requests.living and self._now() - started > older_than:
                aborted += only_count or self._requests.abort_parts(bucket, found.object_name, upload_id)
        return aborted


def _blocks_for(part_size: int) -> int:
    """How many blocks an upload may hold: a part on its way, half of the next one, and what is being digested."""
    return 3 * -(-part_size // BLOCK) // 2 + 1
