"""What panels share: light lines to read marks by, a legend above them, words at their right."""

from __future__ import annotations

from typing import Any, Literal

from lowback.figures.canvas import INK


def light_lines(axes: Any, axis: Literal["x", "y"]) -> None:
    """Lines behind the marks, by which these are read along an axis."""
    axes.grid(axis=axis, color="#e6e6e6", linewidth=0.8)
    axes.set_axisbelow(True)


def legend_above(axes: Any, title: str = "", columns: int = 1) -> None:
    """A title and under it the legend, above the panel, where it hides no mark."""
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        borderaxespad=0.2,
        ncols=columns,
        title=title,
        title_fontsize=10,
        alignment="left",
    )


def words_beside(axes: Any, height: float, words: str) -> None:
    """Words at the right of the panel, level with a place on its vertical axis."""
    axes.annotate(
        words,
        (1, height),
        xycoords=("axes fraction", "data"),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontsize=9,
        color=INK,
        annotation_clip=False,
    )
