"""What is asked by those who watch over Zhilu: does it live, do its engines answer, and its figures."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.responses import JSONResponse, Response

from api.metrics.engines import ask_catalog, ask_store
from api.metrics.timed_look import PATIENCE_SECONDS, TimedLook
from api.runtime import Runtime

_OK = "ok"
_SILENT = f"It did not answer within {PATIENCE_SECONDS:g} seconds."


def router(runtime: Runtime, registry: CollectorRegistry) -> APIRouter:
    routes = APIRouter()
    engines = {
        "catalog": TimedLook(_said(lambda: ask_catalog(runtime)), name="ready-catalog", fresh_seconds=1.0),
        "store": TimedLook(_said(lambda: ask_store(runtime)), name="ready-store", fresh_seconds=1.0),
    }

    @routes.api_route("/healthz", methods=["GET", "HEAD"])
    async def health() -> JSONResponse:
        """Whether this process lives; it asks nobody."""
        return JSONResponse({"status": _OK})

    @routes.api_route("/readyz", methods=["GET", "HEAD"])
    def ready() -> JSONResponse:
        """Whether requests can be answered: 503 with the sentence of the engine that is away."""
        said = {name: look.latest() or _SILENT for name, look in engines.items()}
        all_answer = all(each == _OK for each in said.values())
        document = {"status": _OK if all_answer else "unavailable", **said}
        return JSONResponse(document, status_code=200 if all_answer else 503)

    @routes.api_route("/metrics", methods=["GET", "HEAD"])
    def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), media_type=None, headers={"content-type": content_type})

    return routes


def _said(ask: Callable[[], None]) -> Callable[[], str]:
    def said() -> str:
        try:
            ask()
        except Exception as error:  # noqa: BLE001 - whatever it was is the answer
            return str(error) or type(error).__name__
        return _OK

    return said
