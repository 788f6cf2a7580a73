"""What all tables share: names of constraints, ids, columns for times and documents."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column
from sqlmodel import Field, SQLModel

from catalog.types import EnumText, JsonDocument, OptionalJsonDocument, UtcDateTime, new_id

# Constraints get names that do not depend on the engine, so that a later migration can find them.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel):
    """Base of all rows: a UUIDv7 made by us."""

    id: UUID = Field(default_factory=new_id, primary_key=True)


def time_field(*, index: bool = False, **options: Any) -> Any:
    """A time that is always known."""
    return Field(sa_type=UtcDateTime, nullable=False, index=index, **options)


def optional_time_field(*, index: bool = False) -> Any:
    """A time that may be unknown."""
    return Field(default=None, sa_type=UtcDateTime, nullable=True, index=index)


def document_field() -> Any:
    """A JSON document, empty by default."""
    return Field(default_factory=dict, sa_type=JsonDocument, nullable=False)


def optional_document_field() -> Any:
    """A JSON document that may be missing: SQL's own NULL then, not JSON's."""
    return Field(default=None, sa_column=Column(OptionalJsonDocument, nullable=True))


def list_field() -> Any:
    """A JSON list, empty by default."""
    return Field(default_factory=list, sa_type=JsonDocument, nullable=False)


def state_field(states: type[StrEnum], default: StrEnum | None = None, *, index: bool = False) -> Any:
    """A state that is always known."""
    column: Column[Any] = Column(EnumText(states), nullable=False, index=index)
    return Field(sa_column=column) if default is None else Field(default=default, sa_column=column)


def optional_state_field(states: type[StrEnum], *, index: bool = False) -> Any:
    """A state that may be unknown."""
    return Field(default=None, sa_column=Column(EnumText(states), nullable=True, index=index))


def one_of(column: str, states: type[StrEnum]) -> CheckConstraint:
    """Let the database itself refuse a word that is no state: `table=True` models do not validate."""
    words = ", ".join(f"'{state}'" for state in states)
    return CheckConstraint(f"{column} IN ({words})", name=column)
