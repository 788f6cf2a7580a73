"""Rings between processes: dramatiq messages on Redis, each with the id of a job and nothing else.

Losing them all loses nothing (`doorbell.py`). What dramatiq is not asked for, and why:

- No retries, time limits, dead letters: attempts, leases and errors stand in the ledger, and the tools that jobs run
  have limits of their own. Every message is acknowledged before its job begins.
- Messages are fetched only when a thread is free, so that none waits behind a long job while another machine idles.
  A process that dies between fetching and acknowledging leaves a message that dramatiq's maintenance brings back a
  minute later; its job is not due then, or is due and is done: both are right.
- Who was rung for is remembered in Redis beside the queue (`<namespace>:rung:<id>`), for a minute at most, and never
  here. So however many processes sweep, a due job has one message; and whatever empties the queue, as a flush or a
  restart does, forgets the rings with it: the next sweep rings again.
"""

import contextlib
import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import dramatiq
import redis
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import DramatiqError
from redis.backoff import NoBackoff
from redis.retry import Retry

from catalog.errors import DispatchError, DispatchMisconfigured, DispatchUnavailable

# More need not stand in the queue: whoever finds it empty sweeps again.
QUEUE_AT_MOST = 1000
CONNECT_SECONDS = 5.0
_QUEUE = "jobs"
_ACTOR = "carry_out"
_RING_AT_ONCE = 100
_RUNG_SECONDS = 60
_ANSWER_SECONDS = 5.0
_POLL_MILLISECONDS = 200
_log = structlog.get_logger(__name__)


class RedisBell:
    """Rings between processes. All methods raise DispatchUnavailable and DispatchMisconfigured."""

    def __init__(
        self, url: str, *, password: str | None = None, namespace: str = "zhilu", ca_file: Path | None = None
    ) -> None:
        """Nothing is connected yet. `namespace` keeps two Zhilu on one Redis apart."""
        self.where = _without_password(url)
        self._namespace = namespace
        self._client = self._open(url, password, ca_file)
        self._broker = RedisBroker(client=self._client, namespace=namespace, middleware=[])  # type: ignore[no-untyped-call]
        self._actor = dramatiq.actor(broker=self._broker, queue_name=_QUEUE, actor_name=_ACTOR)(_answered_elsewhere)
        self._consumer: dramatiq.Consumer | None = None

    def check(self) -> None:
        """Reach it, sign in, and see that it can be written to."""
        with self._translated():
            self._client.set(f"{self._namespace}:check", b"", ex=_RUNG_SECONDS)

    def ring(self, job_ids: Sequence[UUID]) -> int:
        """Ring for jobs, the first ones first; returns how many messages that took."""
        sent = 0
        with self._translated():
            for start in range(0, len(job_ids), _RING_AT_ONCE):
                room = QUEUE_AT_MOST - self._waiting()
                if room <= 0:
                    break
                fresh = self._not_yet_rung(job_ids[start : start + min(_RING_AT_ONCE, room)])
                for job_id in fresh:
                    self._actor.send(str(job_id))
                sent += len(fresh)
        return sent

    def next_answer(self) -> UUID | None:
        """The next job that somebody rang for; None when a fraction of a second brought none."""
        try:
            with self._translated():
                if self._consumer is None:
                    self._consumer = self._broker.consume(_QUEUE, prefetch=1, timeout=_POLL_MILLISECONDS)
                message = next(self._consumer)
        except DispatchError:
            self._consumer = None
            raise
        if message is None:
            return None
        job_id = _job_of(message)
        try:
            with self._translated():
                if job_id is not None:
                    self._client.delete(self._rung(job_id))
                self._consumer.ack(message)
        except DispatchError:
            self._consumer = None  # the next call meets the same; the job itself is ours to do now
        return job_id

    def close(self) -> None:
        self._consumer = None
        self._client.close()

    def _waiting(self) -> int:
        """How many messages nobody has fetched yet."""
        found: Any = self._client.llen(f"{self._namespace}:{_QUEUE}")
        return int(found)

    def _not_yet_rung(self, job_ids: Sequence[UUID]) -> list[UUID]:
        """Those that no message is on its way for, which are remembered as rung from now on."""
        with self._client.pipeline(transaction=False) as pipeline:
            for job_id in job_ids:
                pipeline.set(self._rung(job_id), b"", ex=_RUNG_SECONDS, nx=True)
            return [job_id for job_id, was_set in zip(job_ids, pipeline.execute(), strict=True) if was_set]

    def _rung(self, job_id: UUID) -> str:
        return f"{self._namespace}:rung:{job_id}"

    def _open(self, url: str, password: str | None, ca_file: Path | None) -> redis.Redis:
        options: dict[str, Any] = {} if password is None else {"password": password}
        if ca_file is not None:
            if not url.startswith("rediss://"):
                raise DispatchMisconfigured(self.where, "a ca_file is named, but only rediss:// speaks TLS", "no_tls")
            if not ca_file.is_file():
                raise DispatchMisconfigured(self.where, f"there is no ca_file {ca_file}", "no_ca_file", str(ca_file))
            options["ssl_ca_certs"] = str(ca_file)
        try:
            return redis.Redis.from_url(
                url,
                socket_connect_timeout=CONNECT_SECONDS,
                socket_timeout=_ANSWER_SECONDS,
                socket_keepalive=True,
                # Who rings is not kept waiting by repetitions: an outage is dealt with by handing over, and the sweep.
                retry=Retry(NoBackoff(), 0),
                **options,
            )
        except (ValueError, TypeError) as error:
            why = f"its address cannot be understood: {error}"
            raise DispatchMisconfigured(self.where, why, "address", str(error)) from error

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DramatiqError as error:
            cause = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
            raise self._fault(cause) from error
        except (redis.RedisError, OSError, TypeError) as error:
            raise self._fault(error) from error

    def _fault(self, error: Exception) -> DispatchError:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        if isinstance(error, redis.AuthenticationError | redis.exceptions.AuthorizationError):
            why = f"it does not let us in ({said}): see dispatch.password"
            return DispatchMisconfigured(self.where, why, "password", said)
        if _is_of_tls(error):
            why = f"its TLS is not trusted ({said}): see dispatch.ca_file"
            return DispatchMisconfigured(self.where, why, "not_trusted", said)
        if isinstance(error, TypeError) or (isinstance(error, redis.ResponseError) and not _passes(error)):
            return DispatchMisconfigured(self.where, f"it refuses what we ask for ({said})", "refuses", said)
        return DispatchUnavailable(self.where, said)


def _answered_elsewhere(job_id: str) -> None:
    """What messages are addressed to. Never called: who answers takes the message itself, see `next_answer`."""
    raise NotImplementedError(job_id)


def _job_of(message: dramatiq.MessageProxy) -> UUID | None:
    try:
        return UUID(message.args[0])
    except (IndexError, TypeError, ValueError, AttributeError):
        _log.warning("a message that names no job was thrown away", message=str(message)[:200])
        return None


def _without_password(url: str) -> str:
    """The address as it may be shown and logged."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        return urlunsplit((parts.scheme, f"{parts.hostname or ''}{port}", parts.path, "", ""))
    except ValueError:
        return "redis"


def _is_of_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _passes(error: redis.ResponseError) -> bool:
    """Whether a refusal is of those that end by themselves: out of memory, a disk that is full, a replica in charge."""
    passing = ("OOM", "MISCONF", "READONLY", "MASTERDOWN", "BUSY", "LOADING", "TRYAGAIN", "CLUSTERDOWN")
    return isinstance(error, redis.exceptions.OutOfMemoryError | redis.ReadOnlyError) or str(error).startswith(passing)
