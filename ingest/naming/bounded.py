"""Is the work of a pattern bounded? A pattern of the settings must not be able to stall the dock.

A backtracking engine tries, at worst, every combination of what its parts can vary in. Groups that repeat make
that exponential: they are refused, as is everything whose work this count would miss (inline flags, look-around).
What is left multiplies: the widths of the repeats and the branches of the groups, up to `WORK_LIMIT`. A repeat
that must stop at a character it cannot itself contain has one place to stop, and counts as one.
"""

import re
from dataclasses import dataclass
from typing import assert_never

from ingest.naming.model import PatternScope

# The longest name and path Linux can hold (NAME_MAX, PATH_MAX); longer text is never held against a pattern.
LONGEST_NAME = 255
LONGEST_PATH = 4096
WORK_LIMIT = 100_000_000

_TOKEN = re.compile(
    r"""(?P<escape>\\.)
      | (?P<class>\[\^?\]?(?:\\.|[^\]\\])*\])
      | (?P<open>\((?:\?:|\?P<\w+>)?)
      | (?P<close>\))
      | (?P<repeat>(?:[*+?]|\{\d*,?\d*\})[+?]?)
      | (?P<branch>\|)
      | (?P<literal>.)""",
    re.VERBOSE | re.DOTALL,
)
_CODED = frozenset("0123456789xuUN")
_BOUNDS = re.compile(r"\{(?P<least>\d*)(?P<comma>,?)(?P<most>\d*)\}")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def longest(scope: PatternScope) -> int:
    """Return how many characters of text a pattern of this scope may be held against."""
    match scope:
        case PatternScope.NAME:
            return LONGEST_NAME
        case PatternScope.PATH:
            return LONGEST_PATH
        case _:  # pragma: no cover
            assert_never(scope)


def why_unbounded(expression: str, scope: PatternScope) -> str | None:
    """Return why a (valid) expression could run away on text of this scope, or None if it cannot."""
    tokens = [_Token(found.lastgroup or "", found.group()) for found in _TOKEN.finditer(expression)]
    work = 1
    for place, token in enumerate(tokens):
        if token.kind == "escape" and token.text[1] in _CODED:
            return "it spells a character by number or refers back to a group; write the characters themselves"
        if token.kind == "branch":
            work *= 2
        if token.kind != "repeat" or place == 0:
            continue
        repeated = tokens[place - 1]
        if repeated.kind == "open":
            return "it uses inline flags or look-around; case is ignored anyway, name groups with (?P<name>...)"
        if repeated.kind == "close" and token.text[0] != "?":
            return "a group in it repeats; repeat single characters or classes instead"
        if not _stops(repeated, tokens[place + 1 : place + 3]):
            work *= _width(token.text, longest(scope))
    if work > WORK_LIMIT:
        return "too many parts of it can stretch over the same text; put a fixed character between them"
    return None


def _stops(repeated: _Token, following: list[_Token]) -> bool:
    following = [token for token in following if token.kind != "close"]
    match following:
        case [_Token("literal", "$"), *_]:
            return True
        case [_Token("literal" | "escape"), _Token("repeat" | "branch"), *_] | []:
            return False
        case [_Token("literal" | "escape", stop), *_] if repeated.kind != "close" and stop != ".":
            sample = stop[-1]
            is_class = len(stop) > 1 and sample.isalnum()
            return not is_class and re.fullmatch(repeated.text, sample, re.ASCII | re.IGNORECASE) is None
        case _:
            return False


def _width(repeat: str, most: int) -> int:
    if repeat[0] == "?":
        return 2
    bounds = _BOUNDS.match(repeat)
    if bounds is None:
        return most
    least = int(bounds["least"] or 0)
    upper = int(bounds["most"] or most) if bounds["comma"] else least
    return max(1, min(upper, most) - least + 1)
