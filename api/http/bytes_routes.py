"""The bytes of originals and derivatives, by reference from the store."""

from pathlib import PurePath

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.http.content import Content, check_stored, respond
from api.http.errors import DerivativeMissing, StoredSizeDiffers
from api.http.looks import Looks
from api.http.viewer import viewer_of
from api.reading.disposed import refuse_disposed
from api.reading.media_types import original_media_type
from api.runtime import Runtime
from catalog.repositories import recordings
from catalog.tables import Derivative, Recording
from catalog.tables.custody import CustodyAction
from ingest.derive.model import DerivativeKind
from storage.errors import StorageError
from storage.model import Bucket, VersionReference

ORIGINAL = "original"


def router(runtime: Runtime, looks: Looks) -> APIRouter:
    routes = APIRouter()

    @routes.api_route("/api/recordings/{name}/original", methods=["GET", "HEAD"])
    def original(request: Request, name: str, *, download: bool = False) -> Response:
        with runtime.catalog.reading() as session:
            recording = recordings.named(session, name)
            refuse_disposed(session, recording)
            serving = recordings.serving(session, recording)
        return answer(request, recording, ORIGINAL, of_original(recording, serving, download=download))

    @routes.api_route("/api/recordings/{name}/derivatives/{kind}", methods=["GET", "HEAD"])
    def derivative(request: Request, name: str, kind: str, *, download: bool = False) -> Response:
        with runtime.catalog.reading() as session:
            recording = recordings.named(session, name)
            refuse_disposed(session, recording)
            found = recordings.derivative(session, recording.id, kind)
        if found is None:
            raise DerivativeMissing(kind, recording.name)
        return answer(request, recording, kind, of_derivative(recording, found, download=download))

    def answer(request: Request, recording: Recording, part: str, content: Content) -> Response:
        viewer = viewer_of(request.headers, request.query_params)
        action = look_at(content, part)
        try:
            check_stored(runtime.store, content)
        except (StorageError, StoredSizeDiffers) as error:
            looks.failed(viewer, action, recording.id, str(error))
            raise
        with_body = request.method == "GET"
        response = respond(runtime.store, content, request.headers, body=with_body)
        if with_body and response.status_code in {200, 206, 304}:
            # A download is one each time it begins; the ranges of a player belong to one playback.
            begins = response.headers.get("content-range", "bytes 0-").startswith("bytes 0-")
            anew = action is CustodyAction.DOWNLOADED and begins
            looks.content(viewer, action, recording.id, anew=anew, part=part, sha256=content.sha256)
        return response

    return routes


def look_at(content: Content, part: str) -> CustodyAction:
    """What it means to be given this content."""
    if not content.inline:
        return CustodyAction.DOWNLOADED
    moving = content.media_type.startswith(("video/", "audio/"))
    return CustodyAction.PLAYED if moving and part in {ORIGINAL, DerivativeKind.PROXY} else CustodyAction.VIEWED


def of_original(recording: Recording, serving: VersionReference, *, download: bool) -> Content:
    return Content(
        reference=serving,
        size=recording.size,
        sha256=recording.sha256,
        media_type=original_media_type(recording.kind, recording.media.get("container")),
        name=recording.name,
        download=download,
    )


def of_derivative(recording: Recording, derivative: Derivative, *, download: bool) -> Content:
    reference = VersionReference(Bucket(derivative.bucket), derivative.object_key, derivative.object_version)
    suffix = _SUFFIXES.get(derivative.media_type, "")
    return Content(
        reference=reference,
        size=derivative.size,
        sha256=derivative.sha256,
        media_type=derivative.media_type,
        name=f"{PurePath(recording.name).stem}.{derivative.kind}{suffix}",
        download=download,
    )


_SUFFIXES = {
    "video/mp4": ".mp4",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/png": ".png",
    "text/vtt": ".vtt",
    "application/json": ".json",
}
