"""A causal diagram as a drawing: causes left of their effects, and what the cohort did not measure set apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from lowback.exhibit import Exhibit
from lowback.exhibit.numbers import capital
from lowback.figures.canvas import GREY, INK, WIDTH_INCHES, painted, sheet, slug, wrapped
from lowback.variables import Variable

if TYPE_CHECKING:
    from lowback.diagram import Diagram, Node
    from lowback.diagram.layout import Layout, Point

MARGIN, ROW = 0.12, 0.62
BOX_HEIGHT, BOX_SHARE, WIDEST = 0.46, 0.76, 1.35
TYPE_SIZE, CHARACTER = 8.5, 0.078
MEASURED, SHARED = "#dbe9f6", "#b35806"


def diagram_figures(
    diagrams: Iterable[Diagram], columns: Collection[str], variables: Mapping[str, Variable] | None = None
) -> tuple[Exhibit, ...]:
    """Each diagram with its arrows, a drawing each; filled boxes were measured in a cohort with these columns, dashed ones were not.

    Dashed lines with two heads join what has an unmeasured common cause. `variables` are the cohort's, for its own labels.
    """
    return tuple(_diagram_figure(one, columns, variables) for one in diagrams)


def _diagram_figure(
    diagram: Diagram, columns: Collection[str], variables: Mapping[str, Variable] | None
) -> Exhibit:
    # Graphs are slow to import, and a notebook may draw estimates alone.
    from lowback.diagram.layout import layout

    placed = layout(diagram)
    labels = {node: capital(diagram.label(node, variables)) for node in diagram.nodes}
    measured = {node for node in diagram.observable if node.variable in columns}
    scale = (WIDTH_INCHES - 2 * MARGIN) / placed.columns
    with sheet(placed.height * ROW + 1.05) as (figure, (axes,)):
        axes.set_title(wrapped(diagram.title, 80, 1))
        _draw(axes, diagram, placed, labels, measured, scale)
        picture = painted(figure)
    alt = _alt(diagram, labels, measured)
    named = {"image/png": {"alt": alt, "name": slug(f"diagram {diagram.name}")}}
    return Exhibit({"text/plain": alt, "image/png": picture}, named)


def _draw(
    axes: Any,
    diagram: Diagram,
    placed: Layout,
    labels: Mapping[Node, str],
    measured: Collection[Node],
    scale: float,
) -> None:
    height = placed.height * ROW
    axes.set_xlim(0, WIDTH_INCHES)
    axes.set_ylim(height + 0.45, -0.05)
    axes.axis("off")
    for one, other in diagram.shared:
        _shared_cause(axes, placed.places[one], placed.places[other], scale)
    for route in placed.routes.values():
        _arrow(axes, [_inches(point, scale) for point in route], scale)
    for node, point in placed.places.items():
        _box(axes, _inches(point, scale), labels[node], scale, is_measured=node in measured)
    words = [
        (MEASURED, "-", "measured in this cohort"),
        ("white", (0, (3, 2)), "not measured in this cohort"),
    ]
    for at, (colour, line, said) in enumerate(words):
        left = MARGIN + at * 2.05
        _patch(axes, left, height + 0.16, 0.22, 0.16, colour, line)
        axes.text(left + 0.3, height + 0.24, said, va="center", fontsize=TYPE_SIZE, color=INK)
    if diagram.shared:
        left = MARGIN + 4.35
        axes.plot([left, left + 0.4], [height + 0.24] * 2, color=SHARED, ls=(0, (4, 2)), lw=1.1)
        axes.text(
            left + 0.48, height + 0.24, "unmeasured common cause", va="center", fontsize=TYPE_SIZE, color=INK
        )


def _inches(point: Point, scale: float) -> Point:
    """The middle of a place on the sheet."""
    return MARGIN + (point[0] + 0.5) * scale, (point[1] + 0.5) * ROW


def _box(axes: Any, middle: Point, label: str, scale: float, *, is_measured: bool) -> None:
    width = 2 * _half(scale)
    line = "-" if is_measured else (0, (3, 2))
    fill = MEASURED if is_measured else "white"
    _patch(axes, middle[0] - width / 2, middle[1] - BOX_HEIGHT / 2, width, BOX_HEIGHT, fill, line)
    text = wrapped(label, max(6, int(width / CHARACTER)), 3)
    size = TYPE_SIZE - 1.5 * (text.count("\n") > 1)
    axes.text(*middle, text, ha="center", va="center", fontsize=size, color=INK, zorder=4, linespacing=1.05)


def _patch(axes: Any, left: float, top: float, width: float, height: float, fill: str, line: Any) -> None:
    from matplotlib.patches import FancyBboxPatch

    style = f"round,pad=0,rounding_size={min(width, height) / 5:.3f}"
    edge = INK if line == "-" else GREY
    axes.add_patch(
        FancyBboxPatch((left, top), width, height, style, fc=fill, ec=edge, lw=1.1, ls=line, zorder=3)
    )


def _arrow(axes: Any, points: list[Point], scale: float) -> None:
    """A smooth line through the lanes, level where it leaves, passes and arrives."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    edge = _half(scale)
    start, end = (points[0][0] + edge, points[0][1]), (points[-1][0] - edge - 0.02, points[-1][1])
    stops = [start]
    for x, y in points[1:-1]:
        stops += [(x - edge, y), (x + edge, y)]
    stops.append(end)
    vertices, codes = [stops[0]], [Path.MOVETO]
    for at, (one, other) in enumerate(pairwise(stops)):
        if at % 2:
            vertices.append(other)
            codes.append(Path.LINETO)
        else:
            bend = (other[0] - one[0]) * 0.6
            vertices += [(one[0] + bend, one[1]), (other[0] - bend, other[1]), other]
            codes += [Path.CURVE4] * 3
    axes.add_patch(
        FancyArrowPatch(
            path=Path(vertices, codes), arrowstyle="-|>", mutation_scale=9, lw=1.1, color=INK, zorder=2
        )
    )


