"""Runs the notebooks of a request and publishes all of the report or none of it."""

from __future__ import annotations

from lowback.publish.editions import Edition, editions, values_known
from lowback.publish.manifest import verify_report
from lowback.publish.placing import ReportBlockedError
from lowback.publish.publishing import Hands, Published, publish_edition, publish_report
from lowback.publish.request import NotebookEntry, Request, read_request

__all__ = [
    "Edition",
    "Hands",
    "NotebookEntry",
    "Published",
    "ReportBlockedError",
    "Request",
    "editions",
    "publish_edition",
    "publish_report",
    "read_request",
    "values_known",
    "verify_report",
]
