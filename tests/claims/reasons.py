"""Why one of ours falls into a trap or denies what is true, where the page has found it so."""

from __future__ import annotations

REASONS: dict[tuple[str, str], str] = {
    ("M4", "falls in"): (
        "Those who do not keep to the programme leave, and they are those who get better less. This analysis reads nobody who did not "
        "come at week 12; its assumptions say that it takes their scores as missing at random. `mmrm`, which reads the visits "
        "before they left, holds"
    ),
    ("C20", "falls in"): (
        "One process moves both regions here, and each has ups and downs of its own beside it. Then either says something of the other's "
        "tomorrow that the other does not say today, so that an effect at equal back pain is found although nothing is handed on: in "
        "eight such cohorts -0.02 to 0.15 SD per SD, where handing on a third gives 0.24 to 0.29. This slope cannot tell the two apart; the "
        "verdict on who leads (C21) does not rest on it"
    ),
}
"""A sentence by case and fault."""
