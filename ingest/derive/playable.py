"""Does a browser play the recording as it is? Decided from what Chromium 156 was seen to play, not from what it says.

Everything not listed here is re-encoded: a needless proxy costs time, a missing one costs the evidence its audience.
Seen to fail: MPEG transport streams, AVI, H.263, AMR, IMA ADPCM, and HEVC, of which only the sound plays.
"""

from collections.abc import Iterator

from ingest.derive.model import Reason, ReasonCode
from ingest.media.model import MediaDescription, MediaKind, ProblemCode

_MOVIE = frozenset({"mp4", "mov", "m4a", "m4v", "m4b", "quicktime", "isom"})
_VIDEO_CODECS = frozenset({"h264", "vp9"})
_PIXEL_FORMATS = frozenset({"yuv420p", "yuvj420p", "nv12"})
_MOVIE_AUDIO_CODECS = frozenset({"aac", "mp3"})
_MOST_PIXELS = 4096 * 2304  # H.264 level 5.1: what players in offices decode without stuttering
# Sound that plays: these codecs in these containers.
_AUDIO = {
    "mp3": {"mp3"},
    "aac": {"aac"},
    "adts": {"aac"},
    "wav": {"pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_f32le"},
    "flac": {"flac"},
    **{movie: {"aac", "mp3"} for movie in _MOVIE},
}
DAMAGE = (
    ProblemCode.NO_INDEX,
    ProblemCode.TRUNCATED,
    ProblemCode.MALFORMED,
    ProblemCode.UNDECODABLE,
    ProblemCode.PARTLY_DECODABLE,
    ProblemCode.TOOL_TIMED_OUT,
    ProblemCode.TOOL_FAILED,
)


def obstacles(description: MediaDescription) -> tuple[Reason, ...]:
    """Why a browser would not play this video or sound recording; empty when it would."""
    found = list(_damage(description))
    match description.kind:
        case MediaKind.VIDEO:
            found += _video(description)
        case MediaKind.AUDIO:
            found += _audio(description)
        case MediaKind.PHOTO | MediaKind.SIDECAR | MediaKind.OTHER:
            pass
    return tuple(found)


def nothing_to_show(description: MediaDescription) -> Reason:
    """Why nothing is shown of what is no media. That a file could not be read does not say that it holds none."""
    if description.has(*DAMAGE, ProblemCode.UNRECOGNISED, ProblemCode.ENCRYPTED_OR_VENDOR):
        return Reason(ReasonCode.UNREADABLE, "It could not be read: whether it holds picture or sound is unknown.")
    return Reason(ReasonCode.NOTHING_TO_SHOW, "It holds neither picture nor sound.")


def _damage(description: MediaDescription) -> Iterator[Reason]:
    for problem in description.problems:
        if problem.code in DAMAGE:
            yield Reason(ReasonCode.DAMAGED, f"Players may stumble over what is wrong with it: {problem.detail}")


def _video(description: MediaDescription) -> Iterator[Reason]:
    if not _MOVIE & _containers(description):
        yield Reason(ReasonCode.CONTAINER, f"Browsers do not open {description.container or 'this container'}.")
    if description.codec is None:
        yield Reason(ReasonCode.UNREADABLE, "It could not be read how the picture is coded.")
    elif description.codec not in _VIDEO_CODECS:
        yield Reason(ReasonCode.VIDEO_CODEC, f"Not every browser decodes {description.codec}.")
    elif description.pixel_format not in _PIXEL_FORMATS or (description.bit_depth or 8) != 8:  # noqa: PLR2004
        yield Reason(ReasonCode.PIXEL_FORMAT, f"Pixels as {description.pixel_format} do not play everywhere.")
    if _pixels(description) > _MOST_PIXELS:
        yield Reason(ReasonCode.PICTURE_SIZE, "The picture is larger than most machines decode in time.")
    if description.audio_codec is not None and description.audio_codec not in _MOVIE_AUDIO_CODECS:
        yield Reason(ReasonCode.AUDIO_CODEC, f"The sound ({description.audio_codec}) would stay silent.")


def _audio(description: MediaDescription) -> Iterator[Reason]:
    containers = _containers(description) & _AUDIO.keys()
    if description.audio_codec is None:
        yield Reason(ReasonCode.UNREADABLE, "It could not be read how the sound is coded.")
    elif not containers:
        yield Reason(ReasonCode.CONTAINER, f"Browsers do not open {description.container or 'this container'}.")
    elif not any(description.audio_codec in _AUDIO[container] for container in containers):
        yield Reason(ReasonCode.AUDIO_CODEC, f"Browsers do not decode {description.audio_codec}.")


def _containers(description: MediaDescription) -> set[str]:
    """The container under all names that it goes by."""
    return set((description.container or "").lower().replace(" ", "").split(","))


def _pixels(description: MediaDescription) -> int:
    width, height = description.coded_width or description.width, description.coded_height or description.height
    return (width or 0) * (height or 0)
