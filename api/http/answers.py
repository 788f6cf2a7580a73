"""Errors as answers: JSON below /api, a page elsewhere."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.http.pages import render
from api.runtime import Runtime


def error_response(request: Request, runtime: Runtime, status: int, code: str, message: str) -> Response:
    """One shape for all errors: a stable code and one sentence."""
    if request.url.path.startswith(("/api/", "/healthz", "/static/")):
        return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)
    return render(request, runtime, "error.html", status=status, detail=message)
