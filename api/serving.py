"""Serving the page and its JSON on loopback, in a thread of this process."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from prometheus_client import CollectorRegistry

from api.errors import PortTaken
from api.http.app import create_app
from api.runtime import Runtime

_START_SECONDS = 20.0


@contextmanager
def serving(runtime: Runtime, port: int, registry: CollectorRegistry | None = None) -> Iterator[str]:
    """Serve until the block ends; yields the address. Port 0 takes a free one. Raises PortTaken.

    `registry` is what `/metrics` tells; without it, what every process tells.
    """
    host = runtime.settings.serve.host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
            listening.listen(128)  # now, so that of two who come at once the second is told
        except OSError as error:
            raise PortTaken(host, port) from error
        config = uvicorn.Config(
            create_app(runtime, registry),
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=3,
            lifespan="off",
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="serve")
        thread.start()
        try:
            until = time.monotonic() + _START_SECONDS
            while not server.started and thread.is_alive() and time.monotonic() < until:
                time.sleep(0.02)
            if not server.started:
                raise PortTaken(host, port)
            shown = f"[{host}]" if family is socket.AF_INET6 else host
            yield f"http://{shown}:{listening.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()
