"""The code of a script as it was before fitscribe came: without the lines that only switch it on."""

from __future__ import annotations

import ast
import re

# What a statement that switches on looks like where the code cannot be parsed, as in a notebook or a diff.
_SWITCH = re.compile(
    r"[ \t]*(?:(?:import[ ]fitscribe(?:[ ]as[ ]\w+)?|from[ ]fitscribe[ ]import[ ]autolog(?:[ ]as[ ]\w+)?"
    r"|(?:\w+\.)?autolog\([^()\n]*\))[ \t]*;?[ \t]*)+(?:\#.*)?"
)
_CHANGED = re.compile(r"[+-](?!\+\+ |-- )(.*)")


def without_switch(code: str) -> str:
    """Return code without the statements that switch fitscribe on, and without blank lines.

    Args:
        code: of a script.
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        lines = [line for line in code.splitlines() if not _SWITCH.fullmatch(line)]
    else:
        lines = _cut(code, tree)
    return "\n".join(line for line in lines if line.strip())


def is_switched_on_alone(diff: str) -> bool:
    """Whether all that a diff of git's changes are statements that switch fitscribe on, and blank lines.

    Args:
        diff: in the unified format.
    """
    changed = [match[1] for line in diff.splitlines() if (match := _CHANGED.fullmatch(line))]
    return bool(changed) and all(not line.strip() or _SWITCH.fullmatch(line) for line in changed)


def _cut(code: str, tree: ast.Module) -> list[str]:
    # As the parser counts them: form feeds end no line there.
    lines: list[str] = re.split(r"\r\n|\r|\n", code)
    modules, functions = {"fitscribe"}, set[str]()
    found: list[ast.stmt] = []
    # A name is bound before it is called, if not in this order, then in another function.
    for node in sorted(_statements(tree), key=lambda each: (each.lineno, each.col_offset)):
        if isinstance(node, ast.Import) and all(each.name == "fitscribe" for each in node.names):
            modules |= {each.asname or each.name for each in node.names}
            found.append(node)
        elif isinstance(node, ast.ImportFrom) and node.module == "fitscribe":
            if all(each.name == "autolog" for each in node.names):
                functions |= {each.asname or each.name for each in node.names}
                found.append(node)
        elif isinstance(node, ast.Expr) and _switches_on(node.value, modules, functions):
            found.append(node)
    for node in reversed(found):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        before = lines[first].encode()[: node.col_offset].decode()
        after = lines[last].encode()[node.end_col_offset :].decode().lstrip(" \t;")
        rest = before + ("" if after.startswith("#") else after)
        lines[first : last + 1] = [rest if rest.strip(" \t;") else ""]
    return lines


def _statements(tree: ast.Module) -> list[ast.stmt]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom | ast.Expr)]


def _switches_on(value: ast.expr, modules: set[str], functions: set[str]) -> bool:
    if not isinstance(value, ast.Call):
        return False
    called = value.func
    if isinstance(called, ast.Attribute):
        return called.attr == "autolog" and isinstance(called.value, ast.Name) and called.value.id in modules
    return isinstance(called, ast.Name) and called.id in functions
