"""The command line: `services COMMAND [postgresql] [redis] [ceph]`.

install, start, stop, reset, status, settings; and to see what others make of it: kill (SIGKILL; `start` brings it
back), pause and resume (SIGSTOP and SIGCONT: it keeps its connections and answers nothing).

Exit codes: 0 done; 1 `status` found an engine that does not run; 2 wrong usage or a set-up a person must change;
3 an engine did not start or stop.
"""

import argparse
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType

from engines import ceph, postgresql, redis
from engines.errors import EngineError, ProgramMissing
from engines.home import EngineHome, one_at_a_time, open_home
from engines.processes import program, run

_ENGINES = {module.NAME: module for module in (postgresql, redis, ceph)}
_INSTALL_SECONDS = 1800
_SIGNALS = {"kill": signal.SIGKILL, "pause": signal.SIGSTOP, "resume": signal.SIGCONT}
_COMMANDS = ["install", "start", "stop", "reset", "status", "settings", *_SIGNALS]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="services", description=__doc__)
    parser.add_argument("command", choices=_COMMANDS)
    parser.add_argument("engine", nargs="*", help=f"any of {', '.join(_ENGINES)}; all of them unless named")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.engine if name not in _ENGINES]
    if unknown:
        parser.error(f"there is no engine {unknown[0]!r}; there are {', '.join(_ENGINES)}")
    chosen = [_ENGINES[name] for name in dict.fromkeys(given.engine or _ENGINES)]
    try:
        return _obey(given.command, chosen)
    except ProgramMissing as error:
        _say(str(error), to=sys.stderr)
        return 2
    except EngineError as error:
        _say(str(error), to=sys.stderr)
        return 3


def _obey(command: str, chosen: list[ModuleType]) -> int:
    if command == "install":
        return _install(chosen)
    root = open_home()
    # From here on whatever is written is for its owner alone, unless said otherwise.
    os.umask(0o077)
    homes = [(module, EngineHome(root, module.NAME)) for module in chosen]
    if command == "status":
        return _status(homes)
    if command == "settings":
        return _settings(homes)
    with one_at_a_time(root):
        for module, home in homes:
            _change(command, module, home)
    return 0


def _change(command: str, module: ModuleType, home: EngineHome) -> None:
    began = time.monotonic()
    if command == "start":
        module.start(home)
        _say(f"{module.NAME} runs ({time.monotonic() - began:.1f} s)")
        return
    if command in _SIGNALS:
        for process in module.processes(home):
            process.signal(_SIGNALS[command])
        _say(f"{module.NAME} was sent {_SIGNALS[command].name}")
        return
    module.stop(home)
    if command == "reset":
        home.remove()
    _say(f"{module.NAME} is stopped" + (" and its data removed" if command == "reset" else ""))


def _status(homes: Iterable[tuple[ModuleType, EngineHome]]) -> int:
    states = {module.NAME: bool(module.is_running(home)) for module, home in homes}
    for name, runs in states.items():
        _say(f"{name} {'runs' if runs else 'is stopped'}")
    return 0 if all(states.values()) else 1


def _settings(homes: Iterable[tuple[ModuleType, EngineHome]]) -> int:
    """Print the settings of the engines that run, secrets included: the only place that shows them."""
    for module, home in homes:
        if module.is_running(home):
            for name, value in module.settings(home).items():
                _say(f"{name}={value}")
    return 0


def _install(chosen: list[ModuleType]) -> int:
    missing = [module for module in chosen if not _is_installed(module)]
    if not missing:
        _say("Everything is installed.")
        return 0
    packages = [package for module in missing for package in module.PACKAGES]
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None:
        _say(f"This system has no apt-get: install what its packages {' '.join(packages)} hold by hand.", to=sys.stderr)
        return 2
    rights: list[str] = []
    if os.geteuid() != 0:
        if not _may_use_sudo():
            _say(f"Installing needs root: have an administrator run `{' '.join(command)}`.", to=sys.stderr)
            return 2
        rights = ["sudo", "-n"]
    run([*rights, "apt-get", "update"], seconds=_INSTALL_SECONDS)
    run([*rights, "env", "DEBIAN_FRONTEND=noninteractive", *command], seconds=_INSTALL_SECONDS)
    _say(f"Installed: {' '.join(packages)}")
    return 0


def _is_installed(module: ModuleType) -> bool:
    folders: list[Path] = postgresql.program_folders() if module is postgresql else []
    try:
        for name in module.PROGRAMS:
            program(name, *folders)
    except ProgramMissing:
        return False
    return True


def _may_use_sudo() -> bool:
    if shutil.which("sudo") is None:
        return False
    try:
        run(["sudo", "-n", "true"])
    except EngineError:
        return False
    return True


def _say(sentence: str, *, to: object = None) -> None:
    (sys.stdout if to is None else sys.stderr).write(f"{sentence}\n")
