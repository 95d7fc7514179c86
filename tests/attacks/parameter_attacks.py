"""Names and values of parameters that try to become code, by the hand and by the thousand, and what becomes of them."""

from __future__ import annotations

import ast
import builtins
import json
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import yaml
from IPython.core.inputtransformer2 import TransformerManager
from papermill.parameterize import parameterize_notebook

from lowback.checked_yaml import ConfigurationError
from lowback.publish.request import planned_runs, read_request

DECLARED = """\
mapping = "m.yml"  # how the files are read
text = "plain"  # words
number = 1.5  # a number
count = 3  # a whole number
flag = True  # yes or no
names = ["a"]  # words
table: dict = {}  # anything
either: str | None = None  # words or nothing
"""
HAND_MADE = 300
FIELDS = ("text", "number", "count", "flag", "names", "table", "either")
CODE = (
    "__import__('os').system('touch CANARY')",
    "open('CANARY','w').close()",
    "exec(\"open('CANARY','w')\")",
    "eval('1+1')",
    "raise SystemExit",
    "import os; os._exit(0)",
    "!touch CANARY",
    "%run CANARY",
    "%%bash\ntouch CANARY",
    "%%script false --no-raise-error",
    "get_ipython().system('touch CANARY')",
    "os.environ['CANARY']='1'",
    "globals().clear()",
    "(lambda: open('CANARY','w'))()",
    "[open('CANARY','w') for _ in 'x']",
    "{open('CANARY','w')}",
    "f'{open(chr(67))}'",
    "print(open('/etc/passwd').read())",
    "del text",
    "text = 1",
)
BEFORE = ("", "'", '"', "'''", '"""', "\\", "\\'", '\\"', "x'; ", 'x"; ', "')\n", '")\n', "\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c",
          "\x85", "\u2028", "\u2029", "#", "\n#", "1;", "]\n", "}\n", "{", "{{", "${", "%(", "\t", "\u00a0", "\ufeff", "\u202e")  # fmt: skip
AFTER = (
    "",
    "#",
    "'",
    '"',
    "'''",
    '"""',
    "\\",
    "\n",
    "}",
    "}}",
    "]",
    ")",
    "\n'''",
    "\x00",
    "\u200b",
    "\ud7ff",
    "  # parameters",
    ";",
)
LIKE = str.maketrans(
    {
        "e": "\u0435",
        "o": "\u043e",
        "a": "\u0430",
        "_": "\uff3f",
        "(": "\uff08",
        "'": "\u2019",
        "i": "\U0001d456",
    }
)


@dataclass(frozen=True)
class Attack:
    """A piece of YAML for the request's key `parameters`."""

    yaml: str


def given(name: Any, value: Any) -> Attack:
    """A name with a value, written by a YAML writer."""
    return Attack(yaml.safe_dump({name: value}, allow_unicode=True, default_flow_style=True, width=10**6))


def hand_made() -> list[Attack]:
    """Three hundred of them: code in names and values, look-alikes, numbers without end, and what YAML itself can do."""
    names = [
        *CODE, "text; import os", "text\nimport os", "text = 1 #", "text ", " text", "te\u0445t", "TEXT", "text\u200b", "__builtins__", "__name__",
        "In", "Out", "_", "exit", "quit", "print", "lambda", "None", "True", "class", "text,number", "*text", "text: int", "text[0]", "text.x",
        "\uff54ext", "ｔｅｘｔ", "get_ipython", "mapping", "data", "study_file", "seed", "part", "", "a" * 100_000, "'", "\\", "\n", "é", "1", "1x",
    ]  # fmt: skip
    values: list[Any] = [
        *CODE, *BEFORE[1:], *AFTER[1:], 10**400, -(10**400), 1e308, -0.0, 1e-320, float("nan"), float("inf"), -float("inf"), True, None, [],
        {}, [[]], [None], ["a", 1], {"a": {"b": ["c"]}}, {"__class__": "x"}, {"__import__": "os"}, "nan", "inf", "None", "True", "1e5", "0x10", "0o17",
        "1_000", "yes", "~", "null", "2026-01-01", "12:30:00", "a" * 1_000_000, "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
        "\u0661\u0662", "ﬁ", "e\u0301", "\u00e9", "\U0010ffff", "\u202eabc", ["'", '"', "\\"], {"'": '"'}, {"\n": "\n"}, ["!ls"], ["%cd /"],
        "{text}", "{{ text }}", "{% raw %}", "$text", "${HOME}", "`id`", "$(id)", "%s", "%(x)s", "<script>", "../../etc/passwd", "-", "--help",
    ]  # fmt: skip
    found = [given(name, 1) for name in names]
    found += [
        given(field, value)
        for value in values
        for field in ("text", "table" if isinstance(value, dict) else "names")
    ]
    found += [Attack(text) for text in RAW]
    return found[: HAND_MADE - len(RAW)] + found[-len(RAW) :]


