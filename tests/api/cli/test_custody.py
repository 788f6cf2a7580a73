"""`zhilu custody`: what it says of the log, and proofs that are checked here by nothing but RFC 9162 and a key."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from catalog.custody.key_files import key_text
from catalog.custody.note import SignerKey
from tests.api.cli.conftest import Zhilu


@pytest.fixture
def recorded(zhilu: Zhilu, tmp_path: Path) -> Zhilu:
    """Three files secured, nothing signed."""
    card = tmp_path / "card"
    card.mkdir()
    for number in range(3):
        (card / f"{number}.bin").write_bytes(b"content %d" % number)
    zhilu("ingest", card)
    return zhilu


def status(zhilu: Zhilu) -> dict[str, Any]:
    found: dict[str, Any] = zhilu.one("custody", "status")
    return found


def digests(zhilu: Zhilu) -> list[str]:
    return [line["sha256"] for line in zhilu.lines("find")]


def outsider(proof: dict[str, Any]) -> None:
    """Checks an inclusion proof as somebody would who has no Zhilu: the signature, then the path of RFC 9162."""
    text, _, signature = proof["checkpoint"].partition("\n\n")
    _origin, size, root = f"{text}\n".split("\n")[:3]
    key = proof["keys"][-1]["key"].split("+", 2)[2]
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key)[1:])
    public.verify(base64.b64decode(signature.split(" ")[2])[4:], f"{text}\n".encode())
    found = hashlib.sha256(b"\0" + proof["leaf"].encode()).digest()
    number, last = proof["position"], int(size) - 1
    for each in map(base64.b64decode, proof["hashes"]):
        if number % 2 or number == last:
            found = hashlib.sha256(b"\1" + each + found).digest()
            while number % 2 == 0 and number:
                number, last = number // 2, last // 2
        else:
            found = hashlib.sha256(b"\1" + found + each).digest()
        number, last = number // 2, last // 2
    assert last == 0
    assert found == base64.b64decode(root)


def test_from_the_first_event_to_a_proof(recorded: Zhilu) -> None:
    before = status(recorded)
    assert (before["keys"], before["placed"], before["signed"], before["checkpoint_at"]) == ([], 0, 0, None)
    assert before["waiting"] > 0
    (name, *_) = digests(recorded)
    assert {line["position"] for line in recorded.lines("custody", "show", name)} == {None}
    recorded("custody", "prove", name, code=1)

    recorded("custody", "checkpoint")
    after = status(recorded)
    assert (after["signs_here"], after["waiting"], len(after["keys"])) == (True, 0, 1)
    assert after["signed"] == after["placed"] >= before["waiting"]
    shown = recorded.lines("custody", "show", name)
    assert next(line["action"] for line in shown) == "secured"
    assert all(line["position"] is not None for line in shown)
    proved = [json.loads(line) for line in recorded("custody", "prove", name).splitlines()]
    assert [proof["event"] for proof in proved] == [line["event"] for line in shown]
    for proof in proved:
        outsider(proof)
        assert json.loads(proof["leaf"])["id"] == proof["event"]
    (alone,) = recorded("custody", "prove", shown[0]["event"]).splitlines()
    assert json.loads(alone) == proved[0]


def test_one_checkpoint_extends_another(recorded: Zhilu) -> None:
    recorded("custody", "checkpoint")
    first = status(recorded)["signed"]
    recorded("show", digests(recorded)[0])
    recorded("custody", "checkpoint")
    second = status(recorded)["signed"]
    proof = json.loads(recorded("custody", "prove", "--from", str(first), "--to", str(second)))
    assert (proof["proves"], proof["first"]["size"], proof["second"]["size"]) == ("consistency", first, second)
    assert "no checkpoint of size" in recorded("custody", "prove", "--from", "1", "--to", str(second), code=2)


def test_rotating_keeps_what_was_proved(recorded: Zhilu) -> None:
    recorded("custody", "checkpoint")
    (before,) = status(recorded)["keys"]
    assert "--yes" in recorded("custody", "rotate", code=2)
    assert len(status(recorded)["keys"]) == 1, "nobody agreed to it"
    assert "Back up" in recorded("custody", "rotate", "--yes")
    keys = status(recorded)["keys"]
    assert [key["key"] for key in keys][:1] == [before["key"]]
    assert keys[1]["introduced_by"].count("— ") == 2
    recorded("custody", "checkpoint")
    assert status(recorded)["signs_here"]


def test_attack_the_key_is_swapped_for_another(recorded: Zhilu) -> None:
    recorded("custody", "checkpoint")
    place = recorded.home / "custody" / "log-key"
    place.write_text(key_text(SignerKey("zhilu/other", Ed25519PrivateKey.generate())))
    recorded("show", digests(recorded)[0])
    assert "none of this custody log" in recorded("custody", "checkpoint", code=3)
    assert "none of this custody log" in recorded("up", "--port", "0", code=3)
    checks = {check["check"]: check for check in recorded.lines("doctor", code=3)}
    assert checks["custody"]["state"] == "unavailable"
    chinese = Zhilu(recorded.folder, recorded.home, "zh_CN.UTF-8")
    assert "不属于此监管链" in chinese("custody", "checkpoint", code=3)


@pytest.mark.parametrize("arguments", [(), ("x", "--from", "1", "--to", "2"), ("--from", "1"), ("--to", "1")])
def test_what_is_to_be_proved_must_be_clear(zhilu: Zhilu, arguments: tuple[str, ...]) -> None:
    assert "Say what is to be proved" in zhilu("custody", "prove", *arguments, code=2)


def test_what_there_is_not_cannot_be_proved(recorded: Zhilu) -> None:
    assert "no custody event" in recorded("custody", "prove", "01890a5d-ac96-774b-bcce-b302099a8057", code=2)
    assert "no recording" in recorded("custody", "prove", "ffffff", code=2)


def test_it_speaks_both_languages(recorded: Zhilu) -> None:
    recorded("custody", "checkpoint")
    assert "this machine signs" in recorded("custody", "status")
    assert "position" in recorded("custody", "show", digests(recorded)[0])
    chinese = Zhilu(recorded.folder, recorded.home, "zh_CN.UTF-8")
    assert "由本机签名" in chinese("custody", "status")
    assert "位置" in chinese("custody", "show", digests(recorded)[0])
