"""Why an answer about a clip is as it is: codes that stay the same, with their facts. Texts belong to the faces."""

from dataclasses import dataclass, field
from enum import StrEnum

Fact = int | float | str


class ClipReasonCode(StrEnum):
    """What a reason says. The facts of each, in brackets, are numbers unless told otherwise."""

    # of a match
    BYTES_IDENTICAL = "bytes_identical"
    FRAMES_AGREE = "frames_agree"  # matched, compared, bits (median distance of 256)
    PART_OF_PICTURE = "part_of_picture"  # framing (text, such as top_left)
    HARDLY_MOVES = "hardly_moves"
    MODERATE_LIKENESS = "moderate_likeness"
    # of an answer
    NO_PICTURE = "no_picture"
    TOO_SHORT = "too_short"  # seconds, minimum
    TOO_LITTLE_DETAIL = "too_little_detail"
    HALF_TOO_LITTLE_DETAIL = "half_too_little_detail"
    SHORTENED = "shortened"  # seconds
    NOT_COMPARABLE = "not_comparable"  # count, searched, seconds
    WEAKER_LEFT_OUT = "weaker_left_out"  # count
    FINGERPRINTS_DAMAGED = "fingerprints_damaged"  # count
    PICTURES_NOT_COMPARED = "pictures_not_compared"


@dataclass(frozen=True, slots=True)
class ClipReason:
    code: ClipReasonCode
    facts: dict[str, Fact] = field(default_factory=dict)
