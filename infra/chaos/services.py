"""A set of engines of our own, started, disturbed and ended through `infra/services/services`, as a person would."""

import os
import subprocess
from pathlib import Path

from infra.chaos.processes import ROOT

_PROGRAM = ROOT / "infra" / "services" / "services"
_TIMEOUT_SECONDS = 300


class Services:
    """The engines in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def tell(self, command: str, *engines: str) -> str:
        """Run `services COMMAND ENGINE...` to its end; what it printed. Raises CalledProcessError."""
        done = subprocess.run(  # noqa: S603 - our own words, no shell
            [str(_PROGRAM), command, *engines],
            check=True,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            env={**os.environ, "ZHILU_SERVICES": str(self._folder)},
        )
        return done.stdout

    def settings(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.tell("settings").splitlines())
