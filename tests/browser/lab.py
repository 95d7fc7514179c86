"""Opens each notebook of reports and lessons in JupyterLab, chooses Run All Cells, and reads what is then on the screen.

By hand, as it takes some minutes: `make lab` once (stop it with Ctrl-C), then

    .venv/bin/python tests/browser/lab.py                      every notebook
    .venv/bin/python tests/browser/lab.py effect cohort        these alone
    .venv/bin/python tests/browser/lab.py --jupyter PATH       with the jupyter of another environment

Prints a line a notebook: cells run, figures and tables shown, seconds. Ends with 1 where a cell shows an error, was not run or takes
longer than ten minutes, or a figure is broken. The notebooks are copied first, so that no output is stored in them.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHELVES = (Path("notebooks") / "reports", Path("notebooks") / "lessons")
LONGEST = 600
"""Seconds that a notebook may take."""
SETTINGS = {
    # Cells out of sight are otherwise not in the page, and could not be read.
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
STATE = """() => ({
  status: document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status ?? '',
  prompts: [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(one => one.innerText.trim()),
})"""
SHOWN = """() => ({
  errors: [...document.querySelectorAll('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"],' +
    '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]')].map(one => one.innerText.slice(0, 400)),
  figures: [...document.querySelectorAll('.jp-OutputArea-output img')].map(one => one.naturalWidth),
  outputs: document.querySelectorAll('.jp-OutputArea-output').length,
  tables: document.querySelectorAll('.jp-OutputArea-output table').length,
})"""


@dataclass(frozen=True)
class Seen:
    """What stands on the screen once a notebook has run."""

    name: str
    cells: int
    figures: int
    tables: int
    seconds: float
    problems: tuple[str, ...]


def main() -> int:
    """Run the notebooks that are named, or all; the exit code."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("names", nargs="*")
    asked.add_argument("--jupyter", default=str(Path(sys.executable).with_name("jupyter")))
    given = asked.parse_args()
    places = {
        path.stem: path.relative_to(ROOT) for one in SHELVES for path in sorted((ROOT / one).glob("*.ipynb"))
    }
    unknown = [one for one in given.names if one not in places]
    if unknown:
        asked.error(f"no notebook {unknown[0]!r}; there are {', '.join(places)}")
    missing = absent(given.jupyter)
    if missing:
        say(f"skipped: {missing}")
        return 0
    with tempfile.TemporaryDirectory(prefix="lb-lab-", ignore_cleanup_errors=True) as folder:
        desk = desk_in(Path(folder))
        with served(given.jupyter, desk) as (address, token), a_browser() as browser:
            seen = [told(run(browser, address, token, places[name])) for name in given.names or places]
    failed = [one for one in seen if one.problems]
    cells, figures, tables = (
        sum(getattr(one, name) for one in seen) for name in ("cells", "figures", "tables")
    )
    say(f"{len(seen)} notebooks, {cells} cells, {figures} figures, {tables} tables; failed: {len(failed)}")
    return 1 if failed else 0


def absent(jupyter: str) -> str:
    """What this script needs and this machine has not."""
    if shutil.which("chromium") is None:
        return "no chromium on this machine"
    asked = [jupyter, "lab", "--version"]
    try:
        found = subprocess.run(asked, capture_output=True, check=False).returncode
    except OSError:
        found = 1
    return "" if found == 0 else f"no JupyterLab beside {jupyter} (make lab installs it)"


def desk_in(folder: Path) -> Path:
    """Notebooks and data as a person has them, and settings that leave every cell in the page."""
    desk = folder / "desk"
    for part in ("notebooks", "data", "reports"):
        shutil.copytree(ROOT / part, desk / part, ignore=shutil.ignore_patterns("*.html", "figures", ".*"))
    for name, content in SETTINGS.items():
        path = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    return desk


@contextmanager
def served(jupyter: str, desk: Path) -> Iterator[tuple[str, str]]:
    """JupyterLab on the loopback with a token of this run, ended with it."""
    token, own = secrets.token_hex(16), desk.parent
    places = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime"}
    places |= {
        "IPYTHONDIR": "ipython",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "spaces",
    }
    places = {name: str(own / place) for name, place in places.items()}
    options = ["--no-browser", "--ip=127.0.0.1", "--port=0", f"--ServerApp.root_dir={desk}", "--allow-root"]
    options += [f"--IdentityProvider.token={token}", "--LabApp.extension_manager=readonly"]
    with (own / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [jupyter, "lab", *options],
            env={**os.environ, **places},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield address_of(process, own), token
    finally:
        process.terminate()
        process.wait(30)


def address_of(process: subprocess.Popen[bytes], own: Path) -> str:
    """Where the server listens, once it answers."""
    for _ in range(240):
        found = sorted((own / "runtime").glob("jpserver-*.json"))
        if found:
            told_there = json.loads(found[0].read_text(encoding="utf-8"))
            return str(told_there["url"]).rstrip("/")
        if process.poll() is not None:
            raise SystemExit((own / "log.txt").read_text(encoding="utf-8"))
        time.sleep(0.25)
    raise SystemExit("JupyterLab did not start within a minute")


@contextmanager
def a_browser() -> Iterator[Any]:
    """Headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


def run(browser: Any, address: str, token: str, place: Path) -> Seen:
    """Open the notebook, choose Run All Cells, wait for the kernel, and look."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    started = time.monotonic()
    try:
        page.goto(f"{address}/lab/workspaces/{place.stem}/tree/{place.as_posix()}?reset&token={token}")
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=180_000)
        page.get_by_text("(ipykernel) | Idle").wait_for(timeout=180_000)
        choose_run_all(page)
        page.wait_for_function(
            f"() => {{ const now = ({STATE})(); return now.status === 'idle' && now.prompts.length > 0 && "
            "now.prompts.every(one => /^\\[\\d+\\]:$/.test(one)); }",
            timeout=LONGEST * 1000,
            polling=500,
        )
        page.wait_for_timeout(500)
        state, shown = page.evaluate(STATE), page.evaluate(SHOWN)
        return seen_of(place.stem, state, shown, time.monotonic() - started)
    except Exception as error:  # noqa: BLE001 (whatever happens to one notebook, the others are looked at)
        shown, state = page.evaluate(SHOWN), page.evaluate(STATE)
        problems = (str(error).splitlines()[0], f"prompts {state['prompts']}", *shown["errors"])
        return Seen(place.stem, 0, 0, 0, time.monotonic() - started, problems)
    finally:
        context.close()
        end_kernels(address, token)


def choose_run_all(page: Any) -> None:
    """Choose it from the menu; again where the page says that its kernel is idle before it can hear, and forgets the cells."""
    for _ in range(5):
        page.keyboard.press("Escape")
        page.get_by_role("menuitem", name="Run", exact=True).click(timeout=120_000)
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click(timeout=120_000)
        page.wait_for_timeout(8000)
        if any(one != "[ ]:" for one in page.evaluate(STATE)["prompts"]):
            return


def seen_of(name: str, state: dict[str, Any], shown: dict[str, Any], seconds: float) -> Seen:
    """What was seen, and what is wrong with it."""
    problems = list(shown["errors"])
    problems += ["a figure is broken"] if not all(shown["figures"]) else []
    problems += [] if shown["outputs"] else ["nothing is shown"]
    figures = len(shown["figures"])
    return Seen(name, len(state["prompts"]), figures, shown["tables"], seconds, tuple(problems))


def end_kernels(address: str, token: str) -> None:
    """End the kernels that the notebook started."""
    headers = {"Authorization": f"token {token}"}
    asked = urllib.request.Request(f"{address}/api/sessions", headers=headers)
    for session in json.loads(urllib.request.urlopen(asked, timeout=30).read()):
        one = f"{address}/api/sessions/{session['id']}"
        urllib.request.urlopen(urllib.request.Request(one, headers=headers, method="DELETE"), timeout=30)


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def told(one: Seen) -> Seen:
    """Print what was seen of a notebook."""
    how = "; ".join(one.problems) or "no error"
    shown = f"{one.cells} cells, {one.figures} figures, {one.tables} tables, {one.seconds:.0f} s"
    say(f"{one.name}: {shown}: {how}")
    return one


if __name__ == "__main__":
    sys.exit(main())
