"""Twenty reports beside papermill and nbconvert: `python benchmarks/publish.py --peers PYTHON [--quick]`.

The reports are the `effect` notebook on the example cohort, a folder of data each: five analyses with four figures and their tables.
PYTHON is that of an environment outside the project, which holds this package, papermill and nbconvert:

    python -m venv ../peers && ../peers/bin/pip install . nbconvert && python benchmarks/publish.py --peers ../peers/bin/python

On one core and then on two, each way in its turn, a JSON line each with seconds of the clock and of the processor for one report:

- ours, before and after the others: `lowback report` on a request with `for_each: site`, all included: checks, hashes, proof, page, manifest;
- command lines: `papermill` and then `jupyter nbconvert --to html --no-input`, as many at a time as there are cores;
- interfaces (one core): papermill.execute_notebook and one HTMLExporter, kept for all reports of one process;
- fitting and drawing (one core): the notebook's own lines in a plain process that has run them once before.

The last lines: how many times as long the others take; what a report costs beyond fitting and drawing, all in and without what a run does
once (five rounds of both in turn, and their median, for a machine's speed drifts by a third within minutes); the memory of the processes (`--quick` leaves this and the next out); and `lowback status` on 1,000 reports that are up to date. Every way
is held to one core by the system (Linux) and to one thread by OMP_NUM_THREADS. Modules are compiled to bytecode before, as an installer
leaves them.
"""

from __future__ import annotations

import argparse
import compileall
import ctypes
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE, NOTEBOOK = ROOT / "data" / "example", ROOT / "notebooks" / "reports" / "effect.ipynb"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
Command = Sequence[str]
PR_SET_CHILD_SUBREAPER = 36
ROUNDS = 5

REQUEST = """\
title: Site
mapping: mapping.yml
study: study.yml
data: data/{site}
for_each: site
notebooks: [NOTEBOOK]
"""
INTERFACES = """\
import sys
import papermill
from nbconvert import HTMLExporter
notebook, folder, mapping, study, *data = sys.argv[1:]
exporter = HTMLExporter(exclude_input=True)
for number, one in enumerate(data):
    parameters = {"mapping": mapping, "data": one, "study_file": study}
    executed = papermill.execute_notebook(
        notebook, f"{folder}/{number}.ipynb", parameters, kernel_name="python3", progress_bar=False
    )
    with open(f"{folder}/{number}.html", "w", encoding="utf-8") as page:
        page.write(exporter.from_notebook_node(executed)[0])
"""
PLAIN = """\
import ast, json, os, sys, time
os.environ["MPLBACKEND"] = "agg"
notebook, mapping, study, times, data = sys.argv[1:]
cells = [c for c in json.load(open(notebook))["cells"] if c["cell_type"] == "code"]
def run():
    names = {}
    for cell in cells:
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "cell", "exec"), names)
        if "parameters" in cell["metadata"].get("tags", []):
            names |= {"mapping": mapping, "data": data, "study_file": study}
        shown = eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None
        if hasattr(shown, "_repr_mimebundle_"):
            shown._repr_mimebundle_()
run()
wall, cpu = time.perf_counter(), time.process_time()
for _ in range(int(times)):
    run()
print((time.perf_counter() - wall) / int(times), (time.process_time() - cpu) / int(times))
"""
SMALL = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {},
    "cells": [
        {
            "cell_type": "code",
            "id": "one",
            "metadata": {"tags": ["parameters"]},
            "source": 'mapping = ""  # files\\ndata = ""  # folder\\nstudy_file = ""  # study\\nsmallest_count = 0  # counts'.replace(
                "\\n", "\n"
            ),
            "outputs": [],
            "execution_count": None,
        },
        {
            "cell_type": "code",
            "id": "two",
            "metadata": {},
            "source": "from lowback.analyses.ancova import ancova\n"
            "from lowback.disclosure import disclosed\n"
            "from lowback.intake import read_cohort\n"
            "from lowback.sentences import answer\n"
            "from lowback.study import read_study\n"
            "answer(disclosed(ancova(read_cohort(mapping, data or None), read_study(study_file)), smallest_count))",
            "outputs": [],
            "execution_count": None,
        },
    ],
}


