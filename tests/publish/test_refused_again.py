"""A page gives the reason of a refusal once; what it leaves without numbers points there."""

from __future__ import annotations

from test_harvest import cells, display

from lowback.figures import effect_figure
from lowback.publish.cells import notebook_page
from lowback.publish.harvest import Harvest
from lowback.result import Refusal
from lowback.sentences import answer
from lowback.tables import estimates_table

NOBODY = Refusal("ancova", "pain", "Did pain fall?", "nobody is compared <here>", ("a comparator",))
SAME = Refusal("mixed", "pain", "Did pain fall faster?", "nobody is compared <here>", ("a comparator",))
OTHER = Refusal("responders", "pain", "Did more get better?", "no threshold is declared")


def page(*exhibits):
    shown = cells(*(display(dict(one.media)) for one in exhibits))
    return notebook_page("effect", "Effect", shown, Harvest((), (), {}, ())).blocks


def test_a_reason_stands_once_and_every_question_keeps_its_own_line():
    blocks = page(answer(NOBODY), answer(SAME), answer(OTHER))
    said = [one.html for one in blocks if one.kind == "exhibit"]
    assert sum("nobody is compared &lt;here&gt;" in one for one in said) == 1
    assert "Did pain fall faster?" in said[1]
    assert "for the reason given above" in said[1]
    assert "no threshold is declared" in said[2]


def test_figures_and_tables_left_empty_share_one_note():
    blocks = page(answer(NOBODY), effect_figure(NOBODY), estimates_table(SAME))
    notes = [one for one in blocks if "for the reason given above" in one.html]
    assert len(notes) == 1
    assert blocks[-1] == notes[0]


def test_a_reason_not_yet_given_is_given_in_full():
    blocks = page(effect_figure(NOBODY))
    assert "nobody is compared &lt;here&gt;" in blocks[-1].html
