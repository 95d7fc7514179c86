"""The beginning of a study of one's own: a commented request, mapping, study and plan that run on simulated people."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from lowback.simulate import simulate, write_simulated

TABLES = ("participants", "visits", "checkins")
FILES = ("report.yml", "mapping.yml", "study.yml", "plan.yml")
PARTICIPANTS, SEED = 80, 1


def start_study(folder: Path) -> Path:
    """Make `folder` with everything that a first report needs, and return its request; a used folder is refused."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} exists and is not empty; name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    write_simulated(simulate("literature", PARTICIPANTS, SEED), folder / "data")
    # The study of one's own has its own mapping, study and request; a second set would only be edited by mistake.
    for path in (folder / "data").iterdir():
        if path.stem not in TABLES:
            path.unlink()
    for name in FILES:
        text = files(__name__).joinpath(name).read_text(encoding="utf-8")
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "report.yml"
