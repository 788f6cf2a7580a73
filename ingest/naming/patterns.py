"""Name patterns as configuration: those of the settings first, then the built-in ones of `patterns.toml`."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources

from ingest.naming.bounded import why_unbounded
from ingest.naming.errors import NamePatternInvalid
from ingest.naming.model import NamePattern, PatternOrder, PatternScope

_KEYS = frozenset({"id", "expression", "matches", "order", "basis", "verified"})
_FACTS = frozenset({"device", "officer", "ts", "date", "time", "seq", "imp", "enc", "ext", "case"})
_READ_PAST = frozenset({"root", "day"})
_LONGEST_EXPRESSION = 1000


def built_in_patterns() -> tuple[NamePattern, ...]:
    """Return the patterns shipped with the package, in the order in which they are tried."""
    text = resources.files("ingest.naming").joinpath("patterns.toml").read_text(encoding="utf-8")
    return tuple(_from_entry(entry) for entry in tomllib.loads(text)["pattern"])


def load_patterns(entries: Iterable[Mapping[str, object]] = ()) -> tuple[NamePattern, ...]:
    """Put the patterns of the settings before the built-in ones.

    Each entry has `id` and `expression`, and may have `matches` (`name` or `path`), `order` (`fixed` or
    `either`), `basis`, `verified`. Raises NamePatternInvalid.
    """
    patterns = (*(_from_entry(entry) for entry in entries), *built_in_patterns())
    seen: set[str] = set()
    for pattern in patterns:
        if pattern.id in seen:
            raise NamePatternInvalid(pattern.id, "another pattern has the same id")
        seen.add(pattern.id)
    return patterns


def compile_pattern(
    identifier: str,
    expression: str,
    *,
    scope: PatternScope = PatternScope.NAME,
    order: PatternOrder = PatternOrder.FIXED,
    basis: str | None = None,
    verified: bool = False,
) -> NamePattern:
    """Check and compile one pattern; letters and digits mean ASCII ones, case is ignored.

    Raises NamePatternInvalid when it is no regular expression, names unknown groups, tells nothing, or could
    take unbounded work.
    """
    if len(expression) > _LONGEST_EXPRESSION:
        raise NamePatternInvalid(identifier, f"it is longer than {_LONGEST_EXPRESSION} characters")
    try:
        compiled = re.compile(expression, re.ASCII | re.IGNORECASE)
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        raise NamePatternInvalid(identifier, f"it is not a regular expression ({error})") from error
    why = _why_groups_are_wrong(frozenset(compiled.groupindex), order) or why_unbounded(expression, scope)
    if why is not None:
        raise NamePatternInvalid(identifier, why)
    return NamePattern(identifier, compiled, scope, order, basis, verified)


def _why_groups_are_wrong(groups: frozenset[str], order: PatternOrder) -> str | None:
    unknown = sorted(groups - _FACTS - _READ_PAST)
    if unknown:
        known = ", ".join(sorted(_FACTS | _READ_PAST))
        return f"it names the unknown group {unknown[0]!r}; known are {known}"
    if not groups & (_FACTS - {"imp", "enc", "ext"}):
        return "it names no group for device, officer, time, number or case, so it would tell nothing"
    if "ts" in groups and groups & {"date", "time"}:
        return "it names the time twice; use ts, or date and time"
    if ("date" in groups) != ("time" in groups):
        return "it names only one of date and time"
    if order is PatternOrder.EITHER and not {"device", "officer"} <= groups:
        return "its order can be 'either' only if it names both device and officer"
    return None


def _from_entry(entry: Mapping[str, object]) -> NamePattern:
    identifier = entry.get("id")
    if not isinstance(identifier, str) or not identifier:
        raise NamePatternInvalid("", "it has no id")
    unknown = sorted(entry.keys() - _KEYS)
    if unknown:
        raise NamePatternInvalid(identifier, f"it has the unknown key {unknown[0]!r}")
    expression = entry.get("expression")
    if not isinstance(expression, str):
        raise NamePatternInvalid(identifier, "it has no expression")
    try:
        scope, order = PatternScope(str(entry.get("matches", "name"))), PatternOrder(str(entry.get("order", "fixed")))
    except ValueError as error:
        raise NamePatternInvalid(identifier, f"{error}; matches is name or path, order is fixed or either") from error
    basis = entry.get("basis")
    return compile_pattern(
        identifier,
        expression,
        scope=scope,
        order=order,
        basis=basis if isinstance(basis, str) else None,
        verified=entry.get("verified") is True,
    )
