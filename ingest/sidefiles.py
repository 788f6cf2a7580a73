"""Which recording a side file belongs to: GPS tracks, logs and thumbnails beside the media of the same stem.

Decided on names of one folder alone; a side file stays a recording of its own, the tie is one more fact.

- Text (XML, log, JSON and the like) belongs to the video, else the sound, else the photograph of its stem.
- A picture belongs to a video of its stem: that is a thumbnail. A photograph taken while filming has its own
  second or number, so its stem differs. Where names carry no number and both fall into one second, the tie is
  wrong in name only: the photograph is kept, shown and judged as its own recording.
- Sound belongs to nothing: beside a video of its stem it is evidence of its own.
- The mark for importance is added to a file after its side files were written: it is read past where no stem fits
  exactly, as is the mark for encryption.
- Two media of equal claim: none is chosen.
"""

import re
import unicodedata
from collections.abc import Iterable
from enum import IntEnum

# Marks follow a number or a time; a word that happens to end in "imp" carries none.
_MARKS = re.compile(r"(?<=\d)(?:_?imp)?(?:_enc)?$", re.ASCII | re.IGNORECASE)


class _Kind(IntEnum):
    """The kinds of files, the best main file first."""

    VIDEO = 1
    SOUND = 2
    PICTURE = 3
    TEXT = 4
    OTHER = 5


_KINDS = {
    extension: kind
    for kind, extensions in (
        (_Kind.VIDEO, "mp4 mov avi dav mkv 3gp 3g2 ts mts m2ts wmv asf mpg mpeg m4v flv webm h264 h265 264 265 vob"),
        (_Kind.SOUND, "wav aac mp3 m4a amr ogg oga opus flac wma"),
        (_Kind.PICTURE, "jpg jpeg png bmp heic heif tif tiff webp gif thm"),
        (_Kind.TEXT, "xml log txt json csv gpx kml nmea gps srt vtt idx ini"),
    )
    for extension in extensions.split()
}


class _Likeness(IntEnum):
    """How well a stem fits, the best first."""

    EXACT = 1
    CASE_DIFFERS = 2
    MARKS_DIFFER = 3


def main_of(name: str, siblings: Iterable[str]) -> str | None:
    """Return the media file among the names of the same folder that `name` is a side file of, or None.

    `siblings` may contain `name` itself. The result is spelled as in `siblings`.
    """
    kind = _kind(name)
    candidates: dict[tuple[_Likeness, _Kind], set[str]] = {}
    for sibling in siblings:
        main = _kind(sibling)
        likeness = _likeness(name, sibling) if sibling != name and _may_have(main, kind) else None
        if likeness is not None:
            candidates.setdefault((likeness, main), set()).add(sibling)
    best = candidates[min(candidates)] if candidates else set()
    return best.pop() if len(best) == 1 else None


def _may_have(main: _Kind, side: _Kind) -> bool:
    match side:
        case _Kind.TEXT:
            return main <= _Kind.PICTURE
        case _Kind.PICTURE:
            return main is _Kind.VIDEO
        case _Kind.VIDEO | _Kind.SOUND | _Kind.OTHER:
            return False


def _likeness(name: str, main: str) -> _Likeness | None:
    name, main = unicodedata.normalize("NFC", name), unicodedata.normalize("NFC", main)
    # Side files are named after the stem (0007.xml) or after the whole name (0007.mp4.xml).
    side_stem, ends = _stem(name), (_stem(main), main)
    if not side_stem:
        return None
    if side_stem in ends:
        return _Likeness.EXACT
    if side_stem.casefold() in {end.casefold() for end in ends}:
        return _Likeness.CASE_DIFFERS
    if _without_marks(side_stem) and _without_marks(side_stem) == _without_marks(_stem(main)):
        return _Likeness.MARKS_DIFFER
    return None


def _kind(name: str) -> _Kind:
    return _KINDS.get(name.rpartition(".")[2].lower(), _Kind.OTHER) if "." in name else _Kind.OTHER


def _stem(name: str) -> str:
    return name.rpartition(".")[0] if "." in name else name


def _without_marks(stem: str) -> str:
    return _MARKS.sub("", stem.casefold(), count=1)


def shared_beginning(name: str) -> str:
    """What the names of a recording and of all its side files begin with, case aside: where to look for them.

    Everything after the first dot and the marks may differ between them.
    """
    return _MARKS.sub("", name.partition(".")[0], count=1) or name
