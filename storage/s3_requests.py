# ruff: noqa: SLF001 - the reason is in the docstring
"""The requests of uploads to an S3 store.

minio-py's public `put_object` pulls from a reader; here whoever reads the card pushes, once, while digesting. So the
client's own request methods are used, which are not public: the client is pinned to one release, arguments go by
keyword, and the contract tests run every one of them against a real store.
"""

from collections.abc import Iterator
from itertools import islice
from typing import cast

from minio import Minio
from minio.datatypes import Part, Upload
from minio.error import S3Error
from minio.helpers import ObjectWriteResult

from storage.errors import StoreMisconfigured, StoreUnavailable
from storage.model import Bucket, VersionReference
from storage.s3_body import Body, Content
from storage.s3_client import MAKING, open_client, translated
from storage.s3_headers import ATTEMPT, Headers
from storage.s3_settings import PartChecksum, S3Settings, bucket_name
from storage.s3_upload import UploadGone

# A key is written to by few attempts, and the newest versions are listed first.
_LOOKED_AT = 20
_WANTS_MD5 = {"InvalidRequest", "MissingContentMD5"}


class MinioRequests:
    """What an upload asks of the store, see `storage.s3_upload.UploadRequests`. Knows its living uploads."""

    def __init__(self, client: Minio, settings: S3Settings) -> None:
        self._client = client
        self._making = open_client(settings, MAKING)
        self._settings = settings
        self.living: set[str] = set()

    def put_whole(self, bucket: Bucket, key: str, headers: Headers, content: Content) -> str | None:
        body = Body(content, self._settings.part_checksum)
        with translated(self._settings.endpoint, body=body):
            return self._put(bucket, key, body, dict(headers), {}).version_id

    def open_parts(self, bucket: Bucket, key: str, headers: Headers) -> str:
        with translated(self._settings.endpoint):
            upload_id = self._client._create_multipart_upload(
                bucket_name=bucket_name(self._settings, bucket), object_name=key, headers=dict(headers)
            )
        self.living.add(upload_id)
        return upload_id

    def put_part(self, bucket: Bucket, key: str, upload_id: str, number: int, content: Content) -> str:
        body = Body(content, self._settings.part_checksum)
        query: Headers = {"partNumber": str(number), "uploadId": upload_id}
        with translated(self._settings.endpoint):
            return cast("str", self._put(bucket, key, body, {}, query).etag)

    def complete_parts(self, bucket: Bucket, key: str, upload_id: str, etags: list[str]) -> str | None:
        """Ask for completion; may be asked again, since one upload makes one version at most."""
        parts = [Part(part_number=number, etag=etag) for number, etag in enumerate(etags, start=1)]
        with translated(self._settings.endpoint):
            try:
                written = self._making._complete_multipart_upload(
                    bucket_name=bucket_name(self._settings, bucket), object_name=key, upload_id=upload_id, parts=parts
                )
            except S3Error as error:
                if error.code == "NoSuchUpload":
                    raise UploadGone(self._settings.endpoint, "it knows nothing of this upload") from error
                raise
        # S3 may answer 200 and put the error into the body. A missing ETag is no sign: Ceph sends none with a success.
        if written.bucket_name is None:
            raise StoreUnavailable(self._settings.endpoint, "it did not confirm the completed upload", "unconfirmed")
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

    def find_made(self, bucket: Bucket, key: str, attempt: str) -> str | None:
        """Return the id of the version of `key` that this attempt made, None if there is none."""
        name = bucket_name(self._settings, bucket)
        with translated(self._settings.endpoint):
            listed = self._client.list_objects(bucket_name=name, prefix=key, recursive=True, include_version=True)
            versions = (item for item in listed if item.object_name == key and not item.is_delete_marker)
            for item in islice(versions, _LOOKED_AT):
                found = self._client.stat_object(bucket_name=name, object_name=key, version_id=item.version_id)
                if (found.metadata or {}).get(ATTEMPT) == attempt:
                    return cast("str", item.version_id)
        return None

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

    def _put(self, bucket: Bucket, key: str, body: Body, headers: Headers, query: Headers) -> ObjectWriteResult:
        try:
            return self._making._put_object(
                bucket_name=bucket_name(self._settings, bucket),
                object_name=key,
                data=cast("bytes", body),
                headers=headers,
                query_params=query,
            )
        except S3Error as error:
            # Amazon's words: "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with
            # Object Lock parameters".
            if error.code in _WANTS_MD5 and "Content-MD5" in (error.message or ""):
                raise StoreMisconfigured(
                    f"The store at {self._settings.endpoint} wants a Content-MD5 with what is locked: set "
                    f"storage.s3.part_checksum to {PartChecksum.MD5}.",
                    "wants_md5",
                    where=self._settings.endpoint,
                ) from error
            raise
