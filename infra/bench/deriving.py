# ruff: noqa: INP001 - a program, no package
"""What derivatives of footage cost: against the proxy alone, and with nothing re-encoded against always."""

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path

from measuring import Cost, Figure, command, in_turns, measured, ratio
from sources import footage, repeated

from ingest import process
from ingest.derive import DerivationSettings, DerivativeKind, ProxyPolicy, derive, plan
from ingest.media.describe import describe

_DERIVE_GOAL = 1.15
_AUTO_GOAL = 1 / 20
_ALWAYS = DerivationSettings(proxy=ProxyPolicy.ALWAYS)
_AUTO = DerivationSettings(proxy=ProxyPolicy.AUTO)
_ALL = frozenset(DerivativeKind) - {DerivativeKind.PHOTO, DerivativeKind.THUMBNAIL}


def derivatives(folder: Path, *, quick: bool) -> Iterator[Figure]:
    """Proxy, poster, storyboard, waveform and fingerprint frames in one process against the proxy by bare ffmpeg."""
    seconds = 8 if quick else 40
    source = footage(folder / "footage.mp4", seconds)
    everything = _deriving(source, folder, _ALWAYS, _ALL)
    rounds = in_turns({"proxy": lambda: _proxy(source, folder), "all": everything}, 3 if quick else 5)
    source.unlink()
    for title, processor in (("processor time", True), ("time", False)):
        share = ratio(rounds, "all", "proxy", processor=processor)
        goal = f"<= {_DERIVE_GOAL}"
        label = f"all derivatives of {seconds} s of 1080p: {title}, the proxy by ffmpeg = 1"
        yield Figure(label, f"{share:.2f}", goal, share.median <= _DERIVE_GOAL)


def auto(folder: Path, *, quick: bool) -> Iterator[Figure]:
    """`auto` on footage that browsers play as it is against `always`."""
    seconds, times = (8, 2) if quick else (20, 6)
    source = repeated(footage(folder / "short.mp4", seconds), times, folder / "long.mp4")
    rounds = in_turns(
        {
            "always": _deriving(source, folder, _ALWAYS, _ALL),
            "auto": _deriving(source, folder, _AUTO, _ALL - {DerivativeKind.PROXY}),
        },
        2 if quick else 3,
    )
    source.unlink()
    share = ratio(rounds, "auto", "always", processor=True)
    label = f"`auto` on {seconds * times} s of H.264: processor time, `always` = 1"
    goal = f"<= 1/{1 / _AUTO_GOAL:.0f}"
    yield Figure(label, f"1/{1 / share.median:.0f} ({share:.3f})", goal, share.median <= _AUTO_GOAL)


def _deriving(
    source: Path, folder: Path, settings: DerivationSettings, expected: frozenset[DerivativeKind]
) -> Callable[[], Cost]:
    planned = plan(describe(source, source.name, run=process.run, zone=UTC), settings)

    def act() -> Cost:
        with tempfile.TemporaryDirectory(dir=folder) as into:
            kinds: set[DerivativeKind] = set()

            def make() -> None:
                result = derive(planned, source, Path(into), on_progress=lambda _share: None)
                kinds.update(made.kind for made in result.made)

            cost = measured(make)
        if kinds != expected:
            raise SystemExit(f"made were {sorted(kinds)}, expected {sorted(expected)}")
        return cost

    return act


def _proxy(source: Path, folder: Path) -> Cost:
    """The proxy as somebody would make it by hand, with the same encoders, sizes and priority."""
    target = folder / "proxy.mp4"
    video = ("-c:v", "libx264", "-preset", _ALWAYS.proxy_preset, "-crf", _ALWAYS.proxy_quality, "-profile:v", "high")
    keys = ("-force_key_frames", f"expr:gte(t,n_forced*{_ALWAYS.key_frame_seconds})")
    scale = f"scale=-2:{_ALWAYS.proxy_short_side}:flags=bilinear,format=yuv420p"
    threads = ("-threads", _ALWAYS.threads)
    sound = ("-c:a", "aac", "-b:a", _ALWAYS.audio_bit_rate)
    words = ("-nostdin", "-v", "error", *threads, "-i", source, "-vf", scale, *video, *threads, *keys, *sound)
    muxer = ("-movflags", "+frag_keyframe+empty_moov+delay_moov+default_base_moof+global_sidx")
    cost = measured(lambda: command("nice", "-n", "10", "ionice", "-c", "3", "-t", "ffmpeg", *words, *muxer, target))
    target.unlink()
    return cost
