"""The report as a PDF for reading on paper and aloud: tagged, its fonts inside, made without a network.

All words reach the template as data, so that none of them is ever read as markup.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from lowback.checked_yaml import ConfigurationError
from lowback.publish.closing import Section
from lowback.publish.contents import Contents
from lowback.publish.pieces import NotSetError, Picture, Piece, Printed, pieces, printable

TEMPLATE = Path(__file__).parent / "report.typ"
NO_GLYPH = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")

AS_GIVEN = ("file", "svg")
"""What the compiler reads and no person."""
LINE = 96
"""Characters of a printed line that fit between the margins."""
ENDLESS = re.compile(r"[^\s/\u200b]{24}(?=[^\s/\u200b]{16})")
"""Words that a column may not hold, which may be broken there."""


def require_typst() -> None:
    """Refuse with the way to install it where the compiler is absent; called before anything is run."""
    try:
        import typst  # noqa: F401
    except ImportError:
        raise ConfigurationError(
            "a PDF needs the package typst, which is not installed: pip install 'lowback[pdf]'"
        ) from None


def write_pdf(path: Path, contents: Contents, closing: Sequence[Section] = ()) -> None:
    """Write the report as PDF, its figures taken from the folder `figures` beside it, and `closing` after its notebooks.

    The same contents give the same bytes, and the moment in the file is that of the run.
    """
    path.write_bytes(_compiled(_report(contents, closing), path.parent, int(contents.started.timestamp())))


def _report(contents: Contents, closing: Sequence[Section]) -> dict[str, Any]:
    """What the template shows."""
    commit = contents.provenance["commit"]
    sections = [(page.title, pieces(page.blocks)) for page in contents.pages]
    sections += [(one.title, list(one.pieces)) for one in closing]
    return {
        "title": contents.title,
        "running_title": contents.title if len(contents.title) <= 80 else f"{contents.title[:80]}…",
        "study": contents.study.title,
        "design": contents.kind,
        "made": contents.made,
        "precision": contents.precision,
        "findings": [
            {**asdict(found), "seal": None if seal is None else asdict(seal)}
            for found, seal in contents.findings
        ],
        "unanswered": [asdict(one) for one in contents.unanswered],
        "sections": [{"title": title, "pieces": [_plain(one) for one in shown]} for title, shown in sections],
        "smallest_count": contents.smallest_count,
        "has_ledger": contents.has_ledger,
        "seed": contents.provenance["seed"],
        "commit": ""
        if commit is None
        else f"{commit['hash'][:12]}{', changed' if commit['changed'] else ''}",
        "inputs": contents.inputs,
        "parameters": contents.parameters,
        "versions": [f"{name} {version}" for name, version in contents.provenance["versions"].items()],
    }


def _plain(piece: Piece) -> dict[str, Any]:
    """A piece as data, its name as the key `is`."""
    if isinstance(piece, Picture):
        figure = piece.figure
        size = {"width": figure.width, "height": figure.height}
        file = f"/figures/{figure.name}.png"
        return {"is": "picture", "caption": piece.caption, "alt": figure.alt, "file": file, **size}
    if isinstance(piece, Printed):
        return {"is": "printed", "text": "\n".join(_wrapped(line) for line in piece.text.splitlines())}
    return {"is": type(piece).__name__.lower(), **asdict(piece)}


def _wrapped(line: str) -> str:
    """A printed line on as many lines as it needs, its spaces kept."""
    return "\n".join(line[at : at + LINE] for at in range(0, len(line), LINE)) or line


def _compiled(report: dict[str, Any], folder: Path, moment: int) -> bytes:
    """The PDF; letters that no embedded font has are looked for on the system, and what none has is shown by its number."""
    import typst

    shown = _printable(report)
    for system in (False, True):
        try:
            return _once(shown, folder, moment, system)
        except typst.TypstError as error:
            unknown = _without_glyph(f"{error} {error.diagnostic}")
            if not unknown:
                raise NotSetError(str(error)) from error
    return _once(_printable(shown, unknown), folder, moment, True)


def _once(report: Any, folder: Path, moment: int, system: bool) -> bytes:
    import typst

    compiler = typst.Compiler(TEMPLATE.read_bytes(), root=folder, font_paths=_fonts(system))
    made = compiler.compile(
        format="pdf",
        sys_inputs={"report": json.dumps(report, ensure_ascii=False)},
        pdf_standards=[
            "ua-1"
        ],  # refuses a figure without alternative text, a document without title or language
        timestamp=moment,
    )
    assert isinstance(made, bytes)
    return made


def _printable(value: Any, unknown: Collection[str] = ()) -> Any:
    """The data with what no document may hold, and letters that no font has, shown by their numbers."""
    if isinstance(value, str):
        shown = "".join(f"[U+{ord(one):04X}]" if one in unknown else one for one in printable(value))
        return ENDLESS.sub("\\g<0>\u200b", shown)
    if isinstance(value, Mapping):
        return {key: one if key in AS_GIVEN else _printable(one, unknown) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(one, unknown) for one in value]
    return value


def _without_glyph(message: str) -> set[str]:
    """The characters that the compiler found in no font."""
    found = {
        ESCAPED.sub(lambda one: chr(int(one[1], 16)) if one[1] else one[2], text)
        for text in NO_GLYPH.findall(message)
    }
    return {letter for text in found for letter in text if ord(letter) > 127}


@cache
def _fonts(system: bool) -> Any:
    import typst

    return typst.Fonts(include_system_fonts=system)
