"""From anybody's files to a `Cohort`, with every doubtful row named and none lost."""

from __future__ import annotations

from lowback.intake.quarantine import keep_quarantine, write_quarantine
from lowback.intake.reading import CohortRefused, Intake, read_cohort, source_files, take_in

__all__ = [
    "CohortRefused",
    "Intake",
    "keep_quarantine",
    "read_cohort",
    "source_files",
    "take_in",
    "write_quarantine",
]
