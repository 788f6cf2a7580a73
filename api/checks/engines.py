"""Checks of the engines: what each is and where, whether it answers, takes our key, and has the right time.

They make nothing: what is embedded and not there yet is made by the first start.
"""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from api.checks.model import Check, CheckState
from api.engine_settings import CatalogSettings, DispatchSettings, StorageSettings
from api.engines import open_bell
from api.messages.translator import Fact
from api.start_checks import HTTP_DATE_SECONDS, reach_catalog, reach_store, seconds_ahead
from catalog import schema, server
from catalog.engine import Catalog, sqlite_url
from catalog.repositories import recordings
from retention.locks import LockSettings
from storage.s3_buckets import originals_default
from storage.s3_clock import server_time
from storage.s3_settings import S3Settings

_APART_SECONDS = 2.0
Clock = Callable[[], datetime]


def store(settings: StorageSettings, home: Path, clock: Clock, lock: LockSettings) -> Check:
    """`lock` is what originals are to be locked by. Raises StorageError, ClocksApart."""
    if settings.engine != "s3" or settings.s3 is None:
        where = str(home / "objects")
        return Check("store", CheckState.OK, {"engine": "file", "where": where}, text="check-store-file")
    reach_store(settings, clock)
    began = time.monotonic()
    theirs = server_time(settings.s3)
    took = time.monotonic() - began
    ahead = 0.0 if theirs is None else (theirs - clock()).total_seconds() + (took + HTTP_DATE_SECONDS) / 2
    facts: dict[str, Fact] = {
        "engine": "s3",
        "where": settings.s3.endpoint,
        "buckets": f"{settings.s3.bucket_prefix}-*",
        "tls": "TLS" if settings.s3.secure else "no TLS",
        "milliseconds": round(took * 1000),
    }
    timed = _timed("store", facts, ahead, slack=(took + HTTP_DATE_SECONDS) / 2)
    return timed if timed.state is not CheckState.OK else _without_default(settings.s3, facts, lock) or timed


def _without_default(settings: S3Settings, facts: dict[str, Fact], lock: LockSettings) -> Check | None:
    """What locks by a second request leaves uploads unlocked until then, unless the bucket locks them at once."""
    if not settings.lock_after_complete:
        return None
    default = originals_default(settings)
    if default is not None and default.days >= lock.short_step.days:
        return None
    told = facts | {"days": lock.short_step.days, "default": default.days if default else 0}
    return Check("store", CheckState.ATTENTION, told, text="check-store-no-default")


def postgresql(settings: CatalogSettings, clock: Clock) -> tuple[Check, Catalog]:
    """The catalog is open and the caller's to close. Raises CatalogError, ClocksApart."""
    catalog = reach_catalog(settings, clock)
    assert catalog is not None  # noqa: S101 - the caller has looked
    said = server.ask(catalog)
    assert said is not None  # noqa: S101 - it is no SQLite
    facts: dict[str, Fact] = {
        "engine": "postgresql",
        "where": catalog.where,
        "version": said.version,
        "milliseconds": round(said.answer_seconds * 1000),
        **_content(catalog),
    }
    return _timed("catalog", facts, seconds_ahead(said, clock()), slack=said.answer_seconds / 2), catalog


def sqlite(home: Path) -> tuple[Check, Catalog | None]:
    """The catalog is open and the caller's to close, None where it cannot be looked at yet. Raises CatalogError."""
    path = home / "catalog.sqlite3"
    facts: dict[str, Fact] = {"engine": "sqlite", "where": str(path), "revision": "-", "recordings": 0, "fault": ""}
    if not path.exists():
        return Check("catalog", CheckState.OK, facts, text="check-catalog-new"), None
    catalog = Catalog(sqlite_url(path))
    try:
        schema.refuse_newer(catalog)
        revision = schema.current_revision(catalog)
        if revision != schema.newest_revision():
            catalog.close()
            facts["revision"] = revision or "-"
            return Check("catalog", CheckState.OK, facts, text="check-catalog-older"), None
        facts |= _content(catalog)
    except BaseException:
        catalog.close()
        raise
    return Check("catalog", CheckState.UNAVAILABLE if facts["fault"] else CheckState.OK, facts), catalog


def doorbell(settings: DispatchSettings) -> Check:
    """Raises DispatchError."""
    bell = open_bell(settings)
    if bell is None:
        return Check("dispatch", CheckState.OK, {"engine": "process"}, text="check-dispatch-process")
    try:
        bell.check()
        began = time.monotonic()
        bell.check()
        took = time.monotonic() - began
        facts: dict[str, Fact] = {
            "engine": "redis",
            "where": bell.where,
            "namespace": settings.namespace,
            "milliseconds": round(took * 1000),
        }
        return Check("dispatch", CheckState.OK, facts)
    finally:
        bell.close()


def _content(catalog: Catalog) -> dict[str, Fact]:
    revision = schema.current_revision(catalog) or "-"
    with catalog.reading(at_length=True) as session:
        return {
            "revision": revision,
            "recordings": recordings.count(session),
            "fault": schema.damage(session) or "",
        }


def _timed(name: str, facts: dict[str, Fact], ahead: float, *, slack: float) -> Check:
    """In order, or needing attention for its clock; `slack` is how uncertain `ahead` is, both in seconds."""
    apart = abs(ahead) - slack > _APART_SECONDS
    told = facts | {"ahead": round(ahead, 1)}
    return Check(
        name,
        CheckState.ATTENTION if apart else CheckState.OK,
        told,
        text=f"check-{name}-clock" if apart else f"check-{name}-{facts['engine']}",
    )
