"""The floor plan: who may import whom. A change of plan is a change of these tables."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "lowback"

GROUND_FLOOR = {"checked_yaml", "variables", "study", "cohort", "result"}
EVERYTHING = {"*"}

MAY_IMPORT: dict[str, set[str]] = {
    "__init__": set(),
    # Gives every reader of an input file the copy that a run took of it.
    "frozen": set(),
    # Words every refusal of a file that a person wrote, for the four rooms that read such files.
    "checked_yaml": {"frozen"},
    "variables": {"checked_yaml"},
    "result": set(),
    # Tables as text that no spreadsheet executes, for every room that writes or reads one of ours.
    "csv_text": set(),
    # What repeat writes and publish shows; neither may know the other.
    "certificate": {"frozen"},
    # Why there is none: repeat writes it beside its certificates, publish and ledger show it.
    "uncertified": {"certificate", "study"},
    "cohort": {"variables"},
    # Which people and questions a report is about: intake takes them, study asks them, publish names them.
    "part": {"checked_yaml"},
    "study": {"variables", "checked_yaml", "part"},
    # What causes what by somebody's account: text and graphs, which know no data.
    "diagram": {"variables", "checked_yaml", "study"},
    "estimators": set(),
    "intake": {"frozen", "variables", "cohort", "checked_yaml", "part", "csv_text"},
    "outcomes": GROUND_FLOOR | {"estimators", "screening"},
    "screening": GROUND_FLOOR | {"estimators"},
    "describe": GROUND_FLOOR | {"estimators", "outcomes", "screening"},
    # Cohorts alike keep who is eligible, and what counts as baseline.
    "simulate": GROUND_FLOOR | {"screening", "csv_text"},
    # One of them holds data against diagrams.
    "analyses": GROUND_FLOOR | {"outcomes", "screening", "estimators", "diagram"},
    # A true value is that of the same outcome that an analysis estimates.
    "repeat": GROUND_FLOOR | {"simulate", "estimators", "outcomes", "certificate", "csv_text", "uncertified"},
    # It asks analyses and imports none: they are handed to it, as to repeat. What it enters is read by tables and sentences.
    "ledger": GROUND_FLOOR | {"certificate", "uncertified"},
    "every_analysis": GROUND_FLOOR | {"analyses"},
    # What tables, figures and sentences hand to a notebook.
    "exhibit": {"result", "variables"},
    "tables": {"result", "variables", "exhibit", "ledger"},
    "figures": {"result", "variables", "exhibit", "diagram"},
    "sentences": {"result", "variables", "exhibit", "diagram", "ledger"},
    "disclosure": {"estimators", "result", "variables", "csv_text"},
    # What a sentence may say by the study's design; publish reads every report by it.
    "language": {"checked_yaml", "study", "certificate", "variables", "result"},
    # What a report ought to tell, filled from its results as tables round them.
    "checklists": {"checked_yaml", "study", "variables", "result", "exhibit", "csv_text"},
    # The rows behind a figure stand in the page as rounded as they do in tables.
    "publish": {
        "csv_text",
        "language",
        "checklists",
        "beginning",
        "frozen",
        "lasting",
        "result",
        "study",
        "disclosure",
        "checked_yaml",
        "certificate",
        "uncertified",
        "ending",
        "part",
        "exhibit",
        # A request declares whom to tell, and of what.
        "notices",
    },
    # Reads what was published, in publish's own words for it, and shows it as publish does.
    "archive": {"checked_yaml", "csv_text", "exhibit", "publish"},
    # The command line and its neighbours: what it prints, the study that it begins, the analyses that it hands to repeat.
    "printed": {"cohort", "certificate", "csv_text", "publish"},
    "repeating": GROUND_FLOOR | {"analyses", "certificate", "intake", "publish", "repeat"},
    # Asked of every report: it imports what makes certificates only where there is one.
    "still_certified": {"certificate", "cohort", "repeating", "study"},
    "starter": {"simulate"},
    # From requests to reports, each edition on its own: between intake, which knows no reports, and publish, which knows no data.
    "delivery": {
        "beginning",
        "checked_yaml",
        "cohort",
        "disclosure",
        "ending",
        "frozen",
        "intake",
        "lasting",
        "notices",
        "publish",
        "scheduling",
        "still_certified",
        "study",
    },
    # Of a run over many editions, whatever delivery tells.
    "printed_run": set(),
    # How a command ends: publish tells it, the commands return it.
    "ending": set(),
    # How a process imports what it will keep.
    "lasting": set(),
    # In which environment a process begins that will run notebooks.
    "beginning": {"__main__"},
    # When a report is due and what ran when: calendars and small records, with publish's lock; how old data are is asked of a cohort.
    "scheduling": {"checked_yaml", "cohort", "ending", "frozen", "publish"},
    # What is told to people far away. It is given words and numbers; it knows neither notebooks nor people.
    "notices": {"checked_yaml", "csv_text", "ending", "study"},
    # One module a command; each imports what it calls when it is called, so that the others start quickly.
    "commands": EVERYTHING,
    "__main__": EVERYTHING,
}

ONLY_IN: dict[str, set[str]] = {
    "matplotlib": {"figures"},
    "networkx": {"diagram"},
    "seaborn": {"figures"},
    "papermill": {"publish"},
    "nbclient": {"publish"},
    "nbconvert": {"publish"},
    "nbformat": {"publish"},
    "pyarrow": {"intake", "simulate"},
    "statsmodels": set(),
    "typer": {"__main__", "commands"},
    "yaml": {"checked_yaml", "simulate", "publish"},
}

# Imports what notebooks import, by the names that stand in them, so that a forked notebook need not.
IMPORTS_BY_NAME = {("publish", "zygote")}

FILE_READERS = {
    "read_csv",
    "read_table",
    "read_parquet",
    "read_excel",
    "read_feather",
    "read_fwf",
    "read_json",
}
CSV_WRITERS = {"to_csv", "writer", "DictWriter", "write_csv"}
"""Calls that write comma-separated text; `csv_text` makes it safe for spreadsheets first."""
MAY_WRITE_CSV = {
    "csv_text.py",
    # Data that a program reads again word for word: an arm must be spelt there as the study spells it.
    "simulate/writing.py",
    # Is hashed, and written nowhere.
    "repeat/certify.py",
}
ESTIMATORS_STAND_ON = {"numpy", "scipy", "statsmodels"}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "base", "manager", "misc"}


def imports(tree: ast.AST, package: str) -> Iterator[str]:
    """Every module that a file imports, wherever in the file, in dotted form; hidden imports too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package.rsplit(".", node.level - 1)[0] if node.level else ""
            module = ".".join(filter(None, [start, node.module]))
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names if module == "lowback")
        elif isinstance(node, ast.Call) and _is_hidden_import(node.func):
            named = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            yield str(named[0]) if named else "an import whose name is computed"


