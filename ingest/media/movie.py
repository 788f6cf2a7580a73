"""What the boxes of a QuickTime or MP4 file say of the whole: times, tracks, place, and what is missing.

ISO/IEC 14496-12 and the QuickTime File Format name the boxes; the tests write them byte by byte.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.media.boxes import Box, BoxReader
from ingest.media.location import is_unset_iso_6709, parse_iso_6709
from ingest.media.model import Position, Problem, ProblemCode
from ingest.media.samples import Presence, presence

TOP_LEVEL = frozenset((b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"moof", b"styp", b"uuid"))
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_TEXT_LIMIT = 1_048_576
_TRACK_LIMIT = 16
_UNIT = 65_536


@dataclass(frozen=True, slots=True)
class Track:
    """One track: `handler` vide, soun, meta ...; `sample_format` the codec's four characters or None."""

    handler: str
    sample_format: str | None
    width: int
    height: int
    matrix: tuple[int, int, int, int]
    timescale: int
    samples: dict[bytes, Box]
    presence: Presence

    @property
    def rotation(self) -> int:
        """Clockwise degrees; a matrix of zeros turns nothing."""
        a, b, _, _ = self.matrix
        return round(math.degrees(math.atan2(b, a))) % 360 if a or b else 0

    @property
    def mirrored(self) -> bool:
        a, b, c, d = self.matrix
        return a * d - b * c < 0


@dataclass(slots=True)
class Movie:
    """`created` counts seconds since 1904. `values` are the metadata keys of Apple and others, as text."""

    brand: str | None = None
    has_index: bool = False
    has_data: bool = False
    fragmented: bool = False
    created: int = 0
    duration_s: float | None = None
    tracks: list[Track] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    position: Position | None = None
    xmp: bytes = b""
    problems: list[Problem] = field(default_factory=list)

    def track(self, handler: str) -> Track | None:
        return next((track for track in self.tracks if track.handler == handler), None)

    @property
    def playable_s(self) -> float | None:
        """How long the samples that are in the file run, where they tell."""
        ends = [track.presence.playable_ticks / track.timescale for track in self.tracks if track.timescale]
        return max(ends, default=None)


def looks_like_movie(head: bytes) -> bool:
    return head[4:8] in TOP_LEVEL


def read_movie(reader: BoxReader) -> Movie:
    """Read what the boxes say. Never raises for what stands in them: `problems` tells."""
    movie = Movie()
    overlong: Box | None = None
    for box in reader.top():
        if box.kind == b"ftyp":
            movie.brand = reader.read(box.start, 4).decode("latin-1")
        elif box.kind == b"mdat":
            movie.has_data = True
        elif box.kind == b"moof":
            movie.fragmented = True
        elif box.kind == b"uuid" and reader.read(box.start, 16) == _XMP_UUID:
            movie.xmp = reader.payload(box, _TEXT_LIMIT)[16:]
        elif box.kind == b"moov" and not movie.has_index:
            movie.has_index = True
            _read_index(reader, box, movie)
        if not box.complete:
            overlong = box
    movie.problems += _judge(reader, movie, overlong)
    return movie


def _read_index(reader: BoxReader, moov: Box, movie: Movie) -> None:
    kinds = reader.inside(moov)
    header = reader.payload(kinds.get(b"mvhd"), 120)
    timescale, duration, movie.created = _times(header)
    movie.duration_s = duration / timescale if timescale and duration else None
    tracks = [box for box in reader.children(moov.start, moov.end) if box.kind == b"trak"]
    movie.tracks = [_read_track(reader, box) for box in tracks[:_TRACK_LIMIT]]
    movie.fragmented = movie.fragmented or b"mvex" in kinds
    if not header or not timescale:
        what = "movie header" if not header else "timescale of the movie header"
        movie.problems.append(Problem(ProblemCode.MALFORMED, f"The {what} is missing from the index."))
    if not movie.tracks:
        movie.problems.append(Problem(ProblemCode.UNDECODABLE, "The index lists no tracks."))
    user = reader.inside(kinds.get(b"udta"))
    movie.xmp = movie.xmp or reader.payload(user.get(b"XMP_"), _TEXT_LIMIT)
    movie.values = dict(_metadata(reader, kinds.get(b"meta"))) | dict(_metadata(reader, user.get(b"meta")))
    movie.values |= {key: text for kind, key in _USER_TEXT.items() if (text := _user_text(reader, user.get(kind)))}
    movie.values |= dict(_gopro(reader.payload(user.get(b"GPMF"))))
    _read_place(reader, user, movie)


