"""A notebook's parameters: read from its tagged cell without running it, and checked by name and type."""

from __future__ import annotations

import ast
import io
import math
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lowback.checked_yaml import ConfigurationError, shown_value, unknown_name

SCALARS: Mapping[str, type] = {"bool": bool, "int": int, "str": str, "dict": dict, "list": list}


DEAF = {
    "release": "its tables would not follow the rules of audience = 'public'; declare release = '' and show disclosed(result, smallest_count, release)",
    "smallest_count": "its tables would show the counts that smallest_count forbids",
    "part": "each edition would show everybody; declare part: dict[str, str] = {}",
}
"""What a notebook would show that lacks a parameter."""


@dataclass(frozen=True)
class Parameter:
    """One `name = value  # comment` line of a parameters cell; `kind` is its type as Python writes it."""

    name: str
    default: Any
    kind: str
    comment: str = ""


def read_parameters(source: str, where: str) -> dict[str, Parameter]:
    """The parameters that a cell declares, by name; anything but `name = literal` lines is refused."""
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise ConfigurationError(f"{where}: line {error.lineno} is no Python ({error.msg})") from None
    comments = _comments(source)
    found: dict[str, Parameter] = {}
    for statement in statements:
        name, value, annotation = _assignment(statement, where)
        if name in found:
            raise ConfigurationError(f"{where}: {name} is set twice")
        kind = ast.unparse(annotation) if annotation is not None else _kind_of(value, f"{where}: {name}")
        found[name] = Parameter(name, value, kind, comments.get(statement.end_lineno or 0, ""))
        _check_kind(found[name], where)
    return found


def checked_values(given: Mapping[str, Any], declared: Mapping[str, Parameter], where: str) -> dict[str, Any]:
    """`given` as the notebook will receive it; an unknown name or a wrong type is refused by name."""
    return {name: checked_value(value, named(name, declared, where), where) for name, value in given.items()}


def refuse_deaf(declared: Mapping[str, Parameter], told: Mapping[str, bool], where: str) -> None:
    """Refuse a notebook without a parameter that it must be told."""
    for name, is_told in told.items():
        if is_told and name not in declared:
            raise ConfigurationError(f"{where}: has no parameter {name!r}, so {DEAF[name]}")


def named(name: str, declared: Mapping[str, Parameter], where: str) -> Parameter:
    """The declared parameter of that name, or a refusal with the nearest spelling."""
    if name not in declared:
        raise ConfigurationError(f"{where}: no parameter {name!r}; {unknown_name(name, list(declared))}")
    return declared[name]


def checked_value(value: Any, parameter: Parameter, where: str) -> Any:
    """The value, whole numbers made floats where a float is due; refused when it is of another type."""
    wanted = ast.parse(parameter.kind, mode="eval").body
    if not _fits(value, wanted):
        raise ConfigurationError(
            f"{where}: {parameter.name} = {shown_value(value)}: allowed {parameter.kind}, such as {parameter.default!r}"
        )
    return _as_float(value) if _is_float(wanted) else value


def _assignment(statement: ast.stmt, where: str) -> tuple[str, Any, ast.expr | None]:
    target: ast.expr | None = None
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    elif isinstance(statement, ast.AnnAssign):
        target = statement.target
    if isinstance(target, ast.Name) and isinstance(statement, (ast.Assign, ast.AnnAssign)):
        try:
            value = ast.literal_eval(statement.value) if statement.value is not None else None
            return target.id, value, getattr(statement, "annotation", None)
        except ValueError:
            pass
    raise ConfigurationError(
        f"{where}: line {statement.lineno} is {ast.unparse(statement)!r}; allowed are lines such as 'weeks = 12'"
    )


def _comments(source: str) -> dict[int, str]:
    """The comment at the end of each line that has one."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {one.start[0]: one.string.lstrip("# ") for one in tokens if one.type == tokenize.COMMENT}


def _kind_of(value: Any, where: str) -> str:
    if value is None:
        raise ConfigurationError(
            f"{where} = None needs its type: write '{where.split()[-1]}: float | None = None'"
        )
    if isinstance(value, list):
        kinds = {_kind_of(element, f"{where}[]") for element in value}
        if kinds == {"int", "float"}:
            return "list[float]"
        return f"list[{kinds.pop()}]" if len(kinds) == 1 else "list"
    return type(value).__name__


def _check_kind(parameter: Parameter, where: str) -> None:
    wanted = ast.parse(parameter.kind, mode="eval").body
    if not _is_known(wanted):
        raise ConfigurationError(
            f"{where}: {parameter.name} has type {parameter.kind}; "
            "allowed: bool, int, float, str, list, dict, list[...], dict[str, ...] and ... | None"
        )
    if not _fits(parameter.default, wanted):
        raise ConfigurationError(f"{where}: {parameter.name} = {parameter.default!r} is no {parameter.kind}")


def _is_known(wanted: ast.expr) -> bool:
    if isinstance(wanted, ast.BinOp) and isinstance(wanted.op, ast.BitOr):
        return _is_known(wanted.left) and _is_known(wanted.right)
    if isinstance(wanted, ast.Subscript):
        held = _held(wanted)
        return held is not None and _is_known(held)
    return ast.unparse(wanted) in {*SCALARS, "float", "None"}


def _held(wanted: ast.Subscript) -> ast.expr | None:
    """What a list[...] or a dict[str, ...] holds; None for any other type."""
    kind, held = ast.unparse(wanted.value), wanted.slice
    if kind == "list":
        return held
    if kind == "dict" and isinstance(held, ast.Tuple) and len(held.elts) == 2:
        return held.elts[1] if ast.unparse(held.elts[0]) == "str" else None
    return None


def _fits(value: Any, wanted: ast.expr) -> bool:
    """Whether a value is of the type written; a whole number is a float, a truth value is no number."""
    if isinstance(wanted, ast.BinOp):
        return _fits(value, wanted.left) or _fits(value, wanted.right)
    if isinstance(wanted, ast.Subscript):
        held = _held(wanted)
        if held is wanted.slice:
            return isinstance(value, list) and all(_fits(element, held) for element in value)
        return isinstance(value, dict) and all(
            isinstance(key, str) and held is not None and _fits(element, held)
            for key, element in value.items()
        )
    kind = ast.unparse(wanted)
    if kind == "None":
        return value is None
    if kind == "float":
        return isinstance(value, (int, float)) and not isinstance(value, bool) and _is_finite(value)
    if isinstance(value, bool) and kind != "bool":
        return False
    return isinstance(value, SCALARS[kind]) and _is_plain(value)


def _is_finite(value: float) -> bool:
    """Whether a number, whole or not, is one that a float can hold."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _is_plain(value: Any) -> bool:
    """Whether a value can be written as a Python literal: no dates, no infinities."""
    if isinstance(value, list):
        return all(_is_plain(element) for element in value)
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(element) for key, element in value.items())
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, (bool, int, str))


def _is_float(wanted: ast.expr) -> bool:
    return "float" in {node.id for node in ast.walk(wanted) if isinstance(node, ast.Name)} and not any(
        isinstance(node, ast.Name) and node.id == "int" for node in ast.walk(wanted)
    )


def _as_float(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_float(element) for element in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
