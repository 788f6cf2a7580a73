"""Making all checks: each engine by itself and at the same time, so that none waits for one that does not answer."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import structlog

from api.checks import archive, engines, machine
from api.checks.model import Check, CheckState, failed, unforeseen
from api.checks.originals import originals
from api.errors import AccessError
from api.runtime import home_of, system_clock
from api.settings import Settings
from catalog.engine import Catalog
from catalog.errors import CatalogError
from storage.errors import StorageError

ANSWER_SECONDS = 20.0
_log = structlog.get_logger(__name__)
_ORDER = ("tools", "room", "catalog", *archive.LOOKS, "store", "originals", "dispatch")


def run_checks(
    settings: Settings, *, clock: engines.Clock = system_clock, answer_seconds: float = ANSWER_SECONDS
) -> list[Check]:
    """All checks that can be made, always in the same order. Nothing is made or written. Raises SettingsInvalid."""
    home = home_of(settings)
    groups: list[Callable[[], Iterable[Check]]] = [
        lambda: [machine.tools()],
        lambda: [machine.room(settings, home)],
        lambda: _of_catalog(settings, home, clock, answer_seconds),
        lambda: [
            _bounded("store", lambda: engines.store(settings.storage, home, clock, settings.lock), answer_seconds)
        ],
        lambda: [_bounded("dispatch", lambda: engines.doorbell(settings.dispatch), answer_seconds)],
    ]
    with ThreadPoolExecutor(len(groups), thread_name_prefix="checks") as threads:
        found = [check for group in threads.map(lambda group: list(group()), groups) for check in group]
    return sorted(found, key=lambda check: _ORDER.index(check.name))


def _of_catalog(settings: Settings, home: Path, clock: engines.Clock, answer_seconds: float) -> Iterator[Check]:
    """The catalog, and where it is in order, what it tells."""
    opened: list[Catalog] = []
    embedded = settings.catalog.url is None

    def look() -> Check:
        check, catalog = engines.sqlite(home) if embedded else engines.postgresql(settings.catalog, clock)
        opened.extend([catalog] if catalog is not None else [])
        return check

    # A file is looked through from its beginning to its end, which takes as long as it takes.
    limit = None if embedded else answer_seconds
    check = _bounded("catalog", look, limit)
    yield check
    if check.state is CheckState.UNAVAILABLE or not opened:
        return
    (catalog,) = opened
    try:
        about = archive.Archive(settings, catalog, clock())
        for name, each in archive.LOOKS.items():
            yield _bounded(name, partial(each, about), limit)
        yield _bounded("originals", lambda: originals(settings, catalog, about.now), answer_seconds)
    finally:
        catalog.close()


def _bounded(name: str, look: Callable[[], Check], seconds: float | None) -> Check:
    """What the look found, or that it did not come to an end in time: then it is left to itself."""
    found: list[Check] = []

    def make() -> None:
        try:
            found.append(look())
        except (AccessError, StorageError, CatalogError) as error:
            found.append(failed(name, error))
        except Exception as error:  # noqa: BLE001 - a check that failed must not be taken for an engine that is silent
            _log.exception("a check met something unforeseen", check=name)
            found.append(unforeseen(name, error))

    thread = threading.Thread(target=make, name=f"check-{name}", daemon=True)
    thread.start()
    thread.join(seconds)
    if found:
        return found[0]
    return Check(name, CheckState.UNAVAILABLE, {"seconds": round(seconds or 0)}, text="check-no-answer")
