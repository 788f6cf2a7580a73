"""Time stamps of authorities on checkpoints: each made over the very note, by whom it is said to be made, and when."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from api.verifying.model import Code, Fact, Finding, Part, Tallies
from catalog.custody.stamps import StampRefused, check_stamp
from catalog.tables import CustodyCheckpoint, CustodyStamp
from catalog.tables.custody import StampState

_APART = timedelta(minutes=15)


def check_stamps(
    stamps: Sequence[tuple[CustodyStamp, CustodyCheckpoint]], authorities: Mapping[str, Path], tallies: Tallies
) -> Iterator[Finding]:
    """`authorities`: the certificates by which each is believed, by name. Those still asked for are counted apart."""
    tally = tallies[Part.STAMPS]
    for stamp, checkpoint in stamps:
        if stamp.state is StampState.PENDING:
            tallies.stamps_pending += 1
            continue
        where: dict[str, Fact] = {"authority": stamp.authority, "checkpoint": str(checkpoint.id)}
        roots = authorities.get(stamp.authority)
        if roots is None or not roots.is_file():
            tally.met(checked=False)
            why = "no certificates of this authority are set here"
            yield Finding(Part.STAMPS, Code.STAMP_UNCHECKED, {**where, "why": why})
            continue
        tally.met()
        try:
            said = check_stamp(stamp.token or b"", checkpoint.note.encode(), roots)
        except StampRefused as error:
            yield Finding(Part.STAMPS, Code.STAMP_WRONG, {**where, "why": str(error)})
            continue
        ahead = (checkpoint.at - said.at).total_seconds()
        if ahead > _APART.total_seconds():
            told: dict[str, Fact] = {"stamped": said.at, "at": checkpoint.at, "seconds": round(ahead)}
            yield Finding(Part.STAMPS, Code.STAMP_EARLIER, {**where, **told})
