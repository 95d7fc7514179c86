"""Every program that a reader is told to run starts, and has the options that the reader is told of; nothing is run but its `--help`."""

from __future__ import annotations

import os
import re
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NO_READER = {
    "tests/faults/command_server.py": "started by the fault suite alone",
    "tests/reference/effects_trial.py": "writes its file beside the tests, without a word",
    "tests/reference/mediation/within_data.py": "the same",
    "tests/reference/recurrence/recurrent.py": "the same",
    "tests/reference/regimes/doses.py": "the same",
}
SCRIPTS = sorted(
    path.relative_to(ROOT).as_posix()
    for room in ("benchmarks", "tests")
    for path in (ROOT / room).rglob("*.py")
    if '\nif __name__ == "__main__":' in path.read_text(encoding="utf-8")
)
COMMAND = re.compile(r"python ((?:tests|benchmarks)/[\w/]+\.py)((?: +(?!>)[\w.\-/=]+)*)")
PAGES = [
    ROOT / "README.md",
    ROOT / "benchmarks" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *(ROOT / one for one in SCRIPTS),
]
TOLD = sorted({found.groups() for page in PAGES for found in COMMAND.finditer(page.read_text("utf-8"))})


def _is_ours(place: str | None) -> bool:
    """Whether a module or a folder is one of the tests or benchmarks, which a program of another folder does not see."""
    return (
        place is not None and Path(place).is_relative_to(ROOT) and ".venv" not in place and "src" not in place
    )


@pytest.fixture
def as_a_reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No folder of the tests is on the path, and none of their modules is loaded; what a script sets is as before afterwards."""
    own = {name: one for name, one in sys.modules.items() if _is_ours(getattr(one, "__file__", None))}
    with monkeypatch.context() as patched:
        patched.setattr(os, "environ", os.environ.copy())
        patched.setattr(sys, "path", [one for one in sys.path if not _is_ours(one or ".")])
        for name in own:
            patched.delitem(sys.modules, name)
        yield
        for name in [name for name, one in sys.modules.items() if _is_ours(getattr(one, "__file__", None))]:
            del sys.modules[name]


def helped(script: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What a script prints when asked for help, started from its own folder as `python SCRIPT --help` does."""
    monkeypatch.setattr(sys, "argv", [script, "--help"])
    sys.path.insert(0, str((ROOT / script).parent))
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / script), run_name="__main__")
    assert ended.value.code == 0
    return capsys.readouterr().out


@pytest.mark.usefixtures("as_a_reader")
@pytest.mark.parametrize("script", [one for one in SCRIPTS if one not in NO_READER])
def test_a_script_starts_and_says_what_it_is_for(script, monkeypatch, capsys):
    said = helped(script, monkeypatch, capsys)
    assert said.startswith("usage:")
    options = {word for one, words in TOLD if one == script for word in words.split() if word[:2] == "--"}
    assert not [one for one in sorted(options) if one not in said.partition("\noptions:")[2]]


def test_every_script_that_a_page_tells_of_is_there():
    assert {script for script, _ in TOLD} - set(SCRIPTS) == set()
    assert len(TOLD) > 20
