# ruff: noqa: INP001 - a program, no package
"""Which fingerprint finds where a clip comes from? The measurement behind infra/decisions/0002-fingerprint.md.

    python infra/bench/fingerprint.py                    all candidates but ISCC: about five minutes of processor time
    python infra/bench/fingerprint.py --iscc PYTHON      ISCC too; PYTHON is an interpreter that can import iscc_core
    python infra/bench/fingerprint.py --hours 10000      only what an index of so many hours of video costs

1. Make footage: eleven recordings that are indexed and six that are not, some hard to tell from an indexed one.
2. Cut 8 s out of each and attack them; the ones from recordings that are not indexed must not be found.
3. Describe recordings and clips with each candidate, from key frames only and from one frame a second.
4. Lay every clip over every recording and print recall and false matches.

Zhilu's own search runs as it stands, with its fixed thresholds. Each other candidate gets the threshold that suits it
best on this very footage: the loosest without a false match.
"""

import argparse
import json
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from ingest.fingerprint.clip import CLIP_FRAME_RATE, ClipFingerprint, Framing, fingerprint_clip_frames  # noqa: E402
from ingest.fingerprint.frames import FRAME_OUTPUT_OPTIONS, frame_filter, frame_target, read_frames  # noqa: E402
from ingest.fingerprint.hashing import VideoFingerprint, distances, fingerprint_frames  # noqa: E402
from ingest.fingerprint.index import FingerprintIndex  # noqa: E402
from ingest.fingerprint.reasons import ClipReasonCode  # noqa: E402
from ingest.process import ProcessLimits, run  # noqa: E402

SECONDS = 20
CLIP_SECONDS = 8
CLIP_START = 6.3
DENSE_RATE = 10.0
SIZE = "854x480"
LIMITS = ProcessLimits(seconds=300, memory_bytes=2 * 1024**3)
TOLERANCE_S = 0.15
RIGHT_PLACE_S = 1.5
SIGNATURE_BYTES = 76 + 5 + 1  # 380 values of three, five words, confidence, as the binary format packs them

Features = npt.NDArray[Any]


# --- 1. footage ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scene:
    """`recognisable` is False where there is too little to see to ask for recall: only silence can be asked for."""

    name: str
    source: list[str]
    filters: str = "null"
    indexed: bool = True
    recognisable: bool = True


def synthetic(name: str, source: str, *, indexed: bool = True, recognisable: bool = True) -> Scene:
    return Scene(name, ["-f", "lavfi", "-i", source], indexed=indexed, recognisable=recognisable)


def walk(name: str, photo: Path, path: str, extra: str = "", **kind: bool) -> Scene:
    """A camera that wanders and shakes over a large picture, with sensor noise."""
    speed_x, speed_y, phase_x, phase_y = path.split()
    crop = (
        f"crop=854:480:x='(iw-ow)*(0.5+0.45*sin(t*{speed_x}+{phase_x}))'"
        f":y='(ih-oh)*(0.5+0.4*sin(t*{speed_y}+{phase_y})+0.02*sin(t*9))'"
    )
    return Scene(name, still(photo), f"loop=-1:1,{crop}{extra},noise=alls=8:allf=t", **kind)


def still(photo: Path) -> list[str]:
    return ["-r", "25", "-i", str(photo)]


def night(name: str, x: int, y: int, **kind: bool) -> Scene:
    """A fixed camera, no light but a blurred lamp, sensor noise."""
    lamp = f"drawbox=x={x}:y={y}:w=24:h=18:color=0x60605a:t=fill,gblur=sigma=12,noise=alls=6:allf=t:all_seed={x}"
    return Scene(name, ["-f", "lavfi", "-i", f"color=c=0x101014:s={SIZE}:r=25"], lamp, recognisable=False, **kind)


def parked(name: str, photo: Path, **kind: bool) -> Scene:
    """A fixed camera in daylight, somebody walks through."""
    person = "drawbox=x='100+20*t':y=300:w=40:h=90:color=red:t=fill"
    return Scene(name, still(photo), f"loop=-1:1,crop=854:480:300:200,{person},noise=alls=8:allf=t", **kind)


