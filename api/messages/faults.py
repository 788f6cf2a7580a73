"""Errors of all packages in the language of the reader: by the name of their class and their fields."""

import re

from api.messages.translator import Fact, Translator, key_of


def sentence_of(say: Translator, error: Exception) -> str:
    """The sentence of an error: translated where there is a text for its class, else its own English one."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", type(error).__name__)
    key = key_of("fault", name)
    if not say.has(key):
        return str(error)
    facts: dict[str, Fact] = {
        field: value if isinstance(value, int | float) else str(value)
        for field, value in vars(error).items()
        if not field.startswith("_")
    }
    return say(key, **facts)
