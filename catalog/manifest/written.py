"""Reading back what was written: nothing is told to the catalog that the store does not give back as it was."""

import hashlib

from storage.contract import ObjectStore
from storage.errors import StoreUnavailable
from storage.model import VersionReference


def read_back(store: ObjectStore, reference: VersionReference, sha256: str) -> None:
    """Raises StorageError where a manifest or page is not in the store as it was written."""
    found = hashlib.sha256()
    for portion in store.read_back(reference):
        found.update(portion)
    if found.hexdigest() != sha256:
        raise StoreUnavailable("the bucket of manifests", f"{reference} is not what was written")
