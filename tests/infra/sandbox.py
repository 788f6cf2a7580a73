"""Run a program under the filters of system calls that a unit asks for, where systemd is not there to set them up.

    python tests/infra/sandbox.py MERGED_UNIT PROGRAM ARGUMENT...

MERGED_UNIT is a unit with its drop-ins, as `systemd-analyze cat-config` or plain concatenation gives it. Three filters
are loaded, as systemd loads them: the lists of SystemCallFilter=, what MemoryDenyWriteExecute= forbids, and all address
families but those of RestrictAddressFamilies=. What systemd's other settings do (mounts, devices, users) is not done.
"""

import ctypes
import errno
import os
import socket
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_EQUAL, _MASKED_EQUAL = 4, 7
_NO_SUCH_CALL = -1
_WRITE_EXECUTE, _EXECUTE, _SHM_EXECUTE = 0x2 | 0x4, 0x4, 0o100000
_FAMILIES = 46
_NO_NEW_PRIVILEGES = 38
_AT_START = {"execve", "exit", "exit_group", "rt_sigreturn"}  # systemd lets these through whatever is asked


class _Comparison(ctypes.Structure):
    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


class _Filter:
    def __init__(self, default: int) -> None:
        self._library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
        self._library.seccomp_init.restype = ctypes.c_void_p
        self._context = ctypes.c_void_p(self._library.seccomp_init(ctypes.c_uint32(default)))

    def rule(self, action: int, name: str, *comparisons: _Comparison) -> None:
        number = self._library.seccomp_syscall_resolve_name(name.encode())
        if number == _NO_SUCH_CALL:  # of another processor
            return
        array = (_Comparison * len(comparisons))(*comparisons)
        self._library.seccomp_rule_add_array(self._context, ctypes.c_uint32(action), number, len(comparisons), array)

    def load(self) -> None:
        if self._library.seccomp_load(self._context) != 0:
            message = "the kernel did not take the filter"
            raise OSError(message)


def settings_of(unit: str, name: str) -> list[str]:
    """All values of a setting, in order; an empty one forgets those before it."""
    values: list[str] = []
    for line in unit.splitlines():
        key, separator, value = line.partition("=")
        if separator and key.strip() == name:
            values = [*values, value.strip()] if value.strip() else []
    return values


def calls_of(names: Iterable[str]) -> set[str]:
    """The system calls that names and @sets stand for, as systemd knows them."""
    found: set[str] = set()
    for name in names:
        if not name.startswith("@"):
            found.add(name)
            continue
        lines = subprocess.run(
            ["systemd-analyze", "syscall-filter", name], check=True, capture_output=True, text=True
        ).stdout.splitlines()[1:]
        found |= calls_of(line.strip() for line in lines if line.strip() and not line.strip().startswith("#"))
    return found


def allowed_calls(unit: str) -> set[str]:
    allowed: set[str] = set()
    for value in settings_of(unit, "SystemCallFilter"):
        if value.startswith("~"):
            allowed -= calls_of(value[1:].split())
        else:
            allowed |= calls_of(value.split())
    return allowed | _AT_START


def _load(unit: str) -> None:
    refused = _REFUSE | errno.EPERM
    filters = []
    calls = _Filter(refused)
    for name in sorted(allowed_calls(unit)):
        calls.rule(_ALLOW, name)
    if settings_of(unit, "MemoryDenyWriteExecute") == ["yes"]:
        memory = _Filter(_ALLOW)
        memory.rule(refused, "mmap", _Comparison(2, _MASKED_EQUAL, _WRITE_EXECUTE, _WRITE_EXECUTE))
        for name in ("mprotect", "pkey_mprotect"):
            memory.rule(refused, name, _Comparison(2, _MASKED_EQUAL, _EXECUTE, _EXECUTE))
        memory.rule(refused, "shmat", _Comparison(2, _MASKED_EQUAL, _SHM_EXECUTE, _SHM_EXECUTE))
        filters.append(memory)
    allowed = {
        getattr(socket, name) for value in settings_of(unit, "RestrictAddressFamilies") for name in value.split()
    }
    families = _Filter(_ALLOW)
    for family in set(range(_FAMILIES)) - allowed:
        families.rule(_REFUSE | errno.EAFNOSUPPORT, "socket", _Comparison(0, _EQUAL, family, 0))
    ctypes.CDLL(None).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    for each in (*filters, families, calls):
        each.load()


if __name__ == "__main__":
    _load(Path(sys.argv[1]).read_text(encoding="utf-8"))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - that is what it is for
