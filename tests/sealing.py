"""Holds whatever tests do through the program to this: each row of evidence stands as the custody log says it does."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, text

from catalog.canonical import row_digest
from catalog.engine import Catalog
from catalog.errors import CatalogError
from catalog.schema import current_revision, newest_revision
from catalog.seals import sealed_tables


def check_sealed(catalog: Catalog) -> None:
    """Fails for a row without a seal, with another one than the log gives last, or that is gone without a word."""
    assert broken_seals(catalog) == {}


def broken_seals(catalog: Catalog) -> dict[str, str]:
    """What is the matter with which row, by `table/id`; of a database without this version's tables, nothing."""
    if not _can_be_looked_at(catalog):
        return {}
    with catalog.reading() as session:
        said: dict[str, str | None] = {}
        for seals in session.connection().execute(
            text(
                "SELECT seals FROM custody_event LEFT JOIN custody_leaf ON custody_leaf.event_id = custody_event.id"
                " LEFT JOIN custody_pending ON custody_pending.event_id = custody_event.id"
                " ORDER BY custody_leaf.position IS NULL, custody_leaf.position, custody_pending.arrival"
            ).columns(seals=_json())
        ):
            said.update(seals[0] or {})
        stands: dict[str, str | None] = {}
        for table in sealed_tables():
            for row in session.connection().execute(select(table)).mappings():
                stands[f"{table.name}/{row['id']}"] = row_digest(_named(row))
    found = {name: "not as sealed" for name, digest in stands.items() if name in said and said[name] != digest}
    found |= {name: "without a seal" for name in stands if name not in said}
    return found | {name: "gone" for name, digest in said.items() if digest and name not in stands}


def _can_be_looked_at(catalog: Catalog) -> bool:
    try:
        return current_revision(catalog) == newest_revision()
    except CatalogError:
        return False  # away, or no database: as the test wanted it


def _json() -> Any:
    from catalog.types import OptionalJsonDocument

    return OptionalJsonDocument


def _named(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}
