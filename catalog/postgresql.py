"""Opening a PostgreSQL: how long anything may take, and how soon a line that was cut is noticed, at both ends.

What the address itself says of a parameter wins over what stands here.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, Engine, NullPool, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

# A cut line sends nothing: after 10 s of silence the other end is asked every 5 s, and given up after three.
_IDLE_SECONDS, _ASK_SECONDS, _ASKED_TIMES = 10, 5, 3
_UNANSWERED_MILLISECONDS = 25_000
_CONNECT_SECONDS = 10
_POOL_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Limits:
    """In seconds: one statement, waiting for what another holds, silence in the middle of a transaction. 0: none."""

    statement: float = 60.0
    lock: float = 30.0
    idle: float = 300.0


def pooled(url: URL, *, connections: int, limits: Limits) -> Engine:
    """An engine that keeps `connections` open and opens as many again at need; nothing is connected yet."""
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=_POOL_SECONDS,
        pool_size=connections,
        max_overflow=connections,
        connect_args=parameters(url, limits),
    )


def unpooled(url: URL, limits: Limits) -> Engine:
    """An engine whose connections end with their use, for the rare work that needs limits of its own."""
    return create_engine(url, poolclass=NullPool, connect_args=parameters(url, limits))


def parameters(url: URL, limits: Limits) -> dict[str, Any]:
    """The parameters of a connection that the address does not give itself; `options` of both are put together."""
    ours: dict[str, Any] = {
        "connect_timeout": _CONNECT_SECONDS,
        "application_name": "zhilu",
        "client_encoding": "utf8",
        "keepalives_idle": _IDLE_SECONDS,
        "keepalives_interval": _ASK_SECONDS,
        "keepalives_count": _ASKED_TIMES,
        "tcp_user_timeout": _UNANSWERED_MILLISECONDS,
    }
    wanted = {name: value for name, value in ours.items() if name not in url.query}
    given = url.query.get("options", "")
    # Of a parameter that is given twice, the server takes the last.
    said = given if isinstance(given, str) else " ".join(given)
    return wanted | {"options": f"{_options(limits)} {said}".strip()}


def _options(limits: Limits) -> str:
    """What the server is told of our session; its own probing frees the rows of a client whose line was cut."""
    told = {
        "statement_timeout": round(limits.statement * 1000),
        "lock_timeout": round(limits.lock * 1000),
        "idle_in_transaction_session_timeout": round(limits.idle * 1000),
        "tcp_keepalives_idle": _IDLE_SECONDS,
        "tcp_keepalives_interval": _ASK_SECONDS,
        "tcp_keepalives_count": _ASKED_TIMES,
        "tcp_user_timeout": _UNANSWERED_MILLISECONDS,
    }
    return " ".join(f"-c {name}={value}" for name, value in told.items())


def address(url: str, password: str | None = None) -> URL:
    """The address of a PostgreSQL database, with a password that was kept apart from it.

    Raises ValueError, which never repeats the address: it may hold a password.
    """
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):
        message = "it is no address: postgresql://user@host:port/database"
        raise ValueError(message) from None
    if "@" in (found.host or ""):
        message = "an @ in the user or the password is written %40"
        raise ValueError(message)
    return found if password is None else found.set(password=password)


def shown(url: URL) -> str:
    """The address for people and logs: user, host, port and database, and nothing that could be a secret."""
    hosts = url.query.get("host", url.host or "")
    named = hosts if isinstance(hosts, str) else ",".join(hosts)
    if ":" in named and url.host:  # an IPv6 address
        named = f"[{named}]"
    port = f":{url.port}" if url.port and url.host else ""
    user = f"{url.username}@" if url.username else ""
    return f"postgresql://{user}{named}{port}/{url.database or ''}"
