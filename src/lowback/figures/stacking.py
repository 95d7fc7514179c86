"""Where the panels of a sheet lie: one under another, as large as what stands around them leaves room for.

Constrained layout looks at all decorations twice and solves for what stacked panels have in closed form; here they are looked at once, and again only
where the new size of a panel changes its ticks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.layout_engine import LayoutEngine

PAD_POINTS = 3.0


class Stacked(LayoutEngine):
    """Panels of one width and height with their decorations inside the sheet, legends of the sheet ("outside upper ...") above them."""

    _adjust_compatible = False
    _colorbar_gridspec = False

    def execute(self, fig: Any) -> None:
        """Set the panels' positions."""
        if not fig.axes:
            return
        before = _ticks(fig)
        _stack(fig)
        if _ticks(fig) != before:
            _stack(fig)


def _ticks(figure: Any) -> list[list[float]]:
    return [list(ticks) for axes in figure.axes for ticks in (axes.get_xticks(), axes.get_yticks())]


def _stack(figure: Any) -> None:
    """One look at the decorations, and the positions that leave room for them."""
    renderer = figure.canvas.get_renderer()
    pad = PAD_POINTS / 72 * figure.dpi
    around = [(axes.get_tightbbox(renderer, for_layout_only=True), axes.bbox) for axes in figure.axes]
    left = max(own.x0 - whole.x0 for whole, own in around) + pad
    right = max(whole.x1 - own.x1 for whole, own in around) + pad
    above = np.array([whole.y1 - own.y1 for whole, own in around]) + pad
    below = np.array([own.y0 - whole.y0 for whole, own in around]) + pad
    legends = sum(one.get_window_extent(renderer).height + 2 * pad for one in figure.legends)
    width, height = figure.bbox.size
    tall = max((height - legends - above.sum() - below.sum()) / len(around), 1.0)
    wide = max(width - left - right, 1.0)
    top = height - legends
    for axes, over, under in zip(figure.axes, above, below, strict=True):
        axes.set_position([left / width, (top - over - tall) / height, wide / width, tall / height])
        top -= over + tall + under
