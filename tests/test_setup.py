"""The ways to set up the project agree with each other and with what the README says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from lowback.__main__ import app

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")

# conda-forge splits these packages; the part without a graphical toolkit is the one that is needed.
CONDA_NAMES = {"matplotlib": "matplotlib-base", "seaborn": "seaborn-base"}


def project_bounds(pyproject: dict) -> dict[str, str]:
    project = pyproject["project"]
    texts = [
        *project["dependencies"],
        *(text for extra in project["optional-dependencies"].values() for text in extra),
        *pyproject["dependency-groups"]["dev"],
    ]
    wanted = [Requirement(text) for text in texts]
    bounds = {CONDA_NAMES.get(one.name.lower(), one.name.lower()): str(one.specifier) for one in wanted}
    return bounds | {"python": project["requires-python"]}


def environment_bounds(environment: dict) -> dict[str, str]:
    by_conda, by_pip = [], []
    for one in environment["dependencies"]:
        (by_conda if isinstance(one, str) else by_pip).append(one)
    listed = [*by_conda, *(text for one in by_pip for text in one["pip"] if not text.startswith("--"))]
    wanted = [Requirement(text) for text in listed]
    return {one.name: str(one.specifier) for one in wanted if one.name != "pip"}


def environment() -> dict:
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def test_conda_and_pip_install_the_same_packages_within_the_same_bounds():
    assert environment_bounds(environment()) == project_bounds(PYPROJECT)


def test_a_bound_that_differs_would_be_noticed():
    changed = environment()
    changed["dependencies"] = [
        "pandas>=2.0" if one == "pandas>=3.0" else one for one in changed["dependencies"]
    ]
    assert environment_bounds(changed) != project_bounds(PYPROJECT)


@pytest.mark.parametrize(("lock", "extra"), [("requirements.lock", "dev"), ("requirements-lab.lock", "lab")])
def test_the_lock_pins_every_package_with_hashes_and_names_no_host(lock, extra):
    text = (ROOT / lock).read_text(encoding="utf-8")
    pinned = {
        match[1].lower(): match[2] for match in re.finditer(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, re.M)
    }
    wanted = [*PYPROJECT["project"]["dependencies"]]
    wanted += (
        PYPROJECT["dependency-groups"]["dev"]
        if extra == "dev"
        else PYPROJECT["project"]["optional-dependencies"]["lab"]
    )
    for one in map(Requirement, wanted):
        assert one.specifier.contains(pinned[one.name.lower()]), one
    assert text.count("--hash=sha256:") > len(pinned)
    assert "://" not in text


def test_both_locks_pin_the_same_versions():
    def pins(name: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for package, version in re.findall(
            r"^([A-Za-z0-9._-]+)==([^\s;]+)", (ROOT / name).read_text("utf-8"), re.M
        ):
            found.setdefault(package, set()).add(version)
        return found

    core, lab = pins("requirements.lock"), pins("requirements-lab.lock")
    assert {name for name in core.keys() & lab.keys() if core[name] != lab[name]} == set()


def test_the_core_install_has_no_jupyterlab_and_no_test_tool():
    core = {Requirement(text).name for text in PYPROJECT["project"]["dependencies"]}
    assert not core & {"jupyterlab", "notebook", "nbconvert", "pytest", "ruff", "mypy"}


def test_every_package_of_the_core_install_is_used():
    module = {"pyyaml": "yaml", "markdown-it-py": "markdown_it"}
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    names = [Requirement(one).name for one in PYPROJECT["project"]["dependencies"]]
    # The kernel is started as a process of its own.
    used = [
        name
        for name in names
        if re.search(rf"(import|from) {module.get(name, name)}\b|\b{name}_launcher\b", text)
    ]
    assert used == names


def test_the_readme_opens_with_the_two_commands():
    first_block = re.search(r"```\w*\n(.*?)```", README, re.S)[1].split("\n")
    commands = [line.split("#")[0].strip() for line in first_block if line.strip()]
    assert commands[-2:] == ["make report", "make test"]


def test_ci_runs_lint_types_and_the_test_command_of_the_readme():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert "make check" in script
    assert "make test" in script
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for tool in ("ruff check", "ruff format --check", "mypy"):
        assert f"$(BIN)/{tool}" in makefile


def test_make_report_runs_what_the_readme_says_it_runs():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "REQUEST ?= reports/example.yml" in makefile
    assert "$(BIN)/lowback report $(REQUEST)" in makefile
    assert "lowback report reports/example.yml" in README


@pytest.mark.parametrize(
    "way", ["uv run", "pip install", "conda env create -f environment.yml", "lowback new my-study"]
)
def test_the_readme_names_the_other_ways(way):
    assert way in README


def test_every_make_target_and_command_of_the_readme_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"\bmake ([a-z]+)\b", README)) <= targets
    commands = set(re.findall(r"^\s*(?:uv run )?lowback ([a-z]+)", README, re.M))
    assert commands <= {str(one.callback.__name__) for one in app.registered_commands}
    assert {"report", "check", "simulate", "new"} <= commands


def test_every_file_that_the_readme_links_to_exists():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


def test_each_test_file_outside_a_package_has_a_name_of_its_own():
    names = [
        path.name
        for path in (ROOT / "tests").rglob("test_*.py")
        if not (path.parent / "__init__.py").exists()
    ]
    assert sorted(names) == sorted(set(names))
