"""A Redis that cannot be used is refused at the start, with what to do and without the password."""

from collections.abc import Callable, Iterator

import pytest

from catalog.dispatch import RedisBell
from catalog.errors import DispatchError, DispatchMisconfigured, DispatchUnavailable
from tests.engines import address_of
from tests.redis_server import RedisServer


def _refusal(bell: Callable[[], RedisBell]) -> DispatchError:
    with pytest.raises(DispatchError) as caught:
        bell().check()
    return caught.value


def test_a_wrong_password_is_said_without_the_password(server: RedisServer) -> None:
    for url in (server.url("wr0ng-secret"), server.url("")):
        refusal = _refusal(lambda url=url: RedisBell(url))  # type: ignore[misc]
        assert isinstance(refusal, DispatchMisconfigured)
        assert "dispatch.password" in str(refusal)
        assert "wr0ng-secret" not in str(refusal)
    RedisBell(server.url(""), password=server.password).check()


def test_nobody_at_that_address_is_unavailable(server: RedisServer) -> None:
    server.stop()
    refusal = _refusal(server.bell)
    assert isinstance(refusal, DispatchUnavailable)
    assert f"127.0.0.1:{server.port}" in str(refusal)


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:no-port/0", "redis://127.0.0.1:6379/0?nonsense=1", "redis://[::1/0"], ids=str
)
def test_an_address_that_cannot_be_one(url: str) -> None:
    assert isinstance(_refusal(lambda: RedisBell(url)), DispatchMisconfigured)


def test_a_database_that_redis_does_not_have(server: RedisServer) -> None:
    url = server.url(server.password).replace("/0", "/99")
    assert isinstance(_refusal(lambda: RedisBell(url)), DispatchMisconfigured)


def test_tls_is_checked_against_the_own_authority(tls_server: RedisServer) -> None:
    refusal = _refusal(lambda: RedisBell(tls_server.url(tls_server.password)))
    assert isinstance(refusal, DispatchMisconfigured)
    assert "dispatch.ca_file" in str(refusal)
    RedisBell(tls_server.url(tls_server.password), ca_file=tls_server.ca_file).check()
    missing = tls_server.folder / "missing.pem"
    assert str(missing) in str(_refusal(lambda: RedisBell(tls_server.url(tls_server.password), ca_file=missing)))
    plain = tls_server.url(tls_server.password).replace("rediss://", "redis://")
    assert "rediss://" in str(_refusal(lambda: RedisBell(plain, ca_file=tls_server.ca_file)))


@pytest.fixture
def tls_server() -> Iterator[RedisServer]:
    address_of("redis")
    with RedisServer(tls=True) as started:
        yield started
