"""Checks of this machine: its tools, the room on its disk."""

import os
import shutil
from pathlib import Path

from api.checks.model import Check, CheckState, failed
from api.home import can_be_closed, open_to_others
from api.settings import Settings
from ingest import process
from ingest.process import ProcessLimits, ToolError

_TOOL_LIMITS = ProcessLimits(seconds=20, memory_bytes=1 << 30)
_ENCODERS = ("libx264", "aac", "libwebp")
_FEW_BYTES = 5 * 1024**3


def tools() -> Check:
    try:
        version = process.run(["ffmpeg", "-hide_banner", "-version"], limits=_TOOL_LIMITS)
        encoders = process.run(["ffmpeg", "-hide_banner", "-encoders"], limits=_TOOL_LIMITS)
    except ToolError as error:
        return failed("tools", error)
    names = {line.split()[1] for line in encoders.stdout.decode(errors="replace").splitlines() if len(line.split()) > 1}
    missing = [each for each in _ENCODERS if each not in names]
    first = version.stdout.decode(errors="replace").split("\n", 1)[0]
    state = CheckState.UNAVAILABLE if missing else CheckState.OK
    return Check(
        "tools", state, {"version": first.removeprefix("ffmpeg version ").split(" ")[0], "missing": ", ".join(missing)}
    )


def room(settings: Settings, home: Path) -> Check:
    """At the home, or where the first start would make it, and whether that is for our own user alone."""
    place = nearest(home)
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return Check("room", CheckState.UNAVAILABLE, {"free": 0, "home": str(home)}, text="check-room-unwritable")
    usage = shutil.disk_usage(place)
    reserve = settings.storage.reserve_mib * 1024**2
    state = CheckState.OK
    if usage.free < reserve + _FEW_BYTES:
        state = CheckState.ATTENTION
    if usage.free < reserve:
        state = CheckState.UNAVAILABLE
    free = round(usage.free / 1024**3, 1)
    found = Check("room", state, {"free": free, "home": str(home)})
    return found if state is not CheckState.OK else _open_home(home, free) or found


def _open_home(home: Path, free: float) -> Check | None:
    """Whether others can look into it, None if not. Nothing is changed here: a start does that where it may."""
    mode = open_to_others(home)
    if mode is None:
        return None
    text = "check-room-closable" if can_be_closed(home) else "check-room-open"
    return Check("room", CheckState.ATTENTION, {"free": free, "home": str(home), "mode": f"{mode:04o}"}, text=text)


def nearest(place: Path) -> Path:
    """The place itself, or the nearest folder above it that is there."""
    return next((folder for folder in (place, *place.parents) if folder.exists()), Path("/"))
