"""What trying to break the locks of a store gave, and when."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from catalog.tables.base import Row, list_field, time_field


class StorageProbe(Row, table=True):
    """One run of the lock conformance probe; `store` says where.

    `trials` holds of each its name, outcome, what was seen, the store's answer, and from and until when it is waited
    for. `number` counts the runs against one store in the order in which they were put on record; None: an early one.
    """

    __tablename__ = "storage_probe"
    at: datetime = time_field(index=True)
    store: str = Field(index=True)
    immutable: bool
    trials: list[dict[str, Any]] = list_field()
    actor: str
    program_version: str
    number: int | None = None
