"""Causal diagrams: what causes what by somebody's account, what must be adjusted for by it, and what the data could refute."""

from lowback.diagram.adjustment import direct_effect_sets, total_effect_sets
from lowback.diagram.arrows import Diagram, DiagramError, Node, diagram_of, read_diagram
from lowback.diagram.identification import Identified, identified, identified_by
from lowback.diagram.implications import Independence, implied_independences
from lowback.diagram.shipping import diagrams, shipped_names

__all__ = [
    "Diagram",
    "DiagramError",
    "Identified",
    "Independence",
    "Node",
    "diagram_of",
    "diagrams",
    "direct_effect_sets",
    "identified",
    "identified_by",
    "implied_independences",
    "read_diagram",
    "shipped_names",
    "total_effect_sets",
]
