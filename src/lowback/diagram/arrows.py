"""A diagram's text: nodes and arrows read from a YAML file, refused with the place and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated

import networkx as nx
from pydantic import BaseModel, ConfigDict, Field

from lowback.checked_yaml import ConfigurationError, checked, read_yaml, unknown_name
from lowback.variables import Variable, dictionary

NAME = re.compile(r"([A-Za-z_]\w*)(?:\[t(?:-(\d+))?\])?", re.ASCII)
JOINT = re.compile(r"\s*(<->|->|<-)\s*")
EXAMPLE = "'sitting_hours -> hip_extension_deg', 'a <-> b' or 'pain_nrs[t-1] -> pain_nrs'"


class DiagramError(ConfigurationError):
    """A diagram that contradicts itself or names what nobody records."""


@dataclass(frozen=True, order=True)
class Node:
    """A variable at one moment: `lag` 0 is the moment that the diagram speaks of, 1 the visit before it, and so on."""

    variable: str
    lag: int = 0

    def __str__(self) -> str:
        """The node as a diagram's text names it."""
        return f"{self.variable}[t-{self.lag}]" if self.lag else self.variable


class DiagramText(BaseModel):
    """A diagram file: arrows in daggity's way, `latent` nodes that no cohort records, and what chance decides."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    title: str
    says: str = ""
    by_chance: tuple[str, ...] = ()
    latent: Mapping[str, str] = Field(default_factory=dict)
    arrows: Annotated[tuple[str, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Diagram:
    """What causes what: `arrows` from cause to effect, `shared` pairs with an unmeasured common cause.

    `latent` gives the label of every node that is no column of a cohort, `labels` those of columns that the data dictionary does not know; what is in `by_chance` has no cause but chance, wherever
    chance decides it in truth. Refuses to exist with a circle, an arrow twice, or an arrow into the past.
    """

    name: str
    title: str
    says: str
    arrows: tuple[tuple[Node, Node], ...]
    shared: tuple[tuple[Node, Node], ...] = ()
    latent: Mapping[str, str] = field(default_factory=dict)
    by_chance: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what no diagram can say."""
        for problem in _contradictions(self):
            raise DiagramError(f"{self.name}: {problem}")

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every node once, in the order in which the arrows name them."""
        named = [node for pair in (*self.arrows, *self.shared) for node in pair]
        return tuple(dict.fromkeys(named))

    @cached_property
    def observable(self) -> tuple[Node, ...]:
        """The nodes that a cohort could record."""
        return tuple(node for node in self.nodes if node.variable not in self.latent)

    @cached_property
    def graph(self) -> nx.DiGraph:
        """The canonical directed graph: each unmeasured common cause is a node of its own, which is text.

        Richardson & Spirtes 2002, Ann Stat 30:962-1030, section 6.
        """
        graph: nx.DiGraph = nx.DiGraph()
        graph.add_nodes_from(self.nodes)
        graph.add_edges_from(self.arrows)
        for one, other in self.shared:
            graph.add_edges_from([(f"{one} <-> {other}", one), (f"{one} <-> {other}", other)])
        return graph

    def without_chance(self) -> Diagram:
        """The same where chance does not decide: what would be by chance may share causes with everything that is measured."""
        chosen = [node for node in self.nodes if node.variable in self.by_chance]
        more = [(one, node) for one in chosen for node in self.observable if node not in chosen]
        return replace(self, shared=(*self.shared, *more), by_chance=())

    def label(self, node: Node, known: Mapping[str, Variable] | None = None) -> str:
        """What the node is called in words."""
        variables = dictionary() if known is None else known
        found = variables.get(node.variable)
        words = self.latent.get(node.variable) or self.labels.get(node.variable)
        words = words or (found.label if found else node.variable.replace("_", " ")).split(",")[0]
        if not node.lag:
            return words
        return f"{words} at the visit before" if node.lag == 1 else f"{words} {node.lag} visits before"


def read_diagram(path: str | Path, variables: Mapping[str, Variable] | None = None) -> Diagram:
    """The diagram in a YAML file; `variables` are the columns that it may name, those of the data dictionary if none are given.

    Raises `DiagramError` (a `ConfigurationError`) with the file, the arrow and what is allowed.
    """
    file = Path(path)
    return diagram_of(read_yaml(file), file.stem, str(file), variables)


def diagram_of(
    content: object, name: str, where: str, variables: Mapping[str, Variable] | None = None
) -> Diagram:
    """The diagram that the content of a file declares; nothing in it is ever evaluated."""
    text = checked(content, DiagramText, where)
    known = dictionary() if variables is None else variables
    pairs: dict[str, list[tuple[Node, Node]]] = {"->": [], "<->": []}
    for at, line in enumerate(text.arrows):
        for one, joint, other in _links(line, f"{where}: arrows[{at}] = {line!r}"):
            first, second = (other, one) if joint == "<-" else (one, other)
            for node in (first, second):
                _refuse_unknown(node, text, known, f"{where}: arrows[{at}] = {line!r}")
            pairs["<->" if joint == "<->" else "->"].append((first, second))
    named = {node.variable for kind in pairs.values() for pair in kind for node in pair}
    for key, given in (("latent", text.latent), ("by_chance", text.by_chance)):
        for word in given:
            if word not in named:
                raise DiagramError(
                    f"{where}: {key} {word!r} has no arrow; {unknown_name(word, sorted(named))}"
                )
    try:
        return Diagram(
            name,
            text.title,
            text.says,
            tuple(pairs["->"]),
            tuple(pairs["<->"]),
            dict(text.latent),
            text.by_chance,
            {one: known[one].label.split(",")[0] for one in named & set(known) - set(dictionary())},
        )
    except DiagramError as refused:
        raise DiagramError(f"{where}: {str(refused).removeprefix(f'{name}: ')}") from None


def _links(line: str, where: str) -> Iterator[tuple[Node, str, Node]]:
    """The links of one line; a chain `a -> b -> c` has two."""
    parts = JOINT.split(line.strip())
    nodes = []
    for part in parts[::2]:
        found = NAME.fullmatch(part)
        if found is None:
            raise DiagramError(f"{where}: {part!r} is no name of a column; allowed: {EXAMPLE}")
        nodes.append(Node(found.group(1), int(found.group(2) or 0)))
    if len(nodes) < 2:
        raise DiagramError(f"{where}: no arrow; allowed: {EXAMPLE}")
    yield from zip(nodes, parts[1::2], nodes[1:], strict=False)


def _refuse_unknown(node: Node, text: DiagramText, known: Mapping[str, Variable], where: str) -> None:
    if node.variable in text.latent:
        if node.variable in known:
            raise DiagramError(f"{where}: {node.variable!r} is a column, so it is not latent")
        return
    if node.variable not in known:
        allowed = unknown_name(node.variable, sorted([*known, *text.latent]))
        raise DiagramError(
            f"{where}: no column {node.variable!r}; declare it under 'latent' or name one {allowed}"
        )
    if node.lag and known[node.variable].tables == ("participants",):
        raise DiagramError(f"{where}: {node.variable!r} is recorded once a person, so it has no visit before")


def _contradictions(diagram: Diagram) -> Iterator[str]:
    links = [(pair, "->") for pair in diagram.arrows]
    links += [((min(pair), max(pair)), "<->") for pair in diagram.shared]
    seen: set[tuple[object, str]] = set()
    for pair, joint in links:
        said = f"'{pair[0]} {joint} {pair[1]}'"
        if pair[0] == pair[1]:
            yield f"{said}: nothing causes itself; its earlier value is {pair[0].variable}[t-{pair[0].lag + 1}]"
            return
        if (pair, joint) in seen:
            yield f"{said} stands twice"
        seen.add((pair, joint))
        if joint == "->" and pair[0].lag < pair[1].lag:
            yield f"{said} leads into the past; allowed are effects at the same visit or later"
    for chance in diagram.by_chance:
        into = [f"'{one} -> {other}'" for one, other in diagram.arrows if other.variable == chance]
        into += [f"'{a} <-> {b}'" for a, b in diagram.shared if chance in (a.variable, b.variable)]
        if into:
            yield f"{chance!r} is by chance, so {into[0]} cannot be"
    graph = nx.DiGraph(diagram.arrows)
    if not nx.is_directed_acyclic_graph(graph):
        circle = [one for one, _ in nx.find_cycle(graph)]
        path = " -> ".join(str(node) for node in [*circle, circle[0]])
        yield f"'{path}' is a circle; write an earlier value as {circle[0].variable}[t-1]"
