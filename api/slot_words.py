"""Why a slot shows what it shows, in the language of the reader and the time of the agency."""

from datetime import tzinfo

from api.messages import MessageIncomplete
from api.messages.faults import sentence_told
from api.messages.translator import Fact, Translator, key_of
from api.times import written_for_people
from ingest.slot_reason import TIMES, Reason


def reason_in(say: Translator, zone: tzinfo, reason: Reason) -> str:
    """One sentence. What has no text stays as it is on record, as where another version wrote it down."""
    try:
        return _said(say, zone, reason)
    except MessageIncomplete:
        return reason.sentence


def _said(say: Translator, zone: tzinfo, reason: Reason) -> str:
    fault = reason.fault
    facts: dict[str, Fact] = {
        name: written_for_people(str(value), zone) if name in TIMES else value for name, value in reason.facts.items()
    }
    said = (sentence_told(say, fault.kind, fault.facts) or fault.sentence) if fault else ""
    return say(key_of("slot-reason", reason.code), **facts, fault=said)
