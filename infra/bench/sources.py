# ruff: noqa: INP001 - a program, no package
"""What is measured with: random bytes, footage and photos, all made here."""

import os
from pathlib import Path

import numpy as np
from measuring import MIB, command
from PIL import Image, ImageDraw

_PHOTO_SIZE = (1600, 1200)
_PHOTO_QUALITY = 58  # about 300 KB with the noise below
_SCENES = 16


def random_file(path: Path, size: int) -> Path:
    """A file that no layer below can shrink."""
    with path.open("wb") as stream:
        for _ in range(size // (4 * MIB)):
            stream.write(os.urandom(4 * MIB))
        stream.flush()
        os.fsync(stream.fileno())
    return path


def mostly_empty_file(path: Path, size: int) -> Path:
    """A large file that is quickly made: holes, with random bytes at the start, in the middle and at the end."""
    with path.open("wb") as stream:
        stream.truncate(size)
        for position in (0, size // 2, size - 16 * MIB):
            stream.seek(position)
            stream.write(os.urandom(16 * MIB))
    return path


def footage(path: Path, seconds: int) -> Path:
    """1080p at 30 frames a second, as cameras write it: H.264 and AAC, a key frame each second, sensor noise."""
    picture = f"testsrc2=size=1920x1080:rate=30:duration={seconds},noise=alls=6:allf=t"
    sound = f"anoisesrc=color=pink:amplitude=0.2:sample_rate=48000:duration={seconds}"
    inputs = ("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound)
    video = ("-c:v", "libx264", "-preset", "superfast", "-b:v", "6M", "-g", "30", "-pix_fmt", "yuv420p")
    command("ffmpeg", "-nostdin", "-v", "error", *inputs, *video, "-c:a", "aac", "-shortest", path)
    return path


def repeated(source: Path, times: int, path: Path) -> Path:
    """The same footage over and over, nothing re-encoded."""
    loop = ("-stream_loop", str(times - 1), "-i", source, "-c", "copy")
    command("ffmpeg", "-nostdin", "-v", "error", *loop, path)
    return path


def photos(folder: Path, count: int) -> Path:
    """JPEGs with EXIF time and place, no two alike."""
    folder.mkdir()
    scenes = [_scene(number) for number in range(min(_SCENES, count))]
    for number in range(count):
        image = scenes[number % len(scenes)].copy()
        left, top = number * 37 % (_PHOTO_SIZE[0] - 200), number * 53 % (_PHOTO_SIZE[1] - 40)
        ImageDraw.Draw(image).text((left, top), f"{number:06d}", fill="white", font_size=36)
        image.save(folder / f"IMG_{number:06d}.jpg", quality=_PHOTO_QUALITY, exif=_exif(image, number))
    return folder


def _scene(seed: int) -> Image.Image:
    """Gradients, edges and sensor noise."""
    random = np.random.default_rng(seed)
    width, height = _PHOTO_SIZE
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    bands = [255 * across / width, 200 * down / height + 10 * (seed % 5), (across + down * (1 + seed % 3)) % 256]
    pixels = np.stack(bands, axis=-1) + random.integers(-24, 24, (height, width, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _exif(image: Image.Image, number: int) -> Image.Exif:
    exif = image.getexif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "ACME", "Recorder 1", 1
    hours, seconds = divmod(number, 3600)
    exif.get_ifd(0x8769)[0x9003] = f"2026:03:{1 + hours % 28:02d} 08:{seconds // 60:02d}:{seconds % 60:02d}"
    exif.get_ifd(0x8825).update({1: "N", 2: (27.0, 49.0, float(number % 60)), 3: "E", 4: (99.0, 42.0, 0.0)})
    return exif
