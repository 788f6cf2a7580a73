"""The words of derivation: what can be made of a recording, what is to be made, what was made."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ingest.media.model import MediaKind, Problem


class DerivativeKind(StrEnum):
    PROXY = "proxy"
    POSTER = "poster"
    STORYBOARD = "storyboard"  # one WebP picture of many small ones
    STORYBOARD_INDEX = "storyboard_index"  # WebVTT: which part of it shows which seconds
    WAVEFORM = "waveform"  # peaks as JSON, as audiowaveform writes and peaks.js reads them
    PHOTO = "photo"
    THUMBNAIL = "thumbnail"
    FINGERPRINT_FRAMES = "fingerprint_frames"  # for `ingest.fingerprint`; raw, removed once hashed


class ProxyPolicy(StrEnum):
    """When a recording is re-encoded: where browsers need it, always, or never."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class ReasonCode(StrEnum):
    """Why a recording is re-encoded, or why it is not."""

    PLAYS_AS_IT_IS = "plays_as_it_is"
    SET_ALWAYS = "set_always"
    SET_NEVER = "set_never"
    CONTAINER = "container"
    VIDEO_CODEC = "video_codec"
    PIXEL_FORMAT = "pixel_format"
    PICTURE_SIZE = "picture_size"
    AUDIO_CODEC = "audio_codec"
    DAMAGED = "damaged"
    UNREADABLE = "unreadable"  # whether it holds picture or sound is unknown
    NOTHING_TO_SHOW = "nothing_to_show"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: a stable code and one plain sentence."""

    code: ReasonCode
    detail: str


class DerivationSettings(BaseModel):
    """How derivatives are made. Sides in pixels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    proxy: ProxyPolicy = ProxyPolicy.AUTO
    proxy_short_side: int = Field(default=720, ge=144, le=2160)
    proxy_quality: int = Field(default=26, ge=16, le=40, description="libx264's rate factor: lower is better, larger")
    proxy_preset: str = Field(default="veryfast", pattern="^(ultrafast|superfast|veryfast|faster|fast|medium)$")
    key_frame_seconds: int = Field(default=2, ge=1, le=10)
    audio_bit_rate: int = Field(default=96_000, ge=16_000, le=320_000)
    threads: int = Field(default=2, ge=1, le=32, description="of each decoder and encoder; memory grows with them")
    photo_side: int = Field(default=2048, ge=480, le=8192)
    thumbnail_side: int = Field(default=480, ge=64, le=2048)
    video_pixel_limit: int = Field(default=40_000_000, ge=1, description="8K is 33 million")
    photo_pixel_limit: int = Field(default=120_000_000, ge=1)


@dataclass(frozen=True, slots=True)
class DerivationPlan:
    """What is to be made of one recording, and why.

    `kinds` is empty where there is nothing to show. `key_frames_only`: no frame needs to be re-encoded, so only those
    that stand alone are decoded. `rotated`: the container asks players to turn or mirror the picture.
    """

    media_kind: MediaKind
    kinds: frozenset[DerivativeKind]
    reasons: tuple[Reason, ...]
    settings: DerivationSettings
    picture: bool = False
    sound: bool = False
    rotated: bool = False
    damaged: bool = False
    truncated: bool = False
    duration_s: float | None = None
    pixels: int = 0
    channels: int | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def key_frames_only(self) -> bool:
        return self.picture and DerivativeKind.PROXY not in self.kinds

    def __contains__(self, kind: DerivativeKind) -> bool:
        return kind in self.kinds


@dataclass(frozen=True, slots=True)
class MadeDerivative:
    """One file that was made. `details` are plain values for a JSON column."""

    kind: DerivativeKind
    path: Path
    media_type: str
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DerivationResult:
    """What could be made, and what went wrong on the way; both may be non-empty."""

    made: tuple[MadeDerivative, ...]
    problems: tuple[Problem, ...] = ()
