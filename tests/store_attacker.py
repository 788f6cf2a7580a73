"""What somebody does who has the store in their hands: the disk of a folder, or the owner's key of an S3 bucket."""

import io
import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Protocol

from minio import Minio
from minio.deleteobjects import DeleteObject

from storage.contract import ObjectStore
from storage.local import LocalStore
from storage.model import Lock, LockMode, VersionReference
from storage.s3 import S3Settings


class StoreAttacker(Protocol):
    def flip(self, reference: VersionReference, at: int) -> None:
        """Change one byte: in place where that is possible, else by another version in the place of this one."""

    def remove(self, reference: VersionReference) -> None: ...
    def shorten(self, reference: VersionReference, until: datetime) -> None: ...


class DiskAttacker:
    """Root on the machine of a folder store."""

    def __init__(self, store: LocalStore) -> None:
        self._store = store

    def _folder(self, reference: VersionReference) -> Path:
        return self._store.local_path(reference).parent

    def flip(self, reference: VersionReference, at: int) -> None:
        path = self._store.local_path(reference)
        path.chmod(0o600)
        with path.open("r+b") as file:
            file.seek(at)
            (byte,) = file.read(1)
            file.seek(at)
            file.write(bytes([byte ^ 1]))

    def remove(self, reference: VersionReference) -> None:
        folder = self._folder(reference)
        folder.chmod(0o700)
        shutil.rmtree(folder)

    def shorten(self, reference: VersionReference, until: datetime) -> None:
        folder = self._folder(reference)
        folder.chmod(0o700)
        facts = folder / "facts.json"
        facts.chmod(0o600)
        told = json.loads(facts.read_bytes())
        told["lock"]["retain_until"] = until.isoformat()
        facts.write_text(json.dumps(told))


class BucketAttacker:
    """The owner of the buckets, who may bypass governance."""

    def __init__(self, client: Minio, settings: S3Settings, store: ObjectStore) -> None:
        self._client, self._prefix, self._store = client, settings.bucket_prefix, store

    def flip(self, reference: VersionReference, at: int) -> None:
        content = bytearray(b"".join(self._store.read(reference)))
        content[at] ^= 1
        self.remove(reference)
        self._client.put_object(self._bucket(reference), reference.key, io.BytesIO(bytes(content)), len(content))

    def remove(self, reference: VersionReference) -> None:
        doomed = [DeleteObject(reference.key, reference.version_id)]
        refused = list(self._client.remove_objects(self._bucket(reference), doomed, bypass_governance_mode=True))
        assert refused == []

    def shorten(self, reference: VersionReference, until: datetime) -> None:
        lock = Lock(LockMode.GOVERNANCE, until)
        namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
        written = lock.retain_until.strftime("%Y-%m-%dT%H:%M:%SZ")
        body = (
            f"<Retention {namespace}><Mode>GOVERNANCE</Mode><RetainUntilDate>{written}</RetainUntilDate></Retention>"
        ).encode()
        self._client._execute(
            "PUT",
            bucket_name=self._bucket(reference),
            object_name=reference.key,
            query_params={"versionId": reference.version_id, "retention": ""},
            headers={"x-amz-bypass-governance-retention": "true"},
            body=body,
        )

    def _bucket(self, reference: VersionReference) -> str:
        return f"{self._prefix}-{reference.bucket}"