def desk(folder: Path, reports: int, notebook: str = "effect") -> Path:
    """A request for so many reports, each of a folder with the example's data; returns the request."""
    for name in ("mapping.yml", "study.yml"):
        shutil.copy(EXAMPLE / name, folder / name)
    for number in range(reports):
        site = folder / "data" / f"S{number + 1:04d}"
        site.mkdir(parents=True)
        for name in ("participants.csv", "visits.csv", "checkins.csv"):
            os.link(EXAMPLE / name, site / name) if _same_disk(site) else shutil.copy(EXAMPLE / name, site)
    request = folder / "sites.yml"
    request.write_text(REQUEST.replace("NOTEBOOK", notebook), encoding="utf-8")
    return request


def _same_disk(folder: Path) -> bool:
    return folder.stat().st_dev == EXAMPLE.stat().st_dev


def ran(command: Command, cores: int, cwd: Path) -> None:
    """Run a command on the first so many cores; what it prints is shown only where it fails."""
    done = subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env=_environment(),
        preexec_fn=lambda: os.sched_setaffinity(0, range(cores)),
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _environment() -> dict[str, str]:
    return {**os.environ, **ONE_THREAD}


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the clock and of the processor that the processes started by `work` take, those that they leave behind included."""
    before, wall = _children(), time.perf_counter()
    work()
    taken = time.perf_counter() - wall
    with suppress(ChildProcessError):
        while True:
            os.wait()
    return taken, _children() - before


def adopt() -> None:
    """Let processes whose parent ends become children of this one, so that their seconds count (Linux)."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ours(request: Path, cores: int, *more: str) -> Command:
    """`lowback report` on so many cores."""
    return [sys.executable, "-m", "lowback", "report", str(request), "--jobs", str(cores), *more]


def command_lines(peers: str, folder: Path, sites: Sequence[Path], cores: int) -> None:
    """papermill and nbconvert for each site, as many sites at a time as there are cores."""

    def one(site: Path) -> None:
        made = folder / f"{site.name}.ipynb"
        told = {"mapping": folder / "mapping.yml", "data": site, "study_file": folder / "study.yml"}
        given = [word for name, value in told.items() for word in ("-p", name, str(value))]
        ran(
            [
                peers,
                "-m",
                "papermill",
                str(NOTEBOOK),
                str(made),
                "-k",
                "python3",
                "--no-progress-bar",
                *given,
            ],
            cores,
            folder,
        )
        ran(
            [peers, "-m", "jupyter", "nbconvert", "--to", "html", "--no-input", str(made)],
            cores,
            folder,
        )

    with ThreadPoolExecutor(cores) as pool:
        list(pool.map(one, sites))


def interfaces(peers: str, folder: Path, sites: Sequence[Path]) -> None:
    """The same two by their Python interfaces, in one process for all sites."""
    own = [str(NOTEBOOK), str(folder), str(folder / "mapping.yml"), str(folder / "study.yml")]
    ran([peers, "-c", INTERFACES, *own, *map(str, sites)], 1, folder)


def plainly(folder: Path, site: Path, times: int) -> tuple[float, float]:
    """Seconds of the clock and of the processor that fitting and drawing take."""
    own = [str(NOTEBOOK), str(folder / "mapping.yml"), str(folder / "study.yml"), str(times), str(site)]
    done = subprocess.run(
        [sys.executable, "-c", PLAIN, *own],
        cwd=NOTEBOOK.parent,
        capture_output=True,
        text=True,
        check=True,
        env=_environment(),
        preexec_fn=lambda: os.sched_setaffinity(0, range(1)),
    )
    wall, cpu = map(float, done.stdout.split()[-2:])
    return wall, cpu


def memory(request: Path, cores: int) -> dict[str, float]:
    """Megabytes while reports are made: the most of one process and of all together, shared pages shared out (PSS)."""
    process = subprocess.Popen(
        ours(request, cores, "--force"),
        cwd=request.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    )
    most, together, over = 0.0, 0.0, threading.Event()
    while process.poll() is None:
        sizes = [_pss(one) for one in [process.pid, *_descendants(process.pid)]]
        most, together = max(most, *sizes), max(together, sum(sizes))
        over.wait(0.25)
    return {"most of one process": round(most), "all together": round(together)}


