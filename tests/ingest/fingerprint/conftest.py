"""Footage like a body camera's: one that walks, one beside it, one elsewhere, one that stands, one in the dark."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ingest.fingerprint.frames import FRAME_OUTPUT_OPTIONS, frame_filter, frame_target, read_frames
from ingest.fingerprint.hashing import VideoFingerprint, fingerprint_frames

SECONDS = 20
SIZE = "480x270"

Cut = Callable[..., Path]


@dataclass(frozen=True)
class Recording:
    recording_id: UUID
    path: Path
    from_key_frames: VideoFingerprint
    from_all_frames: VideoFingerprint


def ffmpeg(*arguments: object) -> None:
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *(str(argument) for argument in arguments)]
    subprocess.run(command, check=True, timeout=60)


def draw_scene(path: Path, seed: int) -> Path:
    """Houses, windows and trees before soft noise: something to see everywhere, differently for each seed."""
    random = np.random.default_rng(seed)
    ground = Image.fromarray(random.integers(60, 200, (10, 16, 3), np.uint8)).resize(
        (960, 600), Image.Resampling.BICUBIC
    )
    draw = ImageDraw.Draw(ground)
    for _ in range(60):
        x, y = (int(value) for value in random.integers(0, (960, 600)))
        across, down = (int(value) for value in random.integers(15, 160, 2))
        colour = tuple(int(value) for value in random.integers(0, 255, 3))
        (draw.rectangle if random.random() < 0.7 else draw.ellipse)((x, y, x + across, y + down), fill=colour)
    ground.save(path)
    return path


def walking(phase: float) -> str:
    x = f"(iw-ow)*(0.5+0.45*sin(t*0.35+{phase}))"
    y = f"(ih-oh)*(0.5+0.4*sin(t*0.23+{phase / 2})+0.02*sin(t*9))"
    return f"loop=-1:1,crop=480:270:x='{x}':y='{y}',noise=alls=8:allf=t"


def record(path: Path, source: list[object], filters: str) -> Path:
    encode = ["-c:v", "libx264", "-preset", "superfast", "-b:v", "1200k", "-g", "45", "-pix_fmt", "yuv420p"]
    ffmpeg(*source, "-vf", filters, "-t", SECONDS, *encode, path)
    return path


def fingerprint(path: Path, folder: Path, *, key_frames: bool) -> VideoFingerprint:
    """As the derivatives job does it."""
    folder.mkdir()
    skip = ["-skip_frame", "nokey"] if key_frames else []
    graph = f"[0:V:0]{frame_filter()}[frames]"
    options = ["-map", "[frames]", *FRAME_OUTPUT_OPTIONS, frame_target(folder)]
    ffmpeg(*skip, "-i", path, "-filter_complex", graph, *options)
    return fingerprint_frames(read_frames(folder))


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Recording]:
    folder = tmp_path_factory.mktemp("footage")
    street, office = (draw_scene(folder / f"scene{seed}.png", seed) for seed in (1, 2))
    beside = "perspective=x0=60:y0=25:x1=W-25:y1=10:x2=0:y2=H:x3=W-70:y3=H-45"
    plans: dict[str, tuple[list[object], str]] = {
        "street": (["-r", 25, "-i", street], walking(0)),
        "street, second camera": (["-r", 25, "-i", street], f"{walking(0.9)},{beside}"),
        "office": (["-r", 25, "-i", office], walking(2)),
        "test picture": (["-f", "lavfi", "-i", f"testsrc2=s={SIZE}:r=25"], "null"),
        "night": (["-f", "lavfi", "-i", f"color=c=0x101014:s={SIZE}:r=25"], "noise=alls=6:allf=t"),
    }
    made = {}
    for number, (name, (source, filters)) in enumerate(plans.items()):
        path = record(folder / f"{number}.mp4", source, filters)
        made[name] = Recording(
            recording_id=UUID(int=number),
            path=path,
            from_key_frames=fingerprint(path, folder / f"{number}-key", key_frames=True),
            from_all_frames=fingerprint(path, folder / f"{number}-all", key_frames=False),
        )
    return made


@pytest.fixture(scope="session")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Cut:
    """Cut `seconds` from `start_s` out of a file and do to it what `filters` and `bitrate` say."""
    folder = tmp_path_factory.mktemp("clips")
    number = count()

    @cache
    def make(path: Path, start_s: float, seconds: float = 8, filters: str = "null", bitrate: str = "1200k") -> Path:
        clip = folder / f"{next(number)}.mp4"
        rate = ["-b:v", bitrate, "-maxrate", bitrate, "-bufsize", bitrate, "-g", "250"]
        encode = ["-c:v", "libx264", "-preset", "superfast", *rate, "-pix_fmt", "yuv420p"]
        ffmpeg("-ss", start_s, "-i", path, "-t", seconds, "-vf", filters, *encode, clip)
        return clip

    return make
