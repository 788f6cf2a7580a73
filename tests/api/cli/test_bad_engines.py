# ruff: noqa: S106 - passwords that are wrong on purpose
"""Bad settings of engines: one clear sentence from `doctor` and at every start, exit code 3, no trace of a start."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from alembic import command
from minio import Minio
from sqlalchemy import create_engine, text

from catalog import schema
from storage.model import Bucket
from tests.api.cli.conftest import Zhilu
from tests.databases import migrated_postgresql  # noqa: F401 - fixtures
from tests.real_engines import RealEngines, buckets, lock_by_default, namespace, no_buckets, real, untouched  # noqa: F401
from tests.storage.conftest import s3_client, s3_server  # noqa: F401
from tests.tls_proxy import Authority, make_authority, tls_before

pytestmark = pytest.mark.s3
UNAVAILABLE = 3
EVERY_START = ("ingest", "up", "dock", "work", "serve", "find")
THAT_WORK = ("up", "work")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Bench:
    """The program with settings for real engines, and a card to be taken in."""

    zhilu: Zhilu
    engines: RealEngines
    card: Path

    def having(self, **settings: str) -> "Bench":
        return replace(self, zhilu=self.zhilu.having(**settings))

    @property
    def starts(self) -> list[tuple[str, ...]]:
        """Every way to begin work, and one to look at what is there."""
        return [
            ("ingest", str(self.card)),
            ("up", "--dock", str(self.card), "--port", "0"),
            ("dock", "--dock", str(self.card), "--once"),
            ("work", "--once"),
            ("serve", "--port", "0"),
            ("find",),
        ]

    def refuses(self, check: str, said: str, *, by: tuple[str, ...] = ("ingest",)) -> None:
        """Doctor and these starts say it once, in both languages; the other engines are looked at all the same."""
        found = {line["check"]: line for line in self.zhilu.lines("doctor", code=UNAVAILABLE)}
        assert found[check]["state"] == "unavailable"
        assert said in found[check]["message"]
        assert {
            name: found[name]["state"] for name in ("catalog", "store", "dispatch") if name != check
        } == dict.fromkeys({"catalog", "store", "dispatch"} - {check}, "ok")
        self._is_one_sentence(found[check]["message"])
        chinese = Zhilu(self.zhilu.folder, self.zhilu.home, "zh_CN.UTF-8", self.zhilu.more)
        (told,) = [line for line in chinese.lines("doctor", code=UNAVAILABLE) if line["check"] == check]
        assert CHINESE.search(told["message"]), told["message"]
        self._is_one_sentence(told["message"])
        for start in self.starts:
            if start[0] not in by:
                continue
            answer = self.zhilu(*start, code=UNAVAILABLE).strip()
            assert said in answer, start
            self._is_one_sentence(answer)
        assert not self.zhilu.home.exists(), "a start that could not be left something behind"

    def _is_one_sentence(self, told: str) -> None:
        assert len(told.splitlines()) == 1, told
        assert told[-1] in ".。"
        assert not any(secret in told for secret in self.engines.secrets)


@pytest.fixture
def card(tmp_path: Path) -> Path:
    (tmp_path / "card").mkdir()
    (tmp_path / "card" / "a.txt").write_text("evidence")
    return tmp_path / "card"


@pytest.fixture
def bench(zhilu: Zhilu, real: RealEngines, card: Path) -> Bench:  # noqa: F811 - a fixture
    lock_by_default(real.store)
    return Bench(zhilu.having(**real.settings), real, card)


def test_all_in_order_says_what_each_engine_is(bench: Bench) -> None:
    found = {line["check"]: line for line in bench.zhilu.lines("doctor", code=1)}
    assert found.pop("immutability")["state"] == "attention"  # nobody has probed this store
    assert {line["state"] for line in found.values()} == {"ok"}
    assert {name: found[name]["facts"]["engine"] for name in ("catalog", "store", "dispatch")} == {
        "catalog": "postgresql",
        "store": "s3",
        "dispatch": "redis",
    }
    engines = bench.engines
    assert found["store"]["facts"]["where"] == engines.store.endpoint
    assert engines.store.bucket_prefix in found["store"]["message"]
    assert f"{engines.database.host}:{engines.database.port}/{engines.database.database}" in found["catalog"]["message"]
    assert engines.namespace in found["dispatch"]["message"]
    assert re.search(r"PostgreSQL \d+", found["catalog"]["message"])
    assert not bench.zhilu.home.exists()


def test_no_secret_is_ever_written(bench: Bench) -> None:
    """Not by the checks, nor by the log at its most talkative, whether all goes well or nothing does."""
    ways = [
        bench,
        bench.having(ZHILU_STORAGE__S3__ACCESS_KEY="nobody"),
        bench.having(ZHILU_CATALOG__URL=_url_of(bench, port=1)),
        bench.having(ZHILU_DISPATCH__URL=_redis_of(bench, port=1)),
        bench.having(ZHILU_CATALOG__URL=_url_of(bench, database="no_such_thing")),
    ]
    for way in ways:
        for order in (("doctor",), ("doctor", "--json"), ("find",), ("ingest", str(way.card))):
            process = way.having(ZHILU_LOG="debug").zhilu.start(*order)
            out, err = process.communicate(timeout=120)
            for secret in bench.engines.secrets:
                assert secret not in out + err, order
    written = b"".join(path.read_bytes() for path in bench.zhilu.home.rglob("*") if path.is_file())
    assert not any(secret.encode() in written for secret in bench.engines.secrets)


def _url_of(bench: Bench, **changed: object) -> str:
    return bench.engines.database.set(**changed).render_as_string(hide_password=False)  # type: ignore[arg-type]


def _redis_of(bench: Bench, *, port: int | None = None, password: str | None = None, scheme: str = "redis") -> str:
    parts = urlsplit(bench.engines.redis_url)
    return f"{scheme}://:{password or parts.password}@{parts.hostname}:{port or parts.port}/0"


# --- the catalog ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"password": "wrong-word"}, "refuses the user or the password"),
        ({"database": "no_such_thing"}, "no database of that name"),
        ({"port": 1}, "nothing answers"),
        ({"host": "no-such-host.invalid"}, "no host of that name"),
    ],
    ids=["wrong password", "no such database", "unreachable", "unknown host"],
)
def test_a_catalog_that_cannot_be_used(bench: Bench, changed: dict[str, object], said: str) -> None:
    bench.having(ZHILU_CATALOG__URL=_url_of(bench, **changed)).refuses("catalog", said)


def test_an_empty_catalog_is_not_filled_by_a_start(bench: Bench, untouched: RealEngines) -> None:  # noqa: F811
    empty = bench.having(**untouched.catalog_settings)
    empty.refuses("catalog", "zhilu catalog upgrade", by=EVERY_START)
    engine = create_engine(untouched.database)
    with engine.connect() as connection:
        tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    engine.dispose()
    assert tables == []


@pytest.mark.parametrize(("revision", "said"), [("0001", "zhilu catalog upgrade"), ("9999", "update Zhilu")])
def test_a_catalog_of_another_version(bench: Bench, revision: str, said: str) -> None:
    engine = create_engine(bench.engines.database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    engine.dispose()
    bench.refuses("catalog", said, by=("dock", "work", "serve", "find"))


def test_the_catalog_is_upgraded_on_purpose_and_keeps_what_it_holds(
    bench: Bench,
    untouched: RealEngines,  # noqa: F811
) -> None:
    engine = create_engine(untouched.database)
    with engine.begin() as connection:
        command.upgrade(schema.configuration(connection), "0001")
        connection.execute(
            text("INSERT INTO station (id, name) VALUES ('01890a5d-ac96-774b-bcce-b302099a8057', '采集站')")
        )
    here = bench.having(**untouched.catalog_settings).zhilu
    assert "0001" in here("find", code=UNAVAILABLE)
    said = here.one("catalog", "upgrade")
    assert (said["before"], said["after"]) == ("0001", schema.newest_revision())
    assert here.one("catalog", "upgrade")["before"] == schema.newest_revision()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT name FROM station")).scalars().all() == ["采集站"]
    engine.dispose()
    assert here.lines("find") == []


def test_an_upgrade_says_from_where_to_where(bench: Bench, untouched: RealEngines) -> None:  # noqa: F811
    here = bench.having(**untouched.catalog_settings).zhilu
    assert f"made, at {schema.newest_revision()}" in here("catalog", "upgrade")
    assert "nothing to do" in here("catalog", "upgrade")
    assert "refuses the user" in here.having(ZHILU_CATALOG__URL=_url_of(bench, password="wrong-word"))(
        "catalog", "upgrade", code=UNAVAILABLE
    )


# --- the store ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"ZHILU_STORAGE__S3__SECRET_KEY": "wrong-word"}, "access key"),
        ({"ZHILU_STORAGE__S3__ACCESS_KEY": "nobody"}, "access key"),
        ({"ZHILU_STORAGE__S3__BUCKET_PREFIX": "zhilu-never-made"}, "zhilu storage init"),
    ],
    ids=["wrong secret", "unknown key", "no bucket"],
)
def test_a_store_that_cannot_be_used(bench: Bench, settings: dict[str, str], said: str) -> None:
    bench.having(**settings).refuses("store", said)


def test_a_store_that_cannot_be_reached(bench: Bench) -> None:
    bench.having(ZHILU_STORAGE__S3__ENDPOINT="127.0.0.1:1").refuses("store", "127.0.0.1:1", by=EVERY_START)


def test_a_bucket_without_a_lock(bench: Bench, no_buckets: object, s3_client: Minio) -> None:  # noqa: F811
    prefix: str = no_buckets.bucket_prefix  # type: ignore[attr-defined]
    for bucket in Bucket:
        s3_client.make_bucket(bucket_name=f"{prefix}-{bucket}", object_lock=False)
    bench.having(ZHILU_STORAGE__S3__BUCKET_PREFIX=prefix).refuses("store", "Object Lock")
    for bucket in Bucket:
        assert list(s3_client.list_objects(f"{prefix}-{bucket}", recursive=True)) == []


# --- the doorbell ---------------------------------------------------------------------------------------------


def test_a_wrong_password_for_redis(bench: Bench) -> None:
    wrong = bench.having(ZHILU_DISPATCH__URL=_redis_of(bench, password="wrong-word"))
    wrong.refuses("dispatch", "dispatch.password")


def test_a_redis_that_cannot_be_reached(bench: Bench) -> None:
    away = bench.having(ZHILU_DISPATCH__URL=_redis_of(bench, port=1))
    away.refuses("dispatch", "127.0.0.1:1", by=THAT_WORK)


def test_securing_never_hangs_on_a_doorbell(bench: Bench) -> None:
    away = bench.having(ZHILU_DISPATCH__URL=_redis_of(bench, port=1))
    (secured,) = away.zhilu.lines("ingest", str(bench.card))
    assert secured["outcome"] == "secured"
    again, _total = away.zhilu.lines("dock", "--dock", str(bench.card), "--once")
    assert again["outcome"] == "duplicate"


def test_looking_needs_no_doorbell(bench: Bench) -> None:
    away = bench.having(ZHILU_DISPATCH__URL=_redis_of(bench, port=1))
    assert away.zhilu.lines("find") == []


# --- TLS that is not trusted ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, Authority]:
    folder = tmp_path_factory.mktemp("authorities")
    return make_authority(folder, "ours"), make_authority(folder, "theirs")


@dataclass(frozen=True)
class Ports:
    catalog: int
    store: int
    dispatch: int


@pytest.fixture
def behind_tls(bench: Bench, authorities: tuple[Authority, Authority]) -> Iterator[Ports]:
    database, store = bench.engines.database, urlsplit(f"//{bench.engines.store.endpoint}")
    doorbell = urlsplit(bench.engines.redis_url)
    with (
        tls_before(str(database.host), int(database.port or 5432), authorities[0], postgresql=True) as catalog_port,
        tls_before(str(store.hostname), int(store.port or 80), authorities[0]) as store_port,
        tls_before(str(doorbell.hostname), int(doorbell.port or 6379), authorities[0]) as dispatch_port,
    ):
        yield Ports(catalog_port, store_port, dispatch_port)


def _over_tls(bench: Bench, ports: Ports, trusted: dict[str, Authority]) -> Bench:
    verified = {"sslmode": "verify-full", "sslrootcert": str(trusted["catalog"].certificate)}
    database = bench.engines.database.set(host="127.0.0.1", port=ports.catalog).update_query_dict(verified)
    return bench.having(
        ZHILU_CATALOG__URL=database.render_as_string(hide_password=False),
        ZHILU_STORAGE__S3__ENDPOINT=f"127.0.0.1:{ports.store}",
        ZHILU_STORAGE__S3__SECURE="true",
        ZHILU_STORAGE__S3__CA_FILE=str(trusted["store"].certificate),
        ZHILU_DISPATCH__URL=_redis_of(bench, port=ports.dispatch, scheme="rediss"),
        ZHILU_DISPATCH__CA_FILE=str(trusted["dispatch"].certificate),
    )


def test_engines_whose_authority_is_trusted(
    bench: Bench, behind_tls: Ports, authorities: tuple[Authority, Authority]
) -> None:
    ours = dict.fromkeys(("catalog", "store", "dispatch"), authorities[0])
    found = _over_tls(bench, behind_tls, ours).zhilu.lines("doctor", code=1)
    # Nobody has probed this store.
    assert {line["state"] for line in found if line["check"] != "immutability"} == {"ok"}, found


@pytest.mark.parametrize(
    ("check", "said"), [("catalog", "not trusted"), ("store", "trusted"), ("dispatch", "not trusted")]
)
def test_an_engine_whose_authority_is_not_trusted(
    bench: Bench, behind_tls: Ports, authorities: tuple[Authority, Authority], check: str, said: str
) -> None:
    trusted = dict.fromkeys(("catalog", "store", "dispatch"), authorities[0]) | {check: authorities[1]}
    _over_tls(bench, behind_tls, trusted).refuses(check, said)


# --- several at once, and what is embedded --------------------------------------------------------------------


def test_one_bad_engine_does_not_keep_the_others_from_being_told(bench: Bench) -> None:
    wrong = bench.having(
        ZHILU_CATALOG__URL=_url_of(bench, password="wrong-word"),
        ZHILU_STORAGE__S3__SECRET_KEY="wrong-word",
        ZHILU_DISPATCH__URL=_redis_of(bench, password="wrong-word"),
    )
    states = {line["check"]: line["state"] for line in wrong.zhilu.lines("doctor", code=UNAVAILABLE)}
    assert states == {
        "tools": "ok",
        "room": "ok",
        "catalog": "unavailable",
        "store": "unavailable",
        "dispatch": "unavailable",
    }


def test_doctor_makes_no_home(zhilu: Zhilu) -> None:
    found = {line["check"]: line for line in zhilu.lines("doctor")}
    assert "first start" in found["catalog"]["message"]
    assert not zhilu.home.exists()
    assert zhilu.having(ZHILU_HOME="/proc/zhilu").lines("doctor", code=UNAVAILABLE)


def test_doctor_upgrades_nothing(zhilu: Zhilu) -> None:
    zhilu("find")
    path = zhilu.home / "catalog.sqlite3"
    path.unlink()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        command.upgrade(schema.configuration(connection), "0001")
    engine.dispose()
    kept = shutil.copy(path, zhilu.folder / "kept")
    (check,) = [line for line in zhilu.lines("doctor") if line["check"] == "catalog"]
    assert "0001" in check["message"]
    one, other = (create_engine(f"sqlite:///{each}") for each in (path, kept))
    with one.connect() as ours, other.connect() as before:
        tables = text("SELECT name FROM sqlite_master ORDER BY name")
        assert ours.execute(tables).all() == before.execute(tables).all()
    one.dispose()
    other.dispose()
