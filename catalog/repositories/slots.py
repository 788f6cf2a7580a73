"""Docking stations, their slots, and the state of each slot as its dock last told it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from catalog.repositories.inserting import insert_of, insert_unless_there
from catalog.tables import Slot, SlotState, Station
from catalog.tables.docking import SlotCondition


def slot(session: Session, station_name: str, slot_name: str) -> Slot:
    """The slot of that name at that station; both are made where they are new, by whoever comes first."""
    known = session.exec(select(Station).where(Station.name == station_name)).one_or_none()
    if known is None:
        insert_unless_there(session, Station(name=station_name), unique=["name"])
        known = session.exec(select(Station).where(Station.name == station_name)).one()
    wanted = select(Slot).where(Slot.station_id == known.id, Slot.name == slot_name)
    found = session.exec(wanted).one_or_none()
    if found is None:
        insert_unless_there(session, Slot(station_id=known.id, name=slot_name), unique=["station_id", "name"])
        found = session.exec(wanted).one()
    return found


def tell(
    session: Session,
    slot_id: UUID,
    condition: SlotCondition,
    *,
    reason: str | None,
    since: datetime,
    card_since: datetime | None,
    details: dict[str, Any],
    now: datetime,
) -> None:
    """Put the present state of a slot in the place of the one before."""
    state = SlotState(
        slot_id=slot_id,
        condition=condition,
        reason=reason,
        since=since,
        told_at=now,
        card_since=card_since,
        details=details,
    )
    values = state.model_dump()
    changed = {name: value for name, value in values.items() if name not in {"id", "slot_id"}}
    session.exec(
        insert_of(session)(SlotState).values(values).on_conflict_do_update(index_elements=["slot_id"], set_=changed)
    )


def answers(session: Session) -> None:
    """Ask for next to nothing. Raises what the engine meets."""
    session.exec(select(Station.id).limit(1)).first()
