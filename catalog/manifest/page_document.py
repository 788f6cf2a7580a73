"""A page as it lies in the store: up to so many rows of one table that speak of no single recording, ordered by id.

Canonical JSON: `page_version`, `table`, `page` (its number, for ever), `first_id` (the ids it holds begin here, None
for the very first) and `rows`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Table

from catalog.canonical import canonical_json, row_document
from catalog.errors import ManifestUnreadable
from catalog.manifest.document import ToldRow, json_object
from catalog.seals import sealed_tables, speaks_of_recordings

PAGE_VERSION = 1
BELOW = "tables/"
"""Where pages lie in the bucket of manifests: no recording's key begins so."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one page holds."""

    table: str
    number: int
    first_id: UUID | None
    rows: Sequence[ToldRow]

    @property
    def key(self) -> str:
        return f"{BELOW}{self.table}/{self.number:06d}"

    def content(self) -> bytes:
        return canonical_json(
            {
                "page_version": PAGE_VERSION,
                "table": self.table,
                "page": self.number,
                "first_id": self.first_id,
                "rows": [each.document for each in self.rows],
            }
        )


def paged_tables() -> Sequence[Table]:
    """The tables that stand in pages: those that speak of no recording, and the rows of others that speak of none."""
    return [table for table in sealed_tables() if not speaks_of_recordings(table) or is_mixed(table)]


def is_mixed(table: Table) -> bool:
    """Whether rows of this table speak of a recording or of something else."""
    return "recording_id" in table.columns and bool(table.c.recording_id.nullable)


def told(table: Table, rows: Sequence[Mapping[str, Any]]) -> Sequence[ToldRow]:
    return [ToldRow(table.name, row_document(row)) for row in rows]


def page_from(content: bytes, *, where: str) -> Page:
    """Raises ManifestUnreadable, naming `where`."""
    document = json_object(content, where=where)
    if document.get("page_version") != PAGE_VERSION:
        raise ManifestUnreadable(where, f"version {document.get('page_version')!r} is not known here")
    try:
        table, first = str(document["table"]), document["first_id"]
        rows = [ToldRow(table, dict(row)) for row in document["rows"]]
        found = Page(table, int(document["page"]), UUID(first) if first else None, rows)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ManifestUnreadable(where, "a part of it is missing") from error
    if table not in {each.name for each in paged_tables()}:
        raise ManifestUnreadable(where, f"there is no table {table}")
    return found
