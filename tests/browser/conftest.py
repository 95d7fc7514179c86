"""A browser for pages that are opened from disk, and a report to open. Without Chromium these tests are skipped."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# The words of a report are written for the tests of publishing.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "publish"))


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Headless Chromium, one for each module of tests."""
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()
