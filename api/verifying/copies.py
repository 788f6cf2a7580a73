"""Whole copies of originals in the replica, to say which bytes of a damaged one differ: a copy counts only if its
digest is that on record.
"""

from api.verifying.contents import WholeCopies, Window
from catalog.repositories.promises import Promise
from retention.fixity_repair import Replica
from storage.contract import ObjectStore
from storage.digests import digest_chunks
from storage.errors import StorageError
from storage.model import Bucket, VersionReference


def copies_in(replica: Replica) -> WholeCopies:
    """A replica that cannot be read has none: then it is only said that bytes differ, not which."""

    def of(promise: Promise) -> Window | None:
        try:
            other = replica.open()
            key = promise.serving.key
            listed = [each for each in other.list_references(Bucket.ORIGINALS, key) if each.reference.key == key]
            for each in reversed(listed):
                if each.size == promise.size and _is_whole(other, each.reference, promise.sha256):
                    return _window(other, each.reference)
        except StorageError:
            return None
        return None

    return WholeCopies(of)


def _is_whole(store: ObjectStore, reference: VersionReference, sha256: str) -> bool:
    return digest_chunks(store.read_back(reference), sm3=False).sha256.hexadecimal == sha256


def _window(store: ObjectStore, reference: VersionReference) -> Window:
    return lambda start, length: b"".join(store.read(reference, start, length))
