"""A Redis of a test's own, on loopback, that may be stopped, started and flushed; nothing of it is kept."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from catalog.dispatch import RedisBell
from catalog.errors import DispatchError
from tests.waiting import eventually

LONG = 60.0


class RedisServer:
    """`with RedisServer() as server:` runs one; `stop` and `start` keep its port and its password."""

    def __init__(self, *, tls: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="zhilu-redis-"))
        self.password = "a-secret-of-this-test"  # noqa: S105 - it guards nothing
        self.port = _free_port()
        self.ca_file = self.folder / "authority.pem"
        self._tls = tls
        self._process: subprocess.Popen[bytes] | None = None
        if tls:
            _make_certificates(self.folder)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def url(self, password: str) -> str:
        secret = f":{password}@" if password else ""
        return f"redis{'s' if self._tls else ''}://{secret}127.0.0.1:{self.port}/0"

    def bell(self) -> RedisBell:
        return RedisBell(self.url(self.password))

    def start(self) -> None:
        program = shutil.which("redis-server", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        assert program is not None, "redis-server is not installed"
        ports = ["--port", str(self.port)]
        if self._tls:
            ports = ["--port", "0", "--tls-port", str(self.port), "--tls-auth-clients", "no"]
            for option, name in (
                ("cert-file", "server.pem"),
                ("key-file", "server.key"),
                ("ca-cert-file", "authority.pem"),
            ):
                ports += [f"--tls-{option}", str(self.folder / name)]
        kept = ["--save", "", "--appendonly", "no", "--dir", str(self.folder), "--requirepass", self.password]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [program, *ports, "--bind", "127.0.0.1", *kept], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        eventually(self._answers)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(LONG)
            self._process = None

    def flush(self) -> None:
        self._client_bell()._client.flushall()

    def wait_until_queued(self, count: int) -> None:
        bell = self._client_bell()
        eventually(lambda: bell._waiting() >= count)
        bell.close()

    def _client_bell(self) -> RedisBell:
        return RedisBell(self.url(self.password), ca_file=self.ca_file if self._tls else None)

    def _answers(self) -> bool:
        bell = self._client_bell()
        try:
            bell.check()
        except DispatchError:
            return False
        finally:
            bell.close()
        return True


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _make_certificates(folder: Path) -> None:
    """An authority, and the certificate of a server at 127.0.0.1 that it signed."""
    _openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=authority of a test"),
        *("-keyout", folder / "authority.key", "-out", folder / "authority.pem"),
    )
    _openssl(
        *("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"),
        *("-keyout", folder / "server.key", "-out", folder / "server.csr"),
    )
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    _openssl(
        *("x509", "-req", "-days", "2", "-in", folder / "server.csr", "-out", folder / "server.pem"),
        *("-CA", folder / "authority.pem", "-CAkey", folder / "authority.key", "-CAcreateserial"),
        *("-extfile", folder / "names"),
    )


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=LONG)
