"""Verifying a catalog of each engine, and what is done to it meanwhile."""

from collections.abc import Callable, Sequence
from pathlib import Path

from api.verifying.contents import WholeCopies
from api.verifying.model import Finding, Tallies
from api.verifying.run import Scope, Verifier
from catalog.engine import Catalog
from storage.local import LocalStore
from tests import rows
from tests.databases import ENGINES, database, migrated_postgresql, migrated_sqlite

Verify = Callable[..., tuple[Sequence[Finding], Tallies]]


def verifying(catalog: Catalog, folder: Path) -> Verify:
    store = LocalStore(folder)

    def run(scope: Scope | None = None) -> tuple[Sequence[Finding], Tallies]:
        tallies = Tallies()
        verifier = Verifier(catalog, store, tallies, now=rows.NOW, copies=WholeCopies())
        return list(verifier.run(scope or Scope())), tallies

    return run


__all__ = ["ENGINES", "database", "migrated_postgresql", "migrated_sqlite"]
