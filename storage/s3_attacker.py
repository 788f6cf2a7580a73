# ruff: noqa: SLF001 - as in storage/s3.py: some requests of an attacker have no public method in the client
"""The requests that the lock conformance probe sends to its own bucket, and looking at what is left afterwards."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import urllib3
from minio import Minio
from minio.commonconfig import ENABLED
from minio.datatypes import Part
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error
from minio.versioningconfig import SUSPENDED, VersioningConfig

from storage.errors import StorageError, VersionNotFound
from storage.model import Bucket, Lock, VersionReference
from storage.probe import Remains, Reply
from storage.s3 import S3Store
from storage.s3_buckets import BucketState, DefaultRetention, default_retention, ensure_bucket, set_default_retention
from storage.s3_client import open_client, translated
from storage.s3_headers import content_md5, lock_headers, whole_seconds
from storage.s3_settings import LEAST_PART_SIZE, S3Settings, bucket_name

MET = (StorageError, MinioException, urllib3.exceptions.HTTPError)
"""What putting and looking may raise."""

_BYPASS = {"x-amz-bypass-governance-retention": "true"}
_NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
_ANSWER_LENGTH = 200
_CLIENT_ERRORS = range(400, 500)
# 408 and 429: the server was slow or busy, and said nothing about the lock.
_FAULTS = {408, 429}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server made of one request, and its own words."""

    reply: Reply
    said: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Victim:
    """One version that was put to be attacked, as it must be found afterwards. `put_at` by the monotonic clock."""

    reference: VersionReference
    content: bytes
    lock: Lock | None
    held: bool
    put_at: float


