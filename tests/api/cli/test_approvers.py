"""Approvers by the command line: passphrases come from people and from their files, never from anywhere else."""

import os
import subprocess
from pathlib import Path

from tests.api.cli.conftest import PROGRAM, Zhilu

WORDS = {"扎西": "sings on the way home", "卓玛": "counts yaks at night", "李雷": "reads by the window"}


def sources(folder: Path, *names: str) -> list[str]:
    """Options that give the passphrases of these people."""
    found = []
    for name in names:
        file = folder / f"{name}.txt"
        file.write_text(WORDS[name] + "\n", "utf-8")
        file.chmod(0o600)
        found += ["--passphrase-from", f"{name}={file}"]
    return found


def founded(zhilu: Zhilu) -> None:
    for name in ("扎西", "卓玛"):
        zhilu("approver", "enrol", name, *sources(zhilu.folder, name))


def test_two_enrol_themselves_and_a_third_with_both(zhilu: Zhilu) -> None:
    founded(zhilu)
    everybody = sources(zhilu.folder, "扎西", "卓玛", "李雷")
    zhilu("approver", "enrol", "李雷", "--voucher", "扎西", *everybody, code=1)
    zhilu("approver", "enrol", "李雷", "--voucher", "扎西", "--voucher", "卓玛", *everybody)
    assert [each["name"] for each in zhilu.lines("approver", "list")] == ["扎西", "卓玛", "李雷"]
    zhilu("approver", "revoke", "卓玛", "--reason", "left", "--voucher", "扎西", "--voucher", "李雷", *everybody)
    assert [bool(each["revoked_at"]) for each in zhilu.lines("approver", "list")] == [False, True, False]
    assert set(zhilu.lines("approver", "list")[0]) == {
        "id", "name", "enrolled_by", "enrolled_at", "revoked_by", "revoked_at"
    }  # fmt: skip


def test_an_account_that_says_it_is_somebody_else(zhilu: Zhilu) -> None:
    """LOGNAME and USER are what the caller makes of them: they make nobody an approver."""
    founded(zhilu)
    posing = zhilu.having(LOGNAME="扎西", USER="扎西", USERNAME="扎西")
    own = sources(zhilu.folder, "李雷")
    said = posing("approver", "enrol", "李雷", "--voucher", "扎西", "--voucher", "卓玛", *own, code=2)
    assert "no terminal" in said
    assert len(zhilu.lines("approver", "list")) == 2


def test_a_passphrase_file_that_others_may_read(zhilu: Zhilu) -> None:
    options = sources(zhilu.folder, "扎西")
    (zhilu.folder / "扎西.txt").chmod(0o640)
    assert "chmod 600" in zhilu("approver", "enrol", "扎西", *options, code=2)
    assert zhilu.lines("approver", "list") == []


def test_a_passphrase_from_an_open_descriptor(zhilu: Zhilu) -> None:
    reading, writing = os.pipe()
    os.write(writing, f"{WORDS['扎西']}\n".encode())
    os.close(writing)
    done = subprocess.run(
        [PROGRAM, "approver", "enrol", "扎西", "--passphrase-from", f"扎西=/dev/fd/{reading}"],
        cwd=zhilu.folder,
        env=zhilu.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        pass_fds=[reading],
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    os.close(reading)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert [each["name"] for each in zhilu.lines("approver", "list")] == ["扎西"]


def test_no_passphrase_is_ever_written_out(zhilu: Zhilu) -> None:
    founded(zhilu)
    (zhilu.folder / "卓玛.txt").write_text("a wrong set of words", "utf-8")
    zhilu("approver", "passphrase", "卓玛", "--passphrase-from", f"卓玛={zhilu.folder / '卓玛.txt'}", code=1)
    for path in zhilu.home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"a wrong set" not in content
            assert not [each for each in WORDS.values() if each.encode() in content]
