"""The bytes of what was made from a recording, and what people watch: read past caches, compared with its row."""

from collections.abc import Iterator
from uuid import UUID

from api.verifying.model import Code, Fact, Finding, Part, Tally
from catalog.engine import Catalog
from catalog.repositories import stored_objects
from catalog.repositories.stored_objects import ToldDerivative
from storage.contract import ObjectStore
from storage.digests import digest_chunks
from storage.errors import StorageError, VersionNotFound


def check_derivatives(catalog: Catalog, store: ObjectStore, recording_id: UUID, tally: Tally) -> Iterator[Finding]:
    """One that seems wrong and has been made anew meanwhile is not told of: the row then names another version."""
    with catalog.reading() as session:
        told = stored_objects.derivatives(session, recording_id)
    for each in told:
        finding = _judged(store, recording_id, each)
        if finding is not None:
            with catalog.reading() as session:
                if each not in stored_objects.derivatives(session, recording_id):
                    continue
        tally.met(checked=finding is None or finding.code is not Code.DERIVATIVE_UNREADABLE)
        if finding is not None:
            yield finding


def _judged(store: ObjectStore, recording_id: UUID, told: ToldDerivative) -> Finding | None:
    where: dict[str, Fact] = {"version": str(told.reference)}
    try:
        found = digest_chunks(store.read_back(told.reference), sm3=False).sha256.hexadecimal
    except VersionNotFound:
        return Finding(Part.DERIVATIVES, Code.DERIVATIVE_MISSING, where, recording_id)
    except StorageError as error:
        return Finding(Part.DERIVATIVES, Code.DERIVATIVE_UNREADABLE, {**where, "why": str(error)}, recording_id)
    if found == told.sha256:
        return None
    digests: dict[str, Fact] = {"recorded": told.sha256, "found": found}
    return Finding(Part.DERIVATIVES, Code.DERIVATIVE_CHANGED, {**where, **digests}, recording_id)
