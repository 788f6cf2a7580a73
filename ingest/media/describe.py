"""Tell what a file is, from its bytes.

1. Look at the first bytes: nothing, a photo, a side file, or perhaps a movie or sound.
2. Ask the container itself (boxes, RIFF) and ffprobe; each is believed only in what it is good at.
3. Decode a little, because a container can be fine around frames that are not.
4. Bring it together. What is wrong is a problem of the description, never an error.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import tzinfo
from itertools import islice
from math import floor
from pathlib import Path, PurePath
from typing import Any

from ingest.media import probe as probing
from ingest.media import xmp
from ingest.media.boxes import BoxReader
from ingest.media.decodes import check_decodes
from ingest.media.gpmf import best_position, read_track
from ingest.media.location import parse_iso_6709
from ingest.media.model import (
    CapturedTime,
    MediaDescription,
    MediaKind,
    Position,
    Problem,
    ProblemCode,
    TrackPoint,
    printable,
)
from ingest.media.movie import Movie, Track, looks_like_movie, read_movie
from ingest.media.photo_description import describe_photo, looks_like_photo
from ingest.media.photo_worker import PhotoWorkers, photo_workers
from ingest.media.probe import Probe
from ingest.media.riff import check_riff, looks_like_riff
from ingest.media.samples import read_samples
from ingest.media.sidecar import (
    SIZE_LIMIT,
    LocationFile,
    SidecarDamaged,
    looks_like_xml,
    parse_location_xml,
    reads_as_sidecar,
)
from ingest.media.times import from_quicktime, from_text
from ingest.media.tools import ToolRunner

_HEAD = 4096
_SAME_LENGTH_S = 0.05
_PAYLOAD_LIMIT = 1_048_576
_PAYLOAD_COUNT_LIMIT = 100_000  # one a second: more than a day
_TELEMETRY_LIMIT = 64 * 1_048_576  # bytes of all payloads together: hours of what any device writes
_WITHOUT_INDEX = frozenset(("mp3", "aac", "amr"))
_SOUND_BRANDS = frozenset(("M4A ", "M4B ", "M4P "))
_VENDOR_SUFFIXES = frozenset((".dav",))


def describe(
    source: Path, name: str, *, run: ToolRunner, zone: tzinfo, photos: PhotoWorkers | None = None
) -> MediaDescription:
    """Describe the bytes in `source`, known as `name`; `zone` is the one device clocks are set to.

    `photos` saves starting a process for each photo where there are many.

    Never raises for what is in the file. Raises OSError when the copy itself cannot be read, and ToolMissing
    when ffmpeg or ffprobe are not installed.
    """
    size = source.stat().st_size
    if not size:
        return MediaDescription(MediaKind.OTHER, problems=(Problem(ProblemCode.EMPTY, "The file has no bytes."),))
    with source.open("rb") as stream:
        head = stream.read(_HEAD)
    if reads_as_sidecar(name, head):
        return printable(_describe_sidecar(source, head))
    if looks_like_photo(head):
        with photo_workers(photos) as workers:
            description = describe_photo(source, head, run=run, photos=workers, zone=zone)
    else:
        description = _describe_media(source, head, run, zone)
    return printable(_checked(source, name, description, run))


def _checked(source: Path, name: str, description: MediaDescription, run: ToolRunner) -> MediaDescription:
    """Step 3, and what the name says of files nobody can decode."""
    problems = (*description.problems, *check_decodes(source, description, run))
    if PurePath(name).suffix.lower() in _VENDOR_SUFFIXES or PurePath(name).stem.lower().endswith("_enc"):
        dead = description.kind is MediaKind.OTHER or any(
            problem.code is ProblemCode.UNDECODABLE for problem in problems
        )
        if dead:
            detail = "The name marks the file as encrypted or of a vendor's own format, and it does not decode."
            problem = Problem(ProblemCode.ENCRYPTED_OR_VENDOR, detail)
            return replace(description, kind=MediaKind.OTHER, problems=(*problems, problem))
    return replace(description, problems=problems)


def _describe_sidecar(source: Path, head: bytes) -> MediaDescription:
    if not looks_like_xml(head):
        return MediaDescription(MediaKind.SIDECAR, container="text")
    description = MediaDescription(MediaKind.SIDECAR, container="xml")
    with source.open("rb") as stream:
        content = stream.read(SIZE_LIMIT + 1)
    try:
        places = parse_location_xml(content)
    except SidecarDamaged as error:
        return replace(description, problems=(Problem(ProblemCode.SIDECAR_UNREADABLE, str(error)),))
    return replace(
        description,
        position=_first_place(places),
        track=tuple(TrackPoint(None, point.latitude, point.longitude, point.altitude_m) for point in places.points),
        problems=tuple(
            Problem(ProblemCode.SIDECAR_PARTLY_UNDERSTOOD, f"Not understood: {what}.") for what in places.not_understood
        ),
    )


def _first_place(places: LocationFile) -> Position | None:
    point = next(iter(places.points), None)
    return Position(point.latitude, point.longitude, "sidecar xml", altitude_m=point.altitude_m) if point else None


def _describe_media(source: Path, head: bytes, run: ToolRunner, zone: tzinfo) -> MediaDescription:
    """Step 2 for movies and sound."""
    size = source.stat().st_size
    answer = probing.probe(source, run)
    movie: Movie | None = None
    problems: tuple[Problem, ...] = ()
    track: tuple[TrackPoint, ...] = ()
    with source.open("rb") as stream:
        if looks_like_movie(head):
            reader = BoxReader(stream, size)
            movie = read_movie(reader)
            track = _telemetry(reader, movie)
            problems = tuple(movie.problems)
        elif looks_like_riff(head):
            problems = tuple(check_riff(stream, size))
    if answer.problem:
        return _without_probe(answer.problem, movie, problems, track)
    description = _from_probe(answer, movie)
    if description.container in _WITHOUT_INDEX and description.kind is MediaKind.AUDIO:
        measured = probing.packet_duration_s(source, run)
        description = replace(description, duration_s=measured or description.duration_s)
    return replace(
        description,
        problems=(*problems, *_silent_streams(answer)),
        captured=_captured(answer, movie, zone),
        position=_position(answer, movie, track),
        track=track,
    )


def _without_probe(
    problem: Problem, movie: Movie | None, problems: tuple[Problem, ...], track: tuple[TrackPoint, ...]
) -> MediaDescription:
    """What remains when ffprobe understands nothing: the boxes, where there are any."""
    if movie is None:
        kind = MediaKind.OTHER
        return MediaDescription(kind, problems=(*problems, problem))
    if problem.code is ProblemCode.UNRECOGNISED:
        problem = Problem(ProblemCode.UNDECODABLE, problem.detail)
    known = movie.track("vide")
    description = MediaDescription(
        MediaKind.AUDIO if movie.brand in _SOUND_BRANDS else MediaKind.VIDEO,
        container="mp4",
        captured=from_quicktime(movie.created, origin="quicktime:CreateDate"),
        declared_duration_s=movie.duration_s,
        position=movie.position or best_position(track),
        track=track,
        make=movie.values.get("make"),
        model=movie.values.get("model"),
        problems=(*problems, problem),
    )
    return replace(description, width=known.width, height=known.height) if known else description


def _from_probe(answer: Probe, movie: Movie | None) -> MediaDescription:
    video, audio = answer.video, answer.audio
    container = str(answer.format.get("format_name", "")).split(",")[0] or None
    duration, declared = _durations(answer, movie)
    description = MediaDescription(
        MediaKind.VIDEO if video else MediaKind.AUDIO if audio else MediaKind.OTHER,
        container="mp4" if movie else container,
        codec=_codec(video or audio),
        audio_codec=_codec(audio),
        duration_s=duration,
        declared_duration_s=declared,
        bit_rate=probing.whole(answer.format.get("bit_rate")),
        channels=probing.whole(audio.get("channels")) if audio else None,
        sample_rate=probing.whole(audio.get("sample_rate")) if audio else None,
        make=_value(answer, movie, "make"),
        model=_value(answer, movie, "model"),
    )
    return _with_picture(description, video, movie) if video else description


def _with_picture(description: MediaDescription, video: dict[str, Any], movie: Movie | None) -> MediaDescription:
    track = movie.track("vide") if movie else None
    coded_width, coded_height = probing.whole(video.get("width")), probing.whole(video.get("height"))
    shown_width = floor(coded_width * probing.sample_aspect(video)) if coded_width else None
    frame_rate = probing.rate(video.get("avg_frame_rate")) or probing.rate(video.get("r_frame_rate"))
    return replace(
        description,
        width=(track.width if track else 0) or shown_width,
        height=(track.height if track else 0) or coded_height,
        coded_width=coded_width,
        coded_height=coded_height,
        pixel_format=video.get("pix_fmt"),
        bit_depth=probing.bit_depth(video),
        frame_rate=float(frame_rate) if frame_rate else None,
        variable_frame_rate=probing.is_variable(video),
        orientation=track.rotation if track else probing.rotation(video),
        mirrored=track.mirrored if track else False,
    )


def _durations(answer: Probe, movie: Movie | None) -> tuple[float | None, float | None]:
    """What can be played, and what the header declares where that is something else."""
    measured = probing.number(answer.format.get("duration"))
    if movie is None:
        return measured, _different(_counted(answer), measured)
    declared = movie.duration_s
    if any(problem.code is ProblemCode.TRUNCATED for problem in movie.problems) and not movie.fragmented:
        playable = movie.playable_s or None
        return playable, _different(declared, playable)
    if movie.fragmented or declared is None:
        return measured, _different(declared, measured)
    return declared, None


def _counted(answer: Probe) -> float | None:
    """The length that a RIFF header declares: an AVI by its number of frames, a WAV by its bytes a second."""
    video, audio = answer.video, answer.audio
    if answer.format.get("format_name") == "wav" and audio is not None:
        size, bits_a_second = probing.number(answer.format.get("size")), probing.number(audio.get("bit_rate"))
        return size * 8 / bits_a_second if size and bits_a_second else None
    if video is None or answer.format.get("format_name") != "avi":
        return None
    frames, frame_rate = probing.whole(video.get("nb_frames")), probing.rate(video.get("avg_frame_rate"))
    return float(frames / frame_rate) if frames and frame_rate else None


def _different(declared: float | None, actual: float | None) -> float | None:
    if declared is None or (actual is not None and abs(declared - actual) <= _SAME_LENGTH_S):
        return None
    return declared


def _silent_streams(answer: Probe) -> list[Problem]:
    """Streams that are announced and have no codec anybody could name."""
    streams = {"picture": answer.video, "sound": answer.audio}
    return [
        Problem(ProblemCode.MALFORMED, f"The {name} track does not say how it is coded.")
        for name, stream in streams.items()
        if stream is not None and _codec(stream) is None
    ]


def _codec(stream: dict[str, Any] | None) -> str | None:
    name = stream.get("codec_name") if stream else None
    return None if name in {None, "none", "unknown"} else str(name)


def _value(answer: Probe, movie: Movie | None, key: str) -> str | None:
    apple = f"com.apple.quicktime.{key}"
    values = movie.values if movie else {}
    return values.get(apple) or values.get(key) or answer.tags.get(apple) or answer.tags.get(key) or None


def _captured(answer: Probe, movie: Movie | None, zone: tzinfo) -> CapturedTime | None:
    """The most telling time first: Apple's carries its own zone, the movie header is UTC by format."""
    found: CapturedTime | None = None
    if movie:
        apple = movie.values.get("com.apple.quicktime.creationdate", "")
        found = from_text(apple, origin="quicktime:CreationDate", zone=zone)
        found = found or from_quicktime(movie.created, origin="quicktime:CreateDate")
    elif answer.tags.get("creation_time"):
        origin = f"{str(answer.format.get('format_name', 'container')).split(',')[0]}:creation_time"
        found = from_text(_joined(answer.tags), origin=origin, zone=zone)
    packet = xmp.created(movie.xmp) if movie and movie.xmp else None
    return found or from_text(packet or "", origin="xmp:CreateDate", zone=zone)


