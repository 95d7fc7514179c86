"""Runs all attacks: `python tests/attacks/run_attacks.py --all`. A line for each kind of attack is added to the file given by `--records`.

The pages are opened in Debian's Chromium through playwright; where there is none, that is said and nothing is counted.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE)]

import markup_attacks as markup  # noqa: E402
import parameter_attacks as parameters  # noqa: E402
import site_attacks as sites  # noqa: E402
from calling import Caller  # noqa: E402
from fault_desk import Desk  # noqa: E402
from payloads import FAMILIES  # noqa: E402
from pydantic import ValidationError  # noqa: E402

from lowback.archive.index_page import write_index  # noqa: E402

GENERATED = 20_000
REFUSED = "refused"
"""What becomes of words of which no title can be made, such as a tab alone."""


def parameter_line(name: str, attacks: Iterable[parameters.Attack]) -> dict[str, Any]:
    """What became of names and values."""
    counts = {"refused": 0, "arrived": 0}
    problems = []
    tried = 0
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        parameters.lay(folder)
        before = sorted(one.name for one in folder.iterdir())
        for attack in attacks:
            tried += 1
            try:
                counts[parameters.outcome(attack, folder)] += 1
            except Exception as error:  # noqa: BLE001 (whatever it is, the attack was not stopped as it should be)
                problems.append(f"{attack.yaml[:100]!r}: {type(error).__name__} {str(error)[:100]}")
        after = sorted(one.name for one in folder.iterdir())
    problems += [f"{one} was written" for one in after if one not in [*before, "r.yml"]]
    return {"attack": name, "tried": tried, **counts, "broken": len(problems), "problems": problems[:20]}


@contextmanager
def chromium() -> Iterator[Any]:
    """A headless browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def page_lines(payloads: dict[str, Iterable[str]]) -> Iterator[dict[str, Any]]:
    """What became of payloads in pages, documents, tables and terminals."""
    with tempfile.TemporaryDirectory() as made, chromium() as browser, markup.looked_at(browser) as look:
        path = Path(made) / "page.html"
        for sink, write in markup.PAGES.items():
            write(markup.HARMLESS, path)
            plain = look(path)
            for family, texts in payloads.items():
                found = {words: _wrong_in_page(write, words, path, look, plain) for words in texts}
                yield _line(f"{family} in every text of the {sink}", found)
        for sink, wrong_in in markup.FILES.items():
            every = [one for texts in payloads.values() for one in texts]
            yield _line(
                f"all payloads in {sink}", {one: _wrong_in_file(wrong_in, one, Path(made)) for one in every}
            )


def _wrong_in_page(write: Any, words: str, path: Path, look: Any, plain: dict[str, Any]) -> str:
    """What is wrong with the page of a payload; an error in writing it is."""
    try:
        write(words, path)
        return markup.broken_page(look(path), plain, path)
    except ValidationError:
        return REFUSED
    except Exception as error:  # noqa: BLE001 (whatever it is, words alone brought it about)
        return f"{type(error).__name__}: {str(error)[:100]}"


def _wrong_in_file(wrong_in: Any, words: str, folder: Path) -> str:
    """What is wrong with the file of a payload; an error in writing it is."""
    try:
        return str(wrong_in(words, folder))
    except ValidationError:
        return REFUSED
    except Exception as error:  # noqa: BLE001 (whatever it is, words alone brought it about)
        return f"{type(error).__name__}: {str(error)[:100]}"


def _line(name: str, found: dict[str, str]) -> dict[str, Any]:
    """How many words were refused as a title, arrived as words, or broke something, by what is wrong with each."""
    refused = sum(wrong == REFUSED for wrong in found.values())
    problems = [f"{words[:80]!r}: {wrong}" for words, wrong in found.items() if wrong not in ("", REFUSED)]
    counts = {
        "tried": len(found),
        "refused": refused,
        "arrived": len(found) - refused - len(problems),
        "broken": len(problems),
    }
    return {"attack": name, **counts, "problems": problems[:20]}


def site_line(names: Iterable[str]) -> dict[str, Any]:
    """What became of names of sites, their reports and their index opened in a browser as well."""
    names = tuple(names)
    caller = Caller()
    with tempfile.TemporaryDirectory() as made:
        desk = Desk(Path(made) / "desk", caller)
        found, problems = sites.attacked(desk, names)
        caller.close()
        index, _ = write_index(desk.folder)
        with chromium() as browser, markup.looked_at(browser) as look:
            for page in (index, *(folder / "report.html" for folder in found.values())):
                seen = look(page)
                if seen["hit"] is not None or seen["asked"] or seen["dialogs"] or seen["at"] != page.as_uri():
                    problems.append(f"{page}: executed or asked")
    return {
        "attack": "names of sites, from the file to folders, index and pages",
        "tried": len(names),
        "refused": len(names) - len(found),
        "arrived": len(found),
        "broken": len(problems),
        "problems": problems[:20],
    }


def main() -> int:
    """Run what is asked for; the exit code is 1 if any attack did what it should not."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--all", action="store_true")
    words.add_argument("--only", action="append", default=[], choices=["parameters", "sites", "pages"])
    words.add_argument("--records", type=Path, default=Path("attacks.jsonl"))
    asked = words.parse_args()
    chosen = ["parameters", "sites", "pages"] if asked.all else asked.only
    broken = 0
    with asked.records.open("a", encoding="utf-8") as file:
        for line in _lines(chosen):
            broken += line["broken"]
            file.write(json.dumps(line) + "\n")
            file.flush()
            print({key: value for key, value in line.items() if key != "problems" or value}, flush=True)  # noqa: T201
    return int(broken > 0)


def _lines(chosen: list[str]) -> Iterator[dict[str, Any]]:
    if "parameters" in chosen:
        yield parameter_line("parameters made by hand", parameters.hand_made())
        yield parameter_line("generated parameters", parameters.generated(GENERATED))
    if "sites" in chosen:
        yield site_line(sites.NAMES)
    if "pages" in chosen:
        yield from page_lines({name: list(texts) for name, texts in FAMILIES.items()})


if __name__ == "__main__":
    sys.exit(main())
