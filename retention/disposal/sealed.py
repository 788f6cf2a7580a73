"""Rows against their seals, before anything goes by them: what was changed past the program decides nothing.

Events are found by their order alone, so the log is read from its beginning, once for all recordings of a list; after
that, only what it has received since.
"""

from collections.abc import Mapping

from sqlmodel import Session

from catalog.custody import log


class SealedRows:
    """What the custody log sealed last of the rows that were asked for. For one thread."""

    def __init__(self) -> None:
        self._wanted: set[str] = set()
        self._placed: dict[str, str | None] = {}
        self._begin = 0

    def differing(self, session: Session, standing: Mapping[str, str]) -> list[str]:
        """Those of these rows (digests by `table/id`) that do not stand as they were sealed last, or never were."""
        if standing.keys() - self._wanted:
            self._wanted |= standing.keys()
            self._placed, self._begin = {}, 0
        waiting: dict[str, str | None] = {}
        for position, seals in log.seals_since(session, self._begin):
            found = {name: digest for name, digest in seals.items() if name in self._wanted}
            if position is None:
                waiting |= found
            else:
                self._placed |= found
                self._begin = position + 1
        last = {**self._placed, **waiting}
        return sorted(name for name, digest in standing.items() if last.get(name) != digest)
