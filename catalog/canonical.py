"""Canonical JSON (RFC 8785) of what the catalog holds, and digests over it: the same bytes on every engine, for ever.

A row is told as the object of its columns that hold something. Columns without a value are left out, so that a
column added by a later version changes no digest of the rows that were there before it.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import rfc8785

# What a double holds exactly; larger whole numbers are told as text, which no reader rounds.
_WHOLE_AT_MOST = 2**53 - 1


def canonical_json(value: Any) -> bytes:
    """The one way to write the value down. Raises ValueError for what JSON cannot tell (NaN, lone surrogates)."""
    return _dumps(plain(value))


# Where Python writes, in C and ten times as fast, what RFC 8785 does not: it sorts keys by code points instead of
# UTF-16 units, which matters beyond U+D7FF alone; and numbers below 0.0001 are written with an exponent sooner. They
# stand at the beginning or behind one of these signs; in ids `1e-4` is text, and frequent.
_WRITTEN_OTHERWISE = re.compile(r"[\ue000-\U0010ffff]|(?:^|[:,\[])-?\d+(?:\.\d+)?e-\d")
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _dumps(document: Any) -> bytes:
    text = _ENCODER.encode(document)
    if _WRITTEN_OTHERWISE.search(text):
        return rfc8785.dumps(document)
    return text.encode()


def plain(value: Any) -> Any:
    """The value in words of JSON alone: times as ISO 8601 in UTC, bytes as hexadecimal digits, ids as text."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return value
    if kind is dict or isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes | bytearray | memoryview):
        return [plain(each) for each in value]
    return _plain_one(value)


def _plain_one(value: Any) -> Any:
    told: Any
    match value:
        case StrEnum():
            told = value.value
        case str():
            told = str(value)
        case UUID():
            told = str(value)
        case datetime():
            told = value.astimezone(UTC).isoformat(timespec="microseconds")
        case int():
            told = int(value) if -_WHOLE_AT_MOST <= value <= _WHOLE_AT_MOST else str(int(value))
        case float():
            # As RFC 8785 writes them both: some databases give 5.0 back as 5.
            told = _plain_one(int(value)) if value.is_integer() else value
        case bytes() | bytearray() | memoryview():
            told = bytes(value).hex()
        case _:
            message = f"canonical JSON has no words for {type(value).__name__}"
            raise ValueError(message)
    return told


def row_document(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a row that hold something, by name."""
    return {name: plain(value) for name, value in row.items() if value is not None}


def row_json(row: Mapping[str, Any]) -> bytes:
    """The canonical JSON of a row."""
    return _dumps(row_document(row))


def row_digest(row: Mapping[str, Any]) -> str:
    """SHA-256, as hexadecimal digits, over the canonical JSON of a row."""
    return hashlib.sha256(row_json(row)).hexdigest()
