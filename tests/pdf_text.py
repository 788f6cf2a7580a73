"""Reads PDF files as others do: the text by poppler's `pdftotext`, the fonts by `pdffonts`."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        sentence = f"There is no {name}: run `infra/setup reports` (Debian, Ubuntu: apt install poppler-utils)."
        if os.environ.get("ZHILU_REQUIRE_ENGINES") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return found


def pages_of(path: Path) -> list[str]:
    """The text of each page, as far as it can be selected there."""
    said = subprocess.run([_tool("pdftotext"), "-layout", path, "-"], check=True, capture_output=True).stdout.decode()
    return said.split("\f")[:-1]


def fonts_of(path: Path) -> dict[str, bool]:
    """The fonts by name, and whether each lies in the file itself."""
    said = subprocess.run([_tool("pdffonts"), path], check=True, capture_output=True).stdout.decode()
    lines = [line.split() for line in said.splitlines()[2:]]
    return {words[0]: words[-5] == "yes" for words in lines}
