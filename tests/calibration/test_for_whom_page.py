"""The page on for whom: its script runs, and no interval of what ships covers too little or too much."""

from __future__ import annotations

from pathlib import Path

from scatter import PAGE, SETTINGS, main


def test_the_script_writes_both_tables(tmp_path: Path) -> None:
    main(["--cohorts", "2", "--out", str(tmp_path / "page.md")])
    text = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert text.count("\n## ") == 2
    assert text.count("\n| 40 |") == 2


def test_intervals_hold_the_truth_on_the_page_that_ships_and_those_of_one_scatter_do_not() -> None:
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    effects = [one for one in rows if len(one) == 12 and one[0].isdigit()]
    assert len(effects) == len(SETTINGS)
    for one in effects:
        ours = [float(share) for share in one[4:11] if share not in ("few", "–")]
        # Two and a half Monte Carlo errors; of few people and where hardly anything scatters intervals may be wider than they need be.
        assert min(ours) >= 92.3, one
        assert max(ours) <= (99.6 if one[0] == "40" else 97.7), one
        assert one[3] != "fivefold with signs" or float(one[11]) < 90, one
    together = [one for one in rows if len(one) == 4 and one[0].isdigit()]
    assert len(together) == 3
    assert min(float(one[2]) for one in together) >= 92.3