def scenes(folder: Path) -> list[Scene]:
    photos = {seed: draw_photo(folder / f"photo{seed}.png", seed) for seed in range(21, 27)}
    beside = ",perspective=x0=70:y0=25:x1=W-30:y1=10:x2=0:y2=H:x3=W-80:y3=H-50"
    return [
        synthetic("testsrc2", f"testsrc2=s={SIZE}:r=25"),
        synthetic("mandelbrot", f"mandelbrot=s={SIZE}:r=25:start_scale=1.5:end_scale=0.05:end_pts=500"),
        synthetic("life", "life=s=213x120:r=25:mold=10:ratio=0.12:seed=11:death_color=#C83232:life_color=#00ff00"),
        synthetic("cellauto", "cellauto=s=213x120:r=25:rule=110:seed=12"),
        synthetic("gradients", f"gradients=s={SIZE}:r=25:seed=13:speed=0.02:n=4", recognisable=False),
        walk("street", photos[21], "0.37 0.21 0.4 0.1"),
        walk("street, second camera", photos[21], "0.37 0.21 0.8 0.5", beside),
        walk("office", photos[22], "0.19 0.43 2.2 0.3"),
        walk("running", photos[23], "1.2 0.8 0.7 1.3", ",rotate=0.06*sin(3*t)"),
        night("night", 220, 140),
        parked("parked", photos[24]),
        walk("street, third camera", photos[21], "0.31 0.27 1.1 0.2", beside, indexed=False),
        walk("another street", photos[26], "0.33 0.2 1 2", indexed=False),
        night("another night", 410, 100, indexed=False),
        parked("parked elsewhere", photos[25], indexed=False),
        synthetic("other gradients", f"gradients=s={SIZE}:r=25:seed=98:speed=0.02:n=4", indexed=False),
        synthetic("other test picture", f"testsrc=s={SIZE}:r=25", indexed=False),
    ]


