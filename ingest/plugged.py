"""What is plugged in at a port, and whether the system has mounted it. Reads tables of the kernel and udev alone."""

import contextlib
import os
import re
import stat
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PORTS = Path("/dev/disk/by-path")
_BLOCK_DEVICES = Path("/sys/dev/block")
_UDEV = Path("/run/udev/data")
_PORT = re.compile(r"(?P<disk>.*?)(?:-part(?P<part>\d+))?$")
# An extended partition, which only holds others, shows as one of two sectors.
_SECTORS_AT_LEAST = 3
_SECTOR = 512
Ports = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Plugged:
    """A block device at a port: its names there, its size in sectors of 512 bytes (0: a reader without a card in it).

    `in_use`: something else is made of it, as of an encrypted card. `has_files`: whether udev found a file system on
    it; None where udev does not tell.
    """

    names: tuple[str, ...]
    sectors: int
    in_use: bool = False
    has_files: bool | None = None


def ports_of_devices(folder: Path = _PORTS) -> Ports:
    """The names of the port of each block device, by `major:minor`; empty where there is no udev.

    A device has several names where udev changed its spelling (`usb`, `usbv2`): each of them serves.
    """
    found: dict[str, list[str]] = {}
    with contextlib.suppress(OSError):
        for entry in sorted(folder.iterdir()):
            with contextlib.suppress(OSError):
                status = entry.stat()
                if stat.S_ISBLK(status.st_mode):
                    device = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
                    found.setdefault(device, []).append(entry.name)
    return found


def disk_and_part(port: str) -> tuple[str, str | None]:
    """The name of the disk in that of a port, and the number of the partition, None for the disk itself."""
    parts = _PORT.fullmatch(port)
    return (parts["disk"], parts["part"]) if parts else (port, None)


def plugged_in(ports: Ports, *, devices: Path = _BLOCK_DEVICES, udev: Path = _UDEV) -> dict[str, Plugged]:
    """What the kernel and udev tell of each of these devices, by `major:minor`."""
    found = {}
    for device, names in ports.items():
        sectors, in_use, has_files = 0, False, None
        with contextlib.suppress(OSError, ValueError):
            sectors = int((devices / device / "size").read_text("ascii"))
        with contextlib.suppress(OSError):
            in_use = any((devices / device / "holders").iterdir())
        with contextlib.suppress(OSError):
            has_files = "E:ID_FS_USAGE=filesystem" in (udev / f"b{device}").read_text("utf-8", "replace").splitlines()
        found[device] = Plugged(tuple(names), sectors, in_use, has_files)
    return found


def unmounted(plugged: Mapping[str, Plugged], mounted: Collection[str]) -> dict[str, Plugged]:
    """Those that hold, or may hold, files that nobody can see; both by `major:minor`. Pure.

    A disk is looked at by its partitions where it has any. Where one of a disk is mounted, the others count only if
    udev found a file system on them: cameras keep firmware in partitions of their own.
    """
    disks: dict[str, list[str]] = {}
    for device, each in plugged.items():
        disks.setdefault(disk_and_part(each.names[0])[0], []).append(device)
    hidden: dict[str, Plugged] = {}
    for devices in disks.values():
        parts = [device for device in devices if disk_and_part(plugged[device].names[0])[1] is not None]
        looked_at = [device for device in parts or devices if plugged[device].sectors >= _SECTORS_AT_LEAST]
        seen = any(device in mounted or plugged[device].in_use for device in devices)
        for device in looked_at:
            each = plugged[device]
            if device in mounted or each.in_use or (not parts and seen):
                continue
            if not seen or each.has_files:
                hidden[device] = each
    return hidden


def described(each: Plugged) -> str:
    """The device and its size, for people."""
    return f"{each.names[0]}, {each.sectors * _SECTOR / 1e9:.1f} GB"
