from __future__ import annotations

from html.parser import HTMLParser

import pandas as pd
import pytest

from lowback.exhibit import noted, refused
from lowback.ledger import VERDICTS
from lowback.publish.sanitised import CLASSES, boxed_tables, sanitised
from lowback.result import Refusal, Result, estimates_frame
from lowback.sentences import answer
from lowback.tables import estimates_table, method_note

ROW = {
    "term": "stretching vs usual care",
    "estimate": -1.0,
    "std_error": 0.3,
    "df": 95.0,
    "conf_low": -1.6,
    "conf_high": -0.4,
    "p_value": 0.01,
    "unit": "NRS points",
    "n_participants": 98,
}
KEYS = {"arm": "stretching <b>", "comparator": 'usual "care"', "weeks": 12, "statistic": "difference"}
RESULT = Result(
    "ancova",
    "pain at week 12",
    "Did pain fall?",
    estimates_frame([ROW]),
    "By <i>least</i> squares.",
    ("nobody left & came back",),
    ("A paper",),
    pd.DataFrame([KEYS]),
)
ATTACKS = [
    "<script>fetch('//evil.example')</script>",
    "<img src=x onerror=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<table class='estimates' style='background:url(//evil.example)' onclick=alert(1)><tr><td id=content>x</td></tr></table>",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<style>@import '//evil.example'</style>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href='//evil.example'>",
    "<form action='//evil.example'><input name=q><button>go</button></form>",
    "<link rel=stylesheet href='//evil.example'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<div class='skip answer' role=main tabindex=0 aria-hidden=true>x</div>",
    "<th scope=evil colspan=99999999>x</th>",
    "</div></main></body><h1>taken over</h1>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<video><source onerror=alert(1)></video>",
    "<p\x00 onclick=alert(1)>x</p>",
]
TAGS = {
    "div",
    "p",
    "table",
    "tr",
    "span",
    "dd",
    "dl",
    "caption",
    "thead",
    "tbody",
    "th",
    "td",
    "strong",
    "ul",
    "li",
    "dt",
    "h4",
}


class Tags(HTMLParser):
    """Every tag of a piece of HTML with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_no_exhibit_of_ours_has_is_taken_away(attack):
    for tag, attrs in Tags(sanitised(f"before {attack} after")).found:
        assert tag in TAGS
        assert set(attrs) <= {"class", "scope", "colspan"}
        assert attrs.get("class") not in {"skip answer", "skip"}
        assert attrs.get("scope") != "evil"
        assert attrs.get("colspan") != "99999999"


@pytest.mark.parametrize(
    "exhibit",
    [
        estimates_table(RESULT),
        method_note(RESULT),
        answer(RESULT),
        noted(RESULT, "none & nothing"),
        refused(Refusal("ancova", "pain", "Fell?", "no visit <at> week 8", ("a visit",))),
    ],
)
def test_our_own_exhibits_pass_with_every_tag_and_word(exhibit):
    html = exhibit.media["text/html"]
    cleaned = sanitised(html)
    assert Tags(cleaned).found == Tags(html).found
    assert sanitised(cleaned) == cleaned


def test_the_ledger_keeps_the_colour_of_each_verdict():
    assert {one.replace(" ", "-") for one in VERDICTS} == CLASSES["dl"]


def test_each_table_stands_in_one_box_that_its_caption_names():
    html = "<p>a</p><table><caption>One &amp; two</caption><tbody><tr><td><table></table></td></tr></tbody></table><p>b</p>"
    boxed = boxed_tables(html)
    assert boxed.count('class="scroll"') == 1
    assert 'aria-label="Table: One &amp; two"' in boxed
    assert boxed.startswith("<p>a</p><div")
    assert boxed.endswith("</table></div><p>b</p>")
