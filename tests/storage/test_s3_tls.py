"""An S3 store behind TLS with certificate authorities of one's own, and everything that can be wrong on the way to it.

A real store stands behind a TLS-terminating proxy; the certificates are made here by openssl.
"""

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import minio.time
import pytest
from minio import Minio
from pydantic import SecretStr

from storage.errors import StorageError, StoreMisconfigured, StoreUnavailable
from storage.model import Bucket, Lock, LockMode
from storage.s3 import S3Settings, S3Store
from storage.s3_settings import PartChecksum

from .conftest import PART_SIZE

pytestmark = pytest.mark.s3

_DAYS = 2


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority in a folder of its own."""

    folder: Path

    @property
    def certificate(self) -> Path:
        return self.folder / "authority.pem"

    def certify(self, name: str, alternative: str, *, days: int = _DAYS) -> Path:
        """Make a key and a certificate for `alternative`, such as IP:127.0.0.1; returns one file with both."""
        made = self.folder / f"{name}.pem"
        key, request, extensions = (self.folder / f"{name}.{ending}" for ending in ("key", "request", "extensions"))
        extensions.write_text(f"subjectAltName={alternative}\n")
        _openssl("req", "-new", "-nodes", *_KEY, "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        signed_by = ("-CA", self.certificate, "-CAkey", self.folder / "authority.key", "-CAcreateserial")
        _openssl("x509", "-req", "-in", request, *signed_by, "-days", days, "-extfile", extensions, "-out", made)
        made.write_text(made.read_text() + key.read_text())
        return made


_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")


def _openssl(*words: object) -> None:
    program = shutil.which("openssl")
    assert program is not None, "the tests of TLS need openssl"
    subprocess.run([program, *(str(word) for word in words)], check=True, capture_output=True, timeout=60)


def new_authority(folder: Path) -> Authority:
    folder.mkdir()
    authority = Authority(folder)
    subject = ("-subj", "/CN=Authority of these tests", "-days", _DAYS)
    _openssl(
        "req", "-x509", "-nodes", *_KEY, *subject, "-keyout", folder / "authority.key", "-out", authority.certificate
    )
    return authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return new_authority(tmp_path_factory.mktemp("tls") / "own")


@contextlib.contextmanager
def terminating_tls(certificate: Path, endpoint: str) -> Iterator[int]:
    """Take TLS connections and pass on what they carry; yields the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    host, _, port = endpoint.rpartition(":")
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve(plain: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            plain,
            context.wrap_socket(plain, server_side=True) as client,
            socket.create_connection((host, int(port)), timeout=60) as store,
        ):
            back = threading.Thread(target=_pump, args=(store, client), daemon=True)
            back.start()
            _pump(client, store)
            back.join()

    def accept() -> None:
        while not ended.is_set():
            with contextlib.suppress(OSError):
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(64 * 1024):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def trusted(s3_settings: S3Settings, authority: Authority) -> Iterator[S3Settings]:
    """The store behind TLS, and an authority that vouches for it."""
    certificate = authority.certify("store", "IP:127.0.0.1")
    with terminating_tls(certificate, s3_settings.endpoint) as port:
        yield changed(s3_settings, endpoint=f"127.0.0.1:{port}", secure=True, ca_file=authority.certificate)


def changed(settings: S3Settings, **changes: object) -> S3Settings:
    return S3Settings.model_validate({**settings.model_dump(), **changes})


