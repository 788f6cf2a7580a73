"""Errors of all packages in the language of the reader: by the name of their class and their fields.

English stands in the classes themselves; other languages have a `faults.ftl`.
"""

import re
from collections.abc import Mapping

from api.messages.translator import Fact, Translator, key_of


def sentence_of(say: Translator, error: Exception) -> str:
    """The sentence of an error: translated where there is a text for its class, else its own English one."""
    facts: dict[str, Fact] = {
        field: value if isinstance(value, int | float) else str(value)
        for field, value in vars(error).items()
        if not field.startswith("_")
    }
    return sentence_told(say, type(error).__name__, facts) or str(error)


def sentence_told(say: Translator, name: str, facts: Mapping[str, Fact]) -> str | None:
    """The sentence of an error that was written down by the name of its class and its fields; None without a text."""
    key = key_of_fault(name)
    return say(key, **facts) if say.has(key) else None


def key_of_fault(name: str) -> str:
    """How the text of an error class of that name is called: `fault-store-full`."""
    return key_of("fault", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name))