def draw_photo(path: Path, seed: int) -> Path:
    """A picture with the spectrum of a photograph (noise that falls with frequency) and things with edges in it."""
    random = np.random.default_rng(seed)
    width, height = 1600, 1000
    noise = np.fft.fft2(random.standard_normal((height, width)))
    frequency = np.hypot(np.fft.fftfreq(width), np.fft.fftfreq(height)[:, None])
    ground = np.real(np.fft.ifft2(noise / np.maximum(frequency, 1 / 800) ** 1.2))
    ground = (ground - ground.min()) / np.ptp(ground)
    picture = Image.fromarray((np.stack([ground * 200, ground * 180 + 20, ground * 160 + 40], 2)).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for _ in range(60):
        x, y = (int(value) for value in random.integers(0, (width, height)))
        across, down = (int(value) for value in random.integers(20, 260, 2))
        colour = tuple(int(value) for value in random.integers(0, 255, 3))
        shape = draw.rectangle if random.random() < 0.7 else draw.ellipse  # noqa: PLR2004 - mostly houses
        shape((x, y, x + across, y + down), fill=colour)
    picture.save(path)
    return path


def make(scene: Scene, folder: Path) -> Path:
    path = folder / f"{scene.name}.mp4"
    encode = ["-c:v", "libx264", "-preset", "superfast", "-b:v", "1500k", "-g", "45", "-pix_fmt", "yuv420p"]
    ffmpeg(*scene.source, "-vf", f"{scene.filters},scale={SIZE.replace('x', ':')}", "-t", SECONDS, *encode, path)
    return path


# --- 2. attacks ------------------------------------------------------------------------------------------------------

LOGO = "drawbox=x=20:y=20:w=iw*0.16:h=ih*0.09:color=white:t=fill,drawbox=x=30:y=28:w=iw*0.1:h=10:color=red:t=fill"
ATTACKS = {
    "cut to 8 s": ("null", "1500k"),
    "a third of the bitrate": ("null", "500k"),
    "360p": ("scale=640:360", "1500k"),
    "logo": (LOGO, "1500k"),
    "cropped 10 %": ("crop=iw*0.9:ih*0.9", "1500k"),
    "all combined": (f"crop=iw*0.9:ih*0.9,scale=640:360,{LOGO}", "500k"),
    "cropped 10 %, one corner": ("crop=iw*0.9:ih*0.9:0:0", "1500k"),
    "cropped 20 %": ("crop=iw*0.8:ih*0.8", "1500k"),
    "mirrored": ("hflip", "1500k"),
}
ASKED_FOR = tuple(ATTACKS)[:6]


def attack(recording: Path, name: str, start_s: float) -> Path:
    filters, bitrate = ATTACKS[name]
    path = recording.with_name(f"{recording.stem} - {name}.mp4")
    rate = ["-b:v", bitrate, "-maxrate", bitrate, "-bufsize", bitrate, "-g", "250"]
    encode = ["-c:v", "libx264", "-preset", "superfast", *rate, "-pix_fmt", "yuv420p"]
    ffmpeg("-ss", start_s, "-i", recording, "-t", CLIP_SECONDS, "-vf", filters, *encode, path)
    return path


# --- 3. descriptions -------------------------------------------------------------------------------------------------


@dataclass
class Described:
    """One video under all candidates: `times_s` (n,), `signatures` (n, 380) of MPEG-7, `frames` the grey pictures."""

    times_s: Features
    signatures: Features
    frames: list[tuple[float, npt.NDArray[np.uint8]]] = field(repr=False)

    def thinned(self, rate: float) -> "Described":
        kept, last = [], -np.inf
        for position, time_s in enumerate(self.times_s):
            if time_s - last >= 0.9 / rate:
                kept.append(position)
                last = time_s
        return Described(self.times_s[kept], self.signatures[kept], [self.frames[position] for position in kept])

    @cached_property
    def fingerprint(self) -> VideoFingerprint:
        return fingerprint_frames(self.frames)


def describe(video: Path, rate: float, *, key_frames: bool = False) -> Described:
    select, separator, rest = frame_filter(rate).partition(",scale")
    shrink = separator[1:] + rest
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        signature = folder / "signature.xml"
        graph = f"[0:V:0]{select},split[a][b];[a]{shrink}[f];[b]signature=format=xml:filename={signature}[s]"
        skip = ["-skip_frame", "nokey"] if key_frames else []
        ffmpeg(
            *(*skip, "-i", video, "-filter_complex", graph),
            *("-map", "[f]", *FRAME_OUTPUT_OPTIONS, frame_target(folder), "-map", "[s]", "-f", "null", "-"),
        )
        frames = list(read_frames(folder))
        found = re.findall(r"<FrameSignature>([^<]*)", signature.read_text("ascii"))
    signatures = np.array([line.split() for line in found], np.int8)
    return Described(np.array([time_s for time_s, _ in frames]), signatures, frames)


# --- 4. comparison ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clip:
    scene: Scene
    attack: str
    start_s: float
    described: Described
    fingerprint: ClipFingerprint


@dataclass(frozen=True)
class Score:
    """How far a clip is from a recording at the best place (smaller is nearer), and where it then starts."""

    distance: float
    start_s: float


def nearest(clip_times: Features, recording_times: Features, matrix: Features) -> Score:
    """Median, over the recording's frames under the clip, of the distance to the clip frame of the same moment."""
    best = Score(np.inf, 0.0)
    for shift in np.arange(-CLIP_SECONDS / 2, SECONDS - CLIP_SECONDS / 2, 0.1):
        relative = recording_times - shift
        low = np.searchsorted(clip_times, relative - TOLERANCE_S)
        high = np.searchsorted(clip_times, relative + TOLERANCE_S, side="right")
        under = np.flatnonzero(high > low)
        if len(under) >= 3:  # noqa: PLR2004 - what Zhilu's search asks for too
            median = float(np.median([matrix[row, low[row] : high[row]].min() for row in under]))
            if median < best.distance:
                best = Score(median, float(shift))
    return best


Scorer = Callable[[Clip, Described], Score]


def pdq_as_is(clip: Clip, recording: Described) -> Score:
    hashes = clip.fingerprint.hashes[Framing.WHOLE]
    matrix = distances(recording.fingerprint.hashes[:, None, :], hashes[None, :, :])
    return nearest(clip.described.times_s, recording.times_s, matrix)


def mpeg7(clip: Clip, recording: Described) -> Score:
    values = clip.described.signatures.astype(np.int16)
    matrix = np.stack([np.abs(values - row).sum(1) for row in recording.signatures.astype(np.int16)])
    return nearest(clip.described.times_s, recording.times_s, matrix)


class Iscc:
    """ISCC describes a whole video: for clips, windows of 8 s every 2 s. Computed by another interpreter."""

    PROGRAM = (
        "import json, sys, iscc_core\n"
        "asked = json.load(open(sys.argv[1]))\n"
        "print(json.dumps([iscc_core.soft_hash_video_v0([tuple(f) for f in w], 256).hex() for w in asked]))\n"
    )

    def __init__(self, python: str) -> None:
        self.python = python
        self._known: dict[int, tuple[list[float], Features]] = {}

    def prepare(self, videos: list[Described]) -> None:
        """Hash all windows of all videos in one go: starting an interpreter a hundred times would take minutes."""
        plan = [(video, list(self._windows(video))) for video in videos]
        asked = [frames for _, windows in plan for _, frames in windows]
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "asked.json"
            path.write_text(json.dumps(asked), "ascii")
            answer = run([self.python, "-c", self.PROGRAM, str(path)], limits=LIMITS)
        if answer.returncode != 0:
            raise SystemExit(f"ISCC failed: {answer.stderr}")
        digests = iter(json.loads(answer.stdout))
        for video, windows in plan:
            hashes = np.array([list(bytes.fromhex(next(digests))) for _ in windows], np.uint8)
            self._known[id(video)] = ([start for start, _ in windows], hashes)

    @staticmethod
    def _windows(video: Described) -> Iterator[tuple[float, list[list[int]]]]:
        last_start = max(0.0, float(video.times_s[-1]) - CLIP_SECONDS + 1)
        for start in np.arange(0, last_start + 0.01, 2):
            inside = (video.times_s >= start) & (video.times_s < start + CLIP_SECONDS)
            if inside.any():
                yield float(start), video.signatures[inside].tolist()

    def __call__(self, clip: Clip, recording: Described) -> Score:
        clip_starts, clip_hashes = self._known[id(clip.described)]
        starts, hashes = self._known[id(recording)]
        matrix = distances(hashes[:, None, :], clip_hashes[None, :, :])
        row, column = np.unravel_index(int(matrix.argmin()), matrix.shape)
        return Score(float(matrix[row, column]), starts[int(row)] - clip_starts[int(column)])


@dataclass
class Outcome:
    """Found clips by attack, those in the right place among them, and matches with a wrong recording."""

    found: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ATTACKS, 0))
    asked: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ATTACKS, 0))
    misplaced: list[str] = field(default_factory=list)
    warned: int = 0  # misplaced with the reason that the place is uncertain
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)

    def count(self, clip: Clip, start_s: float | None, *, warned: bool = False) -> None:
        """`start_s` is where the right recording was said to contain the clip, None if it was not found."""
        if not (clip.scene.indexed and clip.scene.recognisable):
            return
        self.asked[clip.attack] += 1
        if start_s is None:
            self.missed.append(f"{clip.scene.name} ({clip.attack})")
            return
        self.found[clip.attack] += 1
        if abs(start_s - clip.start_s) > RIGHT_PLACE_S:
            self.misplaced.append(f"{clip.scene.name} ({clip.attack})")
            self.warned += warned


