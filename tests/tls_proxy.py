"""A relay that puts TLS before an engine, with a certificate of an authority made for the test: what a real server with
a certificate of its own looks like to whoever connects. PostgreSQL's clients ask for TLS by a message of its own.
"""

import contextlib
import selectors
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SSL_REQUEST = bytes([0, 0, 0, 8, 4, 210, 22, 47])


@dataclass(frozen=True)
class Authority:
    """A certificate for 127.0.0.1, its own authority, and its key."""

    certificate: Path
    key: Path


def make_authority(folder: Path, name: str) -> Authority:
    made = Authority(folder / f"{name}.pem", folder / f"{name}.key")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", made.key, "-out", made.certificate),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return made


@contextlib.contextmanager
def tls_before(host: str, port: int, authority: Authority, *, postgresql: bool = False) -> Iterator[int]:
    """Relay to an engine until the block ends; yields the port on loopback that speaks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.certificate, authority.key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stop = threading.Event()
        threads: list[threading.Thread] = []

        def accept() -> None:
            while not stop.is_set():
                try:
                    client, _address = listening.accept()
                except OSError:
                    return
                thread = threading.Thread(
                    target=_relay, args=(client, (host, port), context, stop), kwargs={"postgresql": postgresql}
                )
                threads.append(thread)
                thread.start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield listening.getsockname()[1]
        finally:
            stop.set()
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for thread in threads:
                thread.join()


def _relay(
    client: socket.socket, to: tuple[str, int], context: ssl.SSLContext, stop: threading.Event, *, postgresql: bool
) -> None:
    with contextlib.suppress(OSError), client:
        client.settimeout(10)
        if postgresql and client.recv(8) == _SSL_REQUEST:
            client.sendall(b"S")
        with context.wrap_socket(client, server_side=True) as secured, socket.create_connection(to, 10) as engine:
            secured.settimeout(0.2)
            engine.settimeout(0.2)
            _pump(secured, engine, stop)


def _pump(secured: ssl.SSLSocket, engine: socket.socket, stop: threading.Event) -> None:
    with selectors.DefaultSelector() as ready:
        ready.register(secured, selectors.EVENT_READ, engine)
        ready.register(engine, selectors.EVENT_READ, secured)
        while not stop.is_set():
            for key, _events in ready.select(0.2):
                source, sink = key.fileobj, key.data
                assert isinstance(source, socket.socket)
                content = source.recv(65536)
                while isinstance(source, ssl.SSLSocket) and source.pending():
                    content += source.recv(65536)
                if not content:
                    return
                sink.settimeout(10)
                sink.sendall(content)
