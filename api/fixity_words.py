"""What was read of the stored bytes of one recording, in sentences, for the command line, pages and reports."""

from collections.abc import Iterator
from datetime import tzinfo

from api.messages.translator import Translator, key_of
from api.reading.fixity_model import FixityView
from api.times import written_for_people


def lines(view: FixityView, recording_id: str, say: Translator, zone: tzinfo) -> Iterator[str]:
    """How they are, what can be done about it where they are damaged, and what was done."""
    if view.outcome is None or view.checked_at is None:
        yield say("fixity-never")
    else:
        at, since = (written_for_people(each or "", zone) for each in (view.checked_at, view.damaged_since))
        yield say(key_of("fixity-reading", view.outcome), at=at, since=since)
    if view.damaged_since is not None:
        yield say("fixity-replica", id=recording_id) if view.replica else say("fixity-no-replica")
    for repair in view.repairs:
        yield say("fixity-repaired", at=written_for_people(repair.at, zone), origin=repair.origin)
