"""Schedules as TOML files: read strictly, and what is wrong told with its line in one sentence.

id = "own-2026"                       # letters, digits, - and _
version = "2026-1"                    # each text of a schedule has a version of its own
name = { zh = "…", en = "…" }
default_required = true               # optional: the law leaves the general period to the agency

[deadline]                            # optional: how soon recordings must be secured
hours = 24                            # or: working_days = 1
basis = { zh = "…", en = "…" }
verified = true

[[rule]]
id = "evidence"
name = { zh = "…", en = "…" }
when = { class = ["evidence"] }       # all of: category, stage, case, linked, class, kind, important; none: always
keep = "2 years"                      # or "permanent", "as case file", "until adjudicated"
from = "case closed"                  # optional: "recorded" unless said
basis = { zh = "…", en = "…" }
verified = false                      # whether somebody has read it in the original text
"""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from catalog.tables.cases import Category, Stage
from catalog.tables.recordings import RecordingKind
from catalog.tables.retention import RetentionClass
from retention.errors import ScheduleFileUnreadable, ScheduleInvalid
from retention.periods import period_of
from retention.schedule import Basis, Conditions, CountedFrom, Deadline, Keep, KeepKind, Names, Rule, Schedule
from retention.toml_lines import line_of, lines_by_path

LARGEST_BYTES = 256 * 1024
"""A schedule of a whole country has a hundred rules; more than this is another kind of file."""
_WHERE = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Words = Annotated[str, Field(min_length=1, max_length=2000)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
Version = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class _Names(_Part):
    zh: Words
    en: Words


# TOML has lists and words: they may become tuples and members of our enumerations, but nothing else may become them.
Each = TypeVar("Each")
Loose = Annotated[Each, Field(strict=False)]
Several = Annotated[tuple[Each, ...], Field(strict=False)]


class _When(_Part):
    category: Several[Loose[Category]] = ()
    stage: Several[Loose[Stage]] = ()
    case: Several[Words] = ()
    linked: Literal[True] | None = None
    retention_class: Several[Loose[RetentionClass]] = Field(default=(), alias="class")
    kind: Several[Loose[RecordingKind]] = ()
    important: Literal[True] | None = None


class _Rule(_Part):
    id: Id
    name: _Names
    when: _When = _When()
    keep: str
    counted_from: Loose[CountedFrom] | None = Field(default=None, alias="from")
    basis: _Names
    verified: bool


class _Deadline(_Part):
    hours: Annotated[int, Field(ge=1, le=8784)] | None = None
    working_days: Annotated[int, Field(ge=1, le=366)] | None = None
    basis: _Names
    verified: bool


class _File(_Part):
    id: Id
    version: Version
    name: _Names
    default_required: bool = False
    deadline: _Deadline | None = None
    rule: Annotated[list[_Rule], Field(min_length=1, max_length=1000)]


def read_schedule_file(path: Path) -> str:
    """The text of a schedule file. Raises ScheduleFileUnreadable."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise ScheduleFileUnreadable(str(path), "system", str(error.strerror)) from error
    if len(content) > LARGEST_BYTES:
        raise ScheduleFileUnreadable(str(path), "large", str(LARGEST_BYTES))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScheduleFileUnreadable(str(path), "not_utf8", "") from error


def schedule_of(text: str, *, name: str) -> Schedule:
    """What a schedule file says; `name` is what the file is called in errors. Raises ScheduleInvalid."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _not_toml(name, text, str(error)) from error
    try:
        file = _File.model_validate(document)
    except ValidationError as error:
        raise _invalid(name, text, error.errors()[0]) from error
    return _Reader(name, text).schedule(file)


class _Reader:
    """Makes the schedule of a file whose keys and kinds are right. Raises ScheduleInvalid."""

    def __init__(self, name: str, text: str) -> None:
        self._name, self._text = name, text

    def schedule(self, file: _File) -> Schedule:
        rules: dict[str, Rule] = {}
        for number, each in enumerate(file.rule):
            if each.id in rules:
                raise self._wrong(("rule", number, "id"), "twice", value=each.id)
            rules[each.id] = self._rule(each, number)
        deadline = self._deadline(file.deadline) if file.deadline is not None else None
        return Schedule(
            file.id, file.version, _names(file.name), tuple(rules.values()), deadline, file.default_required
        )

    def _rule(self, rule: _Rule, number: int) -> Rule:
        keep = _keep(rule.keep)
        if keep is None:
            raise self._wrong(("rule", number, "keep"), "keep", value=rule.keep)
        if rule.counted_from is not None:
            if keep.kind is not KeepKind.PERIOD:
                raise self._wrong(("rule", number, "from"), "from", value=rule.keep)
            keep = Keep(keep.kind, keep.period, rule.counted_from)
        basis = Basis(_names(rule.basis), rule.verified)
        return Rule(rule.id, _names(rule.name), keep, basis, _conditions(rule.when))

    def _deadline(self, deadline: _Deadline) -> Deadline:
        if (deadline.hours is None) is (deadline.working_days is None):
            raise self._wrong(("deadline",), "deadline")
        return Deadline(Basis(_names(deadline.basis), deadline.verified), deadline.hours, deadline.working_days)

    def _wrong(self, path: tuple[str | int, ...], code: str, *, value: str = "") -> ScheduleInvalid:
        line = line_of(lines_by_path(self._text), path)
        return ScheduleInvalid(self._name, line, str(path[-1]), code, value)


def _keep(written: str) -> Keep | None:
    if written in {KeepKind.PERMANENT, KeepKind.AS_CASE_FILE, KeepKind.UNTIL_ADJUDICATED}:
        return Keep(KeepKind(written))
    period = period_of(written)
    return Keep(KeepKind.PERIOD, period) if period is not None else None


def _conditions(when: _When) -> Conditions:
    return Conditions(
        categories=frozenset(when.category),
        stages=frozenset(when.stage),
        cases=frozenset(when.case),
        linked=when.linked is True,
        classes=frozenset(when.retention_class),
        kinds=frozenset(when.kind),
        important=when.important is True,
    )


def _names(names: _Names) -> Names:
    return Names(names.zh, names.en)


def _not_toml(name: str, text: str, said: str) -> ScheduleInvalid:
    where = _WHERE.search(said)
    line = int(where[1]) if where is not None and where[1] else max(1, len(text.splitlines()))
    return ScheduleInvalid(name, line, "", "toml", _WHERE.sub("", said).strip())


def _invalid(name: str, text: str, error: ErrorDetails) -> ScheduleInvalid:
    """The first fault, on its line; of a missing key it is the line of what lacks it."""
    path = tuple(error["loc"])
    kind, told = error["type"], error.get("ctx", {})
    limit = str(told.get("expected") or told.get("pattern") or told.get("max_length") or "")
    codes = {
        "missing": "missing",
        "extra_forbidden": "unknown",
        "string_type": "text",
        "bool_type": "yes_or_no",
        "int_type": "number",
        "enum": "one_of",
        "literal_error": "true_only",
        "string_pattern_mismatch": "form",
        "string_too_short": "empty",
        "tuple_type": "list",
        "list_type": "list",
        "model_type": "table",
        "model_attributes_type": "table",
    }
    key = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
    return ScheduleInvalid(name, line_of(lines_by_path(text), path), key, codes.get(kind, "value"), limit)
