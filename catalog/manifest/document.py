"""The manifest of one recording: all rows that speak of it, as they stand, beside its original in the store.

Version 2 is canonical JSON: `manifest_version`, `recording` (its row), `rows` (by table, ordered by id) and `cases`
(the numbers of the cases it is linked to, for who reads it without a catalog). Which tables these are, the tables
themselves say: whatever has a column `recording_id` stands here. Version 1 had a part of it only; it is still read.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy import select as select_rows
from sqlmodel import Session, SQLModel, col, select

from catalog.canonical import canonical_json, row_document
from catalog.errors import ManifestUnreadable, NotFound
from catalog.seals import sealed_tables, speaks_of_recordings
from catalog.tables import Case, CaseLink

MANIFEST_VERSION = 2
_FIRST_VERSION = 1
# Made from the bytes and so no evidence, but making it again means decoding everything again.
_KEPT_ALL_THE_SAME = ("fingerprint",)
_NUMBERS_BESIDE_A_LINK = ("case_number", "activity_number")


@dataclass(frozen=True, slots=True)
class ToldRow:
    """A row as a manifest or a page tells it: the document of its columns that hold something."""

    table: str
    document: Mapping[str, Any]


def manifest_tables() -> Sequence[Table]:
    """The tables whose rows stand in the manifest of the recording they speak of; `recording` itself first."""
    found = [table for table in sealed_tables() if speaks_of_recordings(table)]
    return [*found, *(SQLModel.metadata.tables[name] for name in _KEPT_ALL_THE_SAME)]


def manifest_of(session: Session, recording_id: UUID) -> bytes:
    """What is to stand in the store of a recording, as the catalog knows it now. Raises NotFound."""
    recording: dict[str, Any] | None = None
    rows: dict[str, list[dict[str, Any]]] = {}
    for table in manifest_tables():
        of_it = table.c.id if table.name == "recording" else table.c.recording_id
        found = session.connection().execute(select_rows(table).where(of_it == recording_id).order_by(table.c.id))
        told = [row_document({str(name): value for name, value in row.items()}) for row in found.mappings()]
        if table.name == "recording":
            recording = told[0] if told else None
        elif told:
            rows[table.name] = told
    if recording is None:
        raise NotFound("recording", str(recording_id))
    return canonical_json(
        {
            "manifest_version": MANIFEST_VERSION,
            "recording": recording,
            "rows": rows,
            "cases": _case_numbers(session, recording_id),
        }
    )


def _case_numbers(session: Session, recording_id: UUID) -> dict[str, str]:
    linked = select(CaseLink.case_id).where(col(CaseLink.recording_id) == recording_id)
    found = session.exec(select(Case.id, Case.number).where(col(Case.id).in_(linked))).all()
    return {str(case_id): number for case_id, number in found}


def rows_told(content: bytes, *, where: str) -> Sequence[ToldRow]:
    """The rows that a manifest of any version tells. Raises ManifestUnreadable, naming `where`."""
    document = json_object(content, where=where)
    match document.get("manifest_version"):
        case version if version == MANIFEST_VERSION:
            told = _second(document)
        case version if version == _FIRST_VERSION:
            told = _first(document)
        case version:
            raise ManifestUnreadable(where, f"version {version!r} is not known here")
    try:
        found = list(told)
    except (KeyError, TypeError, AttributeError) as error:
        raise ManifestUnreadable(where, "a part of it is missing") from error
    known = {table.name for table in manifest_tables()}
    strange = {each.table for each in found} - known
    if strange:
        raise ManifestUnreadable(where, f"there is no table {min(strange)}")
    return found


def json_object(content: bytes, *, where: str) -> dict[str, Any]:
    """Raises ManifestUnreadable."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ManifestUnreadable(where, "it is not JSON") from error
    if not isinstance(document, dict):
        raise ManifestUnreadable(where, "it is no object")
    return document


def _second(document: Mapping[str, Any]) -> Iterator[ToldRow]:
    yield ToldRow("recording", dict(document["recording"]))
    for table, rows in document["rows"].items():
        for row in rows:
            yield ToldRow(table, dict(row))


def _first(document: Mapping[str, Any]) -> Iterator[ToldRow]:
    yield ToldRow("recording", _without_nothing(document["recording"]))
    for row in document["sightings"]:
        yield ToldRow("sighting", _without_nothing(row))
    for row in document["links"]:
        own = {name: value for name, value in row.items() if name not in _NUMBERS_BESIDE_A_LINK}
        yield ToldRow("case_link", _without_nothing(own))


def _without_nothing(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}
