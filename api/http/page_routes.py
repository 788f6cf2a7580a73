"""The pages: the list of recordings, and one recording."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from api.http.looks import Looks
from api.http.pages import render
from api.http.search import SearchQuery, as_logged
from api.http.viewer import is_refresh, viewer_of
from api.reading.criteria import CriteriaWrong
from api.reading.history import history
from api.reading.listing import search
from api.reading.recording import show
from api.runtime import Runtime
from catalog.repositories import finding, reading, recordings
from catalog.repositories.finding import FindCriteria
from catalog.tables.custody import CustodyAction

_EVENTS_SHOWN = 100


def router(runtime: Runtime, looks: Looks) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    _add_list(routes, runtime, looks)
    _add_recording(routes, runtime, looks)

    @routes.get("/favicon.ico")
    def favicon() -> Response:
        return RedirectResponse("/static/favicon.svg", status_code=308)

    return routes


def _add_list(routes: APIRouter, runtime: Runtime, looks: Looks) -> None:
    @routes.api_route("/", methods=["GET", "HEAD"])
    def list_page(request: Request, query: Annotated[SearchQuery, Query()]) -> Response:
        wrong: CriteriaWrong | None = None
        try:
            criteria = query.criteria(runtime.settings.time_zone)
        except CriteriaWrong as error:
            wrong, criteria = error, FindCriteria()
        with runtime.catalog.reading() as session:
            page = search(session, criteria, limit=query.limit, offset=query.offset)
            facts = {
                "attention": finding.count_attention(session),
                "all": recordings.count(session),
                "devices": reading.devices_seen(session),
                "cases": reading.case_numbers(session),
                "officers": reading.officer_names(session),
            }
        logged = as_logged(criteria)
        looks.searched(
            viewer_of(request.headers, request.query_params),
            logged,
            [found.id for found in page.recordings],
            anew=bool(logged) and not is_refresh(request.headers),
            total=page.total,
            offset=page.offset,
        )
        return render(
            request,
            runtime,
            "list.html",
            status=422 if wrong else 200,
            page=page,
            query=query,
            wrong=wrong,
            searching=bool(logged),
            address=lambda **changed: f"/?{urlencode(query.words(**changed))}",
            **facts,
        )


def _add_recording(routes: APIRouter, runtime: Runtime, looks: Looks) -> None:
    @routes.api_route("/recordings/{name}", methods=["GET", "HEAD"])
    def recording_page(request: Request, name: str) -> Response:
        viewer = viewer_of(request.headers, request.query_params)
        with runtime.catalog.reading() as session:
            recording = recordings.named(session, name)
        if is_refresh(request.headers):
            looks.content(viewer, CustodyAction.VIEWED, recording.id, face="page")
        else:
            looks.opened(viewer, recording.id, face="page")
        with runtime.catalog.reading() as session:
            view = show(runtime, session, recordings.get(session, recording.id))
            events, event_count = history(session, recording.id, limit=_EVENTS_SHOWN)
        return render(request, runtime, "recording.html", recording=view, events=events, event_count=event_count)
