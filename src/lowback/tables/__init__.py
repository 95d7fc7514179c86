"""A result as a table to read: rounded, labelled, escaped, with its caption."""

from lowback.tables.characteristics import characteristics_table
from lowback.tables.diagram import implications_table
from lowback.tables.effects import estimates_table, method_note, responders_table, slopes_table
from lowback.tables.events import events_table
from lowback.tables.ledger import ledger_table
from lowback.tables.people import (
    attendance_table,
    flow_table,
    means_table,
    missingness_table,
)
from lowback.tables.planning import plan_table

__all__ = [
    "attendance_table",
    "characteristics_table",
    "estimates_table",
    "events_table",
    "flow_table",
    "implications_table",
    "ledger_table",
    "means_table",
    "method_note",
    "missingness_table",
    "plan_table",
    "responders_table",
    "slopes_table",
]
