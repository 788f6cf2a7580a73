"""One real Chromium a test process: a second one beside it cannot be driven by the same library."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("ZHILU_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        sentence = "There is no Chromium: install it (infra/setup chromium) or name it in ZHILU_CHROMIUM."
        if os.environ.get("ZHILU_REQUIRE_ENGINES") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()
