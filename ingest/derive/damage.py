"""What ffmpeg's complaints and the seconds it reached say of a recording. Pure."""

import re
from pathlib import Path

from ingest.derive.model import DerivationPlan
from ingest.media.model import Problem, ProblemCode

_PREFIX = re.compile(r"^\[[^\]]* @ 0x[0-9a-f]+\] ")
# Only what speaks of lost picture or sound: muxers and parsers grumble about much that is harmless.
_DAMAGE = re.compile(
    r"error while decoding|Error while decoding|Invalid data found|conceal|[Cc]orrupt|partial file"
    r"|invalid NAL|overread|damaged|Header missing|Input buffer exhausted|decode_slice_header error|truncated"
)
_HALF_FRAME = "Error while decoding stream"  # sound without an index ends in a tag or half a frame
_SLACK_S = 2.0
_SLACK_SHARE = 0.05


def complaints(stderr: str, source: Path, into: Path) -> list[str]:
    """The lines that a person may read: without addresses and without our paths."""
    lines = []
    for line in stderr.splitlines():
        text = _PREFIX.sub("", line).strip().replace(f"file:{source.absolute()}", "the file").replace(str(into), "")
        if text and "Last message repeated" not in text:
            lines.append(text)
    return lines


def damage_problems(
    plan: DerivationPlan, *, picture: bool, sound: bool, reached_s: float, failed: bool, complaints: list[str]
) -> tuple[Problem, ...]:
    """What was lost: everything, a stream, the end, or some frames. `reached_s`: how far decoding came."""
    telling = [line for line in complaints if _DAMAGE.search(line)]
    if not plan.picture and len(telling) == 1 and telling[0].startswith(_HALF_FRAME):
        telling = []
    because = f" ({(telling or complaints)[0]})" if telling or complaints else ""
    if not picture and not sound:
        return (Problem(ProblemCode.UNDECODABLE, f"Nothing in it could be decoded{because}."),)
    problems = []
    for wanted, came, name in ((plan.picture, picture, "picture"), (plan.sound, sound, "sound")):
        if wanted and not came:
            problems.append(Problem(ProblemCode.UNDECODABLE, f"No {name} could be decoded{because}."))
    told = plan.duration_s or 0.0
    if (telling or failed or plan.damaged) and reached_s < told - max(_SLACK_S, told * _SLACK_SHARE):
        detail = f"Only the first {reached_s:.1f} of {told:.1f} seconds could be decoded{because}."
        problems.append(Problem(ProblemCode.TRUNCATED, detail))
    elif plan.truncated:
        detail = f"It breaks off: decoding came to second {reached_s:.1f}{because}."
        problems.append(Problem(ProblemCode.TRUNCATED, detail))
    elif telling or failed:
        detail = f"It decodes up to second {reached_s:.1f}, with gaps or faults on the way{because}."
        problems.append(Problem(ProblemCode.PARTLY_DECODABLE, detail))
    return tuple(problems)
