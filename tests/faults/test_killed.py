"""kill -9 of a dock at each step of securing, of a worker at work, of a server: whoever comes next goes on."""

import re
import time
import urllib.request

import pytest

from infra.chaos.http_proxy import HttpFault, Misdeed

from .conftest import PATIENCE, Site
from .test_store import COMPLETE, LOCK, OPEN_PARTS, PART, PUT_WHOLE, READ_BACK


@pytest.mark.parametrize(
    ("request_", "arrives"),
    [
        (OPEN_PARTS, True),
        (PART, False),
        (COMPLETE, False),
        (COMPLETE, True),
        (PUT_WHOLE, True),
        (LOCK, False),
        (READ_BACK, False),
    ],
    ids=str,
)
def test_dock_killed_as_it_asks_the_store(site: Site, request_: str, *, arrives: bool) -> None:
    site.open(site.worker)
    fault = site.house.store.spoil(HttpFault(Misdeed.HOLD, request_))
    site.fill(site.first)
    site.wait(fault.met)
    site.dock.kill()
    if not arrives:
        site.house.store.cut()
    site.house.store.flow()
    site.dock.start()
    site.assert_all_secured_once()


def test_dock_killed_again_and_again(site: Site) -> None:
    site.open(site.worker)
    site.fill(site.first, sizes=(1000,) * 20)
    for number in range(3):
        site.wait_for("SELECT count(*) >= %s FROM recording", 3 + 4 * number)
        site.dock.kill()
        site.dock.start()
    site.assert_all_secured_once()


def test_worker_killed_at_work(site: Site) -> None:
    site.open(site.worker)
    for _ in range(2):
        site.film(site.first)
        site.wait_for("SELECT count(*) > 0 FROM job WHERE state = 'running'")
        site.worker.kill()
        site.worker.start()
    site.assert_all_secured_once()


def test_server_killed_while_it_is_asked(site: Site) -> None:
    server = site.house.server("server")
    site.open(site.worker, server)
    site.fill(site.first)
    answers = 0
    for _ in range(2):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and not (found := re.findall(r"http://\S+/", server.last_words())):
            time.sleep(0.05)
        with urllib.request.urlopen(found[-1], timeout=60) as answer:  # noqa: S310 - our own server
            answers += answer.status == 200
        server.kill()
        server.log.unlink()
        server.start()
    assert answers == 2
    site.assert_all_secured_once()
