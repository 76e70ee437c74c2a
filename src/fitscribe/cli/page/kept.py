"""What a run keeps as data beside its matrices: lineage, the tree of steps, tables, early stopping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fitscribe.cli.page.modules import print_modules
from fitscribe.cli.screen import Screen, joined
from fitscribe.cli.table import Cell, Column, table
from fitscribe.cli.text import listing, number, plural, shape, size, value

if TYPE_CHECKING:
    from fitscribe.reading import Run

_ROWS = 20
_COLUMNS = 10
_NAMES = 4
_FINGERPRINT = 8
_STEPS_BACK = 20


def print_kept(screen: Screen, run: Run, *, full: bool) -> None:
    """Print the records that are lists and tables.

    Args:
        screen: where to.
        run: the run.
        full: shorten and leave out nothing.
    """
    for artifact in run.artifacts:
        data = artifact.get("data")
        printer = _PRINTERS.get(str(artifact.get("kind")))
        if printer is None or not isinstance(data, dict):
            continue
        name = str(artifact.get("name", ""))
        try:
            printer(screen, name, data, full)
        except (AttributeError, LookupError, TypeError, ValueError, ArithmeticError):
            screen.heading(_title(name))
            screen.line(joined("  ", ("its data cannot be read", "yellow")))


def _title(name: str) -> str:
    role, _, kind = name.rpartition("/")
    title = kind.replace("_", " ").capitalize()
    return f"{title} ({role})" if role else title


def print_early_stopping(screen: Screen, run: Run) -> None:
    """Print what was watched, and how the training ended."""
    found = run.facts.get("early_stopping")
    if not isinstance(found, dict):
        return
    # A solver that converges watches nothing but itself.
    watches = found.get("watched") is not None
    screen.heading("Early stopping" if watches else "How it ended")
    ended = "" if not watches else "stopped early" if found.get("stopped_early") else "did not stop early"
    last = found.get("last_iteration")
    parts = [f"{ended}{f' at iteration {value(last)}' if last is not None else ''}", found.get("reason")]
    screen.line("  " + ": ".join(str(part).strip() for part in parts if part))
    watched = [
        _watched(found),
        f"patience {value(found['patience'])}" if found.get("patience") is not None else "",
        f"tolerance {value(found['tolerance'])}" if found.get("tolerance") is not None else "",
        _best(found),
        f"{value(found['wasted_iterations'])} wasted" if found.get("wasted_iterations") else "",
    ]
    if any(watched):
        screen.line(joined(("  " + ", ".join(filter(None, watched)), "dim")))


def _watched(found: Mapping[str, Any]) -> str:
    if found.get("watched") is None:
        return ""
    wanted = {"min": ", the lower the better", "max": ", the higher the better"}.get(
        str(found.get("direction")), ""
    )
    return f"watched {value(found['watched'])}{wanted}"


def _best(found: Mapping[str, Any]) -> str:
    if found.get("best") is None:
        return ""
    at = found.get("best_iteration")
    return f"best {value(found['best'])}" + (f" at iteration {value(at)}" if at is not None else "")


# -- where the data comes from


def _lineage(screen: Screen, name: str, data: Mapping[str, Any], full: bool) -> None:
    nodes = {node["id"]: node for node in data["nodes"]}
    rows: list[list[Cell]] = []
    said: list[Any] = [{}]
    for role, start in data["roles"].items():
        label: Cell = joined((str(role), "bold"))
        for depth, node in enumerate(_way_back(nodes, start)):
            facts = node.get("facts") or {}
            made = _made(node, facts if facts not in said else {})
            rows.append([label, joined(("← " if depth else "", "dim"), made), _origin(node)])
            said.append(facts)
            label = ""
    if not rows:
        return
    screen.heading("Lineage")
    columns = [Column("", shrinks=False), Column(""), Column("")]
    screen.lines(table(columns, rows, width=None if full else screen.width, indent=2, titles=False))


def _way_back(nodes: Mapping[str, Any], start: str) -> list[Mapping[str, Any]]:
    """A node, and what it was made of, back to where it came from: by the first of its parents."""
    found: list[Mapping[str, Any]] = []
    node = nodes.get(start)
    while node is not None and len(found) < _STEPS_BACK:
        found.append(node)
        node = next((nodes.get(each) for each in node.get("of", ())), None)
    return found


def _made(node: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    described = ", ".join(f"{key}={value(each)}" for key, each in facts.items())
    others = len(node.get("of", ())) - 1
    more = f" and {others} more" if others > 0 else ""
    return f"{node['by']}{f' ({described})' if described else ''}{more}"


def _origin(node: Mapping[str, Any]) -> Cell:
    if "path" in node:
        parts = [str(node["path"]), size(node["size"]) if node.get("size") is not None else ""]
        fingerprint = str(node.get("fingerprint") or "")[:_FINGERPRINT]
        return joined(", ".join(filter(None, parts)), (f"  {fingerprint}", "dim"))
    container = str(node.get("container") or "").rpartition(".")[2]
    return joined((f"{container} {shape(node.get('shape'))}".strip(), "dim"))


# -- what the estimator is made of


def _structure(screen: Screen, name: str, data: Mapping[str, Any], full: bool) -> None:
    rows: list[list[Cell]] = []
    for step in data["steps"]:
        depth = _depth(step, data["steps"])
        label = str(step["path"]).rpartition("__")[2]
        chosen = ", ".join(f"{key}={value(each)}" for key, each in (step.get("params") or {}).items())
        rows.append(
            [
                "  " * depth + (label or "·"),
                str(step["name"]),
                _seconds(step.get("seconds")),
                _output(step, full=full),
                joined((chosen, "dim")),
            ]
        )
    if not rows:
        return
    screen.heading("Steps")
    columns = [
        Column("step", shrinks=False),
        Column("class"),
        Column("time", right=True, shrinks=False),
        Column("gives"),
        Column("set to"),
    ]
    screen.lines(table(columns, rows, width=None if full else screen.width, indent=2))


def _depth(step: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> int:
    known = {each["path"]: each.get("parent") for each in steps}
    depth, at = 0, step.get("parent")
    while at is not None and at in known and depth < _STEPS_BACK:
        depth += 1
        at = known[at] if known[at] != at else None
    return depth


def _seconds(seconds: Any) -> str:
    if seconds is None:
        return ""
    return f"{number(seconds * 1000)} ms" if seconds < 1 else f"{number(seconds)} s"


def _output(step: Mapping[str, Any], *, full: bool) -> str:
    parts = [shape(step["shape"])] if step.get("shape") else []
    names = step.get("columns") or []
    if names:
        parts.append(listing(map(str, names), len(names) if full else _NAMES))
    return ": ".join(parts)


# -- tables, and curves over the values of a parameter


def _table(screen: Screen, name: str, data: Mapping[str, Any], full: bool) -> None:
    heads = [str(column) for column in data["columns"]]
    rows = data["rows"]
    shown = rows if full else rows[:_ROWS]
    width = len(heads) if full else _COLUMNS
    screen.heading(_title(name))
    columns = [Column(head, right=True) for head in heads[:width]]
    cells: list[list[Cell]] = [[value(cell) for cell in row[:width]] for row in shown]
    screen.lines(table(columns, cells, width=None if full else screen.width, indent=2))
    left_out = [
        plural(len(rows) - len(shown), "more row") if len(rows) > len(shown) else "",
        plural(len(heads) - width, "more column") if len(heads) > width else "",
    ]
    if any(left_out):
        screen.line(joined((f"  {' and '.join(filter(None, left_out))} with --full", "dim")))


def _curve(screen: Screen, name: str, data: Mapping[str, Any], full: bool) -> None:
    series = data["series"]
    columns = [str(data.get("x_name") or "x"), *map(str, series)]
    rows = [
        [x, *(_with_spread(each, index) for each in series.values())] for index, x in enumerate(data["x"])
    ]
    _table(screen, name, {"columns": columns, "rows": rows}, full)


def _with_spread(series: Mapping[str, Any], index: int) -> str:
    spread = series.get("std")
    mean = number(series["mean"][index])
    return f"{mean} ± {number(spread[index])}" if spread else mean


def _calibration(screen: Screen, name: str, data: Mapping[str, Any], full: bool) -> None:
    columns = ["predicted", "observed", "rows"]
    rows = list(zip(data["predicted"], data["observed"], data["counts"], strict=True))
    _table(screen, name, {"columns": columns, "rows": [list(row) for row in rows]}, full)


def _modules(screen: Screen, name: str, data: Mapping[str, Any], full: bool) -> None:
    print_modules(screen, _title(name), data, full=full)


_PRINTERS = {
    "modules": _modules,
    "lineage": _lineage,
    "structure": _structure,
    "table": _table,
    "curve": _curve,
    "calibration": _calibration,
}
