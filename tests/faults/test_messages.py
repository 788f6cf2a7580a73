"""Redis is cut in the middle of a message, flushed, away: it is a doorbell, and losing every ring loses nothing."""

from functools import partial

import pytest
import redis

from infra.chaos.cuts import CutAfter, CutAt, Direction

from .conftest import Site


def test_cut_in_the_middle_of_a_message(site: Site) -> None:
    site.endure(lambda: site.house.messages.once(CutAt(b'"args"')), filming=True)


@pytest.mark.parametrize("direction", list(Direction))
def test_cut_in_the_middle_of_anything(site: Site, direction: Direction) -> None:
    cuts = [CutAfter(count, direction) for count in (10, 500, 2_000)]
    site.endure(*(partial(site.house.messages.once, cut) for cut in cuts))


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
    site.endure_absence(site.house.messages, (site.dock, "rings do not get through"))
