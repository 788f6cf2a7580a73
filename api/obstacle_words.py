"""What stands in the way of a disposal, in words: which hold, which case, until when."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from api.messages.translator import Translator
from api.times import written_for_people


def obstacle(told: Mapping[str, Any], say: Translator, zone: tzinfo) -> str:
    why = say.word("obstacle", str(told["code"]))
    if told.get("until"):
        return say("obstacle-until", why=why, until=written_for_people(str(told["until"]), zone))
    what = told.get("hold") or told.get("case") or told.get("row")
    return say("obstacle-of", why=why, what=str(what)) if what else why
