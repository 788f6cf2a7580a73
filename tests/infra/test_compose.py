"""The compose file, the image's recipe and first-run, as far as they can be held without a container engine."""

import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.settings import load_settings

ROOT = Path.cwd()
DEPLOY = ROOT / "infra/deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ZHILU = {name: service for name, service in SERVICES.items() if service["image"].startswith("${ZHILU_IMAGE")}
STEPS = re.sub(r"\\\n\s*", " ", (DEPLOY / "Containerfile").read_text(encoding="utf-8")).splitlines()
PROGRAM = Path(sys.executable).with_name("zhilu")

# Of the Compose specification, what is used here: a misspelt key would pass unnoticed otherwise.
_TOP = {"name", "services", "networks", "secrets"}
_SERVICE = {
    *("build", "cap_drop", "command", "cpu_shares", "depends_on", "environment", "healthcheck", "image", "init"),
    *("logging", "mem_limit", "network_mode", "networks", "pids_limit", "ports", "profiles", "read_only", "restart"),
    *("secrets", "security_opt", "shm_size", "stop_grace_period", "tmpfs", "user", "volumes"),
}
_CONDITIONS = {"service_healthy", "service_completed_successfully"}


def secrets_of(service: dict[str, Any]) -> dict[str, str]:
    """File name within the container, by the name of the secret."""
    given = service.get("secrets", [])
    return {(item["source"] if isinstance(item, dict) else item): _target(item) for item in given}


def _target(item: str | dict[str, str]) -> str:
    return item["target"] if isinstance(item, dict) else item


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which first-run was run."""
    first_run(tmp_path)
    return tmp_path


def first_run(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([DEPLOY / "first-run", folder], capture_output=True, text=True, check=False)


def test_keys_are_those_of_the_specification() -> None:
    assert {key for key in COMPOSE if not key.startswith("x-")} == _TOP
    for name, service in SERVICES.items():
        assert set(service) <= _SERVICE, name


@pytest.mark.parametrize("name", SERVICES)
def test_services_are_closed(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"].startswith("${ZHILU_UID:?")
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert re.search(r":[^:]*\d", service["image"]), "an image without a version"
    assert "latest" not in service["image"]


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_on_loopback(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))
    # On the host's own network, what listens must be bound to loopback by itself: `zhilu serve` refuses all else.
    assert SERVICES[name].get("network_mode") is None or SERVICES[name]["command"] == ["serve"]


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_stands_in_the_file(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if re.search(r"PASSWORD|SECRET|KEY", variable):
            assert variable.endswith("_FILE"), variable
            assert value.startswith("/run/secrets/")
        assert not re.search(r"://[^/@]*:[^/@]*@", value), f"a password within {variable}"


def test_everything_referred_to_is_there(folder: Path) -> None:
    for name, service in SERVICES.items():
        assert set(secrets_of(service)) <= set(COMPOSE["secrets"]), name
        assert set(service.get("networks", [])) <= set(COMPOSE["networks"]), name
        for other, how in service.get("depends_on", {}).items():
            assert how["condition"] in _CONDITIONS
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other]
            else:
                assert SERVICES[other]["restart"] == "no"
        for volume in service.get("volumes", []):
            source = volume["source"]
            if source.startswith("${ZHILU_DATA:-./data}/"):
                assert (folder / "data" / source.rpartition("/")[2]).is_dir()
            elif not source.startswith("${"):
                assert (DEPLOY / source).is_file()
    for secret in COMPOSE["secrets"].values():
        assert (folder / secret["file"]).is_file()


@pytest.mark.parametrize("name", ZHILU)
def test_environment_and_secrets_are_settings(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "ZHILU_S3_ENDPOINT": "s3.example:443",
        "ZHILU_LOCK_MODE": "compliance",
        "ZHILU_STATION": "station-1",
    }
    for secret, target in secrets_of(ZHILU[name]).items():
        (tmp_path / target).write_text(f"the {secret}\n")
    for variable, value in ZHILU[name]["environment"].items():
        monkeypatch.setenv(variable, _interpolated(value, told))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    settings = load_settings()

    assert settings.catalog.url is not None
    assert settings.catalog.password is not None
    role = re.search(r"zhilu_(\w+)@", settings.catalog.url.get_secret_value())
    assert role is not None
    assert settings.catalog.password.get_secret_value() == f"the catalog_{role[1]}"
    if name != "catalog":
        assert settings.storage.engine == "s3"
        assert settings.storage.s3 is not None
        user = "probe" if name == "probe" else role[1]  # the probe's key reaches no recording
        assert settings.storage.s3.access_key == f"the s3_{user}_access_key"
        assert settings.storage.s3.secret_key.get_secret_value() == f"the s3_{user}_secret_key"
        assert settings.lock.mode == "compliance"


def _interpolated(value: str, told: dict[str, str]) -> str:
    def replaced(found: re.Match[str]) -> str:
        name, operator, word = found[1], found[2], found[3]
        return told[name] if operator == ":?" else told.get(name, word)

    return re.sub(r"\$\{(\w+)(:[-?])([^}]*)\}", replaced, value)


@pytest.mark.parametrize("name", ZHILU)
def test_commands_exist(name: str) -> None:
    shown = subprocess.run([PROGRAM, *ZHILU[name]["command"], "--help"], capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr


def test_roles_have_the_rights_of_the_scripts() -> None:
    granted = set(re.findall(r"'zhilu_(\w+)'", (DEPLOY / "postgresql/roles.sql").read_text(encoding="utf-8")))
    used = {
        found[1] for service in ZHILU.values() if (found := re.search(r"zhilu_(\w+)@", str(service["environment"])))
    }
    given = re.search(r"for role in ([\w ]+);", (DEPLOY / "postgresql/passwords.sh").read_text(encoding="utf-8"))
    assert given is not None
    assert used == set(given[1].split())
    assert used <= granted


class TestFirstRun:
    def test_secrets_are_private_random_and_shown_once(self, tmp_path: Path) -> None:
        first, before = first_run(tmp_path), self.secrets(tmp_path)
        second, after = first_run(tmp_path), self.secrets(tmp_path)

        made = {name: value for name, value in before.items() if not name.startswith("s3_")}
        assert len(set(made.values())) == len(made) == 7
        assert all(len(value) >= 43 for value in made.values())
        assert all(value in first.stdout and value not in second.stdout for value in made.values())
        assert before == after
        assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "secrets").iterdir()} == {0o600}
        assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600

    def test_says_what_is_missing_until_it_is_there(self, tmp_path: Path) -> None:
        assert first_run(tmp_path).returncode == 1
        for path in (tmp_path / "secrets").glob("s3_*"):
            path.write_text("key")
        settings = (tmp_path / ".env").read_text()
        settings = settings.replace("ENDPOINT=\n", "ENDPOINT=s3.example\n").replace("MODE=\n", "MODE=compliance\n")
        (tmp_path / ".env").write_text(settings)

        done = first_run(tmp_path)

        assert done.returncode == 0, done.stdout
        assert "Still" not in done.stdout

    def test_containers_never_run_as_root(self, folder: Path) -> None:
        told = dict(line.split("=", 1) for line in (folder / ".env").read_text().splitlines() if "=" in line)
        assert told["ZHILU_UID"] not in {"", "0"}
        assert {path.stat().st_uid for path in (folder / "secrets").iterdir()} == {int(told["ZHILU_UID"])}

    def secrets(self, folder: Path) -> dict[str, str]:
        return {path.name: path.read_text() for path in (folder / "secrets").iterdir()}


class TestContainerfile:
    def test_all_that_is_copied_is_there_and_no_package_is_left_out(self) -> None:
        copied = [step.split()[1:-1] for step in STEPS if step.startswith("COPY ") and "--from" not in step]
        names = {name for group in copied for name in group}
        assert all((ROOT / name).exists() for name in names)
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) <= names

    def test_it_ends_without_root_and_starts_the_program(self) -> None:
        users = [step.split()[1] for step in STEPS if step.startswith("USER ")]
        assert users[-1].split(":")[0] not in {"0", "root"}
        assert [step for step in STEPS if step.startswith("ENTRYPOINT ")] == ['ENTRYPOINT ["zhilu"]']
        assert all(":3.11-slim-" in step for step in STEPS if step.startswith("FROM "))

    def test_what_is_installed_is_what_was_tested(self) -> None:
        """The image's lock is the developers' lock without the tools: the same versions, the same hashes."""
        production, development = (_locked(name) for name in ("production", "development"))
        assert production.items() <= development.items()
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        wanted = {re.split(r"[\[<>=~! ]", name)[0].replace(".", "-") for name in project["dependencies"]}
        assert wanted <= {name.replace(".", "-").partition("[")[0] for name in production}
        assert "pytest" not in production


def _locked(name: str) -> dict[str, str]:
    text = (ROOT / f"infra/requirements/{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    entries = [line.split("==", 1) for line in text.splitlines() if "==" in line]
    return {package: " ".join(rest.split()) for package, rest in entries}


def test_scripts_are_sound() -> None:
    for path in (DEPLOY / "first-run", DEPLOY / "postgresql/passwords.sh"):
        assert os.access(path, os.X_OK)
        shell = shutil.which(path.read_text(encoding="utf-8").splitlines()[0].split()[-1].rpartition("/")[2])
        assert shell is not None
        subprocess.run([shell, "-n", path], check=True)
