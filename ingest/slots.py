"""Which slots there are and where the card of each lies now. Only reads tables of the kernel and of udev: a card that
has died cannot stop whoever asks.

A slot is a folder, a mount point, or a port: the physical way to a socket, as udev spells it in /dev/disk/by-path
(`pci-0000:00:14.0-usb-0:3:1.0-scsi-0:0:0:0-part1`), which stays the same whatever card is put in and wherever the
system mounts it. A camera may show several disks and partitions at one port: the first keeps the slot's name, others
add theirs (`3 lun1`, `3 part2`).

Whoever formats a card chooses its label, and so the folder it is mounted at: a name made of that is text which any
terminal, log and database can carry, never that of another slot, and forgotten some time after its card went.
"""

import contextlib
import os
import re
import select
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path, PurePosixPath

from ingest.dock_settings import DockSettings
from ingest.plugged import Plugged, Ports, described, disk_and_part, plugged_in, ports_of_devices, unmounted
from ingest.slot_reason import Reason, ReasonCode
from ingest.slot_state import Trouble, TroubleKind
from ingest.source import shown

_MOUNTS = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(rb"\\([0-7]{3})")
_STOP_SECONDS = 0.5
_LUN = re.compile(r"-scsi-\d+:\d+:\d+:(?P<lun>\d+)$")


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of mountinfo: the device as `major:minor`, the place as bytes, the kind of file system."""

    device: str
    place: bytes
    kind: str


def mounts_in(table: bytes) -> list[Mount]:
    """Read the lines of /proc/self/mountinfo, see proc(5)."""
    found = []
    for line in table.splitlines():
        fields, _, after = line.partition(b" - ")
        parts = fields.split(b" ")
        if len(parts) > 4 and after:  # noqa: PLR2004 - the fifth is the place
            place = _ESCAPED.sub(lambda escaped: bytes([int(escaped[1], 8)]), parts[4])
            found.append(Mount(parts[2].decode(), place, after.split(b" ")[0].decode(errors="replace")))
    return found


def places_of(
    settings: DockSettings, roots: Sequence[bytes], mounts: Sequence[Mount], ports: Ports
) -> dict[str, bytes | None]:
    """Where the card of each slot lies, by the slot's name. Slots that are named or given are always there.

    `roots` are folders that are slots themselves, named by their path.
    """
    # What was mounted last at a place is what one sees there.
    visible = {mount.place: mount for mount in mounts}
    places: dict[str, bytes | None] = {safe_name(root): root for root in roots}
    for slot in settings.slots:
        places[slot.name] = None
        if slot.mount is not None and (place := os.fsencode(slot.mount.rstrip("/"))) in visible:
            places[slot.name] = place
    taken = {root for root in places.values() if root is not None}
    by_label = []
    for mount in visible.values():
        if mount.place in taken:
            continue
        name = _name_by_port(settings, ports.get(mount.device, ()))
        if name is None:
            by_label.append(mount.place)
        elif places.get(name) is None:
            places[name] = mount.place
            taken.add(mount.place)
    for place in by_label:  # after the ports: a label takes no name from one of those either
        _add_by_place(settings, places, place)
    return places


def _add_by_place(settings: DockSettings, places: dict[str, bytes | None], place: bytes) -> None:
    name = _name_by_place(settings, place)
    if name is not None and place not in places.values():
        # A name that is configured, given or taken stays that of its own slot, also while that is empty.
        places[_apart(name, place) if name in places else name] = place


def safe_name(raw: bytes) -> str:
    """A name as text that hides and steers nothing. Two that differ stay apart: what cannot be shown as it is gets
    a mark made of its bytes.
    """
    text = shown(raw)
    return text if text.encode() == raw else _apart(text, raw)


def _apart(name: str, raw: bytes) -> str:
    return f"{name} ~{sha256(raw).hexdigest()[:8]}"


def matching_folders(settings: DockSettings, mounted: Collection[bytes] = ()) -> Iterator[bytes]:
    """Folders that match the patterns, where plain folders are slots too; but for those where something is mounted,
    which may be a card that has died: it is not even looked at.
    """
    if settings.plain_folders:
        for pattern in settings.mounts:
            relative = pattern.lstrip("/")
            with contextlib.suppress(OSError):
                for found in Path("/").glob(relative) if relative else ():
                    place = os.fsencode(found)
                    if place not in mounted and not found.is_symlink() and found.is_dir():
                        yield place


def _name_by_port(settings: DockSettings, ports: Sequence[str]) -> str | None:
    for port in ports:
        disk, part = disk_and_part(port)
        name = next((slot.name for slot in settings.slots if slot.port and _fits(disk, port, slot.port)), None)
        if name is None and any(_fits(disk, port, pattern) for pattern in settings.ports):
            name = settings.name.format(name=_LUN.sub("", disk))
        if name is not None:
            lun = _LUN.search(disk)
            more = [f"lun{lun['lun']}"] if lun and lun["lun"] != "0" else []
            more += [f"part{part}"] if part not in {None, "1"} else []
            return " ".join([name, *more])
    return None


def _fits(disk: str, port: str, pattern: str) -> bool:
    return fnmatchcase(disk, pattern) or fnmatchcase(port, pattern)


def _name_by_place(settings: DockSettings, place: bytes) -> str | None:
    path = PurePosixPath(os.fsdecode(place))
    if any(path.match(pattern) for pattern in settings.mounts):
        return settings.name.format(name=safe_name(os.fsencode(path.name)))
    return None


class SlotFinder:
    """Looks where the cards are, and waits for the kernel to say that a mount came or went."""

    def __init__(
        self,
        settings: DockSettings,
        roots: Iterable[bytes],
        *,
        mounts: Path = _MOUNTS,
        ports: Callable[[], Ports] = ports_of_devices,
        plugged: Callable[[Ports], Mapping[str, Plugged]] = plugged_in,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._roots = settings, tuple(roots)
        self._mounts, self._ports, self._plugged, self._seconds = mounts, ports, plugged, seconds
        self._seen: dict[str, float] = {}
        self._hidden_since: dict[tuple[str, str], float] = {}
        self._troubles: dict[str, Trouble] = {}

    def trouble(self, slot: str) -> Trouble | None:
        """What the last look found wrong at a slot that has no card to be looked at."""
        return self._troubles.get(slot)

    def look(self, also: Collection[str] = ()) -> dict[str, bytes | None]:
        """The slots and where their cards lie. One that a pattern found stays one for a while after its card went, and
        so do those named in `also`.
        """
        mounts, ports = mounts_in(self._mounts.read_bytes()), self._ports()
        places = {**dict.fromkeys(also), **places_of(self._settings, self._roots, mounts, ports)}
        self._look_for_hidden(places, mounts, ports)
        for folder in matching_folders(self._settings, {mount.place for mount in mounts}):
            _add_by_place(self._settings, places, folder)
        now = self._seconds()
        self._seen = {**self._seen, **dict.fromkeys(places, now)}
        self._seen = {name: at for name, at in self._seen.items() if now - at <= self._settings.forget_seconds}
        return {**dict.fromkeys(self._seen), **places}

    def _look_for_hidden(self, places: dict[str, bytes | None], mounts: Sequence[Mount], ports: Ports) -> None:
        """What is plugged in at a port of ours and was not mounted within the time that this takes."""
        ours = {device: names for device, names in ports.items() if _name_by_port(self._settings, names) is not None}
        hidden = unmounted(self._plugged(ours), {mount.device for mount in mounts}) if ours else {}
        now, since, troubles = self._seconds(), dict[tuple[str, str], float](), dict[str, list[str]]()
        for device, each in hidden.items():
            name = _name_by_port(self._settings, each.names)
            if name is None:
                continue
            # By size too: the next card at the port is given the same number.
            key = device, f"{each.names} {each.sectors}"
            since[key] = self._hidden_since.get(key, now)
            places.setdefault(name, None)
            if now - since[key] >= self._settings.mount_seconds:
                troubles.setdefault(name, []).append(described(each))
        self._hidden_since = since
        self._troubles = {
            name: Trouble(TroubleKind.NOT_MOUNTED, Reason(ReasonCode.NOT_MOUNTED, {"devices": "; ".join(devices)}))
            for name, devices in troubles.items()
        }

    @contextlib.contextmanager
    def changes(self) -> Iterator["Changes"]:
        """What tells of changes to the table of mounts while the block lasts."""
        with self._mounts.open("rb") as table:
            yield Changes(table.fileno())


class Changes:
    """Waits for the kernel to report a change of the table of mounts, see proc(5)."""

    def __init__(self, table: int) -> None:
        self._poll = select.poll()
        self._poll.register(table, select.POLLPRI | select.POLLERR)

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Return when something changed, when so much time is over, or soon after `stop` is set."""
        until = time.monotonic() + seconds
        while not stop.is_set() and (left := until - time.monotonic()) > 0:
            for _table, events in self._poll.poll(min(left, _STOP_SECONDS) * 1000):
                # A table that is a mere file is always ready, and never changes.
                if events & (select.POLLPRI | select.POLLERR):
                    return
