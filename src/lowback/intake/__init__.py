"""From anybody's files to a `Cohort`, with every doubtful row named and none lost."""

from __future__ import annotations

from lowback.intake.quarantine import keep_quarantine, write_quarantine
from lowback.intake.reading import CohortRefused, Intake, read_cohort, source_files, take_in, values_of
from lowback.intake.values import Values

__all__ = [
    "CohortRefused",
    "Intake",
    "Values",
    "keep_quarantine",
    "read_cohort",
    "source_files",
    "take_in",
    "values_of",
    "write_quarantine",
]
