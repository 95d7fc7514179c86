"""Small notebooks, studies and requests that a report can be made of in about two seconds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

STUDY = """\
title: A trial of two arms
design: randomised trial
weeks: [0, 12]
arms: [stretching, usual care]
control_arm: usual care
estimands:
  - name: pain at week 12
    summary: mean difference
    outcome: pain_nrs
    week: 12
"""

PARAMETERS = """\
mapping = "x.yml"  # how the files are read
data = ""  # their folder
study_file = "y.yml"  # the study
effect = -1.0  # difference that is shown
"""

SHOW_RESULT = """\
import base64, struct, zlib
import pandas as pd
from IPython.display import display
from lowback.result import ANSWER_MIME, RESULT_MIME, Result, estimates_frame, to_payload

row = dict(term="stretching vs usual care", estimate=effect, std_error=0.3, df=95.0, conf_low=effect - 0.6,
           conf_high=effect + 0.6, p_value=0.01, unit="NRS points", n_participants=98)
result = Result("ancova", "pain at week 12", "Did pain fall more?", estimates_frame([row]), "A method.")
table = '<table class="estimates"><caption>Adjusted</caption><tbody><tr><th scope="row">a</th><td>1</td></tr></tbody></table>'
display({RESULT_MIME: to_payload(result), "text/html": table, "text/plain": "a 1"}, raw=True)
said = dict(question=result.question, answer=f"By {effect} points.", basis="98 people.", analysis="ancova",
            estimand="pain at week 12", refused=False)
display({ANSWER_MIME: said, RESULT_MIME: to_payload(result), "text/html": '<div class="answer">By</div>'}, raw=True)
"""

SHOW_FIGURE = """\
def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
png = (b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 0))
       + chunk(b"IDAT", zlib.compress(b"\\0\\0\\0" * 2)) + chunk(b"IEND", b""))
display({"image/png": base64.b64encode(png).decode()}, raw=True,
        metadata={"image/png": {"alt": "Two dark squares", "name": "squares"}})
"""


def markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "m", "metadata": {}, "source": source}


def code(source: str, *tags: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": "c",
        "metadata": {"tags": list(tags)} if tags else {},
        "source": source,
        "execution_count": None,
        "outputs": [],
    }


def write_notebook(path: Path, *cells: Mapping[str, Any]) -> Path:
    numbered = [{**cell, "id": f"cell-{number}"} for number, cell in enumerate(cells)]
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": numbered}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


FULL = (
    markdown("# Did pain fall?\n\nLook at the interval."),
    code(PARAMETERS, "parameters"),
    code(SHOW_RESULT),
    markdown("## Figures"),
    code(SHOW_FIGURE),
)


def with_result(parameters: str, *cells: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """A notebook with these parameters and cells that also shows a result, as a report must."""
    effect = "" if "effect" in parameters else "\neffect = -1.0  # difference that is shown"
    return code(parameters + effect, "parameters"), *cells, code(SHOW_RESULT)
