"""Units that a source may declare, and how they turn into the data dictionary's own."""

from __future__ import annotations

from lowback.variables import Variable

# Each unit is a number of the smallest unit of its kind, so that 1.72 m becomes exactly 172 cm.
_DAY_S = 86_400.0
_UNITS: dict[str, dict[str, float]] = {
    "length": {"mm": 1, "cm": 10, "m": 1000, "inch": 25.4, "in": 25.4, "inches": 25.4, "ft": 304.8},
    "mass": {"g": 1, "kg": 1000, "lb": 453.59237, "lbs": 453.59237},
    "time": {
        "s": 1,
        "seconds": 1,
        "min": 60,
        "minutes": 60,
        "h": 3600,
        "hours": 3600,
        "days": _DAY_S,
        "weeks": 7 * _DAY_S,
        "months": 30.4375 * _DAY_S,
        "years": 365.25 * _DAY_S,
    },
    "share of a day": {
        "s/day": 1,
        "min/day": 60,
        "min per day": 60,
        "minutes per day": 60,
        "h/day": 3600,
        "h per day": 3600,
        "hours per day": 3600,
        "hours/day": 3600,
        "min/week": 60 / 7,
        "h/week": 3600 / 7,
        "h per week": 3600 / 7,
        "hours per week": 3600 / 7,
    },
    "distance a week": {"m/week": 1, "km/week": 1000, "km per week": 1000, "miles/week": 1609.344},
    "angle": {"degrees": 1, "deg": 1, "°": 1, "radians": 57.29577951308232, "rad": 57.29577951308232},
    "share": {"proportion": 100, "percent": 1, "%": 1},
    "analogue scale": {"mm VAS": 1, "cm VAS": 10},
}


def factor(declared: str, canonical: str) -> float | None:
    """What a value in the declared unit is multiplied by to stand in the canonical one; None when it cannot be."""
    if declared == canonical:
        return 1.0
    for kind in _UNITS.values():
        if declared in kind and canonical in kind:
            return kind[declared] / kind[canonical]
    return None


def allowed_units(canonical: str) -> list[str]:
    """The units that convert into the canonical one, that one first."""
    others = [unit for kind in _UNITS.values() if canonical in kind for unit in kind if unit != canonical]
    return [canonical, *others]


def unit_fault(variable: Variable, declared: str | None) -> str | None:
    """Why the declared unit cannot be used for the variable, or None when it can."""
    if variable.unit is None:
        return f"{variable.name} has no unit; remove unit: {declared}" if declared else None
    allowed = f"allowed for {variable.name}: {', '.join(allowed_units(variable.unit))}"
    if declared is None:
        return f"declare the unit of this column (unit: {variable.unit}); {allowed}"
    if factor(declared, variable.unit) is None:
        return f"unit {declared!r} does not convert to {variable.unit}; {allowed}; other scales need scale: {{from: [..], to: [..]}}"
    return None
