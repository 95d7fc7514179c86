"""What many certificates of the tests share is made once: the package's own files are read, and cohorts of one seed simulated."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

import pytest

from lowback.repeat import code_version, worlds

# As many cohorts of one world as the tests of a module ask for, of a few megabytes each.
COHORTS = 80


@pytest.fixture(scope="session", autouse=True)
def sources_are_read_once() -> Iterator[None]:
    """What each file imports is kept, so that the many certificates of the tests do not parse the package anew."""
    read = code_version._imports
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(code_version, "_imports", cache(lambda path: tuple(read(path))))
        yield


@pytest.fixture(scope="session", autouse=True)
def cohorts_are_simulated_once() -> Iterator[None]:
    """The same cohorts, of the same world and seed, are put to the right analysis and to wrong ones in many tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worlds, "_simulated", lru_cache(maxsize=COHORTS)(worlds._simulated.__wrapped__))
        yield
