"""Makes small recordings with ffmpeg, once a session each."""

import subprocess
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import pytest

from ingest import process
from ingest.media.describe import describe
from ingest.media.model import MediaDescription

Make = Callable[..., Path]


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    folder = tmp_path_factory.mktemp("recordings")

    def make(name: str, *arguments: str) -> Path:
        path = folder / name
        if not path.exists():
            command = ["ffmpeg", "-nostdin", "-v", "error", *arguments, str(path)]
            subprocess.run(command, check=True, timeout=120)
        return path

    return make


def picture(seconds: float, size: str = "320x240", rate: int = 15) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={seconds}")


def sound(seconds: float) -> tuple[str, ...]:
    """Loud in the first half, silent in the second."""
    return ("-f", "lavfi", "-i", f"aevalsrc=0.9*sin(880*PI*t)*lt(t\\,{seconds / 2}):d={seconds}:s=44100")


H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "15")


@pytest.fixture(scope="session")
def playable(make: Make) -> Path:
    """H.264 with AAC, a key frame each second: what browsers play as it is."""
    return make("playable.mp4", *picture(6), *sound(6), *H264, "-c:a", "aac")


@pytest.fixture(scope="session")
def old_camera(make: Make) -> Path:
    """Motion JPEG with PCM in AVI."""
    return make("old.avi", *picture(6), *sound(6), "-c:v", "mjpeg", "-c:a", "pcm_s16le")


def look(path: Path) -> MediaDescription:
    return describe(path, path.name, run=process.run, zone=UTC)
