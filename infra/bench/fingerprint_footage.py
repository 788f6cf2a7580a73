# ruff: noqa: INP001 - a part of a program, no package
"""Footage for measuring fingerprints, and what is done to the clips that are cut out of it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from ingest.process import ProcessLimits, run

SECONDS = 20
CLIP_SECONDS = 8
SIZE = "854x480"
LIMITS = ProcessLimits(seconds=300, memory_bytes=2 * 1024**3)


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


def attack(recording: Path, name: str, start_s: float) -> Path:
    filters, bitrate = ATTACKS[name]
    path = recording.with_name(f"{recording.stem} - {name}.mp4")
    rate = ["-b:v", bitrate, "-maxrate", bitrate, "-bufsize", bitrate, "-g", "250"]
    encode = ["-c:v", "libx264", "-preset", "superfast", *rate, "-pix_fmt", "yuv420p"]
    ffmpeg("-ss", start_s, "-i", recording, "-t", CLIP_SECONDS, "-vf", filters, *encode, path)
    return path


# --- how both are made -----------------------------------------------------------------------------------------------


def ffmpeg(*arguments: object) -> None:
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *(str(argument) for argument in arguments)]
    result = run(command, limits=LIMITS)
    if result.returncode != 0:
        raise SystemExit(f"ffmpeg failed: {result.stderr}")
