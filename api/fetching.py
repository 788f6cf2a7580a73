"""Fetching the bytes of a recording or a derivative, checked on the way: what is wrong never gets its name."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from api.errors import BytesDiffer, NoSuchDerivative, UsageWrong
from api.reading.disposed import refuse_disposed
from api.runtime import Runtime
from catalog.repositories import recordings
from storage.digests import ContentDigests, ContentHasher
from storage.model import Bucket, VersionReference

ORIGINAL = "original"


def fetch(
    runtime: Runtime, recording_id: UUID, kind: str, output: Path, *, before_giving: Callable[[], None]
) -> ContentDigests:
    """Write the bytes to `output` and return their digests.

    They are written beside it and renamed once they are known to be right and `before_giving`, which puts that on
    record, has returned. Raises RecordingDisposed, BytesDiffer, NoSuchDerivative, StorageError, UsageWrong where
    `output` cannot be written.
    """
    reference, expected = _what(runtime, recording_id, kind)
    if not output.name or os.path.isdir(output):  # noqa: PTH112 - that of pathlib raises for names that are too long
        raise UsageWrong(f"{output} is a folder: name the file to write.")
    # A short name of its own: that of the output may already be as long as a name can be.
    partial = output.with_name(f".zhilu-{os.getpid()}.partial")
    try:
        with partial.open("xb") as file, ContentHasher(sm3=False) as hasher:
            for chunk in runtime.store.read(reference):
                hasher.update(chunk)
                file.write(chunk)
            digests = hasher.digests()
            if digests.sha256.hexadecimal != expected:
                raise BytesDiffer(str(reference))
            file.flush()
            os.fsync(file.fileno())
        before_giving()
        partial.replace(output)
    except OSError as error:
        raise UsageWrong(f"The file {output} cannot be written: {error.strerror}.") from error
    finally:
        with contextlib.suppress(OSError):  # it was renamed, or could not even be made
            partial.unlink()
    return digests


def _what(runtime: Runtime, recording_id: UUID, kind: str) -> tuple[VersionReference, str]:
    with runtime.catalog.reading() as session:
        recording = recordings.get(session, recording_id)
        refuse_disposed(session, recording)
        if kind == ORIGINAL:
            return recordings.serving(session, recording), recording.sha256
        derivative = recordings.derivative(session, recording_id, kind)
        if derivative is None:
            there = [each.kind for each in recordings.derivatives_of(session, recording_id)]
            raise NoSuchDerivative(kind, [ORIGINAL, *there])
        reference = VersionReference(Bucket(derivative.bucket), derivative.object_key, derivative.object_version)
        return reference, derivative.sha256
