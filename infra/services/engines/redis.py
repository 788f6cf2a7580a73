"""Redis on loopback with a password. It keeps nothing on disk: in Zhilu it is only a doorbell."""

import socket

from engines.home import EngineHome, free_port, new_secret, write_private
from engines.processes import Process, program

NAME = "redis"
PROGRAMS = ("redis-server",)
PACKAGES = ("redis-server",)

_CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
daemonize no
save ""
appendonly no
"""


def start(home: EngineHome) -> None:
    server = program("redis-server")
    process = Process(home, "redis")
    if process.is_running():
        return
    if not home.is_set_up:
        home.make()
        home.remember({"password": new_secret()})
        home.mark_set_up()
    facts = home.facts()
    facts["port"] = free_port(int(facts["port"]) if "port" in facts else None)
    home.remember(facts)
    write_private(home / "redis.conf", _CONFIGURATION.format(**facts, folder=home.folder))
    process.start([server, home / "redis.conf"])
    process.wait_until(lambda: _answers(int(facts["port"]), str(facts["password"])), seconds=20)


def stop(home: EngineHome) -> None:
    Process(home, "redis").stop()


def processes(home: EngineHome) -> tuple[Process]:
    return (Process(home, "redis"),)


def is_running(home: EngineHome) -> bool:
    return Process(home, "redis").is_running()


def settings(home: EngineHome) -> dict[str, str]:
    facts = home.facts()
    url = f"redis://:{facts['password']}@127.0.0.1:{facts['port']}/0"
    return {"ZHILU_DISPATCH__URL": url, "ZHILU_TEST_REDIS": url}


def _answers(port: int, password: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:  # noqa: PLR2004 - one line for each command
                received = connection.recv(1024)
                if not received:
                    return False
                answer += received
    except OSError:
        return False
    return answer.startswith(b"+OK\r\n+PONG")
