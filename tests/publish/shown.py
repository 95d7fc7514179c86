"""Contents of a report with words in every place that a person can fill, for the media that show them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from small_notebooks import code, markdown

from lowback.exhibit import Exhibit
from lowback.publish.contents import Contents, report_contents
from lowback.publish.harvest import harvest
from lowback.publish.notebooks import Notebook
from lowback.publish.parameters import read_parameters
from lowback.publish.request import PlannedRun, Request
from lowback.result import ANSWER_MIME, RESULT_MIME, Refusal, Result, estimates_frame, to_payload
from lowback.study import Study
from lowback.tables.markup import Row, Table

STARTED = "2026-11-22T00:32:00Z"


def png() -> bytes:
    """A black picture of 8 by 8 dots."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
    dots = chunk(b"IDAT", zlib.compress(b"\0" * 9 * 8))
    return b"\x89PNG\r\n\x1a\n" + header + dots + chunk(b"IEND", b"")


def contents_saying(words: str, study: Study, *, lines: int = 2) -> Contents:
    """A report that has these words as title, arm, answer, note, description, parameter and whatever else has words."""
    row = {
        "term": words,
        "estimate": -1.0,
        "conf_low": -1.6,
        "conf_high": -0.4,
        "unit": words,
        "n_participants": 98,
    }
    result = Result("ancova", "pain at week 12", words, estimates_frame([row]), words, (words,), (words,))
    refusal = Refusal("mixed", "over time", words, words, (words,))
    table = Table(words, ("Arm", words), tuple(Row(f"{words} {n}", (words,)) for n in range(lines)), (words,))
    said = {"question": words, "answer": words, "basis": f"{words}; {words}", "analysis": "ancova"}
    said |= {"estimand": "pain at week 12", "refused": False}
    shown: Sequence[tuple[dict[str, Any], dict[str, Any]]] = (
        ({**table.exhibit(result).media}, {}),
        ({ANSWER_MIME: said, RESULT_MIME: to_payload(result), "text/html": "<p>said</p>"}, {}),
        (
            {RESULT_MIME: to_payload(result), "image/png": _text(png())},
            {"image/png": {"alt": words, "name": f"dots {'of black ' * 9}"}},
        ),
        ({RESULT_MIME: to_payload(refusal), "text/html": "<p class='refusal'>refused</p>"}, {}),
    )
    outputs: list[dict[str, Any]] = [
        {"output_type": "display_data", "data": data, "metadata": metadata} for data, metadata in shown
    ]
    outputs += [{"output_type": "stream", "name": name, "text": words} for name in ("stdout", "stderr")]
    cells = [
        markdown(f"# {words}\n\n{words}\n\n## {words}\n\n| {words} |\n|---|\n| {words} |"),
        {**code(words), "outputs": outputs},
    ]
    return contents_of(cells, words, study, site=words, path=words)


def contents_of(
    cells: Sequence[dict[str, Any]], title: str, study: Study, site: str = "", path: str = "x.csv"
) -> Contents:
    """What a report of one executed notebook says."""
    notebook = Notebook(
        Path("effect.ipynb"), b"", tuple(cells), read_parameters("site = ''  # which site", "")
    )
    planned = PlannedRun("effect", title, notebook, {"site": site})
    given = {"title": title, "mapping": "m", "study": "s", "notebooks": ["effect"]}
    provenance = {
        "inputs": [{"role": "data", "path": path, "sha256": "0" * 64}],
        "versions": {"python": "3.11"},
        "commit": None,
        "seed": 1,
        "started": STARTED,
    }
    found = harvest([("effect", list(cells))])
    assert found.failures == ()
    return report_contents(Request.model_validate(given), study, [(planned, list(cells))], found, provenance)


def displayed(exhibit: Exhibit) -> dict[str, Any]:
    """An exhibit as an executed notebook holds it."""
    return {"output_type": "display_data", "data": dict(exhibit.media), "metadata": dict(exhibit.metadata)}


def _text(content: bytes) -> str:
    import base64

    return base64.b64encode(content).decode()


def folder_with_figures(folder: Path, contents: Contents) -> Path:
    """A folder as a report is built in, its figures in place."""
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    for page in contents.pages:
        for block in page.blocks:
            if block.figure is not None:
                (folder / "figures" / f"{block.figure.name}.png").write_bytes(block.figure.png)
    return folder
