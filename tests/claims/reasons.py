"""Why one of ours falls into a trap or denies what is true, where the page has found it so."""

from __future__ import annotations

REASONS: dict[tuple[str, str], str] = {
    ("M4", "falls in"): (
        "Those who do not keep to the programme leave, and they are those who get better less. This analysis reads nobody who did not "
        "come at week 12; its assumptions say that it takes their scores as missing at random. `mmrm`, which reads the visits "
        "before they left, holds"
    ),
}
"""A sentence by case and fault."""
