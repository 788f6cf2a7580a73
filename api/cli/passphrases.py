"""Asking people for their passphrases: on the terminal, unseen, or from a file that is theirs alone.

Never an argument, which every process list shows, and never a variable of the environment, which children inherit.
A descriptor that is open already is read as `/dev/fd/N`.
"""

import getpass
import os
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from api.cli.context import say
from api.errors import PassphraseNotGiven, PassphraseSourceUnfit

_AT_MOST = 4096
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass
class Passphrases:
    """Where each person's passphrase comes from: `NAME=FILE` as given, else the terminal."""

    sources: dict[str, Path] = field(default_factory=dict)

    @classmethod
    def told(cls, given: Sequence[str]) -> "Passphrases":
        """Raises PassphraseSourceUnfit for what is not NAME=FILE."""
        sources = {}
        for each in given:
            name, is_there, path = each.partition("=")
            if not is_there or not name.strip() or not path:
                raise PassphraseSourceUnfit(name, "form")
            sources[" ".join(name.split())] = Path(path)
        return cls(sources)

    def of(self, name: str) -> str:
        """The passphrase that this person has. Raises PassphraseNotGiven, PassphraseSourceUnfit."""
        source = self._source(name)
        return _ask(say("cli-passphrase-ask", name=name)) if source is None else _read(name, source)

    def new_of(self, name: str) -> str:
        """One that this person takes from now on, typed twice. Raises as `of` does, and if the two differ."""
        source = self._source(name)
        if source is not None:
            return _read(name, source)
        first = _ask(say("cli-passphrase-new", name=name))
        if _ask(say("cli-passphrase-again", name=name)) != first:
            raise PassphraseNotGiven("differ")
        return first

    def _source(self, name: str) -> Path | None:
        return self.sources.get(" ".join(name.split()))


def _ask(prompt: str) -> str:
    if not sys.stdin.isatty():
        raise PassphraseNotGiven("no_terminal")
    try:
        return getpass.getpass(prompt)
    except EOFError as error:
        raise PassphraseNotGiven("no_terminal") from error


def _read(name: str, source: Path) -> str:
    """The first line of a file that only its owner may read, or of a pipe."""
    try:
        with source.open("rb") as opened:
            facts = os.fstat(opened.fileno())
            if stat.S_ISREG(facts.st_mode) and facts.st_mode & _OTHERS:
                raise PassphraseSourceUnfit(name, "open_to_others")
            line = opened.readline(_AT_MOST)
    except OSError as error:
        raise PassphraseSourceUnfit(name, "unreadable") from error
    try:
        return line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        # Not even as the cause: it carries the bytes.
        raise PassphraseSourceUnfit(name, "not_utf8") from None
