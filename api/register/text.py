"""Text as people leave it in tables: blanks around it, and characters that nobody sees."""

import unicodedata
from typing import Final

# What Excel, Word and input methods leave around a value: blanks of all widths, marks without width.
_OUTER: Final = " \t\r\n\u00a0\u3000\u200b\u200e\u200f\u2060\ufeff"


def stripped(text: str) -> str:
    """Without outer blanks, composed (NFC), so that the same value always is the same text."""
    return unicodedata.normalize("NFC", text.strip(_OUTER))


def unprintable(text: str) -> str | None:
    """Name the first character that must not stand in a value (`U+202E`), None if all may. Line breaks may.

    Private and unassigned characters may too: rare characters of names are written with them. U+FFFD may not: it
    stands where another program could not read what was written.
    """
    if text.isprintable() and "\ufffd" not in text:
        return None
    for character in text:
        hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs"} and character not in "\n\r\t"
        if hidden or character == "\ufffd":
            return f"U+{ord(character):04X}"
    return None