def at_best_threshold(scorer: Scorer, clips: list[Clip], recordings: dict[str, Described]) -> tuple[Outcome, float]:
    """The outcome at the loosest threshold that makes no false match, and that threshold."""
    scores = {
        (position, name): scorer(clip, described)
        for position, clip in enumerate(clips)
        for name, described in recordings.items()
    }
    wrong = [score.distance for (position, name), score in scores.items() if clips[position].scene.name != name]
    threshold = min(wrong)
    outcome = Outcome()
    for position, clip in enumerate(clips):
        score = scores.get((position, clip.scene.name))
        outcome.count(clip, score.start_s if score is not None and score.distance < threshold else None)
    return outcome, threshold


def as_it_stands(clips: list[Clip], recordings: dict[str, Described]) -> Outcome:
    """Zhilu's own index and search, with the thresholds they have."""
    names = {UUID(int=position): name for position, name in enumerate(recordings)}
    index = FingerprintIndex()
    index.refresh((key, recordings[name].fingerprint.to_bytes()) for key, name in names.items())
    outcome = Outcome()
    for clip in clips:
        matches = index.search(clip.fingerprint).matches
        right = [match for match in matches if names[match.recording_id] == clip.scene.name]
        if right:
            warned = any(reason.code is ClipReasonCode.HARDLY_MOVES for reason in right[0].reasons)
            outcome.count(clip, right[0].start_s - right[0].clip_start_s, warned=warned)
        else:
            outcome.count(clip, None)
        outcome.false += [
            f"{clip.scene.name} ({clip.attack}) in {names[match.recording_id]}, score {match.score:.2f}"
            for match in matches
            if names[match.recording_id] != clip.scene.name
        ]
    return outcome


