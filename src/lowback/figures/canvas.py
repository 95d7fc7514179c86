"""The sheet that every figure is drawn on: its size, type, palette and marks, and how it becomes an exhibit."""

from __future__ import annotations

import base64
import re
import textwrap
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, arms_of, each, exhibit_of, in_order
from lowback.exhibit.numbers import PROPORTIONS, capital, label_of, sign_of
from lowback.result import Result
from lowback.variables import dictionary

WIDTH_INCHES = 7.0
DOTS_PER_INCH = 180
MARKERS = "osD^vPX*"
GREY = "#6b6b6b"
INK = "#222222"
COLOURS = ("#0173b2", "#de8f05", "#029e73", "#d55e00", "#cc78bc", "#ca9161", "#949494", "#56b4e9")
"""Of seaborn's palette "colorblind", after Okabe & Ito 2008 (Color Universal Design), without what is too pale on white."""
HOUSE = Path(__file__).with_name("house.mplstyle")


@dataclass(frozen=True)
class Style:
    """One arm's colour and marker, so that neither has to be told apart alone."""

    colour: Any
    marker: str


@contextmanager
def sheet(height: float, panels: int = 1) -> Iterator[tuple[Any, list[Any]]]:
    """A figure of the report's width with so many panels one under another, in the house's style."""
    # Slow to import, and a notebook may show tables alone.
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from lowback.figures.stacking import Stacked

    with mpl.rc_context(_house()), warnings.catch_warnings():
        # A script for which no font is installed shows as boxes; the alternative text still has the words.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        mpl.rcParams["font.sans-serif"] = _families()
        figure = Figure(figsize=(WIDTH_INCHES, height), dpi=DOTS_PER_INCH, layout=Stacked())
        FigureCanvasAgg(figure)
        axes = figure.subplots(panels, squeeze=False)[:, 0]
        yield figure, list(axes)


@cache
def _house() -> dict[Any, Any]:
    from matplotlib import rc_params_from_file

    return dict(rc_params_from_file(HOUSE, fail_on_error=True, use_default_template=False))


@cache
def _families() -> list[str]:
    """The house's typeface, then whatever wide-ranging ones are installed, for names in other scripts."""
    from matplotlib.font_manager import get_font_names

    wide = ("Noto Sans CJK", "Noto Sans Arabic", "Noto Sans Devanagari", "Noto Sans Hebrew", "Arial Unicode")
    return ["DejaVu Sans", *(name for name in sorted(get_font_names()) if name.startswith(wide))]


def rehearse() -> None:
    """Draw a small figure for nobody, so that what is slow the first time (fonts, glyphs, scales) is done with."""
    with sheet(2.0) as (figure, (axes,)):
        axes.errorbar(
            [0.0, 1.0],
            [0.0, 1.0],
            yerr=0.5,
            label="arm",
            marker=MARKERS[0],
            color=styles(["arm"])["arm"].colour,
        )
        axes.set(xlabel="weeks", ylabel="NRS points", title="Rehearsal")
        axes.legend()
        painted(figure)


def styles(arms: Sequence[str]) -> dict[str, Style]:
    """A colour of the colour-blind-safe palette and a marker for each arm, in order."""
    return {arm: Style(COLOURS[n % 8], MARKERS[n % 8]) for n, arm in enumerate(arms)}


def arm_styles(result: Result, rows: pd.DataFrame) -> dict[str, Style]:
    """The looks of the arms of these rows, each by its place in the study, so that an arm looks alike in all figures.

    Where the result knows no arms of the study, comparators come before what is compared with them.
    """
    arms = arms_of(rows)
    against = in_order(rows["comparator"]) if "comparator" in rows.columns else []
    looks = styles(list(dict.fromkeys([*result.arms, *filter(None, against), *arms])))
    return {arm: looks[arm] for arm in arms}


def drawn(result: Result, figure: Any, kind: str, alt: str) -> Exhibit:
    """The finished sheet as a PNG with its alternative text and a name for its file."""
    named = {"image/png": {"alt": alt, "name": slug(f"{kind} {result.estimand}")}}
    return exhibit_of(result, alt, {"image/png": painted(figure)}, named)


