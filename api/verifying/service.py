"""Verifying with the engines of a process, and putting on record that it was done, by whom and with what result."""

from collections.abc import Iterator
from dataclasses import replace

from api.custody_services import key_place
from api.engines import replica_of
from api.runtime import Runtime
from api.verifying.contents import WholeCopies
from api.verifying.copies import copies_in
from api.verifying.model import Finding, Tallies, Weight
from api.verifying.run import Beside, Scope, Verifier
from catalog.custody.key_files import read_key_file, read_key_text
from catalog.errors import CustodyKeyUnfit
from catalog.repositories import custody
from catalog.tables.custody import CustodyAction, CustodyResult
from storage.errors import StorageError


def verify(runtime: Runtime, scope: Scope, tallies: Tallies, *, purpose: str | None = None) -> Iterator[Finding]:
    """The findings as they come, with `tallies` filled; then the log is told. Raises StorageError, CatalogError."""
    verifier = Verifier(runtime.catalog, runtime.store, tallies, beside(runtime), now=runtime.clock())
    try:
        yield from verifier.run(scope)
    except StorageError as error:
        _record(runtime, scope, tallies, purpose, CustodyResult.FAILED, reason=str(error))
        raise
    _record(runtime, scope, tallies, purpose, CustodyResult.DONE)


def beside(runtime: Runtime) -> Beside:
    """What this machine knows beside catalog and store. Its key is only read, never made here."""
    authorities = {each.name: each.ca_file for each in runtime.settings.custody.authorities}
    replica = runtime.settings.fixity.replica
    copies = copies_in(replica_of(replica)) if replica is not None else WholeCopies()
    place = key_place(runtime.settings, runtime.home)
    known = Beside(copies, authorities=authorities, zone=runtime.settings.time_zone, locks=runtime.settings.lock)
    try:
        key = read_key_text(place.given, "custody.key") if place.given else read_key_file(place.path)
    except CustodyKeyUnfit as error:
        return replace(known, key_fault=str(error))
    return replace(known, key=key.verifier if key else None)


def _record(
    runtime: Runtime, scope: Scope, tallies: Tallies, purpose: str | None, result: CustodyResult, **more: str
) -> None:
    with runtime.catalog.writing() as session:
        custody.record(
            session,
            CustodyAction.VERIFIED,
            at=runtime.clock(),
            actor=runtime.actor,
            subject_kind="catalog" if scope.recording_id is None else "recording",
            subject_id=scope.recording_id,
            purpose=purpose,
            result=result,
            since=scope.since and scope.since.isoformat(),
            contents=scope.contents,
            passed=tallies.passed and result is CustodyResult.DONE,
            discrepancies=tallies.findings[Weight.DISCREPANCY],
            unchecked=tallies.findings[Weight.UNCHECKED],
            parts={part.value: {"checked": each.checked, "of": each.of} for part, each in tallies.parts.items()},
            waiting=tallies.waiting,
            uncovered=tallies.uncovered,
            **more,
        )