class S3Attacker:
    """Speaks to one bucket of the probe's own. What it is told to put may raise StorageError and S3's own errors."""

    def __init__(self, settings: S3Settings) -> None:
        """The bucket lies beside those that `settings` name: nothing here can reach an original."""
        own = settings.model_copy(
            update={"bucket_prefix": f"{settings.bucket_prefix}-probe", "part_size": LEAST_PART_SIZE}
        )
        self._endpoint = own.endpoint
        self._originals = bucket_name(settings, Bucket.ORIGINALS)
        self._client: Minio = open_client(own)
        # What the product itself uploads by, in parts as small as S3 lets them be.
        self.store = S3Store(own)
        self.bucket = bucket_name(own, Bucket.ORIGINALS)

    def ensure_bucket(self) -> BucketState:
        """Make the probe's bucket, or look whether it is as it must be. Raises StoreMisconfigured, StoreUnavailable."""
        with translated(self._endpoint):
            return ensure_bucket(self._client, self.bucket)

    # --- putting ------------------------------------------------------------------------------------------------

    def put(self, key: str, content: bytes, lock: Lock | None = None, *, hold: bool = False) -> Victim:
        began = time.monotonic()
        written = self._client._put_object(
            bucket_name=self.bucket, object_name=key, data=content, headers=content_md5(content) | lock_headers(lock)
        )
        reference = VersionReference(Bucket.ORIGINALS, key, str(written.version_id))
        if hold:
            self._client.enable_object_legal_hold(self.bucket, key, reference.version_id)
        return Victim(reference, content, whole_seconds(lock) if lock else None, hold, began)

    def try_to_put(self, key: str, content: bytes, lock: Lock) -> Answer:
        def request() -> str:
            self.put(key, content, lock)
            return "200"

        return _answer(request)

    def put_parts(self, key: str, content: bytes, lock: Lock | None = None) -> Victim:
        """Put by a multipart upload whose lock is only in the headers that begin it."""
        began = time.monotonic()
        upload = self._client._create_multipart_upload(
            bucket_name=self.bucket, object_name=key, headers=lock_headers(lock)
        )
        etag = self._client._upload_part(
            bucket_name=self.bucket,
            object_name=key,
            data=content,
            headers=content_md5(content),
            upload_id=upload,
            part_number=1,
        )
        done = self._client._complete_multipart_upload(
            bucket_name=self.bucket, object_name=key, upload_id=upload, parts=[Part(part_number=1, etag=etag)]
        )
        reference = VersionReference(Bucket.ORIGINALS, key, str(done.version_id))
        return Victim(reference, content, whole_seconds(lock) if lock else None, held=False, put_at=began)

    # --- looking ------------------------------------------------------------------------------------------------

    def lock_of(self, reference: VersionReference) -> Lock | None:
        return self.store.head(reference).lock

    def remains(self, victim: Victim) -> Remains:
        """What is left: the version, its bytes, its lock and its hold."""
        try:
            stored = self.store.head(victim.reference)
            content = b"".join(self.store.read(victim.reference))
        except VersionNotFound:
            return Remains.GONE
        except MET:
            return Remains.UNKNOWN
        same = (content, stored.lock, stored.held) == (victim.content, victim.lock, victim.held)
        return Remains.INTACT if same else Remains.CHANGED

    def versions(self, prefix: str = "") -> Iterator[tuple[str, str, datetime, bool]]:
        """Key, version, when it was stored, and whether it is only a mark of deletion."""
        for item in self._client.list_objects(self.bucket, prefix, recursive=True, include_version=True):
            stored_at = cast("datetime", item.last_modified)
            yield str(item.object_name), str(item.version_id), stored_at, bool(item.is_delete_marker)

    # --- attacking a version ------------------------------------------------------------------------------------

    def delete(self, victim: Victim, *, bypass: bool = False) -> Answer:
        reference = victim.reference
        return self._ask("DELETE", reference.key, {"versionId": reference.version_id}, _BYPASS if bypass else {})

    def multi_delete(self, victim: Victim, *, bypass: bool = False) -> Answer:
        doomed = [DeleteObject(victim.reference.key, victim.reference.version_id)]

        def request() -> str:
            result = self._client._delete_objects(self.bucket, doomed, bypass_governance_mode=bypass)
            if result.error_list:
                refused = result.error_list[0]
                raise _RefusedWithinAnswer(str(refused.code), str(refused.message or ""))
            return "200"

        return _answer(request)

    def retain(self, victim: Victim, lock: Lock | None, *, bypass: bool = False) -> Answer:
        """Set another lock on the version, or with None ask for none at all."""
        body = f"<Retention {_NAMESPACE}/>"
        if lock is not None:
            until = whole_seconds(lock).retain_until.strftime("%Y-%m-%dT%H:%M:%SZ")
            body = (
                f"<Retention {_NAMESPACE}><Mode>{lock.mode.upper()}</Mode>"
                f"<RetainUntilDate>{until}</RetainUntilDate></Retention>"
            )
        query = {"versionId": victim.reference.version_id, "retention": ""}
        return self._ask("PUT", victim.reference.key, query, _BYPASS if bypass else {}, body.encode())

    def lift_hold(self, victim: Victim) -> Answer:
        def request() -> str:
            self._client.disable_object_legal_hold(self.bucket, victim.reference.key, victim.reference.version_id)
            return "200"

        return _answer(request)

    def overwrite(self, victim: Victim) -> Answer:
        other = b"something else"
        return self._ask("PUT", victim.reference.key, {}, {}, other)

    def hide(self, victim: Victim) -> Answer:
        """Delete without naming a version."""
        return self._ask("DELETE", victim.reference.key, {}, {})

    # --- attacking the bucket -----------------------------------------------------------------------------------

    def set_versioning(self, *, enabled: bool) -> Answer:
        status = ENABLED if enabled else SUSPENDED

        def request() -> str:
            self._client.set_bucket_versioning(self.bucket, VersioningConfig(status))
            return "200"

        return _answer(request)

    def keeps_versions(self) -> bool:
        return self._client.get_bucket_versioning(self.bucket).status == ENABLED

    def delete_bucket(self) -> Answer:
        return self._ask("DELETE", None, {}, {})

    def bucket_exists(self) -> bool:
        return bool(self._client.bucket_exists(self.bucket))

    def set_default(self, retention: DefaultRetention | None) -> Answer:
        def request() -> str:
            if retention is None:
                self._client.delete_object_lock_config(self.bucket)
            else:
                set_default_retention(self._client, self.bucket, retention)
            return "200"

        return _answer(request)

    def disable_lock(self) -> Answer:
        body = f"<ObjectLockConfiguration {_NAMESPACE}><ObjectLockEnabled>Disabled</ObjectLockEnabled>"
        return self._ask("PUT", None, {"object-lock": ""}, {}, f"{body}</ObjectLockConfiguration>".encode())

    def originals_default(self) -> DefaultRetention | None:
        """The default retention of the originals' bucket; None if it has none, or cannot be asked."""
        try:
            return default_retention(self._client, self._originals)
        except MET:
            return None

    def has_lock(self) -> bool:
        try:
            self._client.get_object_lock_config(self.bucket)
        except S3Error:
            return False
        return True

    def expire_noncurrent(self, prefix: str) -> Answer:
        """Put a lifecycle rule that deletes versions below `prefix` a day after they were overwritten."""
        rule = (
            f"<ID>zhilu-probe</ID><Filter><Prefix>{prefix}</Prefix></Filter><Status>Enabled</Status>"
            "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>"
        )
        body = f"<LifecycleConfiguration {_NAMESPACE}><Rule>{rule}</Rule></LifecycleConfiguration>"
        return self._ask("PUT", None, {"lifecycle": ""}, {}, body.encode())

    # --- cleaning -----------------------------------------------------------------------------------------------

    def remove(self, key: str, version_id: str) -> bool:
        """Remove a version of the probe's own, whatever of it can be lifted or bypassed. Whether it is gone."""
        victim = Victim(VersionReference(Bucket.ORIGINALS, key, version_id), b"", None, held=False, put_at=0.0)
        if self.delete(victim, bypass=True).reply is Reply.DONE:
            return True
        if self.delete(victim).reply is Reply.DONE:  # a key without the right to bypass
            return True
        self.lift_hold(victim)
        return self.delete(victim, bypass=True).reply is Reply.DONE

    def abort_uploads(self) -> None:
        """Abort unfinished uploads of the probe's own bucket, as far as that can be done."""
        with contextlib.suppress(*MET):
            for upload in self._client._list_multipart_uploads(self.bucket).uploads:
                self._client._abort_multipart_upload(self.bucket, str(upload.object_name), str(upload.upload_id))

    def _ask(
        self, method: str, key: str | None, query: dict[str, str], headers: dict[str, str], body: bytes | None = None
    ) -> Answer:
        def request() -> str:
            sent: Any = headers | (content_md5(body) if body is not None else {})
            response = self._client._execute(
                method,
                bucket_name=self.bucket,
                object_name=key,
                query_params=cast("Any", query),
                headers=sent,
                body=body,
            )
            return str(response.status)

        return _answer(request)


class _RefusedWithinAnswer(Exception):
    """A multi-object deletion answers 200 and says what it refused inside."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(code if message == code else f"{code} {message}".strip())


def _answer(request: Callable[[], str]) -> Answer:
    try:
        return Answer(Reply.DONE, request())
    except _RefusedWithinAnswer as error:
        return Answer(Reply.DENIED, f"200, within it {error}"[:_ANSWER_LENGTH], error.code)
    except S3Error as error:
        status = error.response.status
        denied = status in _CLIENT_ERRORS and status not in _FAULTS
        said = f"{status} {error.code} {error.message or ''}".strip()
        return Answer(Reply.DENIED if denied else Reply.FAULT, said[:_ANSWER_LENGTH], str(error.code))
    except (urllib3.exceptions.HTTPError, MinioException) as error:
        return Answer(Reply.FAULT, f"{type(error).__name__}: {error}"[:_ANSWER_LENGTH])
