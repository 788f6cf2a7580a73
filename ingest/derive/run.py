"""Carries a plan out: starts ffmpeg under limits, tries again with less, keeps what came of it.

1. One run as planned.
2. Where nothing came of picture or sound, or too few key frames for a storyboard, another run with what is left to
   try. At most four runs, all within one time limit.
3. What ffmpeg wrote raw becomes poster, storyboard, index and waveform; the raw files are removed, save the
   fingerprint's.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest import process
from ingest.derive import poster, raw, storyboard
from ingest.derive.command import POSTERS_NAME, PROXY_NAME, SOUND_NAME, TILES_NAME, Pass, build
from ingest.derive.damage import complaints, damage_problems
from ingest.derive.fragments import read_fragments
from ingest.derive.limits import limits
from ingest.derive.model import DerivationPlan, DerivationResult, DerivativeKind, MadeDerivative
from ingest.derive.photos import derive_photo
from ingest.derive.waveform import write_waveform
from ingest.fingerprint.frames import FRAME_HEIGHT, FRAME_WIDTH, PIXELS_NAME, TIMES_NAME
from ingest.media.model import MediaKind, Problem
from ingest.media.photo_worker import PhotoWorkers, photo_workers
from ingest.media.tools import ToolRunner, not_checked
from ingest.process import ProcessLimits, ToolError

_SPARSE_S = 20.0  # key frames further apart than this leave a storyboard that shows nothing
_ENCODED_SHARE = 0.95  # of the progress; the rest is pictures and peaks


@dataclass(frozen=True, slots=True)
class _Work:
    """What stays the same over all runs."""

    plan: DerivationPlan
    source: Path
    into: Path
    on_progress: Callable[[float], None]
    run: ToolRunner


@dataclass(slots=True)
class _Outcome:
    """What one run of ffmpeg came to."""

    step: Pass
    reached_s: float = 0.0
    tiles: int = 0
    sound: bool = False
    failed: bool = False
    complaints: list[str] = field(default_factory=list)
    problem: Problem | None = None

    @property
    def anything(self) -> bool:
        return self.tiles > 0 or self.sound


def derive(
    plan: DerivationPlan,
    source: Path,
    into: Path,
    *,
    on_progress: Callable[[float], None],
    run: ToolRunner = process.run,
    photos: PhotoWorkers | None = None,
) -> DerivationResult:
    """Make what `plan` says of the local file `source` in the folder `into`, which is created.

    `on_progress` gets the share that is done, 0 to 1; `photos` saves starting a process for each photo. What is
    wrong with the recording is a problem of the result.
    Files of an earlier try are overwritten. Raises ToolMissing, OSError where the folder cannot be written.
    """
    into.mkdir(parents=True, exist_ok=True)
    furthest = 0.0

    def forward(share: float) -> None:
        """Progress never goes back, also where a second run starts over."""
        nonlocal furthest
        if share > furthest:
            furthest = share
            on_progress(share)

    if not plan.kinds:
        return DerivationResult((), plan.problems)
    if plan.media_kind is MediaKind.PHOTO:
        with photo_workers(photos) as workers:
            result = derive_photo(plan, source, into, workers)
    else:
        result = _derive_moving(_Work(plan, source, into, forward, run))
    forward(1.0)
    return replace(result, problems=(*plan.problems, *result.problems))


def _derive_moving(work: _Work) -> DerivationResult:
    plan, into = work.plan, work.into
    outcome = _run_until_something(work)
    try:
        made = tuple(_keep(plan, outcome, into))
    finally:
        for name in (TILES_NAME, POSTERS_NAME, SOUND_NAME):
            (into / name).unlink(missing_ok=True)
            raw.times_path(into / name).unlink(missing_ok=True)
    problems = damage_problems(
        plan,
        picture=outcome.tiles > 0,
        sound=outcome.sound,
        reached_s=outcome.reached_s,
        failed=outcome.failed,
        complaints=outcome.complaints,
    )
    return DerivationResult(made, (*((outcome.problem,) if outcome.problem else ()), *problems))


def _run_until_something(work: _Work) -> _Outcome:
    """Steps 1 and 2. The last run counts, and each removes what the one before it wrote."""
    plan, allowed = work.plan, limits(work.plan, work.source.stat().st_size)
    deadline = time.monotonic() + allowed.seconds
    first = Pass(plan.picture, plan.sound, DerivativeKind.PROXY in plan, plan.key_frames_only)
    outcome = _run_once(work, first, allowed)
    for step in _less(plan, outcome):
        remaining = deadline - time.monotonic()
        if remaining <= 1 or outcome.problem is not None:
            break
        earlier = outcome.complaints
        outcome = _run_once(work, step, replace(allowed, seconds=remaining))
        outcome.complaints = outcome.complaints or earlier
        if outcome.anything:
            break
    return outcome


def _less(plan: DerivationPlan, outcome: _Outcome) -> Iterator[Pass]:
    """What is left to try after the first run."""
    step = outcome.step
    if step.key_frames_only and outcome.tiles <= (plan.duration_s or 0) / _SPARSE_S:
        yield replace(step, key_frames_only=False)
    if outcome.anything or not (step.picture and step.sound):
        return
    yield replace(step, key_frames_only=False, sound=False)
    yield replace(step, key_frames_only=False, picture=False)


def _run_once(work: _Work, step: Pass, allowed: ProcessLimits) -> _Outcome:
    plan, into = work.plan, work.into
    for name in (PROXY_NAME, TILES_NAME, POSTERS_NAME, SOUND_NAME, PIXELS_NAME, TIMES_NAME):
        (into / name).unlink(missing_ok=True)
        raw.times_path(into / name).unlink(missing_ok=True)
    outcome = _Outcome(step)

    def follow(line: str) -> None:
        name, _, value = line.partition("=")
        if name == "out_time_us" and value.isdigit():
            outcome.reached_s = int(value) / 1e6
            if plan.duration_s:
                work.on_progress(min(outcome.reached_s / plan.duration_s, 1.0) * _ENCODED_SHARE)

    try:
        result = work.run(build(plan, step, work.source, into), limits=allowed, on_output=follow)
        outcome.failed, errors = result.returncode != 0, result.stderr
    except ToolError as error:
        outcome.problem, outcome.failed, errors = not_checked(error, "making of derivatives"), True, error.stderr
    outcome.complaints = complaints(errors, work.source, into)
    outcome.tiles = len(raw.read_pictures(into / TILES_NAME))
    outcome.sound = (into / SOUND_NAME).exists() and (into / SOUND_NAME).stat().st_size > 0
    return outcome


def _keep(plan: DerivationPlan, outcome: _Outcome, into: Path) -> Iterator[MadeDerivative]:
    """Step 3."""
    posters = raw.read_pictures(into / POSTERS_NAME)
    if DerivativeKind.PROXY in plan:
        yield from _proxy(plan, outcome, posters, into)
    if outcome.tiles:
        yield from _pictures(plan, outcome, posters, into)
    if outcome.sound:
        seconds = write_waveform(into / SOUND_NAME, into / "waveform.json")
        yield MadeDerivative(DerivativeKind.WAVEFORM, into / "waveform.json", "application/json", duration_s=seconds)


def _proxy(plan: DerivationPlan, outcome: _Outcome, posters: raw.RawPictures, into: Path) -> Iterator[MadeDerivative]:
    path = into / PROXY_NAME
    fragments = read_fragments(path)
    if not fragments.count or not outcome.anything:
        path.unlink(missing_ok=True)
        return
    shown = outcome.tiles > 0 and len(posters) > 0  # posters are scaled as the proxy is
    yield MadeDerivative(
        DerivativeKind.PROXY,
        path,
        "video/mp4" if shown else "audio/mp4",
        posters.width if shown else None,
        posters.height if shown else None,
        fragments.duration_s or outcome.reached_s or None,
        {
            "fragments": fragments.count,
            "sound": outcome.step.sound,
            "reasons": [{"code": reason.code.value, "detail": reason.detail} for reason in plan.reasons],
        },
    )


def _pictures(
    plan: DerivationPlan, outcome: _Outcome, posters: raw.RawPictures, into: Path
) -> Iterator[MadeDerivative]:
    if len(posters):
        index = poster.choose(posters)
        poster.write_poster(posters, index, into / "poster.jpg")
        details = {"at_s": posters.times[index]}
        size = (posters.width, posters.height)
        yield MadeDerivative(DerivativeKind.POSTER, into / "poster.jpg", "image/jpeg", *size, details=details)
    tiles = raw.read_pictures(into / TILES_NAME)
    chosen = storyboard.choose(tiles)
    sprite, index_path = into / storyboard.STORYBOARD_NAME, into / "storyboard.vtt"
    width, height = storyboard.write_sprite(tiles, chosen, sprite)
    duration = plan.duration_s if plan.duration_s and not plan.damaged else outcome.reached_s
    storyboard.write_index(tiles, chosen, duration, index_path)
    details = {"tiles": len(chosen), "tile_width": tiles.width, "tile_height": tiles.height}
    yield MadeDerivative(DerivativeKind.STORYBOARD, sprite, "image/webp", width, height, duration, details)
    yield MadeDerivative(DerivativeKind.STORYBOARD_INDEX, index_path, "text/vtt", duration_s=duration)
    frames = into / PIXELS_NAME
    if frames.exists() and frames.stat().st_size:
        yield MadeDerivative(
            *(DerivativeKind.FINGERPRINT_FRAMES, frames, "application/octet-stream", FRAME_WIDTH, FRAME_HEIGHT),
            details={"times": TIMES_NAME, "key_frames_only": outcome.step.key_frames_only},
        )
