"""The leaf of a custody event: the canonical JSON of its row, all columns that hold something, salt and seals included.

So nothing of an event can change without its leaf; and who is shown the leaf of one event, with the hashes around it,
can guess no other, for each has random bytes of its own in it.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from catalog.canonical import row_json
from catalog.custody import tree


def leaf_content(row: Mapping[str, Any]) -> bytes:
    """What is hashed of an event: its row, by column names, in canonical JSON (RFC 8785)."""
    return row_json(row)


def leaf_hash(row: Mapping[str, Any]) -> bytes:
    return tree.leaf_hash(leaf_content(row))


def row_of(content: bytes) -> dict[str, Any]:
    """The row that a leaf tells of, in the types of its columns. Raises ValueError where it is none."""
    told = json.loads(content)
    if not isinstance(told, dict):
        message = "a leaf is an object"
        raise ValueError(message)  # noqa: TRY004 - whatever is wrong with a leaf is a ValueError
    try:
        return {name: _READ.get(name, _as_it_is)(value) for name, value in told.items()}
    except (TypeError, AttributeError) as error:
        message = f"a leaf of other columns: {error}"
        raise ValueError(message) from error


def _as_it_is(value: Any) -> Any:
    return value


_READ: Mapping[str, Any] = {
    "id": UUID,
    "subject_id": UUID,
    "at": datetime.fromisoformat,
    "salt": bytes.fromhex,
}