def painted(figure: Any) -> str:
    """The sheet as a PNG in base64, drawn once, in 256 colours: a quarter of the bytes, and no eye tells the difference."""
    from PIL import Image

    figure.canvas.draw()
    size, colours = figure.canvas.get_width_height(physical=True), figure.canvas.buffer_rgba()
    full = Image.frombytes("RGB", size, colours, "raw", "RGBX")
    image = full.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    _whiten(image)
    buffer = BytesIO()
    image.save(buffer, format="png", dpi=(DOTS_PER_INCH, DOTS_PER_INCH))
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _whiten(image: Any) -> None:
    """Make the colour of the sheet's corner white, which the choice of colours leaves a shade off."""
    colours, corner = image.getpalette(), image.getpixel((0, 0))
    colours[3 * corner : 3 * corner + 3] = [255, 255, 255]
    image.putpalette(colours)


def slug(words: str) -> str:
    """The words as part of a file name: lower-case ASCII letters, digits and hyphens."""
    ascii_words = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "-", ascii_words.lower()).strip("-")[:60].strip("-") or "figure"


def wrapped(words: str, width: int = 24, lines: int = 3) -> str:
    """The words on so many short lines at most, an ellipsis where they are cut; wide characters count for two."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in words)
    narrowed = max(8, width * len(words) // (len(words) + wide)) if words else width
    return "\n".join(textwrap.wrap(words, narrowed, max_lines=lines, placeholder=" …"))


def tidy(axes: Any, *, left: bool = False) -> None:
    """Take away the lines of the frame that carry nothing."""
    axes.spines[["top", "right", *(["left"] if left else [])]].set_visible(False)
    if left:
        axes.tick_params(axis="y", length=0)


def scale_label(name: str, unit: str, higher_is: str | None) -> str:
    """An axis's name with its unit, which end of the scale is good, and which direction is positive."""
    known = dictionary().get(name)
    direction = higher_is if known is None else known.higher_is
    end = None if known is None else {"worse": known.low, "better": known.high}.get(direction or "")
    best = "" if direction is None else f", {'lower' if direction == 'worse' else 'higher'} is better"
    return f"{capital(label_of(name))} ({unit}{best if end is None else f', {end:g} best'}{sign_of(name)})"


def reach(row: Any) -> list[list[float]]:
    """An interval as distances from its estimate; no reach where the row has none."""
    low, high = row.estimate - row.conf_low, row.conf_high - row.estimate
    return [[0.0 if pd.isna(low) else low], [0.0 if pd.isna(high) else high]]


def reaches(rows: pd.DataFrame) -> list[list[float]]:
    """The intervals of rows as distances from their estimates: all lower ones, then all upper ones."""
    ends = [reach(row) for row in each(rows)]
    return [[end[side][0] for end in ends] for side in (0, 1)]


def listed(rows: pd.DataFrame, described: Callable[[Any], str]) -> str:
    """The rows in words, one after another, for readers who do not see the figure."""
    return "; ".join(described(row) for row in each(rows))


def people_in(rows: pd.DataFrame) -> str:
    """Of how many people the rows tell: n=76, or n=68 to 76 where some rest on fewer."""
    fewest, most = int(rows["n_participants"].min()), int(rows["n_participants"].max())
    return f"n={most}" if fewest == most else f"n={fewest} to {most}"


def in_percentage_points(
    rows: pd.DataFrame, margin: float | None = None, unit: str = "percentage points"
) -> tuple[pd.DataFrame, float | None]:
    """Rows in proportions, and the margin in their unit, in percent for the axis; others as they are."""
    if not rows["unit"].isin(PROPORTIONS).all():
        return rows, margin
    numbers = ["estimate", "std_error", "conf_low", "conf_high"]
    scaled = rows.assign(**{name: rows[name] * 100 for name in numbers}, unit=unit)
    return scaled, None if margin is None else margin * 100
