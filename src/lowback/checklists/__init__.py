"""Reporting checklists in our own words, filled from a report's results, checked against it, or asked of a person."""

from lowback.checklists.facts import Facts
from lowback.checklists.filling import Filled, Ticked, called_for, filled, read_table, table
from lowback.checklists.items import Answers, Checklist, Item, checklists, refuse_unknown, refuse_unknown_in

__all__ = [
    "Answers",
    "Checklist",
    "Facts",
    "Filled",
    "Item",
    "Ticked",
    "called_for",
    "checklists",
    "filled",
    "read_table",
    "refuse_unknown",
    "refuse_unknown_in",
    "table",
]
