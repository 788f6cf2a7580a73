"""The on-screen display that a body camera burns into its picture, as far as the fonts of this machine allow."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from api.demo.cast import Camera
from api.demo.model import FootageFile
from api.demo.plan import NOBODY
from ingest.process import ProcessLimits, ToolError, run

_LIMITS: Final = ProcessLimits(seconds=20, memory_bytes=256 * 1024 * 1024)
_COLUMN: Final = "|"


@dataclass(frozen=True, slots=True)
class DisplayFont:
    """A font file, and whether it can write Chinese."""

    path: Path
    chinese: bool


def find_display_font() -> DisplayFont | None:
    """Ask fontconfig for a font, best one that writes Chinese; None where it has none or is not installed."""
    chinese = _listed(":lang=zh-cn")
    if chinese:
        sans = [path for path in chinese if "sans" in path.name.casefold()]
        return DisplayFont((sans or chinese)[0], chinese=True)
    latin = _listed(":lang=en")
    return DisplayFont(latin[0], chinese=False) if latin else None


def draw_display(picture: Any, camera: Camera, file: FootageFile, font: DisplayFont | None) -> Any:
    """Add device, officer, kind of device and running clock to an ffmpeg-python video stream."""
    if font is None:
        return picture
    for place, text in _texts(camera, file, font).items():
        x, y = place.split(_COLUMN)
        picture = picture.filter(
            "drawtext",
            fontfile=str(font.path),
            text=text,
            x=x,
            y=y,
            fontsize=30,
            fontcolor="white",
            borderw=2,
            bordercolor="black",
        )
    return picture


def _texts(camera: Camera, file: FootageFile, font: DisplayFont) -> dict[str, str]:
    title = "执法记录仪" if font.chinese else "BODY CAMERA"
    device, officer = ("设备", "警号") if font.chinese else ("DEVICE", "OFFICER")
    worn_by = f" {camera.officer.name}" if font.chinese and not camera.unassigned else ""
    return {
        f"24{_COLUMN}20": title,
        f"w-tw-24{_COLUMN}20": _clock(file),
        f"24{_COLUMN}h-th-24": f"{device} {camera.serial}",
        f"w-tw-24{_COLUMN}h-th-24": f"{officer} {file.officer_code or NOBODY}{worn_by}",
    }


def _clock(file: FootageFile) -> str:
    """Give drawtext's running clock, started at the wall time of the zone; it knows no other zone than its own."""
    offset = file.started_at.utcoffset()
    wall = int(file.started_at.timestamp() + (offset.total_seconds() if offset else 0))
    return rf"%{{pts:gmtime:{wall}:%Y-%m-%d %H\:%M\:%S}}"


def _listed(pattern: str) -> list[Path]:
    try:
        result = run(["fc-list", "--format", "%{file}\n", pattern], limits=_LIMITS)
    except ToolError:
        return []
    paths = {Path(line) for line in result.stdout.decode(errors="replace").splitlines() if line}
    return sorted(path for path in paths if path.is_file())
