"""The ledger as a list to read: what is supported first, what was not tested last, each claim with the sentence allowed."""

from __future__ import annotations

from html import escape

from lowback.exhibit import Exhibit
from lowback.exhibit.numbers import capital
from lowback.ledger import VERDICTS, Entry, Ledger
from lowback.result import LEDGER_MIME

ALONE = "Each claim is taken by itself: of the claims that are false, one in forty or so may be called supported by chance alone."


def ledger_table(ledger: Ledger) -> Exhibit:
    """Every claim under its verdict, with its sentence, the design behind it, how many people, and its certificate.

    The exhibit carries the rows of ledger.csv.
    """
    counts = "; ".join(f"{count} {verdict}" for verdict, count in ledger.counts.items() if count)
    html = f'<p class="table-note">{escape(f"{len(ledger.entries)} claims: {counts}.")} {escape(ALONE)}</p>'
    text = f"{len(ledger.entries)} claims: {counts}. {ALONE}\n"
    for verdict in VERDICTS:
        entries = [one for one in ledger.entries if one.verdict == verdict]
        if entries:
            head = f"{capital(verdict)} ({len(entries)})"
            html += f'<h4>{escape(head)}</h4><dl class="{verdict.replace(" ", "-")}">'
            html += "".join(_html(one) for one in entries) + "</dl>"
            text += f"\n{head}\n" + "".join(
                f"{one.claim_id} {one.claim}. {one.sentence}\n" for one in entries
            )
    rows = [one.row() for one in ledger.entries]
    media = {
        "text/plain": text,
        "text/html": f'<div class="ledger">{html}</div>',
        # JSON keeps the order of a list, not that of keys.
        LEDGER_MIME: {"columns": list(rows[0]) if rows else [], "rows": rows},
    }
    return Exhibit(media)


def _html(entry: Entry) -> str:
    title = f'<dt><span class="label">{escape(entry.claim_id)}</span> {escape(entry.claim)}</dt>'
    basis = f'<dd class="table-note">{escape(_basis(entry))}</dd>' if entry.found else ""
    return f"<div>{title}<dd>{escape(entry.sentence)}</dd>{basis}</div>"


def _basis(entry: Entry) -> str:
    """The design, people, analysis and certificate in a line."""
    assert entry.found is not None
    design = entry.strength if entry.strength != "none" else "no comparison"
    return f"{capital(design)}; {entry.found.n_participants} people; analysis {entry.found.analysis}; {_sealed(entry.certificate)}"


def _sealed(certificate: str) -> str:
    return certificate if certificate.startswith("not certified") else f"certificate: {certificate}"
