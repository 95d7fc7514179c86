"""A request over five sites in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from site_desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def software_keeps_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package's own files may be edited while the tests run, which would make every report stale."""
    monkeypatch.setattr("lowback.publish.ingredients.sources_hash", lambda: "the same")
