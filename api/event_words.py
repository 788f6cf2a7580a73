"""What an event of the custody log tells besides who did what when, in words of one language and times of one zone.

For people only: `--json` and the log itself keep what was written. What has no word of ours is told as it stands.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any

from api.messages.translator import Translator, key_of
from api.times import written_for_people

SHOWN_OF_A_VALUE = 300
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
# What programs need and nobody reads, or what stands beside it in other words.
_LEFT_OUT = frozenset({"rows", "path_bytes", "modified_ns", "name_encoding", "keys", "metadata"})
_WORDS = {
    "face": "event-face",
    "form": "event-form",
    "language": "event-language",
    "mode": "lock-mode",
    "retention_class": "retention-class",
    "stage": "stage",
    "job": "job-kind",
    "category": "category",
    "status": "case-status",
    "archive_tier": "archive-tier",
    "outcome": "fixity-outcome",
    "problems": "problem",
    "reasons": "match-reason",
    "kinds": "recording-kind",
    "name_encoding": "name-encoding",
}


def details_of(
    details: Mapping[str, Any], say: Translator, zone: tzinfo, *, cases: Mapping[str, str] | None = None
) -> list[str]:
    """A line for each that is told, `name: value`. `cases`: the numbers of cases by their ids, where only those stand
    in the log.
    """
    words = _Words(say, zone)
    told = {name: value for name, value in details.items() if not _says_nothing(value) and name not in _LEFT_OUT}
    number = (cases or {}).get(str(told.get("case_id")))
    if "case_number" in told or number is not None:
        told = {"case_number": number or told["case_number"], **told}
        told.pop("case_id", None)
    return [f"{words.name(name)}: {words.value(name, value)}" for name, value in told.items()]


def subject_of(details: Mapping[str, Any], say: Translator, *, cases: Mapping[str, str] | None = None) -> str:
    """What an event is about besides the recording, in a few words: which case, hold, list, file, class."""
    words = _Words(say, None)
    number = (cases or {}).get(str(details.get("case_id"))) or details.get("case_number")
    told = [str(number)] if number else []
    for name in (
        "hold",
        "holds",
        "number",
        "list",
        "retention_class",
        "what",
        "kind",
        "name",
        "path",
        "job",
        "outcome",
    ):
        value = details.get(name)
        if not _says_nothing(value):
            text = words.value(name, value)
            told.append(text.rpartition("/")[2] if name == "path" else text)
            break
    return "  ".join(told)


def what_of(what: str, say: Translator) -> str:
    """What was handed out: the original, or what was made from it."""
    return _Words(say, None).value("what", what)


def reason_of(told: Mapping[str, Any], say: Translator) -> str:
    """Why something stays, as decisions on retention keep it."""
    facts = {"rule": "", "case": "", "number": "", "authority": "", "cases": ""}
    given = {**told, **(told.get("facts") or {})}
    facts |= {name: str(value) for name, value in given.items() if name in facts}
    code = str(told.get("code", ""))
    key = key_of("retention-reason", code)
    return say(key, **facts) if say.has(key) else say.word("obstacle", code)


def _says_nothing(value: object) -> bool:
    return value is None or value in ("", [], {}, ())


class _Words:
    def __init__(self, say: Translator, zone: tzinfo | None) -> None:
        self._say, self._zone = say, zone

    def name(self, name: str) -> str:
        return self._say.word("event-detail", name)

    def value(self, name: str, value: object) -> str:
        text = self._value(name, value)
        return text if len(text) <= SHOWN_OF_A_VALUE else f"{text[:SHOWN_OF_A_VALUE]}…"

    def _value(self, name: str, value: object) -> str:
        if isinstance(value, bool):
            return self._say("event-yes" if value else "event-no")
        if isinstance(value, Mapping):
            return "; ".join(self._parts(name, value))
        if isinstance(value, Sequence) and not isinstance(value, str):
            return self._say("event-and").join(self._value(name, each) for each in value)
        if isinstance(value, int | float):
            return f"{value:,}"
        return self._text(name, str(value))

    def _text(self, name: str, text: str) -> str:
        if self._zone is not None and _TIME.match(text):
            return written_for_people(text, self._zone)
        if name in {"kind", "what"}:
            kinds = ("recording-kind", "derivative-kind")
            prefixes = (*(kinds if name == "kind" else reversed(kinds)), "event-what")
            return next((self._say(key_of(each, text)) for each in prefixes if self._say.has(key_of(each, text))), text)
        return self._say.word(_WORDS[name], text) if name in _WORDS else text

    def _parts(self, name: str, value: Mapping[str, Any]) -> Iterator[str]:
        if "code" in value:
            yield reason_of(value, self._say)
        elif {"key", "version"} <= value.keys():
            bucket = f"{value['bucket']}/" if "bucket" in value else ""
            yield f"{bucket}{value['key']}@{value['version']}"
        else:
            for part, told in value.items():
                if not _says_nothing(told):
                    yield f"{self._part(name, str(part))}: {self._counted(part, told)}"

    def _part(self, name: str, part: str) -> str:
        prefixes = {"made": "derivative-kind", "parts": "verify-part", "outcomes": "fixity-outcome"}
        return self._say.word(prefixes.get(name, "event-detail"), part)

    def _counted(self, part: str, told: object) -> str:
        if isinstance(told, Mapping) and told.keys() == {"checked", "of"}:
            return f"{told['checked']} / {told['of']}"
        return self._value(part, told)
