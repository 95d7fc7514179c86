"""A browser, where there is one, and a thousand reports."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tiny_reports import past, write_report

from lowback.archive.index_page import write_index

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
HEADLINE = "Back pain at week 12 with hip-flexor stretching was 0.9 NRS points lower than with usual care (95 % CI −1.5 to −0.3), an amount that may or may not matter."


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless chromium; a test that needs it is skipped, saying so, where it is absent."""
    api = pytest.importorskip("playwright.sync_api", reason="no playwright is installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium is installed")
    with api.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="session")
def thousand(tmp_path_factory):
    """A thousand reports with half a year of runs each, and how much processor time their index took."""
    folder = tmp_path_factory.mktemp("thousand")
    days = [(date(2026, 5, 23) + timedelta(weeks=week)).isoformat() for week in range(26)]
    history = [past(day, -1 - week / 97) for week, day in enumerate(days)]
    first = write_report(
        folder / "weekly" / "site-0", history=history, title="Hip-flexor work and back pain: site N",
        headline=HEADLINE, edition={"for_each": "site", "value": "site N"},
    )  # fmt: skip
    manifest = (first / "manifest.json").read_text(encoding="utf-8")
    for number in range(1000):
        place = first.with_name(f"site-{number}")
        place.mkdir(exist_ok=True)
        for name in ("estimates.csv", "history.csv", "report.html") if number else ():
            os.link(first / name, place / name)
        told = manifest.replace("site N", f"site {number}")
        (place / "manifest.json").write_text(told, encoding="utf-8")
    started = time.process_time()
    write_index(folder, NOW)
    return folder, time.process_time() - started
