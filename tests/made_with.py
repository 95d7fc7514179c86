"""What a page of coverage says of the run that made it: when, with which versions, and how exact its figures are."""

from __future__ import annotations

import datetime
import platform

import numpy as np
import scipy

import lowback


def made_with() -> dict[str, str]:
    """The date (UTC) and the versions, by the names that pages give them."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "lowback": lowback.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "python": platform.python_version(),
    }


def monte_carlo_error(replicates: int) -> float:
    """The Monte Carlo standard error of a coverage of 95 %, in percentage points."""
    return 100 * float(0.95 * 0.05 / replicates) ** 0.5