# --- what it costs ---------------------------------------------------------------------------------------------------


def index_costs(hours: float) -> None:
    """Fill an index with random hashes, one a second, and ask it for a clip of 8 s it does not hold."""
    random = np.random.default_rng(1)
    index = FingerprintIndex()
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    index.refresh(
        (UUID(int=hour), VideoFingerprint(np.arange(3600.0), hashes, np.full(3600, 100, np.uint8)).to_bytes())
        for hour in range(int(hours))
        for hashes in [random.integers(0, 256, (3600, 32), np.uint8)]
    )
    filled = time.perf_counter() - begin
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    times = np.arange(0, CLIP_SECONDS, 0.1)  # as many as are looked for
    quality = np.full(len(times), 100, np.uint8)
    say(f"{hours:.0f} h: filled in {filled:.1f} s (making the hashes included), {memory:.0f} MiB")
    for framings in ([Framing.WHOLE], list(Framing)):
        hashes = {framing: random.integers(0, 256, (len(times), 32), np.uint8) for framing in framings}
        begin = time.perf_counter()
        answer = index.search(ClipFingerprint(times, quality, hashes))
        say(f"  {len(times)} frames, {len(framings)} framings: {time.perf_counter() - begin:.1f} s, {answer.verdict}")


# --- the run ---------------------------------------------------------------------------------------------------------


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def ffmpeg(*arguments: object) -> None:
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *(str(argument) for argument in arguments)]
    result = run(command, limits=LIMITS)
    if result.returncode != 0:
        raise SystemExit(f"ffmpeg failed: {result.stderr}")


def processor_seconds() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def report(title: str, outcome: Outcome) -> None:
    cells = [f"{outcome.found[name]}/{outcome.asked[name]}" for name in ATTACKS]
    asked, found = (sum(which[name] for name in ASKED_FOR) for which in (outcome.asked, outcome.found))
    places = f"{len(outcome.misplaced)}, {outcome.warned} with a warning"
    say(f"| {title} | {' | '.join(cells)} | {found / asked:.0%} | {len(outcome.false)} | {places} |")


