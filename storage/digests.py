"""Digests of content, computed in a single pass: SHA-256 always, SM3 (GB/T 32905-2016) by setting.

hashlib releases the interpreter lock for large buffers, so each algorithm runs in a thread of its own and
the pass costs as much as the slowest of reading, SHA-256 and SM3, not their sum.
"""

import hashlib
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

from storage.sm3 import Hash, new_sm3


class DigestAlgorithm(StrEnum):
    SHA256 = "sha256"
    SM3 = "sm3"


DIGEST_HEX_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest and the algorithm that made it; `hexadecimal` is 64 lower-case digits for both algorithms."""

    algorithm: DigestAlgorithm
    hexadecimal: str

    def __post_init__(self) -> None:
        if len(self.hexadecimal) != DIGEST_HEX_LENGTH or set(self.hexadecimal) - set("0123456789abcdef"):
            message = f"not a {self.algorithm} digest: {self.hexadecimal!r}"
            raise ValueError(message)

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hexadecimal}"


@dataclass(frozen=True, slots=True)
class ContentDigests:
    """What identifies a content: its size in bytes, its SHA-256 and, where asked for, its SM3."""

    size: int
    sha256: Digest
    sm3: Digest | None


# Below this a thread costs more than it saves: small files are many, and each would start its own.
_PARALLEL_FROM_BYTES = 1024 * 1024


class ContentHasher:
    """Digest a stream of chunks. A chunk may be reused by the caller once the next call returns or `wait` was called.

    Use as a context manager; `digests()` may be asked once all chunks are in.
    """

    def __init__(self, *, sm3: bool) -> None:
        self._hashes: dict[DigestAlgorithm, Hash] = {DigestAlgorithm.SHA256: hashlib.sha256()}
        if sm3:
            self._hashes[DigestAlgorithm.SM3] = new_sm3()
        self._size = 0
        self._threads: ThreadPoolExecutor | None = None
        self._pending: list[Future[None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wait()
        if self._threads is not None:
            self._threads.shutdown()

    def update(self, chunk: bytes | memoryview) -> None:
        """Take the next chunk; large ones are digested in the background until the next call."""
        self.wait()
        self._size += len(chunk)
        if len(chunk) < _PARALLEL_FROM_BYTES:
            for running in self._hashes.values():
                running.update(chunk)
            return
        if self._threads is None:
            self._threads = ThreadPoolExecutor(len(self._hashes), thread_name_prefix="digest")
        self._pending = [self._threads.submit(running.update, chunk) for running in self._hashes.values()]

    def wait(self) -> None:
        """Return when every chunk taken so far is digested."""
        pending, self._pending = self._pending, []
        for future in pending:
            future.result()

    def digests(self) -> ContentDigests:
        self.wait()
        found = {name: Digest(name, running.hexdigest()) for name, running in self._hashes.items()}
        return ContentDigests(self._size, found[DigestAlgorithm.SHA256], found.get(DigestAlgorithm.SM3))


def digest_chunks(chunks: Iterable[bytes], *, sm3: bool) -> ContentDigests:
    """Digest all chunks of an iterable."""
    with ContentHasher(sm3=sm3) as hasher:
        for chunk in chunks:
            hasher.update(chunk)
        return hasher.digests()
