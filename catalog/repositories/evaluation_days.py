"""The days on which periods begin, and when each of the periods is over that begins there: what SQL need not reckon."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from catalog.repositories.evaluation_dialect import Dialect
from catalog.types import UtcDateTime


@dataclass(frozen=True, slots=True)
class Days:
    """Of each day, by number, when each of so many periods is over: `day`, `end_0`, `end_1` ... of `retention_day`."""

    periods: int
    ends: Sequence[tuple[int, Sequence[datetime]]]

    @property
    def _columns(self) -> list[str]:
        return [f"end_{number}" for number in range(self.periods)]

    def query(self, dialect: Dialect) -> str:
        """In PostgreSQL no table: what reads a temporary one is never done by several processes."""
        days = dialect.bound([day for day, _ends in self.ends], ARRAY(Integer()))
        over = [[ends[number] for _day, ends in self.ends] for number in range(self.periods)]
        columns = [days, *(dialect.bound(each, ARRAY(UtcDateTime())) for each in over)]
        named = ", ".join(["day", *self._columns])
        # DISTINCT ON tells the planner that each day is there once; it would expect twenty.
        found = f"SELECT DISTINCT ON (day) * FROM unnest({', '.join(columns)}) AS each ({named})"
        return f"retention_day AS NOT MATERIALIZED ({found})"

    def table(self) -> str:
        """What makes the table in SQLite."""
        columns = ["day INTEGER PRIMARY KEY", *(f"{name} VARCHAR(32)" for name in self._columns)]
        return f"CREATE TEMPORARY TABLE retention_day ({', '.join(columns)})"

    def insertion(self) -> TextClause:
        """What fills it, with each of `rows`."""
        names = ["day", *self._columns]
        typed = [bindparam(name, type_=UtcDateTime()) for name in self._columns]
        return text(
            f"INSERT INTO retention_day ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"
        ).bindparams(*typed)

    def rows(self) -> list[Mapping[str, object]]:
        return [dict(zip(["day", *self._columns], (day, *ends), strict=True)) for day, ends in self.ends]
