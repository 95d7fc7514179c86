"""A request may say how new its data must be, whom to tell, and which margins are watched; each refused by name."""

from __future__ import annotations

import pytest
from small_notebooks import FULL

from lowback.checked_yaml import ConfigurationError
from lowback.publish import read_request

LINES = """\
notebooks: [notes.ipynb]
newest_within_days: 8
must_change: true
notices: {webhook: true, mail: [a@b.org], on: [failure, trigger, success]}
triggers: [{estimand: pain at week 12, crosses: -1, side: below, when: interval}]
"""


def test_a_request_says_how_new_data_must_be_and_whom_to_tell(write_request):
    request = read_request(write_request(*FULL, lines=LINES))
    assert (request.newest_within_days, request.must_change) == (8, True)
    assert request.notices.on == ("failure", "trigger", "success")
    assert request.notices.mail == ("a@b.org",)
    assert request.triggers[0].crosses == -1


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("newest_within_days: 8", "newest_within_days: 0", "newest_within_days = 0"),
        ("newest_within_days: 8", "newest_within_days: week", "newest_within_days = 'week'"),
        ("must_change: true", "must_change: 3", "must_change = 3"),
        ("on: [failure,", "on: [failures,", "notices.on[0] = 'failures'"),
        ("mail: [a@b.org]", "mail: [nobody]", "notices.mail[0] = 'nobody'"),
        ("webhook: true", "webhok: true", "did you mean 'webhook'?"),
        ("side: below", "side: under", "triggers[0].side = 'under'"),
        ("crosses: -1", "crosses: -one", "triggers[0].crosses = '-one'"),
        ("when: interval", "wen: interval", "did you mean 'when'?"),
    ],
)
def test_what_cannot_be_used_is_refused_by_key_and_value(before, after, said, write_request):
    with pytest.raises(ConfigurationError) as refused:
        read_request(write_request(*FULL, lines=LINES.replace(before, after)))
    assert said in str(refused.value)
