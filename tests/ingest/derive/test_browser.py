"""What we call playable, and every proxy, plays and seeks in a real Chromium over range requests."""

import threading
from collections.abc import Iterator
from datetime import UTC
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ingest import process
from ingest.derive import DerivationSettings, DerivativeKind, derive, plan
from ingest.media.describe import describe

pytestmark = pytest.mark.browser

PLAY = """async url => {
  const video = document.createElement('video');
  video.muted = true;
  document.body.replaceChildren(video);
  const happened = name => new Promise((done, fail) => {
    video.addEventListener(name, () => done(true), {once: true});
    video.addEventListener('error', () => fail(new Error(video.error.message)), {once: true});
  });
  const loaded = happened('loadeddata');
  video.src = url;
  await loaded;
  const seen = {duration: video.duration, width: video.videoWidth};
  const moving = happened('timeupdate');
  await video.play();
  while (video.currentTime < 0.2) await new Promise(done => setTimeout(done, 20));
  await moving;
  video.pause();
  const sought = happened('seeked');
  video.currentTime = video.duration * 0.7;
  await sought;
  return {...seen, at: video.currentTime / video.duration};
}"""


@pytest.fixture(scope="module")
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def play(page: Any) -> Iterator[Any]:
    """Plays one file in the page; it is served whole or by one range."""
    files: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = files.get(self.path, b"<!doctype html><body></body>")
            kind = "video/mp4" if self.path in files else "text/html"
            first, last = 0, len(content) - 1
            wanted = self.headers.get("Range")
            if wanted:
                start, _, end = wanted.removeprefix("bytes=").partition("-")
                first, last = int(start), min(int(end or last), last)
            self.send_response(206 if wanted else 200)
            if wanted:
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(last - first + 1))
            self.end_headers()
            try:
                self.wfile.write(content[first : last + 1])
            except OSError:
                self.close_connection = True  # players break off what they no longer need

        def log_message(self, *_: Any) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def play_file(path: Path) -> dict[str, Any]:
        files[f"/{path.name}"] = path.read_bytes()
        base = f"http://127.0.0.1:{server.server_port}/"
        page.goto(base)
        seen: dict[str, Any] = page.evaluate(PLAY, base + path.name)
        return seen

    yield play_file
    server.shutdown()


def shown(source: Path, into: Path) -> Path:
    """What the page would be given: the proxy where there is one, else the original."""
    chosen = plan(describe(source, source.name, run=process.run, zone=UTC), DerivationSettings())
    result = derive(chosen, source, into, on_progress=lambda _: None)
    return next((one.path for one in result.made if one.kind is DerivativeKind.PROXY), source)


@pytest.mark.parametrize(
    ("name", "coding", "proxied"),
    [
        ("h264.mp4", ("h264", "-c:a", "aac"), False),
        ("h264.mov", ("h264", "-c:a", "aac"), False),
        ("full.mp4", ("h264", "-pix_fmt", "yuvj420p", "-c:a", "libmp3lame"), False),
        ("fragmented.mp4", ("h264", "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"), False),
        ("vp9.mp4", ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-an"), False),
        ("h264.ts", ("h264", "-c:a", "aac"), True),
        ("hevc.mp4", ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", "-an"), True),
        ("old.avi", ("-c:v", "mjpeg", "-c:a", "pcm_s16le"), True),
    ],
)
def test_what_the_page_is_given_plays_and_seeks(
    make: Any, play: Any, tmp_path: Path, *, name: str, coding: tuple[str, ...], proxied: bool
) -> None:
    arguments = [word for part in coding for word in (make.h264 if part == "h264" else (part,))]
    source = make(f"browser-{name}", *make.picture(3), *make.sound(3), *arguments)
    given = shown(source, tmp_path / "made")
    assert (given != source) is proxied
    seen = play(given)
    assert seen["duration"] == pytest.approx(3, abs=0.1)
    assert seen["width"] == 320
    assert seen["at"] == pytest.approx(0.7, abs=0.02)


@pytest.mark.parametrize(("name", "codec"), [("sound.mp3", "libmp3lame"), ("sound.wav", "adpcm_ima_wav")])
def test_sound_plays_too(make: Any, play: Any, tmp_path: Path, name: str, codec: str) -> None:
    source = make(f"browser-{name}", *make.sound(3), "-c:a", codec)
    seen = play(shown(source, tmp_path / "made"))
    assert seen["duration"] == pytest.approx(3, abs=0.1)
    assert seen["at"] == pytest.approx(0.7, abs=0.02)
