"""A time-stamping authority of the tests' own: `openssl ts` behind a small server on loopback."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from catalog.custody.stamps import Authority

_CONFIGURATION = """
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[stamps]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = tsa_one
[tsa_one]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.55555.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
[req]
distinguished_name = name
[name]
"""


@dataclass
class LocalAuthority:
    """What it is asked, and what is the matter with it: `bend` changes every answer."""

    folder: Path
    url: str = ""
    asked: list[bytes] = field(default_factory=list)
    status: int = 200
    another: bytes | None = None

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def authority(self) -> Authority:
        return Authority("local", self.url, self.ca_file)

    def answer(self, query: bytes) -> bytes:
        self.asked.append(query)
        if self.another is not None:
            return self.another
        (self.folder / "query").write_bytes(query)
        _openssl("ts", "-reply", "-config", "configuration", "-queryfile", "query", "-out", "reply", folder=self.folder)
        return (self.folder / "reply").read_bytes()


def make_authority(folder: Path) -> LocalAuthority:
    folder.mkdir(parents=True)
    (folder / "configuration").write_text(_CONFIGURATION.format(folder=folder))
    (folder / "serial").write_text("01\n")
    for name, subject, extensions, signer in (
        ("ca", "/CN=Tests of Zhilu CA", "ca", ()),
        ("signer", "/CN=Tests of Zhilu stamps", "stamps", ("-CA", "ca.pem", "-CAkey", "ca.key")),
    ):
        made = ("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        _openssl(*made, "-subj", subject, "-config", "configuration", folder=folder)
        signing = signer or ("-signkey", "ca.key")
        _openssl(
            *("x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", "-days", "30", *signing),
            *("-extfile", "configuration", "-extensions", extensions),
            folder=folder,
        )
    return LocalAuthority(folder)


@contextmanager
def answering(authority: LocalAuthority) -> Iterator[LocalAuthority]:
    """The authority at a port of loopback, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            body = authority.answer(query)
            self.send_response(authority.status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        authority.url = f"http://127.0.0.1:{server.server_port}/tsr"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield authority
        finally:
            server.shutdown()
            thread.join()


def _openssl(*arguments: str, folder: Path) -> None:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
