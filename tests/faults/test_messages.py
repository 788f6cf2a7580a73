"""Redis is cut in the middle of a message, flushed, away: it is a doorbell, and losing every ring loses nothing."""

import pytest
import redis

from infra.chaos.cuts import CutAfter, CutAt, Direction

from .conftest import Site


def test_cut_in_the_middle_of_a_message(site: Site) -> None:
    site.open(site.worker)
    cut = site.house.messages.once(CutAt(b'"args"'))
    site.fill(site.first)
    site.film(site.first)
    site.wait(cut.met)
    site.assert_all_secured_once()


@pytest.mark.parametrize("direction", list(Direction))
def test_cut_in_the_middle_of_anything(site: Site, direction: Direction) -> None:
    site.open(site.worker)
    for count in (10, 500, 2_000):
        cut = site.house.messages.once(CutAfter(count, direction))
        site.fill(site.first)
        site.wait(cut.met)
    site.assert_all_secured_once()


def test_flushed(site: Site) -> None:
    site.open()
    site.fill(site.first)  # nobody works: what is rung for stays in the queue, and is lost with it
    site.wait_for("SELECT count(*) = 5 FROM job WHERE state = 'waiting'")
    engine = redis.Redis.from_url(site.house.place.redis)
    for key in list(engine.scan_iter(f"{site.house.namespace}*")):
        engine.delete(key)
    engine.close()
    site.worker.start()
    site.assert_all_secured_once()


def test_away_for_a_while_and_back(site: Site) -> None:
    site.open(site.worker)
    site.house.messages.refuse()
    site.fill(site.first)
    site.wait_for_words(site.dock, "rings do not get through")
    site.house.messages.accept()
    site.assert_all_secured_once()