LAUGH = (
    "a0: &a0 [lol, lol]\n"
    + "\n".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))
    + "\ntext: *a39"
)
RAW = (
    "text: !!python/object/apply:os.system ['touch CANARY']",
    "text: !!python/object/new:os.system ['touch CANARY']",
    "text: !!python/name:os.system",
    "text: !!python/module:os",
    "text: !!python/object/apply:subprocess.check_output [[touch, CANARY]]",
    "text: !!python/tuple [1, 2]",
    "text: !!binary aGVsbG8=",
    "text: !!set {a, b}",
    "table: !!omap [a: 1]",
    "text: !!timestamp 2026-01-01",
    "text: !unknown x",
    "? !!python/name:os.system\n: 1",
    "text: &a x\neither: *a",
    "text: *nowhere",
    "names: &n [a, *n]",
    "table: &t {a: *t}",
    "<<: {text: y}",
    "<<: [{text: y}, {number: 2}]",
    LAUGH,
    "table:\n  " + LAUGH.rpartition("\n")[0].replace("\n", "\n  "),
    "names: " + "[" * 3000 + "]" * 3000,
    "text: a\ntext: b",
)


def generated(count: int, seed: int = 9) -> Iterator[Attack]:
    """So many drawn from the pieces: a way out of the quotes, code, a way back in; nested, made alike, or put into a name."""
    chance = random.Random(seed)
    for _ in range(count):
        piece = chance.choice(BEFORE) + chance.choice(CODE) + chance.choice(AFTER)
        if chance.random() < 0.2:
            piece = piece.translate(LIKE)
        if chance.random() < 0.2:
            piece = (
                "".join(
                    chr(chance.choice((chance.randrange(32, 127), chance.randrange(0xA0, 0xD7FF))))
                    for _ in range(9)
                )
                + piece
            )
        if chance.random() < 0.25:
            yield given(chance.choice(("", "text", "te")) + piece, chance.choice((1, "x", piece)))
            continue
        value: Any = chance.choice(
            (piece, [piece], [piece, piece[::-1]], {piece: piece}, {"a": [piece, {"b": piece}]})
        )
        if chance.random() < 0.1:
            value = chance.choice(
                (chance.getrandbits(2000), chance.uniform(-1e300, 1e300), not piece, [chance.getrandbits(70)])
            )
        yield given(chance.choice(FIELDS), value)


def lay(folder: Path) -> None:
    """A notebook, a mapping and a study for requests."""
    cell = {
        "cell_type": "code",
        "id": "p",
        "metadata": {"tags": ["parameters"]},
        "source": DECLARED,
        "execution_count": None,
        "outputs": [],
    }
    (folder / "n.ipynb").write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}), encoding="utf-8"
    )
    for name in ("m.yml", "s.yml"):
        (folder / name).write_text("name: made up\n", encoding="utf-8")


def outcome(attack: Attack, folder: Path) -> str:
    """ "refused" or "arrived"; an AssertionError where it became code, changed its value, or neither."""
    lines = "\n".join("  " + line for line in attack.yaml.splitlines())
    text = f"title: t\nmapping: m.yml\nstudy: s.yml\nnotebooks: [n.ipynb]\nparameters:\n{lines}\n"
    if attack.yaml.startswith("{"):
        text = f"title: t\nmapping: m.yml\nstudy: s.yml\nnotebooks: [n.ipynb]\nparameters: {attack.yaml}\n"
    request = folder / "r.yml"
    request.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        planned = planned_runs(read_request(request), None)[0]
    except ConfigurationError as refusal:
        assert len(str(refusal)) < 10**6, "a refusal of a megabyte"  # noqa: PT017
        return "refused"
    wanted = yaml.safe_load(text)["parameters"]
    arrived = _arrived(dict(planned.parameters))
    for name, value in wanted.items():
        assert _same(arrived[name], value), (name, value, arrived[name])
    return "arrived"


def _arrived(parameters: dict[str, Any]) -> dict[str, Any]:
    """What the notebook holds after its cell of parameters, which must hold assignments of literals and nothing else."""
    notebook = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "language": "python", "display_name": ""},
            "papermill": {},
        },
        cells=[nbformat.v4.new_code_cell(DECLARED, metadata={"tags": ["parameters"]})],
    )
    ran = parameterize_notebook(notebook, parameters, kernel_name="python3", language="python")
    source = ran.cells[1].source
    transformed = TransformerManager().transform_cell(source)
    for statement in ast.parse(transformed).body:
        assert isinstance(statement, ast.Assign), ast.unparse(statement)
        assert isinstance(statement.targets[0], ast.Name), ast.unparse(statement)
        ast.literal_eval(statement.value)
    space: dict[str, Any] = {"__builtins__": {"float": builtins.float}}
    exec(compile(transformed, "cell", "exec"), space)  # noqa: S102 (with nothing built in that could do harm)
    del space["__builtins__"]
    return space


def _same(one: Any, other: Any) -> bool:
    """The same value of the same type, a whole number where a float is due apart."""
    if isinstance(one, float) and isinstance(other, int) and not isinstance(other, bool):
        return one == float(other)
    if isinstance(one, float) and isinstance(other, float):
        return one == other and math.copysign(1, one) == math.copysign(1, other)
    if type(one) is not type(other):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    return bool(one == other)
