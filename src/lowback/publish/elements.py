"""Sanitised HTML as a tree of its elements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "hr", "img"}


def tree_of(html: str) -> Element:
    """The element that holds all of the HTML."""
    tree = _Tree()
    tree.feed(html)
    tree.close()
    return tree.root


@dataclass
class Element:
    """An element: its tag, its class, and the words and elements within it."""

    tag: str
    kind: str = ""
    within: list[Element | str] = field(default_factory=list)

    def all(self, *tags: str) -> Iterator[Element]:
        """The elements of these tags that lie in no other such one, in order."""
        for one in self.within:
            if isinstance(one, Element):
                if one.tag in tags:
                    yield one
                else:
                    yield from one.all(*tags)


class _Tree(HTMLParser):
    """Elements of well-formed HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Element("div")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element in the one that is open."""
        element = Element(tag, dict(attrs).get("class") or "")
        self.open[-1].within.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Close the element and what was left open in it."""
        if tag in (one.tag for one in self.open[1:]):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Put words into the element that is open."""
        self.open[-1].within.append(data)
