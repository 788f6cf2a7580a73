"""The application: guard outside, JSON and pages inside, every error through one table."""

from uuid import UUID

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from prometheus_client import CollectorRegistry
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from api.http import bytes_routes, json_routes, operation_routes, page_routes
from api.http.answers import error_response
from api.http.errors import STATUS, RequestError, status_code_of
from api.http.guard import Denied, Guard
from api.http.looks import Looks
from api.http.viewer import viewer_of
from api.metrics import registry_of
from api.runtime import Runtime
from api.web import STATIC
from catalog.tables.custody import CustodyAction


def create_app(runtime: Runtime, registry: CollectorRegistry | None = None) -> FastAPI:
    """The page and its JSON for one runtime, and what `registry` tells; by default what every process does.

    Engines are asked when a request comes. Raises DispatchMisconfigured.
    """
    app = FastAPI(title="Zhilu", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    looks = Looks(runtime.catalog, actor=runtime.actor, clock=runtime.clock)
    app.include_router(json_routes.router(runtime, looks))
    app.include_router(bytes_routes.router(runtime, looks))
    app.include_router(page_routes.router(runtime, looks))
    app.include_router(operation_routes.router(runtime, registry or registry_of(runtime)))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    _answer_errors(app, runtime)
    app.add_middleware(Guard, denied=_denials(looks))
    return app


def _answer_errors(app: FastAPI, runtime: Runtime) -> None:
    def known(request: Request, error: Exception) -> Response:
        return error_response(request, runtime, status_code_of(error), error, str(error))

    def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it below
        return error_response(request, runtime, error.status_code, error, str(error.detail))

    def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it below
        first = error.errors()[0]
        sentence = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}."
        return error_response(request, runtime, 422, error, sentence)

    for kind in STATUS:
        app.add_exception_handler(kind, known)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)


def _denials(looks: Looks) -> Denied:
    def denied(action: CustodyAction, recording_id: UUID | None, refusal: RequestError, headers: Headers) -> None:
        looks.denied(viewer_of(headers, {}), action, recording_id, refusal)

    return denied
