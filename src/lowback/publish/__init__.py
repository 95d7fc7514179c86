"""Runs the notebooks of a request and publishes all of the report or none of it."""

from __future__ import annotations

from lowback.publish.manifest import verify_report
from lowback.publish.placing import ReportBlockedError
from lowback.publish.publishing import Published, publish_report
from lowback.publish.request import NotebookEntry, Request, read_request

__all__ = [
    "NotebookEntry",
    "Published",
    "ReportBlockedError",
    "Request",
    "publish_report",
    "read_request",
    "verify_report",
]
