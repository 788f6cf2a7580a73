# ruff: noqa: S106 - what looks like secrets here guards nothing
"""Settings of engines: where each value may come from, what is refused, and that no secret is ever repeated."""

import os
from pathlib import Path

import pytest

from api.errors import SettingMissing, SettingsInvalid
from api.messages.faults import sentence_of
from api.messages.language import Language
from api.messages.translator import translator
from api.settings import Settings, load_settings

SECRET = "hush-4711"  # noqa: S105 - what must not be repeated
S3 = {
    "ZHILU_STORAGE__ENGINE": "s3",
    "ZHILU_STORAGE__S3__ENDPOINT": "store.example:9000",
    "ZHILU_STORAGE__S3__ACCESS_KEY": "dock",
}


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of this machine reaches a test."""
    for name in [*os.environ]:
        if name.startswith("ZHILU_") or name == "CREDENTIALS_DIRECTORY":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def loaded(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def refused(monkeypatch: pytest.MonkeyPatch, **variables: str) -> SettingsInvalid:
    with pytest.raises(SettingsInvalid) as told:
        loaded(monkeypatch, **variables)
    error = told.value
    chinese = sentence_of(translator(Language.CHINESE), error)
    for sentence in (str(error), chinese, repr(error.__cause__), repr(error.__context__ if error.__cause__ else "")):
        assert SECRET not in sentence
        assert "4711" not in sentence
    for sentence in (str(error), chinese):
        assert "\n" not in sentence
    return error


# --- credentials in files -------------------------------------------------------------------------------------


def credentials(folder: Path, monkeypatch: pytest.MonkeyPatch, **files: str | bytes) -> Path:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


def test_secrets_come_from_credential_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials(
        tmp_path / "credentials",
        monkeypatch,
        ZHILU_STORAGE__S3__SECRET_KEY=f"{SECRET}\n",
        ZHILU_CATALOG__PASSWORD="with spaces within\r\n",
        ZHILU_DISPATCH__PASSWORD="密码",
        something_of_others="not ours",
    )
    settings = loaded(
        monkeypatch,
        **S3,
        ZHILU_CATALOG__URL="postgresql://zhilu_dock@database.example/zhilu",
        ZHILU_DISPATCH__URL="redis://redis.example:6379/0",
    )
    assert settings.storage.s3 is not None
    assert settings.storage.s3.secret_key.get_secret_value() == SECRET
    assert settings.catalog.password is not None
    assert settings.catalog.password.get_secret_value() == "with spaces within"
    assert settings.dispatch.password is not None
    assert settings.dispatch.password.get_secret_value() == "密码"
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings.model_dump())


@pytest.mark.parametrize("value", ["12345678", '{"a": 1}', "[1]", "null", "true", "  #=;$() "])
def test_a_secret_is_text_whatever_it_looks_like(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    credentials(tmp_path / "credentials", monkeypatch, ZHILU_STORAGE__S3__SECRET_KEY=value)
    settings = loaded(monkeypatch, **S3)
    assert settings.storage.s3 is not None
    assert settings.storage.s3.secret_key.get_secret_value() == value.strip()


def test_a_file_of_credentials_lies_behind_a_link_as_kubernetes_does_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = credentials(tmp_path / "credentials", monkeypatch)
    (folder / "..data").mkdir()
    (folder / "..data" / "ZHILU_STORAGE__S3__SECRET_KEY").write_text(SECRET)
    (folder / "ZHILU_STORAGE__S3__SECRET_KEY").symlink_to("..data/ZHILU_STORAGE__S3__SECRET_KEY")
    settings = loaded(monkeypatch, **S3)
    assert settings.storage.s3 is not None
    assert settings.storage.s3.secret_key.get_secret_value() == SECRET


def test_the_environment_wins_over_credentials_and_those_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "zhilu.toml").write_text(
        '[storage]\nengine = "s3"\n[storage.s3]\nendpoint = "toml:1"\naccess_key = "toml"\nsecret_key = "toml"\n'
    )
    credentials(
        tmp_path / "credentials",
        monkeypatch,
        ZHILU_STORAGE__S3__SECRET_KEY="file",
        ZHILU_STORAGE__S3__ACCESS_KEY="file",
    )
    settings = loaded(monkeypatch, ZHILU_STORAGE__S3__ACCESS_KEY="environment")
    assert settings.storage.s3 is not None
    found = settings.storage.s3
    assert (found.endpoint, found.access_key, found.secret_key.get_secret_value()) == ("toml:1", "environment", "file")


def test_a_misspelt_file_of_credentials_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = credentials(tmp_path / "credentials", monkeypatch, ZHILU_STORAG__S3__SECRET_KEY=SECRET)
    assert refused(monkeypatch, **S3).name == "ZHILU_STORAG__S3__SECRET_KEY"
    (folder / "ZHILU_STORAG__S3__SECRET_KEY").rename(folder / "ZHILU_STORAGE__S3__SECRET_KEI")
    assert (refused(monkeypatch).name, refused(monkeypatch).code) == ("storage.s3.secret_kei", "unknown")


def test_credentials_that_cannot_be_read_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = credentials(tmp_path / "credentials", monkeypatch, ZHILU_STORAGE__S3__SECRET_KEY=b"\xff\xfe4711")
    error = refused(monkeypatch, **S3)
    assert (error.name, error.code) == ("ZHILU_STORAGE__S3__SECRET_KEY", "not_utf8")
    (folder / "ZHILU_STORAGE__S3__SECRET_KEY").unlink()
    (folder / "ZHILU_STORAGE__S3__SECRET_KEY").symlink_to("ZHILU_STORAGE__S3__SECRET_KEY")
    assert refused(monkeypatch).name == "ZHILU_STORAGE__S3__SECRET_KEY"


def test_a_folder_of_credentials_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = str(tmp_path / "gone")
    assert refused(monkeypatch, CREDENTIALS_DIRECTORY=gone).name == "CREDENTIALS_DIRECTORY"


# --- what is missing or wrong ---------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["ENDPOINT", "ACCESS_KEY", "SECRET_KEY"])
def test_a_missing_part_is_named_with_where_to_give_it(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    whole = {**S3, "ZHILU_STORAGE__S3__SECRET_KEY": SECRET}
    del whole[f"ZHILU_STORAGE__S3__{part}"]
    error = refused(monkeypatch, **whole)
    assert isinstance(error, SettingMissing)
    assert error.name == f"storage.s3.{part.lower()}"
    for language in Language:
        said = sentence_of(translator(language), error)
        assert f"ZHILU_STORAGE__S3__{part}" in said
        assert "Field required" not in said


WRONG: list[tuple[dict[str, str], str, str]] = [
    ({"ZHILU_STORAGE__ENGINE": "s3"}, "storage", "how_to_reach"),
    (
        {k: v for k, v in S3.items() if not k.endswith("ENGINE")} | {"ZHILU_STORAGE__S3__SECRET_KEY": SECRET},
        "storage",
        "which_engine",
    ),
    ({**S3, "ZHILU_STORAGE__S3__SECRET_KEI": SECRET}, "storage.s3.secret_kei", "unknown"),
    ({**S3, "ZHILU_STORAGE__S3__ENDPOINT": f"http://{SECRET}/"}, "storage.s3.endpoint", "form"),
    ({"ZHILU_STORAGE": SECRET}, "storage", "group"),
    ({"ZHILU_STORAGE__S3": SECRET}, "storage.s3", "group"),
    ({"ZHILU_CATALOG__URL": f"mysql://u:{SECRET}@h/d"}, "catalog.url", "no_postgresql_url"),
    ({"ZHILU_CATALOG__URL": f"postgresql://u:p@h:{SECRET}/d"}, "catalog.url", "no_address"),
    ({"ZHILU_CATALOG__URL": f"postgresql://u:half@{SECRET}@h/d"}, "catalog.url", "no_address"),
    ({"ZHILU_CATALOG__PASSWORD": SECRET}, "catalog", "password_alone"),
    ({"ZHILU_CATALOG__CONNECTIONS": "many"}, "catalog.connections", "whole_number"),
    ({"ZHILU_CATALOG__STATEMENT_SECONDS": "0"}, "catalog.statement_seconds", "more_than"),
    ({"ZHILU_DISPATCH__URL": f"http://:{SECRET}@h"}, "dispatch.url", "no_redis_url"),
    ({"ZHILU_DISPATCH__URL": f"redis://:{SECRET}/half@h:6379/0"}, "dispatch.url", "no_redis_address"),
    ({"ZHILU_DISPATCH__URL": f"redis://:p@h:6379/{SECRET}"}, "dispatch.url", "no_redis_address"),
    ({"ZHILU_DISPATCH__PASSWORD": SECRET}, "dispatch", "password_alone"),
    ({"ZHILU_DISPATCH__NAMESPACE": "With Space"}, "dispatch.namespace", "form"),
    ({"ZHILU_STORAGE__ENGINE": SECRET}, "storage.engine", "one_of"),
    ({"ZHILU_WORK__THREADS": "0"}, "work.threads", "at_least"),
]


@pytest.mark.parametrize(("variables", "name", "code"), WRONG, ids=[f"{each[1]} {each[2]}" for each in WRONG])
def test_what_is_wrong_is_said_in_both_languages(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str, code: str
) -> None:
    error = refused(monkeypatch, **variables)
    assert (error.name, error.code) == (name, code)
    chinese = sentence_of(translator(Language.CHINESE), error)
    assert error.why not in chinese
    assert name in chinese


@pytest.mark.parametrize(
    ("tag", "language"), [("zh-CN", "zh"), ("zh_CN.UTF-8", "zh"), ("en-GB", "en"), ("zh", "zh"), ("en", "en")]
)
def test_a_language_may_be_named_by_a_longer_tag(monkeypatch: pytest.MonkeyPatch, tag: str, language: str) -> None:
    assert loaded(monkeypatch, ZHILU_LANGUAGE=tag).language == language


def test_a_language_that_is_not_spoken_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    error = refused(monkeypatch, ZHILU_LANGUAGE="fr")
    assert (error.name, error.code) == ("language", "one_of")
    assert sentence_of(translator(Language.CHINESE), error).endswith("zh, en 之一。")


def test_addresses_as_people_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for named in ("postgres", "postgresql", "postgresql+psycopg"):
        settings = loaded(monkeypatch, ZHILU_CATALOG__URL=f"{named}://u:p%40ss@h:5432/d?sslmode=verify-full")
        assert settings.catalog.url is not None
        assert settings.catalog.url.get_secret_value().startswith("postgresql+psycopg://")
    for address in ("redis://h", "rediss://user:p%2Fss@h:6380/3", "redis://[::1]:6379"):
        assert loaded(monkeypatch, ZHILU_DISPATCH__URL=address).dispatch.url is not None