_USER_TEXT = {b"\xa9mak": "make", b"\xa9mod": "model", b"\xa9day": "day", b"\xa9xyz": "location"}
_PLACE_KEYS = ("com.apple.quicktime.location.ISO6709", "location", "\xa9xyz")


def _read_place(reader: BoxReader, user: dict[bytes, Box], movie: Movie) -> None:
    texts = [movie.values[key] for key in _PLACE_KEYS if key in movie.values]
    found = [place for text in texts if (place := parse_iso_6709(text, origin="quicktime"))]
    found += [place for place in [_loci(reader.payload(user.get(b"loci"), 1024))] if place]
    movie.position = next(iter(found), None)
    if texts and not found and not all(is_unset_iso_6709(text) for text in texts):
        movie.problems.append(
            Problem(ProblemCode.POSITION_UNREADABLE, f"The place {texts[0]!r} in the index cannot be read.")
        )


def _loci(payload: bytes) -> Position | None:
    """Read the 3GPP place: version, language, a name, a role, then three fixed-point numbers."""
    end_of_name = payload.find(b"\0\0" if payload[6:8] in {b"\xfe\xff", b"\xff\xfe"} else b"\0", 6)
    start = end_of_name + (3 if payload[6:8] in {b"\xfe\xff", b"\xff\xfe"} else 2)
    if end_of_name < 0 or len(payload) < start + 12:
        return None
    longitude, latitude, altitude = (number / _UNIT for number in struct.unpack_from(">iii", payload, start))
    return parse_iso_6709(f"{latitude:+010.6f}{longitude:+011.6f}{altitude:+.3f}/", origin="quicktime")


def _times(header: bytes) -> tuple[int, int, int]:
    """Timescale, duration and creation time of an mvhd or mdhd; zeros where it is too short."""
    if header[:1] == b"\1" and len(header) >= 32:  # noqa: PLR2004 - 64-bit times
        created, _, timescale, duration = struct.unpack_from(">QQIQ", header, 4)
    elif len(header) >= 20:  # noqa: PLR2004 - 32-bit times
        created, _, timescale, duration = struct.unpack_from(">IIII", header, 4)
    else:
        return 0, 0, 0
    unknown = duration in {0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF}
    return timescale, 0 if unknown else duration, created


def _read_track(reader: BoxReader, box: Box) -> Track:
    kinds = reader.inside(box)
    media = reader.inside(kinds.get(b"mdia"))
    samples = reader.inside(reader.inside(media.get(b"minf")).get(b"stbl"))
    matrix, width, height = _geometry(reader.payload(kinds.get(b"tkhd"), 104))
    description = reader.payload(samples.get(b"stsd"), 64)
    return Track(
        handler=reader.payload(media.get(b"hdlr"), 24)[8:12].decode("latin-1"),
        sample_format=description[12:16].decode("latin-1") if len(description) >= 16 else None,  # noqa: PLR2004
        width=width,
        height=height,
        matrix=matrix,
        timescale=_times(reader.payload(media.get(b"mdhd"), 40))[0],
        samples=samples,
        presence=presence(reader, samples),
    )


