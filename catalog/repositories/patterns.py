"""Out of what people write: patterns for LIKE, and numbers of cases as each keyboard spells them."""

import unicodedata
from typing import Any

from sqlalchemy import ColumnElement, func

_SPELLINGS = {
    **dict.fromkeys("〔［（(", "["),
    **dict.fromkeys("〕］）)", "]"),
    **dict.fromkeys(" \u3000", ""),
}
"""What stands for the same in the number of a case: its year is written in brackets that few keyboards have. Few, too,
since SQLite takes functions within functions only so deep.
"""


def escaped(text: str) -> str:
    """Take literally what LIKE reads as wildcards; the pattern then needs a backslash as its `escape`."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def folded(number: str) -> str:
    """A number of a case in one spelling, only ever to compare it: 德市监罚〔2026〕12号 and (2026) give [2026]."""
    composed = unicodedata.normalize("NFC", number)
    return "".join(_SPELLINGS.get(character, character) for character in composed)


def folded_in_sql(column: Any) -> ColumnElement[str]:
    """The same of a column."""
    spelled: ColumnElement[str] = column
    for written, meant in _SPELLINGS.items():
        spelled = func.replace(spelled, written, meant)
    return spelled
