"""Bytes of originals and derivatives: ranges, conditions, safe types, honest failures, nothing left open."""

import base64
import os
import shutil
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.testclient import TestClient

from api.http import create_app
from api.http.content import disposition
from catalog.repositories import recordings
from catalog.tables import Recording
from catalog.tables.custody import CustodyAction, CustodyResult
from catalog.tables.recordings import RecordingKind


@pytest.fixture
def original(media: Path) -> bytes:
    return (media / "video.mp4").read_bytes()


def test_all_of_it(client: TestClient, video: Recording, original: bytes) -> None:
    answer = client.get(f"/api/recordings/{video.id}/original")
    assert answer.status_code == 200
    assert answer.content == original
    assert answer.headers["content-length"] == str(len(original))
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["etag"] == f'"{video.sha256}"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    digest = base64.b64encode(bytes.fromhex(video.sha256)).decode()
    assert answer.headers["repr-digest"] == f"sha-256=:{digest}:"
    assert answer.headers["content-disposition"].startswith("inline;")


@pytest.mark.parametrize(("start", "end"), [(0, 0), (0, 99), (1000, 250_000), (300_000, None)])
def test_part_of_it(client: TestClient, video: Recording, original: bytes, start: int, end: int | None) -> None:
    value = f"bytes={start}-{'' if end is None else end}"
    answer = client.get(f"/api/recordings/{video.id}/original", headers={"range": value})
    last = len(original) - 1 if end is None else end
    assert answer.status_code == 206
    assert answer.content == original[start : last + 1]
    assert answer.headers["content-range"] == f"bytes {start}-{last}/{len(original)}"


def test_the_end_of_it(client: TestClient, video: Recording, original: bytes) -> None:
    answer = client.get(f"/api/recordings/{video.id}/original", headers={"range": "bytes=-7"})
    assert (answer.status_code, answer.content) == (206, original[-7:])


def test_past_the_end(client: TestClient, video: Recording, original: bytes) -> None:
    answer = client.get(f"/api/recordings/{video.id}/original", headers={"range": f"bytes={len(original)}-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(original)}"
    assert answer.content == b""


def test_head_tells_without_sending(client: TestClient, archive: Any, video: Recording, original: bytes) -> None:
    answer = client.head(f"/api/recordings/{video.id}/original", headers={"range": "bytes=0-9"})
    assert answer.status_code == 200  # a range has no meaning for HEAD
    assert answer.headers["content-length"] == str(len(original))
    assert answer.content == b""
    assert archive.events(video.id) == []


def test_known_already(client: TestClient, video: Recording) -> None:
    headers = {"if-none-match": f'"{video.sha256}"'}
    answer = client.get(f"/api/recordings/{video.id}/original", headers=headers)
    assert (answer.status_code, answer.content) == (304, b"")


def test_derivative(client: TestClient, video: Recording, media: Path) -> None:
    answer = client.get(f"/api/recordings/{video.id}/derivatives/storyboard_index")
    assert answer.headers["content-type"].startswith("text/vtt")
    assert answer.content == (media / "index.vtt").read_bytes()


def test_no_such_derivative(client: TestClient, video: Recording) -> None:
    answer = client.get(f"/api/recordings/{video.id}/derivatives/proxy")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "DerivativeMissing"


def test_empty_original(client: TestClient, archive: Any) -> None:
    empty = archive.recording("empty.mp4", b"", RecordingKind.OTHER)
    assert client.get(f"/api/recordings/{empty.id}/original").content == b""
    assert client.get(f"/api/recordings/{empty.id}/original", headers={"range": "bytes=0-"}).status_code == 416


SCRIPT = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.mark.parametrize(
    ("name", "kind", "container"),
    [
        ("evil.svg", RecordingKind.PHOTO, "svg"),
        ("evil.html", RecordingKind.OTHER, None),
        ("evil.jpg.html", RecordingKind.UNKNOWN, None),
        ("track.xml", RecordingKind.SIDECAR, "xml"),
    ],
)
def test_what_could_carry_a_script_is_a_file_to_save(
    client: TestClient, archive: Any, name: str, kind: RecordingKind, container: str | None
) -> None:
    recording = archive.recording(name, SCRIPT, kind, media={"kind": kind.value, "container": container})
    answer = client.get(f"/api/recordings/{recording.id}/original")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_derivative_of_an_unsafe_type_is_a_file_to_save(client: TestClient, archive: Any, video: Recording) -> None:
    archive.derivative(video, "drawing", "image/svg+xml", SCRIPT)
    answer = client.get(f"/api/recordings/{video.id}/derivatives/drawing")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")


def test_download_keeps_the_name(client: TestClient, archive: Any) -> None:
    recording = archive.recording('执法 "1".mp4', b"x", RecordingKind.OTHER)
    answer = client.get(f"/api/recordings/{recording.id}/original?download=1")
    expected = "attachment; filename=\"__ _1_.mp4\"; filename*=UTF-8''%E6%89%A7%E6%B3%95%20_1_.mp4"
    assert answer.headers["content-disposition"] == expected


@pytest.mark.parametrize(
    "name", ["a\r\nX-Evil: 1.mp4", "../../etc/passwd", "", "...", "x" * 5000 + ".mp4", "\u202egpj.exe"]
)
def test_no_name_leaves_its_header(name: str) -> None:
    value = disposition(name, inline=False)
    assert value.isascii()
    assert value.isprintable()
    assert "/" not in value.replace("UTF-8''", "")
    assert len(value) < 1000
    assert 'filename=""' not in value


def test_store_lost_the_version(client: TestClient, archive: Any, video: Recording) -> None:
    shutil.rmtree(archive.runtime.home / "objects" / "objects" / "originals" / video.object_key)
    answer = client.get(f"/api/recordings/{video.id}/original")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "VersionNotFound"
    event = archive.events(video.id)[-1]
    assert (event.action, event.result) == (CustodyAction.PLAYED, CustodyResult.FAILED)


def test_store_holds_another_size(client: TestClient, archive: Any) -> None:
    recording = archive.recording("cut.mp4", b"abc", RecordingKind.OTHER)
    stored = archive.runtime.store.local_path(recordings.original(recording))
    stored.parent.chmod(0o755)
    facts = stored.with_name("facts.json")
    facts.chmod(0o644)
    facts.write_text(facts.read_text().replace('"size": 3', '"size": 2').replace('"size":3', '"size":2'))
    answer = client.get(f"/api/recordings/{recording.id}/original")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "StoredSizeDiffers"
    assert archive.events(recording.id)[-1].result is CustodyResult.FAILED


def test_a_client_that_goes_leaves_nothing_open(archive: Any) -> None:
    large = archive.recording("large.bin", os.urandom(1024) * (48 * 1024), RecordingKind.OTHER)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(create_app(archive.runtime), log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            _wait_until(lambda: server.started)
            for _ in range(3):
                with socket.create_connection(("127.0.0.1", port)) as connection:
                    request = f"GET /api/recordings/{large.id}/original HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
                    connection.sendall(request.encode())
                    assert connection.recv(1000).startswith(b"HTTP/1.1 200")
                    _wait_until(lambda: _open_copies(large))
            _wait_until(lambda: not _open_copies(large))
        finally:
            server.should_exit = True
            thread.join(timeout=20)


def _open_copies(recording: Recording) -> list[str]:
    found = []
    for handle in Path("/proc/self/fd").iterdir():
        try:
            target = str(handle.readlink())
        except OSError:
            continue
        if recording.object_version in target:
            found.append(target)
    return found


def _wait_until(holds: Any) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)
