"""Code by which a cell may stop, be skipped or fail without showing it: found in its text, since its outputs do not tell."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

RUN_OR_SHOW = {"time", "timeit", "capture", "html", "markdown", "latex", "svg"}
"""Cell magics that run their cell as Python, or show it."""
SHELLS = {"bash", "sh"}
"""Cell magics that hand their cell to a program and fail when it does."""
STOPS = {
    "ask_exit": "asks the kernel to stop, which leaves no trace; raise an error instead",
    "do_shutdown": "asks the kernel to stop, which leaves no trace; raise an error instead",
    "ast_transformers": "changes what the cells after it run",
    "input_transformers_cleanup": "changes what the cells after it run",
    "input_transformers_post": "changes what the cells after it run",
    "input_transformer_manager": "changes what the cells after it run",
}
"""What parts of IPython make of a notebook that uses them."""
STATUS = "does not tell whether its command failed; use subprocess.run(..., check=True)"
LEAVING = "stops nothing and leaves no trace where cells are run; raise an error instead"
CELL_MAGIC = re.compile(r"\s*%%(\S+)([^\n]*)")
COMMAND = re.compile(r"^[ \t]*(?:[\w., \t\[\]\"']+=[ \t]*)?(!!?|%%?sx\b|%%?system\b|%%!)", re.MULTILINE)
LETS_EXIT = re.compile(r"^[ \t]*%(?:prun\b|run\b[^\n]*[ \t]-e\b)", re.MULTILINE)
LINE_MAGIC = re.compile(r"^([ \t]*)(?:(?:[\w., \t]+=[ \t]*)?[%!?].*|[\w.]+\?\??[ \t]*)$", re.MULTILINE)


@lru_cache(maxsize=1024)
def hidden_in(source: str) -> tuple[str, ...]:
    """What in a cell may hide that it did not run or failed: each once, with what could be done instead."""
    return tuple(dict.fromkeys(_hidden_in(source)))


def _hidden_in(source: str) -> Iterator[str]:
    tree = _tree(source)
    if tree is not None:
        yield from _in_tree(tree)
        return
    magic = CELL_MAGIC.match(source)
    if magic is not None:
        yield from _in_magic(magic[1], magic[2])
        if magic[1] in ("time", "timeit", "capture"):
            yield from _hidden_in(source[magic.end() :])
        return
    if (command := COMMAND.search(source)) is not None:
        yield f"{command[1]} {STATUS}"
    if LETS_EXIT.search(source) is not None:
        yield "%run -e and %prun go on where the code they run exits; call the code itself"
    rest = _tree(LINE_MAGIC.sub(r"\1pass", source))
    if rest is not None:
        yield from _in_tree(rest)


def _tree(source: str) -> ast.Module | None:
    """The cell as Python; nothing where it is more than that, or less."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _in_magic(name: str, options: str) -> Iterator[str]:
    if name in SHELLS:
        for one in ("--no-raise-error", "--bg"):
            if one in options.split():
                yield f"%%{name} {one} does not tell whether its command failed"
    elif name == "capture":
        if "--no-stderr" not in options.split():
            yield "%%capture hides errors that are only printed; write %%capture --no-stderr"
    elif name not in RUN_OR_SHOW:
        yield f"%%{name} may keep the code below it from being run; a report shows what Python cells gave"


def _in_tree(tree: ast.Module) -> Iterator[str]:
    own = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    own |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in STOPS:
            yield f"{node.attr} {STOPS[node.attr]}"
        elif isinstance(node, ast.Call):
            yield from _in_call(node, own)
        elif isinstance(node, ast.Expr):
            yield from _in_statement(node.value, own)


def _in_call(node: ast.Call, own: set[str]) -> Iterator[str]:
    if isinstance(node.func, ast.Name) and node.func.id in {"exit", "quit"} - own:
        yield f"{node.func.id}() {LEAVING}"
    if not (isinstance(node.func, ast.Attribute) and _is_shell(node.func.value)):
        return
    name = node.func.attr
    if name in ("system", "getoutput"):
        yield f"{name} {STATUS}"
    elif name == "run_cell_magic":
        told = [one.value if isinstance(one, ast.Constant) else "?" for one in node.args[:2]]
        magic, options = (*map(str, told), "", "")[:2]
        yield from _in_magic(magic, options)


def _is_shell(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "get_ipython"


def _in_statement(node: ast.expr, own: set[str]) -> Iterator[str]:
    """A statement that is a name alone, or a call whose status nobody looks at."""
    if isinstance(node, ast.Name) and node.id in {"exit", "quit"} - own:
        yield f"{node.id} {LEAVING}"
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return
    module = node.func.value
    if isinstance(module, ast.Name) and (module.id, node.func.attr) == ("os", "system"):
        yield f"os.system {STATUS}"