def _is_hidden_import(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in {"import_module", "__import__", "exec", "eval", "run_module", "run_path"}


def violations(source: Path) -> list[str]:
    """Each import in `source` that the tables forbid, as a sentence."""
    found = []
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        room, package = parts[0], ".".join(["lowback", *parts[:-1]])
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if room not in MAY_IMPORT:
            found.append(f"{path.name}: the floor plan has no room {room!r}")
            continue
        for module in imports(tree, package):
            found += [f"{path.name}: {problem}" for problem in _problems(room, parts, module)]
        if path.relative_to(source).as_posix() not in MAY_WRITE_CSV:
            found += [f"{path.name}: {writer} belongs in csv_text" for writer in sorted(_written_csv(tree))]
        if room != "intake":
            readers = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & FILE_READERS
            found += [f"{path.name}: {reader} belongs in intake" for reader in sorted(readers)]
    return found


def _written_csv(tree: ast.AST) -> set[str]:
    calls = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {one.attr for one in calls if isinstance(one, ast.Attribute)} & CSV_WRITERS


def _problems(room: str, parts: tuple[str, ...], module: str) -> Iterator[str]:
    names = module.split(".")
    top = names[0]
    if top == "lowback":
        target = names[1] if len(names) > 1 else "__init__"
        allowed = MAY_IMPORT[room]
        if target not in {room, "__init__", "__version__"} and not allowed & {target, "*"}:
            yield f"{room} may not import {target}"
        if room == target == "analyses" and len(names) > 2 and names[2] != parts[-1]:
            yield f"analyses never import each other ({names[2]})"
    elif room not in ONLY_IN.get(top, {room}):
        yield f"{top} enters only through {', '.join(sorted(ONLY_IN[top])) or 'tests'}"
    elif (
        room == "estimators"
        and top in {"pandas", "pydantic", "joblib", "sklearn", "patsy"} - ESTIMATORS_STAND_ON
    ):
        yield f"estimators stand on {', '.join(sorted(ESTIMATORS_STAND_ON))}, not on {top}"
    elif " " in module and parts not in IMPORTS_BY_NAME:
        yield f"{room} holds {module}"


def test_every_import_follows_the_floor_plan():
    assert violations(SOURCE) == []


@pytest.mark.parametrize(
    ("file", "code", "caught"),
    [
        ("analyses/ancova.py", "from lowback.publish import publish_report", "analyses may not import publish"),
        ("analyses/ancova.py", "from lowback.analyses.mixed import mixed", "analyses never import each other (mixed)"),
        ("analyses/ancova.py", "from . import mixed\nfrom .mixed import mixed", "analyses never import each other (mixed)"),
        ("tables.py", "def table():\n    import seaborn", "seaborn enters only through figures"),
        ("estimators/mixed.py", "import importlib\nimportlib.import_module('lowback.cohort')", "estimators may not import cohort"),
        ("estimators/mixed.py", "import pandas as pd", "estimators stand on numpy, scipy, statsmodels, not on pandas"),
        ("describe.py", "import pandas as pd\npd.read_csv('x.csv')", "read_csv belongs in intake"),
        ("describe.py", "def write(rows):\n    rows.to_csv('x.csv')", "to_csv belongs in csv_text"),
        ("tables.py", "import csv\ncsv.DictWriter(file, columns)", "DictWriter belongs in csv_text"),
        ("cohort.py", "name = 'x'\n__import__(name)", "an import whose name is computed"),
        ("publish/run.py", "from lowback import intake", "publish may not import intake"),
        ("helpers.py", "", "the floor plan has no room 'helpers'"),
    ],
)  # fmt: skip
def test_a_planted_violation_is_caught(tmp_path, file, code, caught):
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code, encoding="utf-8")
    assert any(caught in found for found in violations(tmp_path))


def test_no_module_is_named_after_nothing():
    assert [path for path in SOURCE.rglob("*") if path.stem in FORBIDDEN_NAMES] == []


def test_no_file_outgrows_250_lines():
    long = {path.name: count for path in SOURCE.rglob("*.py")
            if (count := len(path.read_text(encoding="utf-8").splitlines())) > 250}  # fmt: skip
    assert long == {}