def fault_of(settings: S3Settings) -> StorageError:
    """What `check` says; one sentence or two, and never the secret."""
    with pytest.raises(StorageError) as met:
        S3Store(settings).check()
    sentence = str(met.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert settings.secret_key.get_secret_value() not in sentence
    return met.value


class TestBehindTls:
    @pytest.mark.parametrize("checksum", list(PartChecksum))
    @pytest.mark.parametrize("size", [0, 10, 2 * PART_SIZE + 7])
    def test_all_of_it_works(self, trusted: S3Settings, area: str, checksum: PartChecksum, size: int) -> None:
        store = S3Store(changed(trusted, part_checksum=checksum))
        store.check()
        content = bytes(range(251)) * (size // 251 + 1)
        lock = Lock(LockMode.GOVERNANCE, datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=10))
        with store.upload(Bucket.ORIGINALS, f"{area}recording.mp4", lock=lock) as upload:
            upload.write(content[:size])
            stored = upload.complete()
        assert stored.lock == lock
        assert b"".join(store.read_back(stored.reference)) == content[:size]
        assert [each.reference for each in store.list_references(Bucket.ORIGINALS, area)] == [stored.reference]


class TestTrust:
    def test_an_authority_that_is_not_named_is_not_trusted(self, trusted: S3Settings) -> None:
        error = fault_of(changed(trusted, ca_file=None))
        assert isinstance(error, StoreMisconfigured)
        assert "storage.s3.ca_file" in str(error)

    def test_another_authority_is_not_trusted(self, trusted: S3Settings, tmp_path: Path) -> None:
        stranger = new_authority(tmp_path / "stranger")
        error = fault_of(changed(trusted, ca_file=stranger.certificate))
        assert isinstance(error, StoreMisconfigured)
        assert "storage.s3.ca_file" in str(error)

    @pytest.mark.parametrize("alternative", ["IP:127.0.0.2", "DNS:store.example"])
    def test_a_certificate_for_another_host_is_refused(
        self, s3_settings: S3Settings, authority: Authority, alternative: str
    ) -> None:
        certificate = authority.certify("other", alternative)
        with terminating_tls(certificate, s3_settings.endpoint) as port:
            behind = changed(s3_settings, endpoint=f"127.0.0.1:{port}", secure=True, ca_file=authority.certificate)
            error = fault_of(behind)
        assert isinstance(error, StoreMisconfigured)
        assert "another host" in str(error)

    def test_a_certificate_that_is_over_is_refused(self, s3_settings: S3Settings, authority: Authority) -> None:
        certificate = authority.certify("over", "IP:127.0.0.1", days=-1)
        with terminating_tls(certificate, s3_settings.endpoint) as port:
            behind = changed(s3_settings, endpoint=f"127.0.0.1:{port}", secure=True, ca_file=authority.certificate)
            error = fault_of(behind)
        assert isinstance(error, StoreMisconfigured)
        assert "not valid now" in str(error)

    @pytest.mark.parametrize("kind", ["missing", "a folder", "not a certificate", "empty"])
    def test_a_file_of_authorities_that_cannot_be_used_is_named(
        self, s3_settings: S3Settings, tmp_path: Path, kind: str
    ) -> None:
        path = tmp_path / "authority.pem"
        if kind == "a folder":
            path.mkdir()
        elif kind != "missing":
            path.write_text("" if kind == "empty" else "no certificate")
        with pytest.raises(StoreMisconfigured, match=r"storage\.s3\.ca_file") as met:
            S3Store(changed(s3_settings, secure=True, ca_file=path))
        assert str(path) in str(met.value)


class TestWrongProtocol:
    def test_tls_to_a_plain_port(self, s3_settings: S3Settings) -> None:
        error = fault_of(changed(s3_settings, secure=True))
        assert isinstance(error, StoreMisconfigured)
        assert "does not speak TLS" in str(error)

    def test_plain_http_to_a_tls_port(self, trusted: S3Settings) -> None:
        error = fault_of(changed(trusted, secure=False, ca_file=None))
        assert isinstance(error, StoreMisconfigured)
        assert "storage.s3.secure" in str(error)


class TestNobodyThere:
    def test_nothing_listens(self, s3_settings: S3Settings) -> None:
        error = fault_of(changed(s3_settings, endpoint="127.0.0.1:1"))
        assert isinstance(error, StoreUnavailable)
        assert "nothing listens there" in str(error)

    def test_a_host_name_that_nobody_knows(self, s3_settings: S3Settings) -> None:
        error = fault_of(changed(s3_settings, endpoint="no-such-host.invalid:7480"))
        assert isinstance(error, StoreUnavailable)
        assert "host name" in str(error)

    def test_a_host_that_takes_no_connection(self, s3_settings: S3Settings) -> None:
        with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as waiting:
            port = full.getsockname()[1]
            for _ in range(4):  # what the kernel queues for one who never accepts
                waiting.enter_context(knock := socket.socket())
                knock.setblocking(False)
                knock.connect_ex(("127.0.0.1", port))
            error = fault_of(changed(s3_settings, endpoint=f"127.0.0.1:{port}"))
        assert isinstance(error, StoreUnavailable)
        assert "takes no connection" in str(error)

    @pytest.mark.parametrize("secure", [False, True])
    def test_one_who_listens_and_says_nothing(self, s3_settings: S3Settings, *, secure: bool) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            endpoint = f"127.0.0.1:{silent.getsockname()[1]}"
            error = fault_of(changed(s3_settings, endpoint=endpoint, secure=secure))
        assert isinstance(error, StoreUnavailable)
        assert "in time" in str(error)


class TestRefused:
    def test_a_wrong_secret(self, trusted: S3Settings) -> None:
        error = fault_of(changed(trusted, secret_key=SecretStr("not-the-secret")))
        assert isinstance(error, StoreMisconfigured)
        assert "access key" in str(error)

    def test_an_access_key_that_nobody_has(self, trusted: S3Settings) -> None:
        error = fault_of(changed(trusted, access_key="nobody"))
        assert isinstance(error, StoreMisconfigured)
        assert "access key" in str(error)

    @pytest.mark.parametrize("minutes", [-16, 16])
    def test_a_clock_that_is_a_quarter_of_an_hour_off(
        self, s3_settings: S3Settings, monkeypatch: pytest.MonkeyPatch, minutes: int
    ) -> None:
        real = minio.time.utcnow
        monkeypatch.setattr(minio.time, "utcnow", lambda: real() + timedelta(minutes=minutes))
        error = fault_of(s3_settings)
        assert isinstance(error, StoreMisconfigured)
        assert "clocks" in str(error)

    def test_a_bucket_that_is_missing(self, bare_settings: S3Settings) -> None:
        error = fault_of(bare_settings)
        assert isinstance(error, StoreMisconfigured)
        assert "zhilu storage init" in str(error)

    def test_a_bucket_without_lock(self, bare_settings: S3Settings, s3_client: Minio) -> None:
        for bucket in Bucket:
            s3_client.make_bucket(bucket_name=f"{bare_settings.bucket_prefix}-{bucket}")
        error = fault_of(bare_settings)
        assert isinstance(error, StoreMisconfigured)
        assert "no Object Lock" in str(error)
