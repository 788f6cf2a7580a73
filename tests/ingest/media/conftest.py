"""Media made on the spot: a test pattern in every container, then broken the way cards break it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Make = Callable[..., Path]


def _make(target: Path, *arguments: str, seconds: int = 2, sound: bool = True) -> Path:
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc=size=160x120:rate=10:duration={seconds}"]
    if sound:
        command += ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}", "-ac", "1"]
    subprocess.run([*command, *arguments, str(target)], check=True, timeout=60)
    return target


@pytest.fixture(scope="session")
def mp4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """H.264 and AAC, index at the end, with a UTC time and a place."""
    target = tmp_path_factory.mktemp("media") / "recording"
    return _make(
        target,
        *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-preset", "ultrafast", "-c:a", "aac", "-f", "mp4"),
        *("-metadata", "creation_time=2024-05-06T07:08:09Z", "-metadata", "location=+25.1234+098.5678/"),
    )


@pytest.fixture(scope="session")
def make() -> Make:
    """Write a test pattern to a file with these ffmpeg arguments."""
    return _make
