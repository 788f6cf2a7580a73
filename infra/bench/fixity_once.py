# ruff: noqa: INP001, T201 - a program, no package
"""Read every stored version again once, as `zhilu fixity run --all` does, and tell what that alone took."""

import json
import sys
import time

from measuring import processor_seconds

from api.runtime import open_runtime
from api.settings import load_settings


def main() -> None:
    with open_runtime(load_settings()) as runtime:
        reader = runtime.retention.fixity_reader(rest=lambda _seconds: False)
        began, processor = time.perf_counter(), processor_seconds()
        found = reader.read(runtime.clock())
        told = {"wall_s": time.perf_counter() - began, "processor_s": processor_seconds() - processor}
    if found.damaged or found.paused is not None:
        sys.exit(f"{found.damaged} versions are not intact, or the round paused: {found.paused}")
    print(json.dumps({**told, "versions": found.versions, "bytes": found.bytes_read}))


if __name__ == "__main__":
    main()
