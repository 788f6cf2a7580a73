"""PostgreSQL on loopback, by password only. It refuses to run as root: then its packages' own user runs it."""

import os
import pwd
import signal
from pathlib import Path

from engines.errors import EngineError
from engines.home import EngineHome, free_port, new_secret, write_private
from engines.processes import Process, program, run

NAME = "postgresql"
PROGRAMS = ("initdb", "postgres", "pg_isready", "createdb")
PACKAGES = ("postgresql",)

_ROLE = _DATABASE = "zhilu"


def program_folders() -> list[Path]:
    """Where Debian keeps the programs of each installed major version, newest first."""
    found = Path("/usr/lib/postgresql").glob("*/bin")
    return sorted(found, key=lambda folder: float(folder.parent.name), reverse=True)


def start(home: EngineHome) -> None:
    programs = {name: program(name, *program_folders()) for name in PROGRAMS}
    process = Process(home, "postgresql")
    if process.is_running():
        return
    first_time = not home.is_set_up
    if first_time:
        _set_up(home, programs["initdb"])
    facts = home.facts()
    facts["port"] = free_port(int(facts["port"]) if "port" in facts else None)
    home.remember(facts)
    port = str(facts["port"])
    # No socket file: paths of sockets are limited to 107 bytes, and everybody comes by TCP anyway.
    options = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
    process.start([programs["postgres"], "-D", home / "data", "-p", port, *options], user=_user())
    process.wait_until(lambda: _answers(programs["pg_isready"], port), seconds=60)
    if first_time:
        _create_database(home, programs["createdb"], port)
        home.mark_set_up()


def stop(home: EngineHome) -> None:
    # SIGINT is PostgreSQL's fast shutdown: sessions are ended, data is kept. SIGTERM would wait for them.
    Process(home, "postgresql").stop(signal.SIGINT)


def processes(home: EngineHome) -> tuple[Process]:
    return (Process(home, "postgresql"),)


def is_running(home: EngineHome) -> bool:
    return Process(home, "postgresql").is_running()


def settings(home: EngineHome) -> dict[str, str]:
    facts = home.facts()
    url = f"postgresql+psycopg://{_ROLE}:{facts['password']}@127.0.0.1:{facts['port']}/{_DATABASE}"
    return {"ZHILU_CATALOG__URL": url, "ZHILU_TEST_POSTGRESQL": url}


def _user() -> str | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError as error:
        raise EngineError("PostgreSQL does not run as root and there is no user postgres to run it.") from error


def _set_up(home: EngineHome, initdb: str) -> None:
    home.make()
    home.remember({"password": new_secret()})
    user = _user()
    data, password = home / "data", home / "password"
    data.mkdir(mode=0o700)
    write_private(password, str(home.facts()["password"]))
    if user is not None:
        _hand_over([data, password], user)
    # --no-sync: nothing to lose yet; the running server syncs as usual.
    options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    run([initdb, "-D", data, f"--username={_ROLE}", f"--pwfile={password}", *options], user=user)
    password.unlink()


def _hand_over(paths: list[Path], user: str) -> None:
    entry = pwd.getpwnam(user)
    for path in paths:
        os.chown(path, entry.pw_uid, entry.pw_gid)
    try:
        run(["/usr/bin/test", "-x", paths[0]], user=user)
    except EngineError as error:
        raise EngineError(
            f"The user {user} cannot enter {paths[0]}: set ZHILU_SERVICES to a folder below ones it can enter."
        ) from error


def _create_database(home: EngineHome, createdb: str, port: str) -> None:
    password = home / "password"
    write_private(password, f"127.0.0.1:{port}:*:{_ROLE}:{home.facts()['password']}\n")
    try:
        connection = f"host=127.0.0.1 port={port} user={_ROLE} dbname=postgres passfile={password}"
        run([createdb, f"--maintenance-db={connection}", _DATABASE])
    finally:
        password.unlink()


def _answers(pg_isready: str, port: str) -> bool:
    try:
        run([pg_isready, "-h", "127.0.0.1", "-p", port, "-U", _ROLE, "-d", "postgres"])
    except EngineError:
        return False
    return True
