"""What every command is handed: the language, where to write, and how to open the engines."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from api.messages.language import of_environment
from api.messages.translator import Translator, translator
from api.runtime import Part, Runtime, open_runtime
from api.settings import load_settings

say: Translator = translator(of_environment(os.environ.get("ZHILU_LANGUAGE"), os.environ))
"""The texts in the language of the terminal: help is written when the program starts, before any settings are read."""


_GAP = 2
_FOLDED_WIDTH = 20


@dataclass(frozen=True, slots=True)
class Column:
    """How a column behaves in a narrow window: the highest `left_out` goes first, None never; `folds` breaks values."""

    left_out: int | None = None
    folds: bool = False


@dataclass
class Terminal:
    """Where a command writes. Results go to standard output, everything about the work to standard error."""

    as_json: bool = False
    out: Console = field(default_factory=lambda: Console(highlight=False, soft_wrap=True, emoji=False, markup=False))
    err: Console = field(default_factory=lambda: Console(stderr=True, highlight=False, emoji=False, markup=False))

    @property
    def shows_progress(self) -> bool:
        return not self.as_json and self.err.is_terminal

    @property
    def is_watched(self) -> bool:
        """Whether a person sits there, who can press Ctrl-C."""
        return self.out.is_terminal and sys.stdin.isatty()

    def line(self, document: dict[str, Any]) -> None:
        """Write one JSON object on a line of its own."""
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    def table(
        self, headers: Sequence[str], rows: Sequence[Sequence[str]], *, columns: Sequence[Column] | None = None
    ) -> None:
        """Write rows below each other. `columns` says how each column behaves in a window that is too narrow; without
        it, they are all folded. What is piped is always whole.
        """
        if not self.out.is_terminal:
            self._aligned([headers, *rows] if any(headers) else rows)
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        behaving = columns or [Column(folds=True)] * len(headers)
        kept = _that_fit(behaving, _widths([headers, *rows]), self.out.width)
        for index in kept:
            if behaving[index].folds:
                table.add_column(headers[index], overflow="fold")
            else:
                table.add_column(headers[index], no_wrap=True, overflow="ellipsis")
        for row in rows:
            table.add_row(*(row[index] for index in kept))
        self.out.print(table, soft_wrap=False, crop=False)

    def _aligned(self, rows: Sequence[Sequence[str]]) -> None:
        """Write whole values, however wide: piped output is for other programs, not for a window."""
        cells = [[value.split("\n") for value in row] for row in rows]
        widths = _widths(rows)
        for row in cells:
            for lines in zip_longest(*row, fillvalue=""):
                padded = (line + " " * (width - cell_len(line)) for line, width in zip(lines, widths, strict=True))
                self.out.file.write("  ".join(padded).rstrip() + "\n")
        self.out.file.flush()

    def note(self, text: str) -> None:
        self.err.print(text, soft_wrap=True)


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(cell_len(line) for value in column for line in value.split("\n")) for column in zip(*rows, strict=True)]


def _that_fit(columns: Sequence[Column], widths: Sequence[int], room: int) -> list[int]:
    """The columns to show: as many as fit side by side, except that those which are never left out stay."""
    needed = [
        min(width, _FOLDED_WIDTH) if column.folds else width for column, width in zip(columns, widths, strict=True)
    ]
    kept = list(range(len(columns)))
    while sum(needed[index] + _GAP for index in kept) - _GAP > room:
        optional = [(order, index) for index in kept if (order := columns[index].left_out) is not None]
        if not optional:
            break
        kept.remove(max(optional)[1])
    return kept


@contextlib.contextmanager
def opened(*, part: Part = Part.READS, **given: Any) -> Iterator[Runtime]:
    """The engines, by the settings; what is given here wins over them."""
    with open_runtime(load_settings(**given), part=part) as runtime:
        yield runtime
