"""The leaf of an event: the same bytes on both engines and for ever, and nothing of an event outside of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from catalog.custody.leaf import leaf_content, leaf_hash, row_of
from catalog.engine import Catalog
from catalog.repositories import custody
from catalog.tables.custody import CustodyAction, CustodyResult
from tests.rows import NOW

EVENTS = SQLModel.metadata.tables["custody_event"]
SUBJECT = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
STANDING: dict[str, Any] = {
    "id": UUID("01890a5d-ac96-774b-bcce-b302099a8058"),
    "at": NOW,
    "actor": "李雷",
    "action": "viewed",
    "subject_kind": "recording",
    "subject_id": SUBJECT,
    "purpose": "复核",
    "result": "done",
    "details": {"b": 1, "a": [1.5, None, True, "\U0001f600"], "z": {}},
    "role": None,
    "approval": None,
    "address": None,
    "salt": bytes(range(16)),
    "seals": {"recording/1": None},
}


def test_a_leaf_is_these_very_bytes() -> None:
    """Whoever checks the log in ten years computes this; a change here breaks every proof that was handed out."""
    assert leaf_content(STANDING).decode() == (
        '{"action":"viewed","actor":"李雷","at":"2026-03-02T04:00:00.000000+00:00",'
        '"details":{"a":[1.5,null,true,"\U0001f600"],"b":1,"z":{}},"id":"01890a5d-ac96-774b-bcce-b302099a8058",'
        '"purpose":"复核","result":"done","salt":"000102030405060708090a0b0c0d0e0f","seals":{"recording/1":null},'
        '"subject_id":"01890a5d-ac96-774b-bcce-b302099a8057","subject_kind":"recording"}'
    )
    assert leaf_hash(STANDING).hex() == "d23ce5a174b12077e1dfe73caa6f215a1728a4176a2946235e66b356a6d5ffef"


@pytest.mark.parametrize("column", [column.name for column in EVENTS.columns])
def test_every_column_is_in_the_leaf(column: str) -> None:
    changed = {
        "id": SUBJECT,
        "at": NOW + timedelta(microseconds=1),
        "result": CustodyResult.DENIED,
        "details": {"b": 2},
        "salt": bytes(16),
        "seals": {"recording/1": "0" * 64},
        "subject_id": None,
    }.get(column, "changed")
    assert leaf_hash({**STANDING, column: changed}) != leaf_hash(STANDING)


def test_a_leaf_is_read_back_as_the_row_it_was() -> None:
    assert row_of(leaf_content(STANDING)) == {name: value for name, value in STANDING.items() if value is not None}


@pytest.mark.parametrize("content", [b"", b"[]", b"1", b'{"at": 1}', b'{"id": "x"}', b'{"salt": "xx"}', b'{"salt": 1}'])
def test_what_is_no_leaf_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong with it
        row_of(content)


def test_an_event_comes_back_from_the_database_as_the_leaf_it_went_in_as(catalog: Catalog) -> None:
    with catalog.writing() as session:
        made = custody.record(
            session,
            CustodyAction.VIEWED,
            at=NOW + timedelta(microseconds=7),
            actor="li",
            subject_kind="recording",
            subject_id=SUBJECT,
            result=CustodyResult.DENIED,
            purpose="路径 \U0001f600",
            approval="A-7",
            address="::1",
            size=2**60,
            share=5.0,
            nested={"z": [1, None]},
        )
    went_in = {column.name: getattr(made, column.name) for column in EVENTS.columns}
    with catalog.reading() as session:
        stands = session.connection().execute(select(EVENTS)).mappings().one()
    assert leaf_content({str(name): value for name, value in stands.items()}) == leaf_content(went_in)
    assert row_of(leaf_content(went_in))["id"] == made.id
