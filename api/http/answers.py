"""Errors as answers: JSON below /api, a page elsewhere."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.http.pages import language_of, render
from api.messages import translator
from api.messages.faults import sentence_of
from api.runtime import Runtime


def error_response(request: Request, runtime: Runtime, status: int, error: Exception, message: str) -> Response:
    """One shape for all errors: a stable code and one sentence; on pages in the language of the reader."""
    if request.url.path.startswith(("/api/", "/healthz", "/readyz", "/metrics", "/static/")):
        return JSONResponse({"error": {"code": type(error).__name__, "message": message}}, status_code=status)
    sentence = sentence_of(translator(language_of(request, runtime)), error, runtime.settings.time_zone)
    detail = message if sentence == str(error) else sentence
    return render(request, runtime, "error.html", status=status, detail=detail)
