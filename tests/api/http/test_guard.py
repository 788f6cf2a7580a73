"""What never gets in, and what every answer carries."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from api.http.guard import host_name
from catalog.tables import Recording
from catalog.tables.custody import CustodyResult


@pytest.mark.parametrize("host", ["localhost", "localhost:8321", "127.0.0.1:80", "[::1]", "[::1]:8321", "LOCALHOST"])
def test_own_names(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8321", "localhost.evil.example", "127.0.0.1.nip.io", "127.0.0.2", "10.0.0.1", "",
     "[::2]", "localhost@evil.example", "evil.example#localhost", "user:localhost"],
)  # fmt: skip
def test_rebound_names(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 421


def test_host_without_port() -> None:
    assert host_name("[::1]:80") == "[::1]"
    assert host_name("LocalHost:80") == "localhost"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_can_be_changed(client: TestClient, video: Recording, method: str) -> None:
    answer = client.request(method, f"/api/recordings/{video.id}")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


FOLLOWED = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


def test_another_site_may_link_to_the_first_page(client: TestClient) -> None:
    assert client.get("/", headers=FOLLOWED).status_code == 200


@pytest.mark.parametrize(
    "changed", [{"sec-fetch-dest": "iframe"}, {"sec-fetch-dest": ""}, {"sec-fetch-mode": "no-cors"}], ids=str
)
def test_but_not_embed_it(client: TestClient, changed: dict[str, str]) -> None:
    assert client.get("/", headers={**FOLLOWED, **changed}).status_code == 403


def test_and_neither_search_nor_open_anything(client: TestClient, archive: Any, video: Recording) -> None:
    paths = ["/?text=secret&purpose=bribe", f"/recordings/{video.id}", "/api/recordings", "/api/status", "/healthz"]
    for path in [*paths, f"/api/recordings/{video.id}/original", "/static/style.css"]:
        assert client.get(path, headers=FOLLOWED).status_code == 403
    assert {event.result for event in archive.events()} <= {CustodyResult.DENIED}
    assert all(event.purpose is None for event in archive.events())


@pytest.mark.parametrize("path", ["/", "/healthz", "/static/style.css", "/nope", "/api/recordings/00"])
def test_headers_of_every_answer(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


def test_a_refusal_carries_them_too(client: TestClient) -> None:
    assert "content-security-policy" in client.get("/", headers={"host": "evil.example"}).headers


def test_no_origin_is_let_in(client: TestClient) -> None:
    answer = client.get("/api/recordings", headers={"origin": "http://localhost:3000"})
    assert "access-control-allow-origin" not in answer.headers
