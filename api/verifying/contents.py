"""The bytes of one original, read past caches and compared with what is on record: SHA-256, SM3, size.

Where they are not the same, it is said which bytes: by a copy that is whole, where there is one; else by the size on
record; else all of them, for nothing tells which can be trusted.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from api.verifying.model import Code, Fact, Finding, Part, Tally
from catalog.repositories.promises import Promise
from storage.contract import ObjectStore
from storage.digests import ContentDigests, ContentHasher
from storage.errors import StorageError, VersionNotFound
from storage.model import Bucket, VersionReference

Window = Callable[[int, int], bytes]
"""Bytes of something from a start on, so many or up to its end."""
_WINDOW_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class WholeCopies:
    """Where whole copies may lie: gives how to read one of a recording, None where there is none."""

    of: Callable[[Promise], Window | None] = lambda _promise: None


def check_contents(store: ObjectStore, promise: Promise, tally: Tally, copies: WholeCopies) -> Iterator[Finding]:
    """Raises nothing of the store: what it does not give is told as unchecked, and never counted as checked."""
    if promise.disposed:
        yield from _gone(store, promise, tally)
        return
    where = _where(promise.serving)
    try:
        read = _read(store, promise)
    except VersionNotFound:
        tally.met()
        yield Finding(Part.CONTENTS, Code.VERSION_MISSING, where, promise.recording_id)
        return
    except StorageError as error:
        tally.met(checked=False)
        yield Finding(Part.CONTENTS, Code.CONTENT_UNREADABLE, {**where, "why": str(error)}, promise.recording_id)
        return
    tally.met()
    yield from _judged(store, promise, read, copies)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read: how many bytes in all, and the digests of no more than the first so many that are on record."""

    size: int
    digests: ContentDigests


def _read(store: ObjectStore, promise: Promise) -> _Read:
    size = 0
    with ContentHasher(sm3=promise.sm3 is not None) as hasher:
        for chunk in store.read_back(promise.serving):
            room = promise.size - size
            if room > 0:
                hasher.update(chunk if len(chunk) <= room else chunk[:room])
            size += len(chunk)
        return _Read(size, hasher.digests())


def _judged(store: ObjectStore, promise: Promise, read: _Read, copies: WholeCopies) -> Iterator[Finding]:
    where = _where(promise.serving)
    same = read.digests.sha256.hexadecimal == promise.sha256
    digests: dict[str, Fact] = {"recorded": promise.sha256, "found": read.digests.sha256.hexadecimal}
    last = promise.size - 1
    if read.size < promise.size:
        spans: dict[str, Fact] = {"first": read.size, "last": last}
        yield Finding(Part.CONTENTS, Code.BYTES_MISSING, {**where, **spans}, promise.recording_id)
    elif read.size > promise.size:
        spans = {"first": promise.size, "last": read.size - 1}
        yield Finding(Part.CONTENTS, Code.BYTES_ADDED, {**where, **spans}, promise.recording_id)
    if not same and read.size >= promise.size:
        found = _place(store, promise, copies)
        if found is not None:
            at: dict[str, Fact] = {"first": found[0], "last": found[1], "size": promise.size}
            yield Finding(Part.CONTENTS, Code.BYTES_DIFFER_AT, {**where, **at, **digests}, promise.recording_id)
        else:
            at = {"first": 0, "last": last, "size": promise.size}
            yield Finding(Part.CONTENTS, Code.BYTES_DIFFER, {**where, **at, **digests}, promise.recording_id)
    sm3 = read.digests.sm3.hexadecimal if read.digests.sm3 else None
    if same and sm3 != promise.sm3:
        told: dict[str, Fact] = {"recorded": promise.sm3 or "", "found": sm3 or ""}
        yield Finding(Part.CONTENTS, Code.SM3_DIFFERS, {**where, **told}, promise.recording_id)


def _place(store: ObjectStore, promise: Promise, copies: WholeCopies) -> tuple[int, int] | None:
    """Where the bytes differ; None where no whole copy can be read to tell."""
    try:
        window = copies.of(promise)
        return window and first_difference(_window_of(store, promise.serving), window, promise.size)
    except StorageError:
        return None


def first_difference(one: Window, other: Window, size: int) -> tuple[int, int] | None:
    """The first and the last of the first bytes that differ, None where none do. Raises StorageError."""
    begin: int | None = None
    for start in range(0, size, _WINDOW_BYTES):
        length = min(_WINDOW_BYTES, size - start)
        left, right = one(start, length), other(start, length)
        if begin is None and left == right:
            continue
        for place in range(length):
            differ = left[place : place + 1] != right[place : place + 1]
            if differ and begin is None:
                begin = start + place
            elif not differ and begin is not None:
                return begin, start + place - 1
    return None if begin is None else (begin, size - 1)


def _window_of(store: ObjectStore, reference: VersionReference) -> Window:
    return lambda start, length: b"".join(store.read(reference, start, length))


def _gone(store: ObjectStore, promise: Promise, tally: Tally) -> Iterator[Finding]:
    """Of what was disposed of, nothing may be there: no version on record, and none that was put there since."""
    try:
        there = sorted({*_lying(store, promise.serving.key), *_present(store, promise)}, key=str)
    except StorageError as error:
        tally.met(checked=False)
        told: dict[str, Fact] = {**_where(promise.serving), "why": str(error)}
        yield Finding(Part.CONTENTS, Code.CONTENT_UNREADABLE, told, promise.recording_id)
        return
    tally.met()
    for reference in there:
        yield Finding(Part.CONTENTS, Code.DISPOSED_BUT_THERE, _where(reference), promise.recording_id)


def _lying(store: ObjectStore, key: str) -> Iterator[VersionReference]:
    """Versions of an original, and what was made of it."""
    for bucket, prefix in ((Bucket.ORIGINALS, key), (Bucket.DERIVATIVES, f"{key}/")):
        listed = (each.reference for each in store.list_references(bucket, prefix))
        yield from (each for each in listed if each.key == key or each.key.startswith(f"{key}/"))


def _present(store: ObjectStore, promise: Promise) -> Iterator[VersionReference]:
    for reference in promise.versions:
        with contextlib.suppress(VersionNotFound):
            yield store.head(reference).reference


def _where(reference: VersionReference) -> dict[str, Fact]:
    return {"version": str(reference)}
