"""The HTTP side of an S3 store: connections, time limits, retries, trust, and vendor errors turned into ours.

Time limits: of a connection, of each slice that is sent, and of each wait for bytes. Requests that may be repeated
are repeated here; those that make a version never are: what became of them is looked up first (`s3_upload.py`).
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import ParseError

import urllib3
from minio import Minio
from minio.credentials.credentials import Credentials
from minio.error import InvalidResponseError, S3Error, ServerError

from storage.errors import StoreUnavailable
from storage.model import VersionReference
from storage.s3_body import Body
from storage.s3_errors import meaning
from storage.s3_headers import Headers
from storage.s3_settings import S3Settings
from storage.s3_transport import transport_error, trusting

_BUSY = [429, 500, 502, 503, 504]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a connection and for bytes, in seconds, and how often to ask again."""

    connect_s: float
    read_s: float
    reconnect: int
    again: int


ASKING = Patience(connect_s=10, read_s=60, reconnect=3, again=3)
"""Requests that do no harm when they arrive twice."""
MAKING = Patience(connect_s=10, read_s=120, reconnect=3, again=0)
"""Requests that make a version, and parts, which are repeated by the upload."""
CHECKING = Patience(connect_s=5, read_s=8, reconnect=0, again=0)
"""A person waits for the answer."""


def open_client(settings: S3Settings, patience: Patience = ASKING) -> Minio:
    """Return a client; nothing is connected yet. Raises StoreMisconfigured for a file of authorities it cannot use."""
    http = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=patience.connect_s, read=patience.read_s),
        maxsize=32,
        ssl_context=trusting(settings.ca_file) if settings.secure else None,
        retries=urllib3.Retry(
            total=patience.reconnect + patience.again,
            connect=patience.reconnect,
            read=patience.again,
            status=patience.again,
            other=0,
            redirect=0,
            backoff_factor=0.2,
            status_forcelist=_BUSY,
            allowed_methods=None,
            raise_on_status=False,
            raise_on_redirect=False,
            respect_retry_after_header=False,  # a store must not tell us to sleep for an hour
        ),
    )
    return _Client(
        endpoint=settings.endpoint,
        access_key=settings.access_key,
        secret_key=settings.secret_key.get_secret_value(),
        region=settings.region,
        secure=settings.secure,
        http_client=http,
    )


class _Client(Minio):
    """Signs a `Body` by the checksum that it brings, instead of digesting it once more or, over TLS, not at all."""

    def _build_headers(
        self, host: str, headers: Headers | None = None, body: Any = None, creds: Credentials | None = None
    ) -> tuple[Headers, datetime]:
        if not isinstance(body, Body):
            return super()._build_headers(host, headers, body, creds)
        built, date = super()._build_headers(host, headers, None, creds)
        built.pop("Content-MD5", None)
        return built | body.headers | {"Content-Length": str(len(body))}, date


@contextlib.contextmanager
def translated(where: str, reference: VersionReference | None = None, *, body: Body | None = None) -> Iterator[None]:
    """Turn what the client raises into ours; errors of this program go through as they are.

    With the `body` of a request that makes a version, the error says whether it may have been made although.
    """
    try:
        yield
    except S3Error as error:
        raise meaning(error.code, error.response.status, where, reference) from error
    except urllib3.exceptions.HTTPError as error:
        unknown = body is not None and body.all_sent
        raise transport_error(where, error, outcome_unknown=unknown) from error
    except (ServerError, InvalidResponseError) as error:
        raise StoreUnavailable(where, "it answers with a fault, or is no S3 store", "no_s3") from error
    # A page of a proxy; a lock mode, a time or a version that nobody knows.
    except (ParseError, ValueError, OverflowError) as error:
        raise StoreUnavailable(where, "it answers what is no S3", "no_s3") from error
