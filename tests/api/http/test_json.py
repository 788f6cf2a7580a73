"""The JSON: the same shapes as the command line's, paged and bounded."""

from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from api.reading.recording import show
from catalog.errors import CatalogUnavailable
from catalog.tables import Recording
from catalog.tables.jobs import JobKind, JobState
from catalog.tables.recordings import RecordingKind


def test_one_recording_is_what_show_says(client: TestClient, archive: Any, video: Recording) -> None:
    answer = client.get(f"/api/recordings/{video.id}")
    with archive.runtime.catalog.reading() as session:
        expected = show(archive.runtime, session, video).model_dump(mode="json")
    assert answer.json() == expected


def test_a_beginning_of_the_digest_names_it(client: TestClient, video: Recording) -> None:
    assert client.get(f"/api/recordings/{video.sha256[:12]}").json()["id"] == str(video.id)


@pytest.mark.parametrize("name", ["01900000-0000-7000-8000-000000000000", "zz", "%00", "a" * 3000, "..%2f..", "-"])
@pytest.mark.usefixtures("video")
def test_no_such_recording(client: TestClient, name: str) -> None:
    for path in (f"/api/recordings/{name}", f"/recordings/{name}", f"/api/recordings/{name}/original"):
        assert client.get(path).status_code == 404


def test_paging(client: TestClient, archive: Any) -> None:
    for number in range(5):
        archive.recording(f"{number}.bin", bytes([number]), RecordingKind.OTHER)
    seen: list[str] = []
    address: str | None = "/api/recordings?limit=2&kind=other"
    while address:
        page = client.get(address).json()
        assert page["total"] == 5
        seen += [recording["name"] for recording in page["recordings"]]
        address = page["next"]
    assert sorted(seen) == ["0.bin", "1.bin", "2.bin", "3.bin", "4.bin"]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "limit=x", "offset=-1", "offset=99999999999999999999", "from=yesterday", "kind=film",
     "important=perhaps", f"text={'x' * 300}", "to=0001-01-01T00:00:00%2B23:59"],
)  # fmt: skip
def test_what_cannot_be_understood(client: TestClient, query: str) -> None:
    answer = client.get(f"/api/recordings?{query}")
    assert answer.status_code == 422
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 1),
        ("text=0007IMP", 1),
        ("text=无证", 1),
        ("text=%25", 0),
        ("case=德市监罚〔2026〕12号", 1),
        ("officer=扎西", 1),
        ("officer=53340012345", 1),
        ("device=1234567", 1),
        ("device=7", 0),
        ("from=2026-03-01&to=2026-03-01", 1),
        ("from=2026-03-02", 0),
        ("to=2026-03-01T02:29:59Z", 0),
        ("from=2026-03-01T10:30:00", 1),
        ("kind=video&kind=audio", 1),
        ("kind=photo", 0),
        ("important=true", 1),
        ("attention=true", 0),
    ],
)
@pytest.mark.usefixtures("video")
def test_criteria(client: TestClient, query: str, count: int) -> None:
    assert client.get(f"/api/recordings?{query}").json()["total"] == count


@pytest.mark.usefixtures("video")
def test_jobs(client: TestClient, archive: Any) -> None:
    assert client.get("/api/jobs").json()["jobs"] == []
    other = archive.recording("b.mp4", b"b", RecordingKind.VIDEO)
    failed = archive.job(other, JobKind.DERIVE, JobState.FAILED, attempts=5, last_error="it broke")
    page = client.get("/api/jobs?state=failed").json()
    assert page["counts"]["failed"] == 1
    assert [job["id"] for job in page["jobs"]] == [str(failed.id)]
    assert (page["jobs"][0]["recording"], page["jobs"][0]["last_error"]) == ("b.mp4", "it broke")
    assert client.get(f"/api/jobs?after={failed.id}&state=failed").json()["jobs"] == []


def test_status_changes_with_what_the_page_shows(client: TestClient, archive: Any, video: Recording) -> None:
    address = f"/api/status?id={video.id}&id={uuid4()}"
    before = client.get(address).json()
    assert [each["id"] for each in before["recordings"]] == [str(video.id)]
    archive.derivative(video, "proxy", "video/mp4", b"p")
    assert client.get(address).json()["recordings"][0]["revision"] != before["recordings"][0]["revision"]


def test_readiness_says_which_engine_is_away_and_health_asks_nobody(
    client: TestClient, archive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any, **__: Any) -> Any:
        raise CatalogUnavailable("here", "it is gone")

    monkeypatch.setattr(type(archive.runtime.catalog), "reading", gone)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "unavailable",
        "catalog": str(CatalogUnavailable("here", "it is gone")),
        "store": "ok",
    }
    health = client.get("/healthz")
    assert (health.status_code, health.json()) == (200, {"status": "ok"})


def test_ready(client: TestClient) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "catalog": "ok", "store": "ok"})


@pytest.mark.parametrize("query", ["from=0001-01-01", "to=9999-12-31", "from=0001-01-01T00:00:00%2B08:00"])
def test_the_ends_of_time_are_a_wrong_criterion(client: TestClient, query: str) -> None:
    assert client.get(f"/api/recordings?{query}").status_code == 422
    assert client.get(f"/?{query}").status_code == 422
