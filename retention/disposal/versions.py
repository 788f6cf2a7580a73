"""Which versions are a recording's own: none but these may ever go with it, whatever a row of the catalog says.

The key of an original ends with the id of its recording, which the approved list names; a repair puts its copy at the
same key, and what is made from a recording lies below it; in the replica the keys are the same. A row that points
anywhere else is not believed. What lies at these places goes, on record or not: a repair or a worker that was killed,
or came too late, leaves versions that no row names.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalog.tables import Derivative, Recording
from retention.disposal.decision import VersionStanding
from retention.errors import DisposalWaits
from retention.fixity_repair import Replica
from storage.contract import ObjectStore
from storage.errors import StorageError, StoreMisconfigured, VersionLocked, VersionNotFound
from storage.model import Bucket, StoredVersion, VersionReference

_IN_REPLICA = "replica"


@dataclass(frozen=True, slots=True, order=True)
class Copy:
    """A version, and whether it lies in the replica."""

    reference: VersionReference
    in_replica: bool = False

    def __str__(self) -> str:
        return f"{_IN_REPLICA}:{self.reference}" if self.in_replica else str(self.reference)


@dataclass(frozen=True, slots=True)
class Stores:
    """Our own store, and the replica beside it where the settings name one.

    All raise StorageError, or DisposalWaits where it is the replica that does not answer, or refuses.
    """

    own: ObjectStore
    replica: Replica | None = None

    def head(self, copy: Copy) -> StoredVersion:
        with self._of(copy.in_replica) as store:
            return store.head(copy.reference)

    def delete(self, copy: Copy) -> None:
        with self._of(copy.in_replica) as store:
            store.delete_version(copy.reference)

    def everything_of(self, recording: Recording) -> Sequence[Copy]:
        """All that lies at the places of this recording now, sorted."""
        found = list(self._lying(recording, in_replica=False))
        if self.replica is not None:
            found += self._lying(recording, in_replica=True)
        return sorted((each for each in found if is_own(recording, each)), key=str)

    def _lying(self, recording: Recording, *, in_replica: bool) -> Iterator[Copy]:
        places = ((Bucket.ORIGINALS, recording.object_key), (Bucket.DERIVATIVES, f"{recording.object_key}/"))
        with self._of(in_replica) as store:
            for bucket, prefix in places:
                try:
                    listed = [each.reference for each in store.list_references(bucket, prefix)]
                except StoreMisconfigured as error:
                    if in_replica and bucket is Bucket.DERIVATIVES and error.code == "no_bucket":
                        continue  # a replica of originals alone
                    raise
                yield from (Copy(each, in_replica) for each in listed)

    @contextlib.contextmanager
    def _of(self, in_replica: bool) -> Iterator[ObjectStore]:  # noqa: FBT001 - of our own
        if not in_replica or self.replica is None:
            yield self.own
            return
        try:
            yield self.replica.open()
        except (VersionNotFound, VersionLocked):
            raise
        except StorageError as error:
            raise DisposalWaits(self.replica.where, str(error).rstrip(".")) from error


def is_own(recording: Recording, copy: Copy) -> bool:
    """Whether a version is the recording's original, a copy of that, or was made from it; by its place alone."""
    if recording.object_key.rpartition("/")[2] != str(recording.id):
        return False
    match copy.reference.bucket:
        case Bucket.ORIGINALS:
            return copy.reference.key == recording.object_key
        case Bucket.DERIVATIVES:
            return copy.reference.key.startswith(f"{recording.object_key}/")
        case _:
            return False


@dataclass(frozen=True, slots=True)
class Belongings:
    """Versions of a recording: `originals` as on record, the one that serves last; `others` on record or lying there.

    Of the others those at the key of the original are `surplus`: they go before it does, the rest after it.
    """

    recording: Recording
    originals: Sequence[Copy]
    others: Sequence[Copy]

    @property
    def going(self) -> Sequence[Copy]:
        """Its own, in the order in which they go."""
        return [each for each in (*self.surplus, *self.originals, *self._after) if is_own(self.recording, each)]

    @property
    def surplus(self) -> Sequence[Copy]:
        return [each for each in self.others if _is_surplus(each)]

    @property
    def _after(self) -> Sequence[Copy]:
        return [each for each in self.others if not _is_surplus(each)]


def _is_surplus(copy: Copy) -> bool:
    return copy.reference.bucket is Bucket.ORIGINALS and not copy.in_replica


def belongings(
    stores: Stores, recording: Recording, versions: Sequence[VersionReference], made: Iterable[Derivative]
) -> Belongings:
    """`versions` and `made` are those on record."""
    originals = [Copy(each) for each in versions]
    on_record = {Copy(VersionReference(Bucket(each.bucket), each.object_key, each.object_version)) for each in made}
    others = {each for each in (*on_record, *stores.everything_of(recording)) if is_own(recording, each)}
    return Belongings(recording, originals, sorted(others - set(originals), key=str))


def is_there(store: ObjectStore, reference: VersionReference) -> bool:
    """Raises StorageError where the store does not say."""
    try:
        store.head(reference)
    except VersionNotFound:
        return False
    return True


def look(stores: Stores, recording: Recording, copy: Copy, *, serves: bool) -> VersionStanding:
    own = is_own(recording, copy)
    try:
        stored = stores.head(copy)
    except VersionNotFound:
        return VersionStanding(str(copy), present=False, serves=serves, own=own)
    until = stored.lock.retain_until if stored.lock else None
    return VersionStanding(str(copy), present=True, serves=serves, lock_until=until, held=stored.held, own=own)


def look_at_all(stores: Stores, of: Belongings) -> Sequence[VersionStanding]:
    """How the stores have all of them, the version that serves last; of the others, only what is there can matter."""
    others = [look(stores, of.recording, each, serves=False) for each in of.others]
    originals = [look(stores, of.recording, each, serves=each == of.originals[-1]) for each in of.originals]
    return [*(each for each in others if each.present), *originals]


def delete_all(stores: Stores, copies: Iterable[Copy]) -> Sequence[Copy]:
    """Delete what can be; returns what a store refuses to let go, or has still."""
    left = []
    for each in copies:
        try:
            with contextlib.suppress(VersionNotFound):
                stores.delete(each)
                stores.head(each)
                left.append(each)
        except VersionLocked:
            left.append(each)
    return left


def plain(each: Copy) -> dict[str, str]:
    reference = each.reference
    told = {"bucket": reference.bucket.value, "key": reference.key, "version": reference.version_id}
    return {**told, "store": _IN_REPLICA} if each.in_replica else told


def copy_told(told: Mapping[str, str]) -> Copy:
    reference = VersionReference(Bucket(told["bucket"]), told["key"], told["version"])
    return Copy(reference, told.get("store") == _IN_REPLICA)
