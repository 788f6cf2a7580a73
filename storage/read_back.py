"""Reading a version back, with what the store said of it meanwhile: its size, its lock, whether it is held."""

from collections.abc import Callable, Iterator
from typing import Self

from storage.model import StoredVersion


class ReadBack:
    """All bytes of a version as the medium holds them, in chunks of at most 1 MiB; then `stored()`."""

    def __init__(self, chunks: Iterator[bytes], report: Callable[[], StoredVersion]) -> None:
        """`report` is asked once all chunks were read: what the store says of this very version, read no earlier
        than the first of them.
        """
        self._chunks, self._report = chunks, report

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        return next(self._chunks)

    def stored(self) -> StoredVersion:
        """What the store says of the version that was read. Raises VersionNotFound, StoreUnavailable."""
        return self._report()
