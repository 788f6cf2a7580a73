"""Handing out bytes of a stored version: ranges, conditions, safe types, and nothing left open when a client goes.

1. The store is asked for the version (size as the catalog says?) before any header goes out.
2. Range and conditions are decided.
3. The caller records the look.
4. Bytes are read as they are sent, and the reading is closed however the sending ends.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import quote

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from api.http.errors import RangeUnsatisfiable, StoredSizeDiffers
from api.http.ranges import Part, is_unchanged, part_asked_for
from api.reading.media_types import OCTETS, SAFE_INLINE
from storage.contract import ObjectStore
from storage.model import VersionReference

# A document of our own origin, should somebody open the bytes by themselves: it may show itself and nothing else.
_CONTENT_POLICY = (
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
)
_NAME_AT_MOST = 150


@dataclass(frozen=True, slots=True)
class Content:
    """A stored version as it is handed out: `name` is the file name offered, `download` asks for a file."""

    reference: VersionReference
    size: int
    sha256: str
    media_type: str
    name: str
    download: bool = False

    @property
    def etag(self) -> str:
        return f'"{self.sha256}"'

    @property
    def inline(self) -> bool:
        """Shown in the page only where the type cannot carry a script; everything else is a file to save."""
        return not self.download and self.media_type in SAFE_INLINE

    def headers(self) -> dict[str, str]:
        return {
            "accept-ranges": "bytes",
            "cache-control": "private, no-cache",
            "content-disposition": disposition(self.name, inline=self.inline),
            "content-security-policy": _CONTENT_POLICY,
            "content-type": self.media_type if self.media_type in SAFE_INLINE else OCTETS,
            "etag": self.etag,
            "repr-digest": f"sha-256=:{base64.b64encode(bytes.fromhex(self.sha256)).decode()}:",
        }


def check_stored(store: ObjectStore, content: Content) -> None:
    """Ask the store whether it holds the version. Raises StorageError, StoredSizeDiffers."""
    reported = store.head(content.reference).size
    if reported != content.size:
        raise StoredSizeDiffers(content.size, reported)


def respond(store: ObjectStore, content: Content, headers: Mapping[str, str], *, body: bool) -> Response:
    """The answer to a request with these headers; without `body` its headers alone (HEAD)."""
    ours = content.headers()
    if is_unchanged(headers, content.etag):
        return Response(status_code=304, headers={key: ours[key] for key in ("cache-control", "etag")})
    try:
        # RFC 9110, section 14.2: a range has a meaning for GET only.
        part = part_asked_for(headers if body else {}, content.size, content.etag)
    except RangeUnsatisfiable as error:
        return Response(status_code=416, headers={"content-range": f"bytes */{error.size}", "accept-ranges": "bytes"})
    ours["content-length"] = str(part.length)
    if part.partial:
        ours["content-range"] = part.content_range(content.size)
    status = 206 if part.partial else 200
    if not body:
        return Response(status_code=status, headers=ours)
    return StoredBytes(store, content.reference, part, status_code=status, headers=ours)


class StoredBytes(StreamingResponse):
    """Streams part of a stored version; opens it with the first byte asked for, and always closes it."""

    def __init__(
        self,
        store: ObjectStore,
        reference: VersionReference,
        part: Part,
        *,
        status_code: int,
        headers: Mapping[str, str],
    ) -> None:
        self._reader = PartReader(store, reference, part)
        super().__init__(self._reader, status_code, headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            # A client that goes cancels us: without the shield closing would be cancelled too.
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self._reader.close)


class PartReader(Iterator[bytes]):
    """The chunks of a part. Opens nothing before the first `next`: an answer that is never sent leaves nothing open."""

    def __init__(self, store: ObjectStore, reference: VersionReference, part: Part) -> None:
        self._store, self._reference, self._part = store, reference, part
        self._reading: Iterator[bytes] | None = None

    def __next__(self) -> bytes:
        if self._reading is None:
            if not self._part.length:
                raise StopIteration
            self._reading = self._store.read(self._reference, self._part.start, self._part.length)
        return next(self._reading)

    def close(self) -> None:
        close = getattr(self._reading, "close", None)
        if close is not None:
            close()


def disposition(name: str, *, inline: bool) -> str:
    """Content-Disposition with an ASCII name for old clients and the true one (RFC 6266, RFC 8187)."""
    cleaned = "".join("_" if letter in '/\\"' or not letter.isprintable() else letter for letter in name).strip(" .")
    shortened = _shortened(cleaned or "recording")
    ascii_name = shortened.encode("ascii", "replace").decode().replace("?", "_").replace("%", "_")
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(shortened, safe='')}"


def _shortened(name: str) -> str:
    if len(name) <= _NAME_AT_MOST:
        return name
    suffix = PurePath(name).suffix[:16]
    return name[: _NAME_AT_MOST - len(suffix)] + suffix
