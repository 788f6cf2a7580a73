"""What SQLite and PostgreSQL spell differently in statements of the evaluation, and the parameters of one of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, TextClause, bindparam, text
from sqlalchemy.types import TypeEngine

from catalog.types import UtcDateTime

_EPOCH_SECONDS = 62_135_596_800  # from 0001-01-01, the first day, to 1970-01-01
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Offset:
    """From UTC in seconds, for times before `until`; None for all later ones."""

    seconds: int
    until: datetime | None


@dataclass
class Dialect:
    """What the two engines spell differently; gathers the parameters of one statement."""

    sqlite: bool
    offsets: Sequence[Offset]
    values: dict[str, BindParameter[Any]] = field(default_factory=dict)

    def bound(self, value: Any, kind: TypeEngine[Any] | None = None) -> str:
        name = f"p{len(self.values)}"
        kind = UtcDateTime() if isinstance(value, datetime) else kind
        self.values[name] = bindparam(name, value, type_=kind)
        return f":{name}"

    def among(self, column: str, words: Collection[str]) -> str:
        return f"{column} IN ({', '.join(self.bound(word) for word in sorted(words))})"

    def statement(self, sql: str) -> TextClause:
        return text(sql).bindparams(*self.values.values())

    def greatest(self, values: Sequence[str]) -> str:
        """The latest of times, those that are not there left out; none where none is."""
        if len(values) < 2:  # noqa: PLR2004 - of one there is no greater
            return values[0] if values else "NULL"
        if self.sqlite:
            there = [f"COALESCE({each}, '')" for each in values]
            return f"NULLIF(MAX({', '.join(there)}), '')"
        return f"GREATEST({', '.join(values)})"

    def day(self, time: str) -> str:
        """The number of the day that a time falls on in the zone; 1 is 0001-01-01."""
        *earlier, last = self.offsets
        if not earlier:
            return self._day(time, last.seconds)
        cases = " ".join(
            f"WHEN {time} < {self.bound(each.until)} THEN {self._day(time, each.seconds)}" for each in earlier
        )
        return f"CASE {cases} ELSE {self._day(time, last.seconds)} END"

    def _day(self, time: str, seconds: int) -> str:
        if self.sqlite:
            # Without the fraction: SQLite would round it up into the next day.
            since = f"CAST(strftime('%s', substr({time}, 1, 19)) AS INTEGER)"
            return f"({since} + {seconds} + {_EPOCH_SECONDS}) / {_DAY_SECONDS} + 1"
        return f"(CAST({time} AT TIME ZONE INTERVAL '{seconds} seconds' AS DATE) - DATE '0001-01-01' + 1)"

    def begins(self) -> str:
        """When the periods since recording begin, as `retention.policy.counted_from` has it."""
        most, least = ("MAX", "MIN") if self.sqlite else ("GREATEST", "LEAST")
        latest = f"{most}(r.captured_at, r.secured_at)"
        ended = f"{most}(r.captured_at, COALESCE(r.captured_until, r.captured_at))"
        return f"CASE WHEN {self._in_doubt()} THEN {latest} ELSE {least}({ended}, {latest}) END"

    def _in_doubt(self) -> str:
        if self.sqlite:
            return "COALESCE(json_extract(r.capture_time, '$.warnings') <> '[]', 0)"
        return "COALESCE(r.capture_time -> 'warnings' NOT IN (JSONB '[]', JSONB 'null'), FALSE)"

    def blocks(self) -> str:
        if self.sqlite:
            return "json_group_array(json_object('code', code, 'number', number))"
        return "jsonb_agg(jsonb_build_object('code', code, 'number', number) ORDER BY code, number)"

    @property
    def nothing(self) -> str:
        return "'[]'" if self.sqlite else "JSONB '[]'"

    @property
    def differs(self) -> str:
        return "IS NOT" if self.sqlite else "IS DISTINCT FROM"
