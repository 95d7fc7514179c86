"""Why one of ours falls into a trap or denies what is true, where the page has found it so."""

from __future__ import annotations

REASONS: dict[tuple[str, str], str] = {
    ("M4", "falls in"): (
        "Who leaves goes by how people keep to things, which also decides how they get better and which no score before they "
        "leave gives away: their scores are not missing at random given what the analysis sees, and its method says that it assumes so"
    ),
}
"""A sentence by case and fault."""
