"""`zhilu storage init`, `probe` and `reconcile`, and what `doctor` and `show` make of the probe."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from minio import Minio

from api.cli import storage as storage_command
from api.probing import Standing, standing_at
from api.settings import Settings
from catalog.engine import Catalog, sqlite_url
from catalog.repositories import custody, storage_probes
from catalog.tables import CustodyEvent, StorageProbe
from storage.local import LocalStore
from storage.model import Bucket
from storage.probe import GOVERNANCE_BYPASSES, Conformance, Seen, Trial, TrialName, TrialOutcome
from storage.s3_attacker import S3Attacker
from tests.api.cli.conftest import ACCOUNT, Zhilu
from tests.databases import migrated_postgresql  # noqa: F401 - fixtures
from tests.real_engines import RealEngines, buckets, namespace, no_buckets, real  # noqa: F401
from tests.storage.conftest import S3Settings, remove_bucket, s3_client, s3_server  # noqa: F401
from tests.storage.fake_s3 import HTML, answering, refusal

UNAVAILABLE = 3
NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def doctor(zhilu: Zhilu, code: int = 0) -> dict[str, dict[str, object]]:
    return {line["check"]: line for line in zhilu.lines("doctor", code=code)}


class TestEmbedded:
    def test_init_says_that_the_folder_is_ready(self, zhilu: Zhilu) -> None:
        for _ in range(2):
            line = zhilu.one("storage", "init")
            assert (line["bucket"], line["state"]) == (str(zhilu.home / "objects"), "there")
        assert (zhilu.home / "objects").is_dir()

    def test_probe_is_told_kept_and_shown(self, zhilu: Zhilu, tmp_path: Path) -> None:
        card = tmp_path / "card"
        card.mkdir()
        (card / "a.txt").write_text("evidence")
        identity = zhilu.one("ingest", card)["recording_id"]
        lock = zhilu.one("show", identity)["lock"]
        assert (lock["store_immutable"], lock["store_probed_at"]) == (None, None)

        *trials, summary = zhilu.lines("storage", "probe", code=1)
        assert {frozenset(trial) for trial in trials} == {
            frozenset({"trial", "outcome", "weighs", "answer", "seen", "message", "told"})
        }
        assert {trial["trial"] for trial in trials if trial["outcome"] != "refused"} == {"change_on_disk"}
        assert summary == {
            "summary": True,
            "store": f"file:{zhilu.home / 'objects'}",
            "immutable": False,
            "bypassable": None,
            "trials": len(trials),
            "failing": ["change_on_disk"],
            "unclear_until": None,
            "left_behind": 0,
        }
        catalog = Catalog(sqlite_url(zhilu.home / "catalog.sqlite3"))
        with catalog.reading() as session:
            row = storage_probes.latest(session, summary["store"])
            assert row is not None
            (event,) = custody.of_subject(session, row.id)
        catalog.close()
        assert (row.immutable, len(row.trials), row.actor) == (False, len(trials), ACCOUNT)
        assert (event.action, event.result, event.details["failing"]) == ("store probed", "failed", ["change_on_disk"])

        lock = zhilu.one("show", identity)["lock"]
        assert lock["store_immutable"] is False
        assert datetime.fromisoformat(lock["store_probed_at"]) == row.at
        assert "not immutable" in zhilu("show", identity)
        # Nobody can do anything about it, so nobody is called.
        assert doctor(zhilu)["immutability"]["state"] == "ok"

    def test_probe_speaks_both_languages(self, zhilu: Zhilu) -> None:
        assert "change a locked version on the disk itself" in zhilu("storage", "probe", code=1)
        chinese = Zhilu(zhilu.folder, zhilu.home, "zh_CN.UTF-8")
        assert "不能称为不可篡改" in chinese("storage", "probe", code=1)

    def test_reconcile_in_order(self, zhilu: Zhilu) -> None:
        summary = zhilu.one("storage", "reconcile")
        assert (summary["summary"], summary["settle"], summary["open"]) == (True, False, 0)
        assert set(summary["buckets"]) == {"originals", "derivatives", "manifests", "custody"}

    def test_uploads_of_less_than_six_hours_are_not_to_be_had(self, zhilu: Zhilu) -> None:
        zhilu("storage", "reconcile", "--settle", "--uploads-older-than", "5", code=2)
        assert len(zhilu.lines("storage", "reconcile", "--uploads-older-than", "6")) == 1

    def test_reconcile_finds_then_settles(self, zhilu: Zhilu) -> None:
        zhilu("storage", "reconcile")  # makes the home
        long_ago = datetime.now(UTC) - timedelta(hours=3)
        store = LocalStore(zhilu.home / "objects")
        with store.upload(Bucket.ORIGINALS, "2026/03/02/x", metadata={"original-name": "a%20b.mp4"}) as upload:
            upload.write(b"content")
            stored = upload.complete()
        facts = store.local_path(stored.reference).with_name("facts.json")
        facts.parent.chmod(0o755)
        facts.chmod(0o644)
        facts.write_text(facts.read_text().replace(stored.stored_at.isoformat(), long_ago.isoformat()))

        finding, summary = zhilu.lines("storage", "reconcile", code=1)
        assert (finding["finding"], finding["state"]) == ("unknown_content", "open")
        assert finding["version"] == str(stored.reference)
        assert summary["open"] == 1
        assert "--settle" in zhilu.start("storage", "reconcile").communicate(timeout=120)[1]

        finding, summary = zhilu.lines("storage", "reconcile", "--settle")
        assert (finding["state"], summary["settled"], summary["open"]) == ("settled", 1, 0)
        assert zhilu.one("show", finding["recording_id"])["name"] == "a b.mp4"
        assert len(zhilu.lines("storage", "reconcile")) == 1


@pytest.mark.s3
class TestS3:
    @pytest.fixture
    def there(self, zhilu: Zhilu, real: RealEngines, s3_client: Minio) -> Iterator[Zhilu]:  # noqa: F811 - fixtures
        yield zhilu.having(**real.store_settings)
        name = S3Attacker(real.store).bucket
        if s3_client.bucket_exists(name):
            remove_bucket(s3_client, name)

    def test_init_makes_the_buckets_once(self, zhilu: Zhilu, no_buckets: S3Settings) -> None:  # noqa: F811
        at = RealEngines(None, no_buckets, "", "")  # type: ignore[arg-type]
        new = zhilu.having(**at.store_settings, ZHILU_LOCK__DAYS="2")
        assert "storage init" in new("find", code=UNAVAILABLE)
        made = new.lines("storage", "init")
        assert [line["state"] for line in made] == ["made"] * 4
        assert made[0]["retention"] == {"mode": "governance", "days": 2}
        assert [line["state"] for line in new.lines("storage", "init")] == ["there"] * 4
        longer = new.having(ZHILU_LOCK__DAYS="3").lines("storage", "init")
        assert [line["state"] for line in longer] == ["retention_set", "there", "there", "there"]
        assert longer[0]["retention"] == {"mode": "governance", "days": 3}
        assert new.lines("storage", "init")[0]["retention"]["days"] == 3
        assert new.lines("find") == []
        assert not (zhilu.home / "objects").exists()

    def test_init_tells_a_bucket_without_lock(
        self,
        zhilu: Zhilu,
        no_buckets: S3Settings,  # noqa: F811
        s3_client: Minio,  # noqa: F811
    ) -> None:
        at = RealEngines(None, no_buckets, "", "")  # type: ignore[arg-type]
        s3_client.make_bucket(bucket_name=f"{no_buckets.bucket_prefix}-{Bucket.DERIVATIVES}")
        lines = zhilu.having(**at.store_settings).lines("storage", "init", code=UNAVAILABLE)
        assert [line["state"] for line in lines] == ["made", "no_lock", "made", "made"]
        assert "choose another" in lines[1]["message"]

    @pytest.mark.slow
    def test_probe_and_what_follows(self, there: Zhilu) -> None:
        there("find")  # makes the catalog
        assert doctor(there, code=1)["immutability"]["state"] == "attention"
        there("storage", "init")
        *trials, summary = there.lines("storage", "probe", code=1)
        assert summary["store"].startswith("s3:")
        # The store carries rules out a day later; and the tests' key owns the buckets.
        assert set(summary["failing"]) == {"lifecycle_rule"} | GOVERNANCE_BYPASSES
        assert summary["bypassable"]
        assert {trial["trial"] for trial in trials} == set(TrialName) - {"change_on_disk"}
        told = doctor(there, code=1)["immutability"]
        assert told["state"] == "attention"
        assert "lifecycle_rule" in told["facts"]["failing"]  # type: ignore[index]
        assert "by a lifecycle rule" in str(told["message"])


@pytest.mark.parametrize(
    ("language", "denied", "in_vain", "verdict"),
    [
        ("C.UTF-8", "refused (VersionLocked)", "nothing was lost", "1 succeeded and 0 stayed unclear"),
        ("zh_CN.UTF-8", "被拒绝（“VersionLocked”）", "没有丢失任何内容", "1 项得逞，0 项不明"),
    ],
)
def test_the_table_says_what_was_seen(zhilu: Zhilu, language: str, denied: str, in_vain: str, verdict: str) -> None:
    said = Zhilu(zhilu.folder, zhilu.home, language)("storage", "probe", code=1)
    assert denied in said
    (overwritten,) = [line for line in said.splitlines() if line.endswith(in_vain)]
    assert "refused" not in overwritten
    assert verdict in said.splitlines()[-1]
    if language.startswith("zh"):
        quoted = re.sub(r"“[^”]*”", "", said)
        assert not re.search(r"[A-Za-z]{5,}", quoted)


def test_a_trial_that_takes_days_is_unclear_until_then_in_both_languages() -> None:
    since = datetime(2026, 11, 23, 8, tzinfo=UTC)
    settings = Settings()
    rule = Trial(
        TrialName.LIFECYCLE_RULE,
        TrialOutcome.UNCLEAR,
        "200",
        seen=Seen.RULE_WAITS,
        since=since,
        until=since + timedelta(days=2),
    )
    found = Conformance((Trial(TrialName.OVERWRITE, TrialOutcome.REFUSED, "200", seen=Seen.NOTHING_LOST), rule))
    verdict = storage_command._verdict(found, settings, governed=True)
    assert verdict.startswith("Unclear until 2026-11-25 16:00:00 +08:00")
    assert "2026-11-25 16:00:00 +08:00" in storage_command._seen(rule, settings)
    said = storage_command._seen(found.trials[0], settings)
    assert said == "answered 200, and nothing was lost"


class TestStanding:
    def probe(self, outcome: TrialOutcome, *, weighs: bool = True, age: timedelta = timedelta(0)) -> StorageProbe:
        return StorageProbe(
            at=NOW - age,
            store="s3:x/y",
            immutable=outcome is TrialOutcome.REFUSED or not weighs,
            trials=[{"trial": "overwrite", "outcome": outcome.value, "answer": "", "weighs": weighs}],
            actor="li",
            program_version="0",
        )

    def test_never_probed_is_not_known(self) -> None:
        found = standing_at(None, NOW)
        assert (found.standing, found.immutable) == (Standing.NEVER, None)

    def test_refused_lately_is_immutable(self) -> None:
        assert standing_at(self.probe(TrialOutcome.REFUSED), NOW).standing is Standing.IMMUTABLE

    def test_refused_long_ago_is_outdated(self) -> None:
        probe = self.probe(TrialOutcome.REFUSED, age=timedelta(days=31))
        assert standing_at(probe, NOW).standing is Standing.OUTDATED

    @pytest.mark.parametrize("outcome", [TrialOutcome.ALLOWED, TrialOutcome.UNCLEAR])
    def test_anything_else_is_not_immutable_and_named(self, outcome: TrialOutcome) -> None:
        found = standing_at(self.probe(outcome), NOW)
        assert (found.standing, found.failing) == (Standing.NOT_IMMUTABLE, ("overwrite",))

    def test_refused_with_a_clock_ahead_calls_for_another(self) -> None:
        ahead = self.probe(TrialOutcome.REFUSED, age=-timedelta(days=40))
        assert standing_at(ahead, NOW).standing is Standing.CLOCK_AHEAD
        assert standing_at(self.probe(TrialOutcome.ALLOWED, age=-timedelta(days=40)), NOW).failing == ("overwrite",)
        barely = self.probe(TrialOutcome.REFUSED, age=-timedelta(minutes=1))
        assert standing_at(barely, NOW).standing is Standing.IMMUTABLE

    def test_what_only_has_to_be_waited_for(self) -> None:
        probe = self.probe(TrialOutcome.UNCLEAR)
        until = NOW + timedelta(days=2)
        probe.trials = [{**probe.trials[0], "until": until.isoformat()}]
        found = standing_at(probe, NOW)
        assert (found.standing, found.unclear_until) == (Standing.UNCLEAR, until)
        assert standing_at(probe, until).standing is Standing.PROBE_AGAIN
        probe.trials = [*probe.trials, *self.probe(TrialOutcome.ALLOWED).trials]
        assert standing_at(probe, NOW).standing is Standing.NOT_IMMUTABLE

    def test_what_does_not_weigh_is_not_named(self) -> None:
        found = standing_at(self.probe(TrialOutcome.ALLOWED, weighs=False), NOW)
        assert (found.standing, found.failing) == (Standing.IMMUTABLE, ())


def test_the_latest_probe_of_this_store_counts(tmp_path: Path) -> None:
    from catalog import schema

    catalog = Catalog(sqlite_url(tmp_path / "catalog.sqlite3"))
    schema.upgrade(catalog)
    with catalog.writing() as session:
        for store, at, immutable in (("a", NOW, True), ("a", NOW - timedelta(days=1), False), ("b", NOW, True)):
            row = StorageProbe(store=store, at=at, immutable=immutable, trials=[], actor="li", program_version="0")
            storage_probes.add(session, row)
    with catalog.reading() as session:
        latest = storage_probes.latest(session, "a")
        assert latest is not None
        assert not latest.immutable
        assert storage_probes.latest(session, "c") is None
        assert session.get(CustodyEvent, latest.id) is None
    catalog.close()


@pytest.mark.parametrize(
    ("answer", "said", "chinese"),
    [((403, refusal("UserSuspended")), "UserSuspended", "拒绝"), ((200, HTML), "no S3", "不可用")],
    ids=["suspended", "a proxy's page"],
)
def test_a_store_that_answers_what_nobody_foresaw_ends_a_start_with_one_sentence(
    zhilu: Zhilu, tmp_path: Path, answer: tuple[int, bytes], said: str, chinese: str
) -> None:
    (tmp_path / "card").mkdir()
    with answering(*answer) as endpoint:
        here = zhilu.having(
            ZHILU_STORAGE__ENGINE="s3",
            ZHILU_STORAGE__S3__ENDPOINT=endpoint,
            ZHILU_STORAGE__S3__ACCESS_KEY="key",
            ZHILU_STORAGE__S3__SECRET_KEY="secret",  # noqa: S106
            ZHILU_STORAGE__S3__SECURE="false",
        )
        told = here("dock", "--dock", str(tmp_path / "card"), "--once", code=UNAVAILABLE).strip()
        assert said in told
        assert len(told.splitlines()) == 1
        found = doctor(here, code=UNAVAILABLE)["store"]
        assert said in str(found["message"])
        there = Zhilu(here.folder, here.home, "zh_CN.UTF-8", here.more)
        assert chinese in str(doctor(there, code=UNAVAILABLE)["store"]["message"])


class TestOriginals:
    """Doctor looks whether they still are where they were put."""

    @pytest.fixture
    def folder(self, zhilu: Zhilu, tmp_path: Path) -> Path:
        card = tmp_path / "card"
        card.mkdir()
        for name in ("a.txt", "b.txt"):
            (card / name).write_text(f"evidence {name}")
        zhilu("ingest", card)
        return zhilu.home / "objects"

    def told(self, zhilu: Zhilu, code: int) -> dict[str, object]:
        return doctor(zhilu, code)["originals"]

    def test_in_order(self, zhilu: Zhilu, folder: Path) -> None:
        assert self.told(zhilu, 0)["state"] == "ok"
        assert folder.is_dir()

    def test_all_gone_is_not_in_order(self, zhilu: Zhilu, folder: Path) -> None:
        ids = {line["id"] for line in zhilu.lines("find")}
        folder.rename(folder.with_name("elsewhere"))
        for emptied in (False, True):
            found = self.told(zhilu, UNAVAILABLE)
            assert found["state"] == "unavailable"
            assert "does not hold the original of recording" in str(found["message"])
            assert found["facts"]["recording"] in ids  # type: ignore[index]
            assert folder.exists() is emptied, "doctor makes nothing"
            zhilu("find")  # makes an empty one

    @pytest.mark.parametrize("change", ["shortened", "removed"])
    def test_bytes_that_are_not_there(self, zhilu: Zhilu, folder: Path, change: str) -> None:
        for data in (folder / "objects" / "originals").rglob("data"):
            data.parent.chmod(0o755)
            data.unlink()
            if change == "shortened":
                data.write_bytes(b"e")
        message = str(self.told(zhilu, UNAVAILABLE)["message"])
        assert ("has 1 bytes" if change == "shortened" else "does not hold") in message

    def test_without_a_lock(self, zhilu: Zhilu, folder: Path) -> None:
        for facts in (folder / "objects" / "originals").rglob("facts.json"):
            facts.parent.chmod(0o755)
            facts.chmod(0o644)
            facts.write_text(json.dumps(json.loads(facts.read_text()) | {"lock": None}))
        found = self.told(zhilu, 1)
        assert found["state"] == "attention"
        assert "not locked" in str(found["message"])


def test_what_is_embedded_is_for_our_own_user_alone(zhilu: Zhilu) -> None:
    zhilu("find")
    modes = {path.name: path.stat().st_mode & 0o077 for path in (zhilu.home, *zhilu.home.glob("*.*")) if path.is_file()}
    assert zhilu.home.stat().st_mode & 0o777 == 0o700
    assert "catalog.sqlite3.migrating" in modes
    assert set(modes.values()) == {0}