def _geometry(header: bytes) -> tuple[tuple[int, int, int, int], int, int]:
    """Matrix and whole pixels of a track header."""
    start = 52 if header[:1] == b"\1" else 40
    if len(header) < start + 44:
        return (0, 0, 0, 0), 0, 0
    a, b, _, c, d = struct.unpack_from(">5i", header, start)
    width, height = struct.unpack_from(">II", header, start + 36)
    return (a, b, c, d), width // _UNIT, height // _UNIT


def _user_text(reader: BoxReader, box: Box | None) -> str:
    """QuickTime user text: a length, a language, the text."""
    payload = reader.payload(box, 4096)
    if len(payload) < 4:  # noqa: PLR2004
        return ""
    (length,) = struct.unpack_from(">H", payload)
    return payload[4 : 4 + length].decode("utf-8", "replace").strip("\0 ")


def _metadata(reader: BoxReader, meta: Box | None) -> Iterator[tuple[str, str]]:
    """The texts of a metadata box, Apple's keyed list or the short one."""
    if meta is None:
        return
    # In MP4 a version stands before the children, in QuickTime it does not.
    start = meta.start if reader.read(meta.start + 4, 4) == b"hdlr" else meta.start + 4
    kinds = {box.kind: box for box in reader.children(start, meta.end)}
    names = _key_names(reader.payload(kinds.get(b"keys")))
    listing = kinds.get(b"ilst")
    for item in reader.children(listing.start, listing.end) if listing else ():
        data = reader.payload(reader.inside(item).get(b"data"), 4096)
        number = int.from_bytes(item.kind)
        name = names[number - 1] if 1 <= number <= len(names) else item.kind.decode("latin-1")
        if data[3:4] == b"\1":  # text in UTF-8
            yield name, data[8:].decode("utf-8", "replace").strip("\0 ")


def _key_names(payload: bytes) -> list[str]:
    names: list[str] = []
    position = 8
    while position + 8 <= len(payload):
        (size,) = struct.unpack_from(">I", payload, position)
        if size < 8:  # noqa: PLR2004 - the size counts itself and the namespace
            break
        names.append(payload[position + 8 : position + size].decode("utf-8", "replace"))
        position += size
    return names


def _gopro(payload: bytes) -> Iterator[tuple[str, str]]:
    """GoPro writes its model's name among the user data."""
    at = payload.find(b"MINFc")
    if at >= 0 and len(payload) >= at + 8:
        length = payload[at + 5] * int.from_bytes(payload[at + 6 : at + 8])
        yield "make", "GoPro"
        yield "model", payload[at + 8 : at + 8 + length].decode("latin-1").strip("\0 ")


def _judge(reader: BoxReader, movie: Movie, overlong: Box | None) -> Iterator[Problem]:
    """Compare what the boxes announce with the bytes that are there."""
    if not movie.has_index:
        detail = "The media data is there" if movie.has_data else "The file is there"
        yield Problem(ProblemCode.NO_INDEX, f"{detail}, but the index (moov) is missing: recording was not finished.")
    absent = sum(track.presence.announced - track.presence.present for track in movie.tracks)
    announced = sum(track.presence.announced for track in movie.tracks)
    if absent:
        yield Problem(ProblemCode.TRUNCATED, f"{absent} of {announced} samples lie past the end of the file.")
    if overlong is not None:
        name = overlong.kind.decode("latin-1")
        missing = overlong.claimed_end - reader.size
        detail = f"The box {name} announces {missing} bytes more than the file holds"
        whole = overlong.kind == b"mdat" and announced and not absent and not movie.fragmented
        if whole:
            yield Problem(ProblemCode.MALFORMED, f"{detail}; no sample is missing.")
        elif not absent:
            yield Problem(ProblemCode.TRUNCATED, f"{detail}.")
    for damage in reader.damage:
        yield Problem(ProblemCode.TRUNCATED if "are zero" in damage else ProblemCode.MALFORMED, damage)
