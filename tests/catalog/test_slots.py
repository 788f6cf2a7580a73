"""Stations and slots made by several docks at once, and their states."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from uuid import UUID

from sqlalchemy import URL
from sqlmodel import select

from catalog.engine import Catalog
from catalog.repositories import slots
from catalog.tables import Slot, SlotState, Station
from catalog.tables.docking import SlotCondition

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DOCKS = 6


def test_docks_that_start_at_once_share_one_row(database: URL, open_catalogs: list[Catalog]) -> None:
    together = Barrier(DOCKS)

    def start(_number: int) -> list[UUID]:
        catalog = Catalog(database)
        open_catalogs.append(catalog)
        together.wait(60)
        found = []
        for name in ("1", "2", "3"):
            with catalog.writing() as session:
                found.append(slots.slot(session, "station", name).id)
        return found

    with ThreadPoolExecutor(DOCKS) as pool:
        seen = list(pool.map(start, range(DOCKS)))
    assert {tuple(each) for each in seen} == {tuple(seen[0])}
    with open_catalogs[0].reading() as session:
        assert len(session.exec(select(Station)).all()) == 1
        assert len(session.exec(select(Slot)).all()) == 3


def test_the_state_of_a_slot_is_replaced(catalog: Catalog) -> None:
    with catalog.writing() as session:
        slot_id = slots.slot(session, "station", "3").id
    for condition in (SlotCondition.READING, SlotCondition.SAFE_TO_REMOVE):
        with catalog.writing() as session:
            slots.tell(
                session,
                slot_id,
                condition,
                reason=None,
                since=NOW,
                card_since=NOW,
                details={"files_found": 3},
                now=NOW,
            )
    with catalog.reading() as session:
        state = session.exec(select(SlotState)).one()
    assert (state.condition, state.card_since, state.details) == (
        SlotCondition.SAFE_TO_REMOVE,
        NOW,
        {"files_found": 3},
    )
