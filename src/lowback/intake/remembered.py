"""A cohort read once for all notebooks of a report: it is kept beside the copies of the files that it was read from.

Where no copies are read, nothing is kept. The folder of the copies belongs to one run and is closed to other users, so that what lies in
it is what this program wrote there.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from collections.abc import Mapping
from pathlib import Path

from lowback.cohort import Cohort
from lowback.frozen import copies_folder

Asked = tuple[str | Path, str | Path | None, Mapping[str, str] | None]
"""What a cohort is asked for by: its mapping, its folder of data, and which people."""


def remember(cohort: Cohort, asked: Asked) -> None:
    """Keep the cohort for whoever asks for the same from the same copies."""
    place = _place(asked)
    if place is None:
        return
    part = place.with_suffix(f".{os.getpid()}")
    part.write_bytes(pickle.dumps(cohort, protocol=pickle.HIGHEST_PROTOCOL))
    part.replace(place)


def remembered(asked: Asked) -> Cohort | None:
    """The cohort that was read before from the same copies; nothing where none was."""
    place = _place(asked)
    if place is None or not place.is_file():
        return None
    found = pickle.loads(place.read_bytes())  # noqa: S301 (our own, see above)
    assert isinstance(found, Cohort)
    return found


def _place(asked: Asked) -> Path | None:
    folder = copies_folder()
    if folder is None:
        return None
    mapping, data, part = asked
    told = [os.path.realpath(mapping), data and os.path.realpath(data), sorted((part or {}).items())]
    return folder / f"{hashlib.sha256(json.dumps(told).encode()).hexdigest()}.cohort"
