"""Byte ranges and conditions of requests for content, as RFC 9110 has them. Pure: headers in, a decision out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from api.http.errors import RangeUnsatisfiable

# Eighteen digits are more bytes than there are, and keep a hostile number from growing without end.
_SINGLE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """What to send: `length` bytes from `start`; `partial` when the request asked for a range."""

    start: int
    length: int
    partial: bool

    def content_range(self, size: int) -> str:
        return f"bytes {self.start}-{self.start + self.length - 1}/{size}"


def part_asked_for(headers: Mapping[str, str], size: int, etag: str) -> Part:
    """Decide which bytes a request asks for. Raises RangeUnsatisfiable.

    Several ranges at once, other units and what cannot be understood are answered with all of it, as the RFC allows;
    so is a range of a content that has changed since (`If-Range`).
    """
    whole = Part(0, size, partial=False)
    found = _SINGLE.fullmatch(headers.get("range", "").strip())
    if found is None or headers.get("if-range", etag).strip() != etag:
        return whole
    first, last = found.groups()
    if first:
        return _from_to(int(first), int(last) if last else None, size) or whole
    return _last(int(last), size) if last else whole


def is_unchanged(headers: Mapping[str, str], etag: str) -> bool:
    """Whether the client has this very content already (`If-None-Match`, compared weakly)."""
    known = {tag.strip().removeprefix("W/") for tag in headers.get("if-none-match", "").split(",")}
    return etag in known or known == {"*"}


def _from_to(first: int, last: int | None, size: int) -> Part | None:
    if last is not None and last < first:
        return None  # not a valid range: ignored
    if first >= size:
        raise RangeUnsatisfiable(size)
    end = size - 1 if last is None else min(last, size - 1)
    return Part(first, end - first + 1, partial=True)


def _last(count: int, size: int) -> Part:
    if not count or not size:
        raise RangeUnsatisfiable(size)
    length = min(count, size)
    return Part(size - length, length, partial=True)