def _pss(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return sum(float(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _descendants(pid: int) -> list[int]:
    try:
        own = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
    except OSError:
        return []
    return [*own, *(each for one in own for each in _descendants(one))]


def told(name: str, cores: int, reports: int, taken: tuple[float, float]) -> float:
    """One way as a JSON line; the seconds of the clock for a report."""
    wall, cpu = (one / reports for one in taken)
    _line(name=name, cores=cores, reports=reports, wall_s=round(wall, 3), cpu_s=round(cpu, 3))
    return wall


def _line(**said: object) -> None:
    print(json.dumps(said), flush=True)


def published(reports: int, peers: str | None) -> None:
    """The reports in every way, on one core and on two, and how the ways compare."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        request = desk(folder, reports)
        sites = sorted((folder / "data").iterdir())
        walls: dict[tuple[str, int], float] = {}
        for cores in (1, 2):

            def run_ours(cores: int = cores) -> float:
                return told(
                    "ours",
                    cores,
                    reports,
                    timed(lambda: ran(ours(request, cores, "--force"), cores, folder)),
                )

            walls["ours", cores] = run_ours()
            if peers:
                taken = timed(lambda cores=cores: command_lines(peers, folder, sites, cores))  # type: ignore[misc]
                walls["command lines", cores] = told("command lines", cores, reports, taken)
                # A machine's speed drifts over minutes: ours is what it takes before and after, averaged.
                walls["ours", cores] = (walls["ours", cores] + run_ours()) / 2
        if peers:
            walls["interfaces", 1] = told(
                "interfaces", 1, reports, timed(lambda: interfaces(peers, folder, sites))
            )
        for (way, cores), wall in walls.items():
            if way != "ours":
                _line(times_as_long=way, cores=cores, ratio=round(wall / walls["ours", cores], 2))
        beyond(reports, request, sites[0])


def beyond(reports: int, request: Path, site: Path) -> None:
    """What a report costs beyond fitting and drawing, all in and without what a run does once: the median of rounds, for speed drifts."""
    folder, all_in, apart = request.parent, [], []
    for _ in range(ROUNDS):
        before = plainly(folder, site, 3)
        all_of_them = timed(lambda: ran(ours(request, 1, "--force"), 1, folder))[0]
        once = timed(lambda: ran(ours(request, 1, "--force", "--only", site.name), 1, folder))[0]
        after = plainly(folder, site, 3)
        told("fitting and drawing", 1, 1, ((before[0] + after[0]) / 2, (before[1] + after[1]) / 2))
        plain = (before[0] + after[0]) / 2
        all_in.append(all_of_them / reports - plain)
        apart.append((all_of_them - once) / (reports - 1) - plain)
    for name, found in (("beyond_fitting_and_drawing_s", all_in), ("without_what_a_run_does_once_s", apart)):
        _line(**{name: round(median(found), 3), "rounds": [round(one, 3) for one in found]})


def stood(reports: int) -> None:
    """`lowback status` on reports that are all up to date."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "small.ipynb").write_text(json.dumps(SMALL), encoding="utf-8")
        request = desk(folder, reports, "small.ipynb")
        cores = len(os.sched_getaffinity(0))
        taken = timed(lambda: ran(ours(request, cores), cores, folder))
        told("one analysis, published", cores, reports, taken)
        status = [sys.executable, "-m", "lowback", "status", str(request)]
        told("status of all", cores, 1, timed(lambda: ran(status, cores, folder)))
        told("report, nothing changed", cores, 1, timed(lambda: ran(ours(request, cores), cores, folder)))


def main() -> None:
    """Every case in turn."""
    asked = argparse.ArgumentParser(description="Reports a second, beside papermill and nbconvert.")
    asked.add_argument("--peers", help="Python of an environment with this package, papermill and nbconvert.")
    asked.add_argument("--reports", type=int, default=20)
    asked.add_argument("--quick", action="store_true", help="Leave memory and status out.")
    given = asked.parse_args()
    adopt()
    compileall.compile_dir(ROOT / "src", quiet=1)
    if given.peers is None:
        print("no --peers: only our own times (see the top of this file)", file=sys.stderr)
    published(given.reports, given.peers)
    if not given.quick:
        with tempfile.TemporaryDirectory() as name:
            request = desk(Path(name), 4)
            for cores in (1, 2):
                _line(memory_mb=memory(request, cores), jobs=cores)
        stood(1000)


if __name__ == "__main__":
    main()
