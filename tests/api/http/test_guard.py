"""What never gets in, and what every answer carries."""

import pytest
from starlette.testclient import TestClient

from api.http.guard import host_name
from catalog.tables import Recording


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


def test_another_site_may_link_but_not_embed(client: TestClient, video: Recording) -> None:
    address = f"/recordings/{video.id}"
    embedded = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    assert client.get(address, headers=embedded).status_code == 403
    followed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert client.get(address, headers=followed).status_code == 200


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
