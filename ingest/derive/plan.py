"""Decides what is made of a recording. Pure: facts in, a plan with its reasons out."""

from ingest.derive.model import DerivationPlan, DerivationSettings, DerivativeKind, ProxyPolicy, Reason, ReasonCode
from ingest.derive.playable import DAMAGE, nothing_to_show, obstacles
from ingest.media.model import MediaDescription, MediaKind, Problem, ProblemCode

_PICTURES = frozenset(
    {
        DerivativeKind.POSTER,
        DerivativeKind.STORYBOARD,
        DerivativeKind.STORYBOARD_INDEX,
        DerivativeKind.FINGERPRINT_FRAMES,
    }
)
_PHOTOS = frozenset({DerivativeKind.PHOTO, DerivativeKind.THUMBNAIL})
# With these there is nothing to decode, or no saying what it would cost.
_HOPELESS = {
    ProblemCode.EMPTY: Reason(ReasonCode.NOTHING_TO_SHOW, "The file has no bytes."),
    ProblemCode.NO_INDEX: Reason(ReasonCode.UNREADABLE, "Its content cannot be decoded: nothing says where it lies."),
    ProblemCode.TOO_LARGE: Reason(ReasonCode.PICTURE_SIZE, "It has more pixels than we are willing to decode."),
    ProblemCode.ENCRYPTED_OR_VENDOR: Reason(ReasonCode.UNREADABLE, "Its content cannot be decoded."),
}


def plan(description: MediaDescription, settings: DerivationSettings) -> DerivationPlan:
    """Decide what to make of a recording that looks like this."""
    hopeless = next((reason for code, reason in _HOPELESS.items() if description.has(code)), None)
    if hopeless is not None:
        return _nothing(description, settings, hopeless)
    match description.kind:
        case MediaKind.VIDEO:
            return _moving(description, settings, picture=True)
        case MediaKind.AUDIO:
            return _moving(description, settings, picture=False)
        case MediaKind.PHOTO:
            return _photo(description, settings)
        case MediaKind.SIDECAR | MediaKind.OTHER:
            return _nothing(description, settings, nothing_to_show(description))


def _moving(description: MediaDescription, settings: DerivationSettings, *, picture: bool) -> DerivationPlan:
    pixels = _pixels(description)
    if picture and pixels > settings.video_pixel_limit:
        return _too_large(description, settings, pixels, settings.video_pixel_limit)
    reencode, reasons = _decide_proxy(description, settings)
    sound = description.audio_codec is not None or not picture
    kinds = {DerivativeKind.PROXY} if reencode else set()
    kinds |= _PICTURES if picture else set()
    kinds |= {DerivativeKind.WAVEFORM} if sound else set()
    return DerivationPlan(
        media_kind=description.kind,
        kinds=frozenset(kinds),
        reasons=reasons,
        settings=settings,
        picture=picture,
        sound=sound,
        rotated=description.orientation is not None or description.mirrored,
        damaged=description.has(*DAMAGE),
        truncated=description.has(ProblemCode.TRUNCATED),
        duration_s=description.duration_s,
        pixels=pixels,
        channels=description.channels,
    )


def _decide_proxy(description: MediaDescription, settings: DerivationSettings) -> tuple[bool, tuple[Reason, ...]]:
    found = obstacles(description)
    match settings.proxy:
        case ProxyPolicy.ALWAYS:
            return True, found or (Reason(ReasonCode.SET_ALWAYS, "The settings ask for a proxy of every recording."),)
        case ProxyPolicy.NEVER:
            return False, (Reason(ReasonCode.SET_NEVER, "The settings ask for no proxies."), *found)
        case ProxyPolicy.AUTO:
            return bool(found), found or (Reason(ReasonCode.PLAYS_AS_IT_IS, "Browsers play the original as it is."),)


def _photo(description: MediaDescription, settings: DerivationSettings) -> DerivationPlan:
    pixels = _pixels(description)
    if pixels > settings.photo_pixel_limit:
        return _too_large(description, settings, pixels, settings.photo_pixel_limit)
    return DerivationPlan(
        media_kind=description.kind,
        kinds=_PHOTOS,
        reasons=(),
        settings=settings,
        picture=True,
        damaged=description.has(*DAMAGE),
        pixels=pixels,
    )


def _too_large(description: MediaDescription, settings: DerivationSettings, pixels: int, limit: int) -> DerivationPlan:
    sentence = f"The picture announces {pixels} pixels, more than the {limit} we are willing to decode."
    reason = Reason(ReasonCode.PICTURE_SIZE, sentence)
    return _nothing(description, settings, reason, Problem(ProblemCode.TOO_LARGE, sentence))


def _nothing(
    description: MediaDescription, settings: DerivationSettings, reason: Reason, *problems: Problem
) -> DerivationPlan:
    return DerivationPlan(
        media_kind=description.kind,
        kinds=frozenset(),
        reasons=(reason,),
        settings=settings,
        problems=problems,
    )


def _pixels(description: MediaDescription) -> int:
    width, height = description.coded_width or description.width, description.coded_height or description.height
    return (width or 0) * (height or 0)
