"""Errors of all packages in the language of the reader: by the name of their class and their fields.

English stands in the classes themselves; other languages have a `faults.ftl`.
"""

import re

from api.messages.translator import Fact, Translator, key_of


def sentence_of(say: Translator, error: Exception) -> str:
    """The sentence of an error: translated where there is a text for its class, else its own English one."""
    key = key_of_fault(type(error))
    if not say.has(key):
        return str(error)
    facts: dict[str, Fact] = {
        field: value if isinstance(value, int | float) else str(value)
        for field, value in vars(error).items()
        if not field.startswith("_")
    }
    return say(key, **facts)


def key_of_fault(kind: type[Exception]) -> str:
    """How the text of an error class is called: `fault-store-full`."""
    return key_of("fault", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", kind.__name__))
