"""The package's own files are read once for all certificates: they stay as they are while the tests run."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from lowback.repeat import code_version


@pytest.fixture(scope="session", autouse=True)
def sources_are_read_once() -> Iterator[None]:
    """What each file imports is kept, so that the many certificates of the tests do not parse the package anew."""
    read = code_version._imports
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(code_version, "_imports", cache(lambda path: tuple(read(path))))
        yield
