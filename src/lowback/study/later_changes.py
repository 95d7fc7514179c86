"""Changes after the first, as a study file declares them: stopped and taken up again, or blocks on and off in some order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated

from pydantic import Field, model_validator

from lowback.checked_yaml import Number
from lowback.study.strict import StudyModel

Lot = tuple[Number, Number]
# Days of a phase beside that of the change.
FEWEST_DAYS = 5
Order = Annotated[str, Field(pattern=r"^[AB]*(AB|BA)[AB]*$")]


class LaterChange(StudyModel):
    """The participants' column with the day of a change after the first; `drawn_from` are the first and last day of its lot, each as likely."""

    day: str
    drawn_from: Lot | None = None


class Blocks(StudyModel):
    """Blocks of `days` days from `from_day` on, in the order of A (off) and B (on) that the participants' column `order` has for each.

    `drawn_from` are the orders of which chance drew one for each person, each as likely as the next.
    """

    order: str
    days: Annotated[int, Field(gt=FEWEST_DAYS)]
    from_day: int = 0
    drawn_from: tuple[Order, ...] = ()

    @model_validator(mode="after")
    def _is_a_lot(self) -> Blocks:
        orders = self.drawn_from
        for place, one in enumerate(orders):
            if one in orders[:place]:
                raise ValueError(
                    f"drawn_from: the order {one} stands twice, which would make it twice as likely"
                )
            if len(one) != len(orders[0]):
                raise ValueError(f"drawn_from: {orders[0]} and {one} have not as many blocks")
        if len(orders) == 1:
            raise ValueError(
                f"drawn_from: {orders[0]} alone is no lot; name every order that could have been drawn"
            )
        return self


def contradictions(
    first: str, start: Lot | None, then: tuple[LaterChange, ...], settling: int
) -> Iterator[str]:
    """Why changes in this order cannot be, or cannot have been drawn, a sentence each; `first` is the column of the first, `settling` the days after each that do not count."""
    if not then:
        return
    columns = [first, *(one.day for one in then)]
    for one in sorted({one for one in columns if columns.count(one) > 1}):
        yield f"then: {one!r} is the day of two changes"
    lots = [start, *(one.drawn_from for one in then)]
    names = ["start_drawn_from", *(f"drawn_from of {one.day}" for one in then)]
    known = [(name, lot) for name, lot in zip(names, lots, strict=True) if lot is not None]
    if known and len(known) < len(lots):
        lacking = [name for name, lot in zip(names, lots, strict=True) if lot is None]
        yield f"chance drew some changes and not others: no {', '.join(lacking)}; give all of them or none"
    for name, lot in known:
        if lot[0] > lot[1] or any(day != int(day) for day in lot):
            yield f"{name} = {list(lot)}: two whole days, the first and the last"
    for (_, earlier), (name, later) in pairwise(known):
        if later[0] - earlier[1] <= FEWEST_DAYS + settling:
            yield (
                f"{name} begins on day {later[0]:g}, and the change before may be drawn on day {earlier[1]:g}: "
                f"a phase has {FEWEST_DAYS} days or more beside that of the change and those to settle"
            )
    if known and all(lot[0] == lot[1] for _, lot in known):
        yield "drawn_from: no change could have been drawn on more than one day, which is no lot"
