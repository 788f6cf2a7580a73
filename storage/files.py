"""A stored version as a file on this machine, for tools that read files."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, runtime_checkable

from storage.contract import ObjectStore
from storage.local_files import translated_errors
from storage.model import VersionReference


@runtime_checkable
class HasLocalFiles(Protocol):
    """A store whose versions already are files of this machine."""

    def local_path(self, reference: VersionReference) -> Path: ...


@contextlib.contextmanager
def as_file(store: ObjectStore, reference: VersionReference, scratch: Path) -> Iterator[Path]:
    """Yield a path with the bytes of a version: the store's own file, or a copy in `scratch` that goes afterwards.

    Nobody may write to it. Raises VersionNotFound, StoreUnavailable, StoreFull (of the scratch disk).
    """
    if isinstance(store, HasLocalFiles):
        yield store.local_path(reference)
        return
    with tempfile.NamedTemporaryFile(dir=scratch, prefix="original-") as copy:
        for chunk in store.read(reference):
            with translated_errors(scratch):
                copy.write(chunk)
        with translated_errors(scratch):
            copy.flush()
        yield Path(copy.name)