def _joined(tags: dict[str, str]) -> str:
    """Broadcast WAV keeps day and time of day apart."""
    time = tags["creation_time"]
    return f"{tags.get('date', '')} {time}" if len(time) <= len("00:00:00") else time


def _position(answer: Probe, movie: Movie | None, track: tuple[TrackPoint, ...]) -> Position | None:
    written = answer.tags.get("location", "")
    return (movie.position if movie else parse_iso_6709(written, origin="container")) or best_position(track)


def _telemetry(reader: BoxReader, movie: Movie) -> tuple[TrackPoint, ...]:
    track = next((track for track in movie.tracks if track.sample_format == "gpmd"), None)
    return read_track(_payloads(reader, track)) if track and track.timescale else ()


def _payloads(reader: BoxReader, track: Track) -> Iterator[tuple[float, float, bytes]]:
    """Read one payload at a time, and all of them no further than the file is long.

    A table may name the same bytes thousands of times; honest payloads lie side by side.
    """
    left = min(_TELEMETRY_LIMIT, reader.size)
    for sample in islice(read_samples(reader, track.samples), _PAYLOAD_COUNT_LIMIT):
        if left <= 0:
            return
        payload = reader.read(sample.offset, min(sample.size, _PAYLOAD_LIMIT, left))
        left -= len(payload)
        yield sample.time / track.timescale, sample.duration / track.timescale, payload
