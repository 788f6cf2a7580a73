"""The tree of agencies as it would stand after an import: no cycles, every level below its parent's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from api.register.entries import Entry
from api.register.problems import LineError, Problem, ProblemCode
from catalog.register_columns import LEVELS
from catalog.tables.register import AgencyLevel

_RANK: Final = {level: rank for rank, level in enumerate(AgencyLevel)}  # prefecture, county, township
_WORDS: Final = {word.english: f"{word.chinese} ({word.english})" for word in LEVELS}


@dataclass(frozen=True, slots=True)
class AgencyNode:
    """One agency: its level, its parent's code, and the row of the file that says so, if one does."""

    code: str
    level: AgencyLevel
    parent: str | None
    entry: Entry | None


def check_tree(nodes: Mapping[str, AgencyNode]) -> Iterator[LineError]:
    """Yield what the rows of the file do wrong to the tree. Parents that are not among the nodes are skipped."""
    cycles = _cycles(nodes)
    for code, cycle in cycles.items():
        entry = nodes[code].entry
        if entry:
            path = " > ".join((*reversed(cycle), cycle[-1]))
            yield entry.error(Problem(ProblemCode.AGENCY_CYCLE, {"value": code, "path": path}), "parent_code")
    for node in nodes.values():
        parent = nodes.get(node.parent) if node.parent else None
        if parent and node.code not in cycles and _RANK[node.level] <= _RANK[parent.level]:
            yield from _wrong_levels(node, parent)


def _wrong_levels(node: AgencyNode, parent: AgencyNode) -> Iterator[LineError]:
    if node.entry:
        facts = {"level": _WORDS[node.level], "parent_level": _WORDS[parent.level], "parent": parent.code}
        yield node.entry.error(Problem(ProblemCode.LEVEL_NOT_BELOW_PARENT, facts), "level")
    elif parent.entry:
        facts = {"level": _WORDS[parent.level], "child_level": _WORDS[node.level], "child": node.code}
        yield parent.entry.error(Problem(ProblemCode.LEVEL_NOT_ABOVE_CHILD, facts), "level")


def _cycles(nodes: Mapping[str, AgencyNode]) -> dict[str, list[str]]:
    """The agencies that stand above themselves, each with its cycle, child before parent."""
    found: dict[str, list[str]] = {}
    done: set[str] = set()
    for start in nodes:
        way: dict[str, int] = {}
        code: str | None = start
        while code is not None and code in nodes and code not in done and code not in way:
            way[code] = len(way)
            code = nodes[code].parent
        if code is not None and code in way:
            cycle = list(way)[way[code] :]
            found |= dict.fromkeys(cycle, cycle)
        done |= way.keys()
    return found


def by_level(level: AgencyLevel) -> int:
    """Order in which agencies can be added: parents stand there before their children."""
    return _RANK[level]
