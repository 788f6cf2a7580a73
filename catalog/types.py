"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, DateTime, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine
from uuid6 import uuid7


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC with microseconds. Naive values are refused.

    SQLite has no time type and drops offsets silently, so there it is ISO 8601 text of fixed width, which sorts by
    time; PostgreSQL has `timestamptz`.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(32))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"a naive time was handed to the catalog: {value!r}"
            raise ValueError(message)
        instant = value.astimezone(UTC)
        return instant.isoformat(timespec="microseconds") if dialect.name == "sqlite" else instant

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return datetime.fromisoformat(value)
        found: datetime = value
        return found.astimezone(UTC)


JsonDocument = JSON().with_variant(JSONB(), "postgresql")
OptionalJsonDocument = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def new_id() -> UUID:
    """A UUIDv7: unique without asking anybody, sorts by the time it was made."""
    return UUID(bytes=uuid7().bytes)


def made_at(made: UUID) -> datetime:
    """When an id of ours was made, to the millisecond."""
    return datetime.fromtimestamp((made.int >> 80) / 1000, UTC)


class EnumText(TypeDecorator[StrEnum]):
    """A StrEnum kept as its word, so that any reader of the database sees it, and read back as the enum.

    Unlike an engine's own enum type, a new word needs no change of the column.
    """

    impl = String(32)
    cache_ok = True

    def __init__(self, states: type[StrEnum]) -> None:
        super().__init__()
        self.states = states

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else self.states(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002
        return None if value is None else self.states(value)
