"""Rendering a page in the language and zone of whoever looks."""

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.messages import Language, negotiated, translator
from api.runtime import Runtime
from api.web import Formats, templates

_COOKIE = "zhilu_language"
_COOKIE_SECONDS = 365 * 24 * 3600


def render(request: Request, runtime: Runtime, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
    """A page; a language asked for in the address is remembered."""
    language = language_of(request, runtime)
    say = translator(language)
    now = runtime.clock()
    page = templates().get_template(template)
    body = page.render(
        **facts,
        t=say,
        word=say.word,
        formats=Formats(say, runtime.settings.time_zone),
        language=language.value,
        languages=_choices(request, language),
        status_code=status,
        now=now,
        actor=runtime.actor,
    )
    response = HTMLResponse(body, status_code=status)
    response.headers["cache-control"] = "private, no-store"
    response.headers["content-language"] = language.value
    response.headers["vary"] = "Accept-Language, Cookie"
    if request.query_params.get("lang"):
        response.set_cookie(_COOKIE, language.value, max_age=_COOKIE_SECONDS, httponly=True, samesite="lax")
    return response


def language_of(request: Request, runtime: Runtime) -> Language:
    return negotiated(
        asked=request.query_params.get("lang"),
        kept=request.cookies.get(_COOKIE),
        setting=runtime.settings.language,
        accepted=request.headers.get("accept-language"),
    )


def _choices(request: Request, language: Language) -> list[dict[str, Any]]:
    """The languages with the address of this page in each."""
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    names = {Language.CHINESE: "中文", Language.ENGLISH: "English"}
    return [
        {
            "tag": choice.value,
            "name": names[choice],
            "current": choice is language,
            "address": f"?{urlencode([*others, ('lang', choice.value)])}",
        }
        for choice in Language
    ]
