"""What came of carrying out lists: of one, and of all that were due."""

from dataclasses import dataclass

from retention.errors import RetentionError
from storage.errors import StorageError


@dataclass(frozen=True, slots=True)
class Executed:
    """What became of the items of a list that this run settled."""

    number: str
    deleted: int
    kept: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A list that was not carried out, or not to its end, and why."""

    number: str
    why: RetentionError | StorageError


@dataclass(frozen=True, slots=True)
class Round:
    """`waiting`: lists whose days are not over yet; `refused`: those that are due, or cannot ever be."""

    done: list[Executed]
    waiting: list[Refused]
    refused: list[Refused]
