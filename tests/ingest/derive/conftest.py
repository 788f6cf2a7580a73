"""Makes small recordings with ffmpeg, each once a session."""

import subprocess
from pathlib import Path

import pytest


class Footage:
    """`make("name.mp4", *make.picture(2), *make.h264)` gives the path of a recording that ffmpeg wrote."""

    h264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "15")

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, name: str, *arguments: str) -> Path:
        path = self._folder / name
        if not path.exists():
            command = ["ffmpeg", "-nostdin", "-v", "error", *arguments, str(path)]
            subprocess.run(command, check=True, timeout=120)
        return path

    @staticmethod
    def picture(seconds: float, size: str = "320x240", rate: int = 15) -> tuple[str, ...]:
        return ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={seconds}")

    @staticmethod
    def sound(seconds: float) -> tuple[str, ...]:
        """Loud in the first half, silent in the second."""
        return ("-f", "lavfi", "-i", f"aevalsrc=0.9*sin(880*PI*t)*lt(t\\,{seconds / 2}):d={seconds}:s=44100")


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    return Footage(tmp_path_factory.mktemp("recordings"))


@pytest.fixture(scope="session")
def playable(make: Footage) -> Path:
    """H.264 with AAC, a key frame each second: what browsers play as it is."""
    return make("playable.mp4", *make.picture(6), *make.sound(6), *make.h264, "-c:a", "aac")


@pytest.fixture(scope="session")
def old_camera(make: Footage) -> Path:
    """Motion JPEG with PCM in AVI."""
    return make("old.avi", *make.picture(6), *make.sound(6), "-c:v", "mjpeg", "-c:a", "pcm_s16le")
