"""What every request passes before anything else, and the headers that every answer carries.

1. HOST     only names of this machine: a page elsewhere may rebind its own name to 127.0.0.1 and read along.
2. METHOD   GET and HEAD: there is nothing to change.
3. SITE     browsers say where a request comes from (`Sec-Fetch-Site`). Another site may link to the bare first page
            and to nothing else: what it asked for would stand in the custody log as asked for by the person here.

Refusals of looks at recordings are custody events too, as many as `Looks.denied` lets through.
"""

import json
import re
from collections.abc import Callable
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.errors import CrossSiteRefused, HostNotAllowed, MethodRefused, RequestError, status_code_of
from catalog.tables.custody import CustodyAction

_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
_RECORDING = re.compile(
    r"^(?:/api)?/recordings/(?P<id>[0-9a-f-]{36})(?P<content>/original|/derivatives/.*)?$", re.ASCII
)

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
        "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}

Denied = Callable[[CustodyAction, UUID | None, RequestError, Headers], None]


class Guard:
    """ASGI middleware. `denied` is called (in a thread) for each refused look at a recording or search."""

    def __init__(self, app: ASGIApp, *, denied: Denied) -> None:
        self._app, self._denied = app, denied

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = refusal_of(scope, headers)
        if refusal is None:
            await self._app(scope, receive, _with_security_headers(send))
            return
        look = look_of(scope["path"])
        if look is not None:
            await run_in_threadpool(self._denied, *look, refusal, headers)
        await _refuse(refusal, _with_security_headers(send))


def refusal_of(scope: Scope, headers: Headers) -> RequestError | None:
    """Why a request is refused; None when it may go on."""
    host = headers.get("host", "")
    if host_name(host) not in _HOSTS or len(headers.getlist("host")) != 1:
        return HostNotAllowed(host)
    if scope["method"] not in {"GET", "HEAD"}:
        return MethodRefused(scope["method"])
    if headers.get("sec-fetch-site") == "cross-site" and not _follows_a_link(scope, headers):
        return CrossSiteRefused()
    return None


def _follows_a_link(scope: Scope, headers: Headers) -> bool:
    """Whether a person follows a link to the first page, in a window of its own (a frame's `dest` is `iframe`)."""
    return (
        headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
        and scope["path"] == "/"
        and not scope["query_string"]
    )


def host_name(host: str) -> str:
    """The host without its port, in lower case; the brackets of an IPv6 address stay."""
    name = host.strip().lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0]


def look_of(path: str) -> tuple[CustodyAction, UUID | None] | None:
    """Which look a path stands for; None for what shows no recording."""
    if path in {"/", "/api/recordings"}:
        return CustodyAction.SEARCHED, None
    found = _RECORDING.match(path)
    if found is None:
        return None
    try:
        recording_id = UUID(found["id"])
    except ValueError:
        return None
    return CustodyAction.PLAYED if found["content"] else CustodyAction.VIEWED, recording_id


def _with_security_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers


async def _refuse(refusal: RequestError, send: Send) -> None:
    document = {"error": {"code": type(refusal).__name__, "message": str(refusal)}}
    body = json.dumps(document).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if isinstance(refusal, MethodRefused):
        headers.append((b"allow", b"GET, HEAD"))
    await send({"type": "http.response.start", "status": status_code_of(refusal), "headers": headers})
    await send({"type": "http.response.body", "body": body})
