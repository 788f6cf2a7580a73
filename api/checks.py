"""What `zhilu doctor` looks at. "Could not check" is never "in order": it is a state of its own."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from api.errors import AccessError, SettingsInvalid
from api.messages.faults import sentence_of
from api.messages.language import of_environment
from api.messages.translator import Fact, translator
from api.runtime import Runtime, open_runtime
from api.settings import load_settings
from catalog import schema
from catalog.errors import CatalogError
from catalog.repositories import custody, jobs, recordings
from catalog.tables.jobs import JobState
from ingest import process
from ingest.process import ProcessLimits, ToolError
from storage.errors import StorageError

_TOOL_LIMITS = ProcessLimits(seconds=20, memory_bytes=1 << 30)
_ENCODERS = ("libx264", "aac", "libwebp")
_FEW_BYTES = 5 * 1024**3
_RECENTLY = timedelta(days=7)
_A_YEAR_OF_OURS = 2026


class CheckState(StrEnum):
    OK = "ok"
    ATTENTION = "attention"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Check:
    """One answer. `said` is a sentence already in the language of the reader, where an error gave it."""

    name: str
    state: CheckState
    facts: dict[str, Fact] = field(default_factory=dict)
    said: str | None = None


def run_checks() -> list[Check]:
    """All checks that can be made; what keeps the engines from opening is the last one then."""
    found = [_tools()]
    try:
        with open_runtime(load_settings()) as runtime:
            found += [_guarded(runtime, name, look) for name, look in _LOOKS.items()]
    except SettingsInvalid:
        raise  # wrong settings are no matter of engines, and have an exit code of their own
    except (AccessError, StorageError, CatalogError) as error:
        found.append(_failed("engines", error))
    return found


def _guarded(runtime: Runtime, name: str, look: Callable[[Runtime], Check]) -> Check:
    try:
        return look(runtime)
    except (StorageError, CatalogError) as error:
        return _failed(name, error)


def _failed(name: str, error: Exception) -> Check:
    return Check(name, CheckState.UNAVAILABLE, said=sentence_of(translator(of_environment(None, os.environ)), error))


def _tools() -> Check:
    try:
        version = process.run(["ffmpeg", "-hide_banner", "-version"], limits=_TOOL_LIMITS)
        encoders = process.run(["ffmpeg", "-hide_banner", "-encoders"], limits=_TOOL_LIMITS)
    except ToolError as error:
        return _failed("tools", error)
    names = {line.split()[1] for line in encoders.stdout.decode(errors="replace").splitlines() if len(line.split()) > 1}
    missing = [each for each in _ENCODERS if each not in names]
    first = version.stdout.decode(errors="replace").split("\n", 1)[0]
    state = CheckState.UNAVAILABLE if missing else CheckState.OK
    return Check(
        "tools", state, {"version": first.removeprefix("ffmpeg version ").split(" ")[0], "missing": ", ".join(missing)}
    )


def _room(runtime: Runtime) -> Check:
    usage = shutil.disk_usage(runtime.home)
    reserve = runtime.settings.storage.reserve_mib * 1024**2
    state = CheckState.OK
    if usage.free < reserve + _FEW_BYTES:
        state = CheckState.ATTENTION
    if usage.free < reserve:
        state = CheckState.UNAVAILABLE
    return Check("room", state, {"free": round(usage.free / 1024**3, 1), "home": str(runtime.home)})


def _catalog(runtime: Runtime) -> Check:
    revision = schema.current_revision(runtime.catalog) or "-"
    with runtime.catalog.reading() as session:
        fault = schema.damage(session)
        total = recordings.count(session)
    state = CheckState.UNAVAILABLE if fault else CheckState.OK
    return Check("catalog", state, {"revision": revision, "recordings": total, "fault": fault or ""})


def _clock(runtime: Runtime) -> Check:
    now = runtime.clock()
    with runtime.catalog.reading() as session:
        latest = custody.latest(session)
    back = (latest - now).total_seconds() if latest else 0.0
    wrong = now.year < _A_YEAR_OF_OURS or back > 1
    return Check(
        "clock",
        CheckState.ATTENTION if wrong else CheckState.OK,
        {"now": now.isoformat(timespec="seconds"), "back": round(max(back, 0.0))},
    )


def _jobs(runtime: Runtime) -> Check:
    with runtime.catalog.reading() as session:
        counts = jobs.counts(session)
    state = CheckState.ATTENTION if counts[JobState.FAILED] else CheckState.OK
    return Check(
        "jobs",
        state,
        {"failed": counts[JobState.FAILED], "left": counts[JobState.WAITING] + counts[JobState.RUNNING]},
    )


def _intake(runtime: Runtime) -> Check:
    with runtime.catalog.reading() as session:
        failures = custody.failed_intakes_since(session, runtime.clock() - _RECENTLY)
    latest = failures[0] if failures else None
    facts: dict[str, Fact] = {"count": len(failures), "path": "", "reason": ""}
    if latest is not None:
        facts |= {"path": str(latest.details.get("path")), "reason": str(latest.details.get("reason"))}
    return Check("intake", CheckState.ATTENTION if failures else CheckState.OK, facts)


def _locks(runtime: Runtime) -> Check:
    half = runtime.settings.lock.renewal_margin / 2
    with runtime.catalog.reading() as session:
        total = recordings.count(session)
        ending = len(recordings.locked_until_before(session, runtime.clock() + half))
    state = CheckState.ATTENTION if ending else CheckState.OK
    return Check("locks", state, {"ending": ending, "recordings": total, "days": round(half.days)})


_LOOKS: dict[str, Callable[[Runtime], Check]] = {
    "room": _room,
    "catalog": _catalog,
    "clock": _clock,
    "jobs": _jobs,
    "intake": _intake,
    "locks": _locks,
}
