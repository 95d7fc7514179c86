"""Prose that a report has said before: sections made by one notebook introduce themselves once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape

from lowback.publish.cells import Block, NotebookPage

PARAGRAPH = re.compile(r"<p>(.*?)</p>\s*", re.DOTALL)
SHORTEST = 60
"""Characters from which a paragraph is an introduction rather than a remark that two pages may share."""


def said_once(pages: Sequence[NotebookPage]) -> tuple[NotebookPage, ...]:
    """The pages in their order, without paragraphs of prose that one before has word for word; such a page names that one."""
    first: dict[str, NotebookPage] = {}
    return tuple(_without_repeated(page, first) for page in pages)


def _without_repeated(page: NotebookPage, first: dict[str, NotebookPage]) -> NotebookPage:
    """The page without what earlier ones said; what it is the first to say is entered in `first`."""
    said = {
        words: first[words]
        for block in page.blocks
        if block.kind == "prose"
        for words in PARAGRAPH.findall(block.html)
        if words in first
    }
    for block in page.blocks:
        if block.kind == "prose":
            for words in PARAGRAPH.findall(block.html):
                if len(words) >= SHORTEST:
                    first.setdefault(words, page)
    if not said:
        return page
    kept = [_cut(block, said) if block.kind == "prose" else block for block in page.blocks]
    blocks = (_pointing(list(said.values())), *(one for one in kept if one.kind != "prose" or one.html))
    return replace(page, blocks=blocks)


def _cut(block: Block, said: dict[str, NotebookPage]) -> Block:
    html = PARAGRAPH.sub(lambda found: "" if found[1] in said else found[0], block.html)
    return replace(block, html=html.strip())


def _pointing(earlier: Sequence[NotebookPage]) -> Block:
    """Where the introduction and what to look for stand."""
    links = [f'“<a href="#{escape(one.name)}">{escape(one.title)}</a>”' for one in dict.fromkeys(earlier)]
    return Block(
        "prose", f"<p>What is asked here, and what to look for in each figure: see {', '.join(links)}.</p>"
    )
