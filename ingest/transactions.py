"""Transactions that are tried again at once where they only met others: nothing on the card need be read again."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from catalog.engine import Catalog
from catalog.errors import CatalogUnavailable

Result = TypeVar("Result")
_ATTEMPTS = 3


def committed(catalog: Catalog, work: Callable[[Session], Result]) -> Result:
    """Carry out `work` in a transaction of its own, at most three times beyond what `Catalog.write` does itself.

    Again at once after another wrote the same row first, and after the connection broke: then the commit may have
    gone through although nobody told us, so `work` looks first for what it may have done already. A catalog that
    cannot be reached is not tried again here. Raises CatalogError, IntegrityError.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return catalog.write(work)
        except IntegrityError:
            continue
        except CatalogUnavailable as error:
            if not _broke_off(error):
                raise
    return catalog.write(work)


def _broke_off(error: CatalogUnavailable) -> bool:
    return isinstance(error.__cause__, DBAPIError) and error.__cause__.connection_invalidated
