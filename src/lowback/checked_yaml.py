"""YAML files read into checked models, each refusal worded with file, key, value and what is allowed."""

from __future__ import annotations

import re
from copy import deepcopy
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails

from lowback.frozen import BROKEN, read_bytes

try:
    from yaml import CSafeLoader as InC
except ImportError:  # a PyYAML that was built without libyaml
    from yaml import SafeLoader as InC  # type: ignore[assignment]

Model = TypeVar("Model", bound=BaseModel)

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A number as YAML writes it: no text, no truth value, not infinite."""

_LIST, _KEYS = "expected a list, such as [one, another]", "expected keys, such as {key: value}"
_WORDS = {
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _KEYS,
    "mapping_type": _KEYS,
    "model_type": _KEYS,
    "too_short": "expected one entry more at least",
    "too_long": "expected fewer entries",
    "string_type": "expected text; put it in quotes",
    "string_too_short": "expected text, which may not be empty",
}
"""What a reader who does not know Python is told in place of pydantic's own words."""


class ConfigurationError(ValueError):
    """A file that a person wrote says something that cannot be used."""


class _KeysOnce(yaml.constructor.SafeConstructor):
    """Refuses a key that is written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        self.flatten_mapping(node)
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, (str, int, float, bool, type(None))):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be plain text", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is written twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


class _Loader(_KeysOnce, yaml.SafeLoader):
    """The safe YAML loader, whose refusals are the better worded."""


class _QuickLoader(_KeysOnce, InC):
    """The same in C: eight times as fast, but nesting without end would end the process."""


DEEPEST = 100
"""Levels that a text may have to be read in C."""
LENIENT = re.compile(r"[\t!\ufeff\x85\u2028\u2029]|[|>][-+0-9]*#")
"""What the loader in C takes, or takes otherwise, where the other refuses."""
MOST_ENTRIES = 100_000
"""Entries of a file with every alias written out: a few lines can stand for more than any memory holds."""
LONGEST_SHOWN = 200


@lru_cache(maxsize=64)
def _parsed(text: str) -> Any:
    """What a text holds; a run reads the same few files for every report, and to parse one takes far longer than to copy it."""
    try:
        if not LENIENT.search(text) and _is_shallow(text):
            return _held(_QuickLoader(text))
    except yaml.YAMLError:
        # Found once more, and said better, below.
        pass
    return _held(_Loader(text))


def _is_shallow(text: str) -> bool:
    """Whether no list or mapping stands deeper than what is read in C; to find out takes no recursion."""
    depth = 0
    for event in yaml.parse(text, _QuickLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return False
    return True


def _held(loader: Any) -> Any:
    node = loader.get_single_node()
    if node is None:
        return None
    _written_out(node, {})
    return loader.construct_document(node)


def read_yaml(path: Path) -> Any:
    """What a YAML file holds; refused with its line when it is unreadable, repeats a key, or its aliases have no end."""
    try:
        text = read_bytes(path).decode("utf-8-sig")
        return deepcopy(_parsed(text))
    except RecursionError:
        raise ConfigurationError(f"{path}: is nested too deeply") from None
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: no such file") from None
    except OSError as error:
        if error.errno in BROKEN:
            raise
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: cannot be read as UTF-8 text ({error})") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{path}{line}: {getattr(error, 'problem', None) or error}") from None


def _written_out(node: yaml.Node, known: dict[yaml.Node, int]) -> int:
    """How many entries a node has with every alias written out; `known` has those counted, 0 for one that is open."""
    if node in known:
        if not known[node]:
            raise yaml.constructor.ConstructorError(
                None, None, "an alias stands inside what it names", node.start_mark
            )
        return known[node]
    known[node] = 0
    inner: list[yaml.Node] = []
    if isinstance(node, yaml.SequenceNode):
        inner = node.value
    elif isinstance(node, yaml.MappingNode):
        inner = [part for pair in node.value for part in pair]
    entries = 1 + sum(_written_out(one, known) for one in inner)
    if entries > MOST_ENTRIES:
        raise yaml.constructor.ConstructorError(
            None, None, f"its aliases stand for more than {MOST_ENTRIES:,} entries", node.start_mark
        )
    known[node] = entries
    return entries


def shown_value(value: object) -> str:
    """A value as a refusal shows it, cut where it is long."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def read_checked(path: Path, model: type[Model]) -> Model:
    """A YAML file as `model`; every fault is named at once, each on a line of its own."""
    return checked(read_yaml(path), model, str(path))


def checked(content: Any, model: type[Model], where: str) -> Model:
    """`content` as `model`, or a `ConfigurationError` that names each fault and `where` it stands."""
    if not isinstance(content, dict):
        raise ConfigurationError(
            f"{where}: expected keys such as {_listed(_keys(model))}, found {shown_value(content)}"
        )
    try:
        return model.model_validate(content)
    except ValidationError as error:
        lines = [f"{where}: {_worded(fault, model)}" for fault in _own_faults(error.errors())]
        raise ConfigurationError("\n".join(lines)) from None


def spoken_keys(given: object) -> object:
    """Nested keys as text: YAML reads 2 as a number, where 2 is the name of an item."""
    if not isinstance(given, dict):
        return given
    return {str(key): spoken_keys(value) for key, value in given.items()}


def unknown_name(name: object, allowed: list[str]) -> str:
    """The end of a refusal: what is allowed, and the nearest spelling if there is one."""
    near = get_close_matches(str(name), allowed, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return f"allowed: {_listed(allowed)}{hint}"


def _own_faults(faults: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without the complaint that a list is too short because its only entry is faulty."""
    places = [fault["loc"] for fault in faults]
    return [
        fault
        for fault in faults
        if fault["type"] != "too_short"
        or not any(place != fault["loc"] and place[: len(fault["loc"])] == fault["loc"] for place in places)
    ]


def _worded(fault: ErrorDetails, model: type[BaseModel]) -> str:
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault["loc"]).lstrip(".")
    if fault["type"] == "extra_forbidden":
        owner = _model_at(model, fault["loc"][:-1])
        return f"unknown key {place!r}; {unknown_name(fault['loc'][-1], _keys(owner))}"
    if fault["type"] == "missing":
        return f"the key {place!r} is missing"
    message = _WORDS.get(fault["type"]) or fault["msg"].removeprefix("Value error, ").replace(
        "Input should", "should"
    )
    if not place:
        return message
    if isinstance(fault["input"], dict) and fault["type"] == "value_error":
        return f"{place}: {message}"
    return f"{place} = {shown_value(fault['input'])}: {message}"


def _model_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> type[BaseModel]:
    """The model that stands at `loc` inside `model`, as far as its annotations tell."""
    for part in loc:
        if isinstance(part, str) and part in model.model_fields:
            inner = _models_in(model.model_fields[part].annotation)
            model = inner[0] if inner else model
    return model


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for argument in getattr(annotation, "__args__", ()) for found in _models_in(argument)]


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _listed(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)
