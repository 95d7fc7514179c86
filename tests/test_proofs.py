"""The page of proofs: a row for each analysis, no cell without a proof, and no proof that is not there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from lowback.every_analysis import every_analysis

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "proofs.md"
ANALYSES = ROOT / "src" / "lowback" / "analyses"
COLUMNS = ("by hand", "another program", "truth covered", "negative control")
LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")


def rows(text: str) -> dict[str, list[str]]:
    """The cells of each analysis."""
    table = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| `")]
    return {cells[0].strip(" `"): [one.strip() for one in cells[1:]] for cells in table}


@cache
def functions_of(path: Path) -> frozenset[str]:
    """The names of all functions of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef))


def faults(text: str) -> Iterator[str]:
    """What is wrong with the page, one sentence each."""
    found = rows(text)
    modules = {one.stem for one in ANALYSES.glob("*.py") if one.stem != "__init__"}
    for name in sorted(modules ^ set(found)):
        yield f"{name} has {'no row' if name in modules else 'a row and is no analysis'}"
    for name, cells in found.items():
        if len(cells) != len(COLUMNS):
            yield f"{name} has {len(cells)} cells"
        for column, cell in zip(COLUMNS, cells, strict=False):
            links = LINK.findall(cell)
            if not links:
                yield f"{name} has no proof {column}"
            yield from (
                f"{name}, {column}: {fault}" for words, target in links for fault in missing(words, target)
            )


def missing(words: str, target: str) -> Iterator[str]:
    """What a link names that is not there."""
    path = (PAGE.parent / target).resolve()
    if not path.is_file():
        yield f"no file {target}"
    elif path.suffix == ".py" and f"test_{words.replace(' ', '_')}" not in functions_of(path):
        yield f"no test “{words}” in {target}"


def test_every_analysis_has_a_row_and_every_proof_is_there() -> None:
    assert list(faults(PAGE.read_text(encoding="utf-8"))) == []
    assert set(every_analysis()) <= set(rows(PAGE.read_text(encoding="utf-8")))


def test_each_page_of_certificates_can_be_reached_and_each_analysis_on_it_is_certified_in_the_ledger_of_proofs() -> (
    None
):
    pages = sorted((ROOT / "docs").glob("certificates*.md"))
    assert len(pages) >= 5
    for place in (ROOT / "README.md", ROOT / "docs" / "certifying.md"):
        linked = {Path(target).name for _, target in LINK.findall(place.read_text(encoding="utf-8"))}
        assert {one.name for one in pages} <= linked, place.name
    proved = rows(PAGE.read_text(encoding="utf-8"))
    for page in ("certificates-leads.md", "certificates-more.md", "certificates-reactive.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8").split("## At a glance")[1].split("## ")[0]
        tried = set(re.findall(r"^\| (\w+) \| [^|]+ \| \*", text, flags=re.MULTILINE))
        assert tried == {name for name, cells in proved.items() if f"]({page})" in cells[2]}, page


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("| `hold` |", "| `held` |", "hold has no row"),
        ("[agrees with gls]", "[agrees with sas]", "no test “agrees with sas”"),
        ("test_onsets_against_r.py", "test_onsets_against_s.py", "no file"),
        ("[diagrams](diagrams.md)", "[diagrams](pictures.md)", "no file pictures.md"),
        (
            "[moves are counted by hand](../tests/analyses/test_transitions.py)",
            "",
            "transitions has no proof by hand",
        ),
    ],
)
def test_a_page_that_promises_too_much_is_found_out(old: str, new: str, said: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert old in text
    assert any(said in fault for fault in faults(text.replace(old, new)))


def test_each_script_in_r_lies_beside_what_it_wrote() -> None:
    scripts = list((ROOT / "tests" / "reference").rglob("*.R"))
    assert scripts
    for script in scripts:
        text = script.read_text(encoding="utf-8")
        written = re.findall(r'^[^#\n]*\bwrite\.[^\n]*"([\w.-]+\.csv)"', text, re.MULTILINE)
        assert [one for one in written if not (script.parent / one).is_file()] == [], script.name
        named = re.findall(r'"([\w.-]+\.csv)"', text)
        assert any((script.parent / one).is_file() for one in named), script.name
