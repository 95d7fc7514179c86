"""What of a request's certificate still holds."""

from __future__ import annotations

from pathlib import Path

from lowback.certificate import Certificate, certificate_file, read_certificate
from lowback.cohort import Cohort
from lowback.study import Study


def current_certificate(request: str | Path, cohort: Cohort, study: Study) -> Certificate:
    """The parts of the request's certificate that still hold; the others are named as outdated. Without a request there are none."""
    if not str(request):
        return Certificate()
    found = read_certificate(certificate_file(Path(request)))
    if not found.certified:
        return found
    # Most reports have no certificate, and are spared the import of the simulator that makes one.
    from lowback.repeating import keys_of

    return found.still_holding(keys_of(cohort, study))
