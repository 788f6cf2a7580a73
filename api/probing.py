"""Probing the store's locks, keeping the result, and what it means for whoever asks later."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path

from sqlmodel import Session

from api.engine_settings import StorageSettings
from api.runtime import Runtime
from catalog.repositories import custody, storage_probes
from catalog.tables import StorageProbe
from catalog.tables.custody import CustodyAction, CustodyResult
from storage.local_probe import LocalProbe
from storage.probe import Conformance, TrialName, TrialOutcome, bypassable_by
from storage.s3_probe import S3Probe

PROBE_AGAIN_AFTER = timedelta(days=30)


def store_name(settings: StorageSettings, home: Path) -> str:
    """How the catalog names the store that was probed: another endpoint, prefix or folder is another store."""
    if settings.engine == "s3" and settings.s3 is not None:
        return f"s3:{settings.s3.endpoint}/{settings.s3.bucket_prefix}"
    return f"file:{home / 'objects'}"


def probe_store(runtime: Runtime, *, on_trial: Callable[[TrialName], None]) -> Conformance:
    """Probe the store and put the result on record, with its custody event. Raises StorageError, CatalogError."""
    found = _probe(runtime, on_trial)
    row = StorageProbe(
        at=runtime.clock(),
        store=store_name(runtime.settings.storage, runtime.home),
        immutable=found.immutable,
        trials=[
            {
                "trial": each.name,
                "outcome": each.outcome,
                "seen": each.seen,
                "answer": each.answer,
                "weighs": each.weighs,
                "since": each.since and each.since.isoformat(),
                "until": each.until and each.until.isoformat(),
            }
            for each in found.trials
        ],
        actor=runtime.actor,
        program_version=version("zhilu"),
    )
    with runtime.catalog.writing() as session:
        storage_probes.add(session, row)
        custody.record(
            session,
            CustodyAction.STORE_PROBED,
            at=row.at,
            actor=runtime.actor,
            subject_kind="store",
            subject_id=row.id,
            result=CustodyResult.DONE if found.immutable else CustodyResult.FAILED,
            store=row.store,
            immutable=found.immutable,
            failing=[each.name for each in found.failing],
        )
    return found


def _probe(runtime: Runtime, on_trial: Callable[[TrialName], None]) -> Conformance:
    settings = runtime.settings.storage
    if settings.engine == "s3" and settings.s3 is not None:
        return S3Probe(settings.s3, mode=runtime.settings.lock.mode, on_trial=on_trial).run()
    return LocalProbe(runtime.home, on_trial=on_trial).run()


class Standing(StrEnum):
    """What the latest probe says by now."""

    NEVER = "never"
    NOT_IMMUTABLE = "not_immutable"
    UNCLEAR = "unclear"  # nothing was broken; one trial takes the store days, and they are not over
    PROBE_AGAIN = "probe_again"  # they are over, and nobody has looked
    OUTDATED = "outdated"
    CLOCK_AHEAD = "clock_ahead"
    IMMUTABLE = "immutable"


@dataclass(frozen=True, slots=True)
class ProbeStanding:
    """The latest probe of the store in use. `failing` names the trials that keep it from being called immutable.

    `bypassable`: whether our own key may bypass governance locks; None if that was never clear. `unclear_until`: by
    when the one trial that is missing is to be known; None where nothing is only to be waited for.
    """

    standing: Standing
    immutable: bool | None = None
    probed_at: datetime | None = None
    failing: tuple[str, ...] = ()
    bypassable: bool | None = None
    unclear_until: datetime | None = None


def standing_of(session: Session, settings: StorageSettings, home: Path, now: datetime) -> ProbeStanding:
    """What is known of the store in use. Raises CatalogUnavailable."""
    return standing_at(storage_probes.latest(session, store_name(settings, home)), now)


def standing_at(found: StorageProbe | None, now: datetime) -> ProbeStanding:
    if found is None:
        return ProbeStanding(Standing.NEVER)
    failing = tuple(
        str(trial["trial"])
        for trial in found.trials
        if trial["weighs"] and trial["outcome"] != TrialOutcome.REFUSED.value
    )
    standing = Standing.IMMUTABLE
    until = storage_probes.unclear_until(found)
    if not found.immutable:
        standing = _not_immutable(until, now)
    elif storage_probes.is_ahead(found, now=now):
        standing = Standing.CLOCK_AHEAD
    elif now - found.at > PROBE_AGAIN_AFTER:
        standing = Standing.OUTDATED
    outcomes = {str(trial["trial"]): str(trial["outcome"]) for trial in found.trials}
    return ProbeStanding(standing, found.immutable, found.at, failing, bypassable_by(outcomes), until)


def _not_immutable(until: datetime | None, now: datetime) -> Standing:
    if until is None:
        return Standing.NOT_IMMUTABLE
    return Standing.UNCLEAR if now < until else Standing.PROBE_AGAIN