def measure(folder: Path, iscc: Iscc | None) -> None:
    footage = scenes(folder)
    files = {scene.name: make(scene, folder) for scene in footage}
    say(f"footage made, {processor_seconds():.0f} s of processor time so far")
    clips = []
    for position, scene in enumerate(footage):
        attacks = ATTACKS if scene.indexed and scene.recognisable else ("cut to 8 s", "all combined")
        for name in attacks:
            start_s = CLIP_START + position / 4
            described = describe(attack(files[scene.name], name, start_s), CLIP_FRAME_RATE)
            clips.append(Clip(scene, name, start_s, described, fingerprint_clip_frames(described.frames)))
    say(f"{len(clips)} clips made and described, {processor_seconds():.0f} s")
    dense = {scene.name: describe(files[scene.name], DENSE_RATE) for scene in footage if scene.indexed}
    modes = {
        "key frames": {name: describe(files[name], 1.0, key_frames=True) for name in dense},
        "1/s": {name: described.thinned(1.0) for name, described in dense.items()},
        "5/s": {name: described.thinned(5.0) for name, described in dense.items()},
    }
    spread = [np.diff(described.times_s).mean() for described in modes["key frames"].values()]
    say(f"key frames are {min(spread):.2f} to {max(spread):.2f} s apart")
    candidates: dict[str, Scorer] = {"PDQ, as it is": pdq_as_is, "MPEG-7": mpeg7}
    if iscc is not None:
        iscc.prepare([clip.described for clip in clips] + [each for mode in modes.values() for each in mode.values()])
        candidates["ISCC, windows of 8 s"] = iscc
    say(f"\n| candidate, indexed frames | {' | '.join(ATTACKS)} | first six | false | misplaced |")
    say("|" + "---|" * (len(ATTACKS) + 4))
    details = []
    for mode, recordings in modes.items():
        outcome = as_it_stands(clips, recordings)
        report(f"PDQ with framings (Zhilu), {mode}", outcome)
        details.append(f"Zhilu, {mode}: missed {outcome.missed}; misplaced {outcome.misplaced}; false {outcome.false}")
        for title, scorer in candidates.items():
            if mode == "5/s" and title != "ISCC, windows of 8 s":
                continue  # ISCC is meant for five frames a second; the others cost minutes and gain nothing
            outcome, threshold = at_best_threshold(scorer, clips, recordings)
            report(f"{title}, {mode} (under {threshold:.0f})", outcome)
            details.append(f"{title}, {mode}: misplaced {outcome.misplaced}")
    say("\n" + "\n".join(details))
    costs(files["street"], dense["street"])
    say(f"{processor_seconds():.0f} s of processor time in all")


def costs(video: Path, described: Described) -> None:
    """Processor time to describe one recording, and bytes to keep it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        nothing = ["-map", "0:V:0", "-f", "null", "-"]
        shrink = ["-map", "0:V:0", "-vf", frame_filter(), *FRAME_OUTPUT_OPTIONS, frame_target(folder)]
        for title, options in {
            "decode every frame": nothing,
            "decode every frame, small frames 1/s": shrink,
            "decode every frame, MPEG-7 of each": ["-vf", f"signature=filename={folder / 's.bin'}", *nothing],
        }.items():
            begin = processor_seconds()
            ffmpeg("-i", video, *options)
            say(f"{title}: {(processor_seconds() - begin) / SECONDS * 3600:.0f} s of processor time an hour of video")
    begin = processor_seconds()
    fingerprint_frames(described.frames)
    say(f"PDQ: {(processor_seconds() - begin) / len(described.frames) * 1000:.2f} ms a frame")
    say(f"bytes an hour at 1/s: PDQ {len(described.thinned(1).fingerprint.to_bytes()) * 3600 // SECONDS}, ")
    say(f"  MPEG-7 {SIGNATURE_BYTES * 3600} ({SIGNATURE_BYTES * 3600 * 25} as its filter writes it, 25/s)")
    say(f"  ISCC {32 * 3600 // 2} (a window every 2 s)")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure video fingerprints on synthetic body-camera footage.")
    parser.add_argument("--iscc", metavar="PYTHON", help="an interpreter that can import iscc_core")
    parser.add_argument("--hours", type=float, help="only measure what an index of so many hours costs")
    options = parser.parse_args()
    if options.hours is not None:
        index_costs(options.hours)
        return
    with tempfile.TemporaryDirectory(prefix="fingerprint-bench-") as name:
        measure(Path(name), Iscc(options.iscc) if options.iscc else None)


if __name__ == "__main__":
    main()
