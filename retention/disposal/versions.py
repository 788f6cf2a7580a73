"""Which versions are a recording's own: none but these may ever go with it, whatever a row of the catalog says.

The key of an original ends with the id of its recording, which the approved list names; a repair puts its copy at the
same key, and what is made from a recording lies below it. A row that points anywhere else is not believed.
"""

import contextlib
from collections.abc import Iterable, Mapping, Sequence

from catalog.tables import Derivative, Recording
from retention.disposal.decision import VersionStanding
from storage.contract import ObjectStore
from storage.errors import VersionLocked, VersionNotFound
from storage.model import Bucket, VersionReference


def is_own(recording: Recording, reference: VersionReference) -> bool:
    """Whether a version is the recording's original, a copy of that, or was made from it; by its place alone."""
    if recording.object_key.rpartition("/")[2] != str(recording.id):
        return False
    match reference.bucket:
        case Bucket.ORIGINALS:
            return reference.key == recording.object_key
        case Bucket.DERIVATIVES:
            return reference.key.startswith(f"{recording.object_key}/")
        case _:
            return False


def made_of(store: ObjectStore, recording: Recording, rows: Iterable[Derivative]) -> Sequence[VersionReference]:
    """Everything below the key of this recording, on record or left there by a worker that was killed."""
    listed = {VersionReference(Bucket(each.bucket), each.object_key, each.object_version) for each in rows}
    below = {each.reference for each in store.list_references(Bucket.DERIVATIVES, f"{recording.object_key}/")}
    return sorted((each for each in listed | below if is_own(recording, each)), key=str)


def look(store: ObjectStore, recording: Recording, reference: VersionReference, *, serves: bool) -> VersionStanding:
    own = is_own(recording, reference)
    try:
        stored = store.head(reference)
    except VersionNotFound:
        return VersionStanding(str(reference), present=False, serves=serves, own=own)
    until = stored.lock.retain_until if stored.lock else None
    return VersionStanding(str(reference), present=True, serves=serves, lock_until=until, held=stored.held, own=own)


def look_at_all(
    store: ObjectStore, recording: Recording, versions: Sequence[VersionReference], made: Iterable[VersionReference]
) -> Sequence[VersionStanding]:
    """How the store has all of them, the version that serves last; of what was made, only what is there can matter."""
    derived = [look(store, recording, each, serves=False) for each in made]
    originals = [look(store, recording, each, serves=each == versions[-1]) for each in versions]
    return [*(each for each in derived if each.present), *originals]


def delete_all(store: ObjectStore, references: Iterable[VersionReference]) -> Sequence[VersionReference]:
    """Delete what can be; returns what the store refuses to let go, or has still."""
    left = []
    for each in references:
        try:
            with contextlib.suppress(VersionNotFound):
                store.delete_version(each)
                store.head(each)
                left.append(each)
        except VersionLocked:
            left.append(each)
    return left


def plain(each: VersionReference) -> dict[str, str]:
    return {"bucket": each.bucket.value, "key": each.key, "version": each.version_id}


def reference(told: Mapping[str, str]) -> VersionReference:
    return VersionReference(Bucket(told["bucket"]), told["key"], told["version"])
