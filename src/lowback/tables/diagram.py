"""The correlations that causal diagrams say are none, those that speak most against each diagram first."""

from __future__ import annotations

import pandas as pd

from lowback.exhibit import Exhibit, each, in_order, keyed_rows, refused
from lowback.exhibit.numbers import capital, p_value, rounded
from lowback.result import Refusal, Result
from lowback.tables.markup import Row, Table

MOST_ROWS = 6


def implications_table(result: Result | Refusal) -> Exhibit:
    """The pairs of each diagram that it says are unrelated, with the correlation found; the six with the smallest p-values."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "diagram", "title", "first", "second", "given", "statistic")
    rows = rows[rows["statistic"] == "partial correlation"]
    rows = rows.assign(p_holm=pd.to_numeric(rows["p_holm"], errors="coerce"))
    lines: list[Row] = []
    left = 0
    for name in in_order(rows["diagram"]):
        of_diagram = rows[rows["diagram"] == name].sort_values(["p_holm", "p_value"], kind="stable")
        lines.append(Row(of_diagram["title"].iloc[0]))
        left += max(len(of_diagram) - MOST_ROWS, 0)
        for row in each(of_diagram.head(MOST_ROWS)):
            alike = f", given {row.given}" if row.given else ""
            cells = (rounded(row).with_bounds, p_value(row.p_holm), str(row.n_participants))
            lines.append(Row(f"{capital(row.first)} and {row.second}{alike}", cells, is_indented=True))
    notes = [f"{left} pairs with larger p-values are not shown; all stand in estimates.csv."] if left else []
    heads = ("By the diagram unrelated", "Partial correlation (95 % CI)", "p (Holm)", "n")
    return Table("Correlations that each diagram says are none", heads, tuple(lines), tuple(notes)).exhibit(
        result
    )
