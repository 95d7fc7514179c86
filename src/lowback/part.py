"""The part of a cohort or study that a report is about, such as `{"site_id": "Leiden"}`; empty: the whole."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lowback.checked_yaml import ConfigurationError, unknown_name

PART_KEYS = ("site_id", "arm", "control_arm", "month", "outcome")
"""What a part may be told by: an arm stands beside the control arm, `month` is that of randomisation, as 2026-01."""

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def checked_part(part: Mapping[str, str] | None, where: str) -> Mapping[str, str]:
    """The part; refused where a key is unknown, a value is no text or empty, a month is none, or an arm stands alone."""
    told = dict(part or {})
    for key, value in told.items():
        if key not in PART_KEYS:
            raise ConfigurationError(f"{where}: part {key!r}; {unknown_name(key, list(PART_KEYS))}")
        if not isinstance(value, str) or not value:
            raise ConfigurationError(f"{where}: part {key} = {value!r}: allowed text that is not empty")
    if "month" in told and not MONTH.fullmatch(told["month"]):
        raise ConfigurationError(
            f"{where}: part month = {told['month']!r}: allowed a month such as '2026-01'"
        )
    if ("arm" in told) != ("control_arm" in told):
        raise ConfigurationError(f"{where}: part {told}: 'arm' and 'control_arm' stand together")
    return told