def _half(scale: float) -> float:
    """Half the width of a box."""
    return min(scale * BOX_SHARE, WIDEST) / 2


def _shared_cause(axes: Any, one: Point, other: Point, scale: float) -> None:
    """A dashed line with two heads: at the left of one column, else from the top or bottom of the left box."""
    from matplotlib.patches import FancyArrowPatch

    left, right = sorted(_inches(point, scale) for point in (one, other))
    rises = -1 if right[1] < left[1] else 1
    if abs(left[0] - right[0]) < 0.01:
        upper, lower = sorted((left, right), key=lambda point: point[1])
        x = upper[0] - _half(scale)
        ends, bend = ((x, upper[1] + 0.1), (x, lower[1] - 0.1)), 0.32
    elif abs(left[1] - right[1]) < 0.01:
        ends, bend = ((left[0], left[1] - BOX_HEIGHT / 2), (right[0], right[1] - BOX_HEIGHT / 2)), -0.3
    elif right[0] - left[0] > 1.5 * scale:
        start = (left[0] + _half(scale), left[1] + rises * 0.12)
        ends, bend = (start, (right[0] - _half(scale), right[1] - rises * 0.12)), 0.15 * rises
    else:
        start = (left[0], left[1] + rises * BOX_HEIGHT / 2)
        ends, bend = (start, (right[0] - _half(scale), right[1] - rises * 0.12)), 0.25 * rises
    axes.add_patch(
        FancyArrowPatch(
            *ends,
            connectionstyle=f"arc3,rad={bend}",
            arrowstyle="<|-|>",
            mutation_scale=7,
            lw=1.0,
            ls=(0, (4, 2)),
            color=SHARED,
            zorder=1,
        )
    )


def _alt(diagram: Diagram, labels: Mapping[Node, str], measured: Collection[Node]) -> str:
    """Every arrow in words."""
    arrows = [f"{labels[one]} to {labels[other]}" for one, other in diagram.arrows]
    said = f"Causal diagram: {diagram.title}. Arrows: {'; '.join(arrows)}."
    if diagram.shared:
        pairs = [f"{labels[one]} and {labels[other]}" for one, other in diagram.shared]
        said += f" An unmeasured common cause: {'; '.join(pairs)}."
    lacking = [labels[node] for node in diagram.nodes if node not in measured]
    return said + (
        f" Not measured in this cohort: {', '.join(lacking)}." if lacking else " All of it was measured."
    )
