"""A folder with study, mapping and data, and requests in it; and one process that runs the notebooks of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from small_notebooks import STUDY, write_notebook

from lowback.publish import publishing
from lowback.publish.children import Run, children
from lowback.publish.notebooks import Notebook


@pytest.fixture(scope="module", autouse=True)
def libraries_imported_once() -> Iterator[None]:
    """One process forks the notebooks of all reports of a file of tests, as it does for the editions of one run."""
    kept: list[Run] = []
    with ExitStack() as until_the_end, pytest.MonkeyPatch.context() as patch:

        @contextmanager
        def shared(notebooks: Sequence[Notebook]) -> Iterator[Run]:
            if not kept or not kept[-1].is_alive:
                kept.append(until_the_end.enter_context(children(notebooks)))
            kept[-1].prepare(notebooks)
            yield kept[-1]

        patch.setattr(publishing, "children", shared)
        yield


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with study, mapping and data, as a person keeps them."""
    (tmp_path / "study.yml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "mapping.yml").write_text("name: made up\n", encoding="utf-8")
    (tmp_path / "visits.csv").write_text("id,week,pain\nP1,0,5\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def write_request(desk: Path) -> Callable[..., Path]:
    """Write a request for these cells, or for the notebooks named in `lines`."""

    def write(
        *cells: Mapping[str, Any], lines: str = "notebooks: [notes.ipynb]", name: str = "trial"
    ) -> Path:
        write_notebook(desk / "notes.ipynb", *cells)
        request = desk / f"{name}.yml"
        request.write_text(
            f"title: A trial\nmapping: mapping.yml\nstudy: study.yml\n{lines}\n", encoding="utf-8"
        )
        return request

    return write
