"""On which line of a TOML text each value stands (pure): the parser of the standard library does not tell.

A statement of TOML begins on a line of its own and ends with one. Which lines belong together the parser itself says:
it takes a statement as soon as it is whole, and not before. So nothing of the grammar is known here twice.
"""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str | int, ...]


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """The line of the value at `path`, or of the nearest thing around it that has one; else the first."""
    for end in range(len(path), 0, -1):
        if path[:end] in lines:
            return lines[path[:end]]
    return 1


def lines_by_path(text: str) -> dict[Path, int]:
    """The line (from 1) on which the statement begins that gives each value. Raises tomllib.TOMLDecodeError."""
    tomllib.loads(text)
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for line, statement in _statements(text):
        said = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _table(said, counts, is_list=statement.lstrip().startswith("[["))
            found.setdefault(table, line)
        else:
            for path in _paths(said):
                found.setdefault((*table, *path), line)
    return found


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each statement with the line that it begins on; comments and empty lines are left out."""
    begun, gathered = 1, ""
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        gathered += line
        try:
            said = tomllib.loads(gathered)
        except tomllib.TOMLDecodeError:
            continue  # it goes on below
        if said:
            yield begun, gathered
        begun, gathered = number + 1, ""


def _table(said: Mapping[str, Any], counts: dict[Path, int], *, is_list: bool) -> Path:
    """Where a header leads to: into the latest of the tables of each list on the way."""
    path: Path = ()
    value: Any = said
    while isinstance(value, Mapping) and value:
        name, value = next(iter(value.items()))
        path = (*path, name)
        last = not (isinstance(value, Mapping) and value)
        if last and is_list:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _paths(said: Any) -> Iterator[Path]:
    """The ways to all values within, and to what holds them."""
    if isinstance(said, Mapping):
        inner: Iterator[tuple[str | int, Any]] = iter(said.items())
    elif isinstance(said, list):
        inner = iter(enumerate(said))
    else:
        return
    for name, value in inner:
        yield (name,)
        yield from ((name, *path) for path in _paths(value))
