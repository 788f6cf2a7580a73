"""Names as cards have them: any bytes. All of it is found and secured; the bytes are kept, the text can be shown."""

import json
import os
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.source import shown
from ingest.walk import Found, NotLookedInto, walk
from tests.conftest import Home

from .conftest import recordings_of, sha256, sightings_of

ODD = {
    "GBK": (b"\xd6\xb4\xb7\xa8.mp4", "执法.mp4"),
    "GBK folder, UTF-8 name": (b"\xd6\xb4\xb7\xa8/" + "执法.mp4".encode(), "执法/执法.mp4"),
    "undecodable": (b"\xff\xfe\x81.mp4", "<0xFF><0xFE><0x81>.mp4"),
    "decomposed": (unicodedata.normalize("NFD", "é.mp4").encode(), "é.mp4"),
    "newline": (b"a\nb.mp4", "a<U+000A>b.mp4"),
    "escape": (b"\x1b[31mred.mp4", "<U+001B>[31mred.mp4"),
    "override": ("\u202e4pm.mp4".encode(), "<U+202E>4pm.mp4"),
    "blanks": (b" a .mp4 ", " a .mp4 "),
    "dots": (b"...", "..."),
    "option": (b"-rf", "-rf"),
    "markup": (b"[bold]a[/bold] :smile:.mp4", "[bold]a[/bold] :smile:.mp4"),
    "long": (b"\xe6\x89\xa7" * 85, "执" * 85),
}


def put(card: Path, below: bytes, content: bytes) -> bytes:
    path = os.path.join(os.fsencode(card), below)  # noqa: PTH118 - bytes
    os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120 - bytes
    with open(path, "wb") as file:  # noqa: PTH123 - bytes
        file.write(content)
    return path


@pytest.mark.parametrize(("below", "text"), ODD.values(), ids=ODD)
def test_odd_name(home: Home, card: Path, below: bytes, text: str) -> None:
    path = put(card, below, b"content")
    (result,) = home.take(card)
    assert (result.outcome, result.path) == ("secured", f"{card}/{text}")
    (sighting,) = sightings_of(home)
    assert (sighting.path_bytes, sighting.path, sighting.source) == (below, result.path, str(card))
    (recording,) = recordings_of(home)
    assert recording.name == text.rpartition("/")[2]
    (again,) = home.take(path)
    assert (again.outcome, again.path) == ("duplicate", result.path)


def test_names_that_look_alike_are_two_files(home: Home, card: Path) -> None:
    for form in ("NFC", "NFD"):
        put(card, unicodedata.normalize(form, "é.mp4").encode(), form.encode())
    assert [result.outcome for result in home.take(card)] == ["secured", "secured"]
    assert {sighting.path_bytes for sighting in sightings_of(home)} == {b"\xc3\xa9.mp4", b"e\xcc\x81.mp4"}


def test_the_program_says_one_line_of_json_for_each(home: Home, card: Path) -> None:
    digests = {}
    for number, (below, text) in enumerate(ODD.values()):
        content = f"content {number}".encode()
        put(card, below, content)
        digests[f"{card}/{text}"] = sha256(content)
    os.mkfifo(os.fsencode(card) + b"/\xff\npipe")
    done = subprocess.run(
        [str(Path(sys.executable).with_name("zhilu")), "ingest", str(card), "--json"],
        env={**os.environ, "ZHILU_HOME": str(home.folder), "LC_ALL": "C"},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    said = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert {each["path"]: each["sha256"] for each in said if each["outcome"] == "secured"} == digests
    (failed,) = [each for each in said if each["outcome"] == "failed"]
    assert failed["path"] == f"{card}/<0xFF><0x0A>pipe"


# --- any name --------------------------------------------------------------------------------------------------

NAMES = (
    st.binary(min_size=1, max_size=40)
    .map(lambda raw: raw.replace(b"/", b"-").replace(b"\0", b"-"))
    .filter(lambda name: name not in {b".", b".."})
)
# A folder is a dictionary, a file is None.
TREES = st.dictionaries(
    NAMES, st.recursive(st.none(), lambda inner: st.dictionaries(NAMES, inner, max_size=4), max_leaves=12), max_size=5
)


@given(st.lists(NAMES, min_size=1, max_size=5))
def test_any_path_can_be_shown(parts: list[bytes]) -> None:
    text = shown(b"/".join(parts))
    assert shown(b"/".join(parts)) == text
    assert text.count("/") == len(parts) - 1
    assert text.isprintable()
    assert json.loads(json.dumps(text)) == text
    assert text.encode()
    assert unicodedata.is_normalized("NFC", text)


def plant(folder: bytes, tree: dict[bytes, Any]) -> list[bytes]:
    """Make the tree below a folder; returns the paths of its files."""
    files = []
    for name, below in tree.items():
        path = folder + b"/" + name
        if below is None:
            os.mknod(path)
            files.append(path)
        else:
            os.mkdir(path)  # noqa: PTH102 - bytes
            files += plant(path, below)
    return files


@settings(max_examples=60, deadline=None)
@given(TREES)
def test_every_file_of_any_tree_is_found_once(tree: dict[bytes, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = os.fsencode(folder)
        planted = plant(root, tree)
        found = list(walk(root))
        assert all(isinstance(each, Found) for each in found)
        assert sorted(each.path for each in found) == sorted(planted)
        assert [each.path for each in walk(root)] == [each.path for each in found]
        for each in found:
            assert isinstance(each, Found)
            assert (each.root, root + b"/" + each.below) == (root, each.path)


def test_folders_nested_deeper_than_calls_may_be(card: Path) -> None:
    deepest = os.fsencode(card) + b"/d" * 1500
    made = subprocess.run(["mkdir", "-p", deepest], capture_output=True, timeout=60, check=False)
    try:
        assert made.returncode == 0, made.stderr
        os.mknod(deepest + b"/a.mp4")
        assert [each.path for each in walk(os.fsencode(card))] == [deepest + b"/a.mp4"]
    finally:
        # What removes folders afterwards gives up at such a depth.
        subprocess.run(["rm", "-rf", card / "d"], timeout=60, check=True)


def test_a_single_file_is_found_below_its_folder(card: Path) -> None:
    path = put(card, b"\xd6\xb4.mp4", b"content")
    assert list(walk(path)) == [Found(path, os.fsencode(card), b"\xd6\xb4.mp4")]


def test_a_path_that_is_not_there_is_said_to_be_missing(card: Path) -> None:
    (each,) = walk(os.fsencode(card) + b"/nothing")
    assert isinstance(each, NotLookedInto)
    assert "No such file" in str(each.error)


def test_a_name_too_long_to_be_one(home: Home, card: Path) -> None:
    put(card, b"z.mp4", b"content")
    said = home.take(card, os.fsencode(card) + b"/" + b"x" * 300)
    assert {each.outcome for each in said} == {"secured", "failed"}
    (failed,) = [each for each in said if each.outcome == "failed"]
    assert failed.reason == "It cannot be read: File name too long."
