"""The JSON: recordings, jobs, and what is going on."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlmodel import Session
from starlette.responses import JSONResponse

from api.http.looks import Looks
from api.http.search import SearchQuery, as_logged
from api.http.viewer import is_refresh, viewer_of
from api.reading import rows
from api.reading.listing import search
from api.reading.recording import show
from api.reading.status import Gone, status_of
from api.runtime import Runtime
from catalog.repositories import fixity_standing, reading, recordings
from catalog.repositories import jobs as job_ledger
from catalog.tables import Job
from catalog.tables.jobs import JobState

_STATUS_AT_MOST = 200
_JOBS_AT_MOST = 200


def router(runtime: Runtime, looks: Looks) -> APIRouter:
    routes = APIRouter()
    _add_recordings(routes, runtime, looks)
    _add_work(routes, runtime)
    return routes


def _add_recordings(routes: APIRouter, runtime: Runtime, looks: Looks) -> None:
    @routes.api_route("/api/recordings", methods=["GET", "HEAD"])
    def list_recordings(request: Request, query: Annotated[SearchQuery, Query()]) -> JSONResponse:
        criteria = query.criteria(runtime.settings.time_zone)
        with runtime.catalog.reading() as session:
            page = search(session, criteria, limit=query.limit, offset=query.offset)
        looks.searched(
            viewer_of(request.headers, request.query_params),
            as_logged(criteria),
            [found.id for found in page.recordings],
            anew=bool(as_logged(criteria)) and not is_refresh(request.headers),
            total=page.total,
            offset=page.offset,
        )
        following = page.next_offset
        address = f"/api/recordings?{urlencode(query.words(offset=following))}" if following else None
        return JSONResponse({**page.model_dump(mode="json"), "next": address})

    @routes.api_route("/api/recordings/{name}", methods=["GET", "HEAD"])
    def show_recording(request: Request, name: str) -> JSONResponse:
        with runtime.catalog.reading() as session:
            recording = recordings.named(session, name)
            view = show(runtime, session, recording)
        looks.opened(viewer_of(request.headers, request.query_params), recording.id, face="json")
        return JSONResponse(view.model_dump(mode="json"))


def _add_work(routes: APIRouter, runtime: Runtime) -> None:
    @routes.api_route("/api/status", methods=["GET", "HEAD"])
    def status(
        recording_ids: Annotated[list[UUID] | None, Query(alias="id", max_length=_STATUS_AT_MOST)] = None,
    ) -> JSONResponse:
        with runtime.catalog.reading() as session:
            found = _statuses(session, recording_ids or [])
            counted = job_ledger.counts(session)
            total = recordings.count(session)
        return JSONResponse({"total": total, "jobs": counted, "recordings": found})

    @routes.api_route("/api/jobs", methods=["GET", "HEAD"])
    def list_jobs(
        state: Annotated[list[JobState] | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=_JOBS_AT_MOST)] = 100,
        after: UUID | None = None,
    ) -> JSONResponse:
        states = state or [JobState.WAITING, JobState.RUNNING, JobState.FAILED]
        with runtime.catalog.reading() as session:
            page = job_ledger.listing(session, states=states, limit=limit, after=after)
            counted = job_ledger.counts(session)
        jobs = [_job(job, name) for job, name in page]
        following = jobs[-1]["id"] if len(jobs) == limit else None
        return JSONResponse({"jobs": jobs, "counts": counted, "next_after": following})


def _statuses(session: Session, recording_ids: list[UUID]) -> list[dict[str, Any]]:
    """What a page that is open needs to know whether it is still up to date; `revision` changes with what it shows."""
    jobs = reading.jobs_of(session, recording_ids)
    derivatives = reading.derivative_kinds_of(session, recording_ids)
    damage = fixity_standing.damage_of(session, recording_ids)
    found = []
    for recording in reading.recordings_by_id(session, recording_ids):
        theirs = jobs.get(recording.id, ())
        gone = Gone.of(recording, None)
        status, reasons = status_of(recording.problems, theirs, damage=damage.get(recording.id), gone=gone)
        states = [f"{job.kind}={job.state}:{job.attempts}" for job in theirs]
        revision = " ".join([*states, *derivatives.get(recording.id, ()), *(reason.code for reason in reasons)])
        progress = {job.kind: job.progress for job in theirs if job.state is JobState.RUNNING}
        found.append({"id": str(recording.id), "status": status, "revision": revision, "progress": progress})
    return found


def _job(job: Job, recording_name: str) -> dict[str, Any]:
    shown: dict[str, Any] = rows.job(job).model_dump(mode="json")
    return {**shown, "recording_id": str(job.recording_id), "recording": recording_name}
