"""The page of coverage: its script runs, and what ships holds no interval that covers too little."""

from __future__ import annotations

from pathlib import Path

from spells_page import PAGE, main


def test_the_script_writes_every_part(tmp_path: Path) -> None:
    main(["--cohorts", "2", "--out", str(tmp_path / "page.md")])
    text = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert text.count("\n## ") == 3


def test_no_interval_on_the_page_that_ships_covers_too_little() -> None:
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith(("| 30 |", "| 100 |", "| 250 |")):
            # The last column is what `recurrence` reports, which says so where fewer than 50 people settled.
            assert float(cells[-1]) >= (90 if cells[0] == "30" else 92), line
        elif line.startswith(("| 60 |", "| 200 |")):
            assert min(map(float, cells[1:4])) >= 92, line
        elif line.startswith(("| -0", "| 0 |")):
            assert float(cells[3]) >= 92, line
            assert float(cells[4]) >= 92, line
