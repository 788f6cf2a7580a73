"""What is seen to before anything is made or begun: a process that cannot do its work says so and leaves no trace."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from api.engine_settings import CatalogSettings, DispatchSettings, StorageSettings
from api.engines import open_bell, open_postgresql
from api.errors import ClocksApart
from catalog import schema, server
from catalog.engine import Catalog
from catalog.errors import DispatchUnavailable
from storage.contract import ObjectStore
from storage.s3 import S3Store
from storage.s3_clock import server_time

_log = structlog.get_logger(__name__)

# S3 itself refuses what is signed 15 minutes off (RequestTimeTooSkewed); locks and records must not be worse.
CLOCKS_APART = timedelta(minutes=15)
# An HTTP date has full seconds.
HTTP_DATE_SECONDS = 1.0


def reach_store(settings: StorageSettings, clock: Callable[[], datetime]) -> ObjectStore | None:
    """The S3 store, reached and found fit; None where objects lie in the home. Raises StorageError, ClocksApart."""
    if settings.engine != "s3" or settings.s3 is None:
        return None
    store = S3Store(settings.s3)
    store.check()
    theirs = server_time(settings.s3)
    if theirs is not None:
        refuse_apart("store", settings.s3.endpoint, (theirs - clock()).total_seconds())
    return store


def reach_catalog(settings: CatalogSettings, clock: Callable[[], datetime]) -> Catalog | None:
    """The PostgreSQL catalog, reached and at this version's schema; None where it is a file in the home.

    Raises CatalogError, ClocksApart.
    """
    if settings.url is None:
        return None
    catalog = open_postgresql(settings)
    try:
        schema.prepare(catalog)
        said = server.ask(catalog)
        if said is not None:
            refuse_apart("catalog", catalog.where, seconds_ahead(said, clock()))
    except BaseException:
        catalog.close()
        raise
    return catalog


def reach_doorbell(settings: DispatchSettings, *, must_answer: bool) -> None:
    """See whether rings would reach other machines, where that is wanted.

    Wrong settings are refused; a Redis that is merely away only delays jobs, so those who need not hear it go on.
    Raises DispatchMisconfigured, DispatchUnavailable.
    """
    bell = open_bell(settings)
    if bell is None:
        return
    try:
        bell.check()
    except DispatchUnavailable as error:
        if must_answer:
            raise
        _log.warning("rings do not get through; the workers find by themselves what is due", reason=str(error))
    finally:
        bell.close()


def seconds_ahead(said: server.ServerFacts, now: datetime) -> float:
    """By how much the server's clock was ahead of ours; `now` is right after its answer."""
    return (said.clock - now).total_seconds() + said.answer_seconds / 2


def refuse_apart(engine: str, where: str, ahead: float) -> None:
    """Raises ClocksApart for clocks that disagree by more than `CLOCKS_APART`."""
    if abs(ahead) > CLOCKS_APART.total_seconds():
        raise ClocksApart(engine, where, ahead)
