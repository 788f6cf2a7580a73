"""Errors of all packages in the language of the reader: by the name of their class and their fields.

English stands in the classes themselves; other languages have a `faults.ftl`.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo

from api.messages.translator import Fact, Translator, key_of
from api.times import for_people


def sentence_of(say: Translator, error: Exception, zone: tzinfo = UTC) -> str:
    """The sentence of an error: translated where there is a text for its class, else its own English one.

    Times are written in `zone`, as everywhere; by themselves the English ones say UTC, whose zone no error knows.
    """
    fields = {field: value for field, value in vars(error).items() if not field.startswith("_")}
    facts: dict[str, Fact] = {field: _plain(value, zone) for field, value in fields.items()}
    told = sentence_told(say, type(error).__name__, facts)
    return told or _in_zone(str(error), [each for each in fields.values() if isinstance(each, datetime)], zone)


def _plain(value: object, zone: tzinfo) -> Fact:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return for_people(value, zone)
    return value if isinstance(value, int | float) else str(value)


def _in_zone(sentence: str, moments: Iterable[datetime], zone: tzinfo) -> str:
    for moment in moments:
        if moment.tzinfo is not None:
            written = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
            sentence = sentence.replace(written, for_people(moment, zone))
    return sentence


def sentence_told(say: Translator, name: str, facts: Mapping[str, Fact]) -> str | None:
    """The sentence of an error that was written down by the name of its class and its fields; None without a text."""
    key = key_of_fault(name)
    return say(key, **facts) if say.has(key) else None


def key_of_fault(name: str) -> str:
    """How the text of an error class of that name is called: `fault-store-full`."""
    return key_of("fault", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name))
