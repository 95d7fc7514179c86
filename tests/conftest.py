"""What every test may use: the shared real data, if they are at hand, and the example cohort."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from lowback.beginning import ONE_THREAD

# As for whatever runs notebooks, and before numpy is imported: processes that share the cores would wait for one another's threads.
for name in ONE_THREAD:
    os.environ.setdefault(name, "1")

# How long an example takes is the machine's doing.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("LOWBACK_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets; a test that needs it is skipped, saying so, where it is absent."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set LOWBACK_SHARED to the folder that holds data/")
    return folder
