"""The modules that a run trained, as a tree: what each part is, and how many parameters it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from fitscribe.cli.screen import Screen, joined
from fitscribe.cli.table import Cell, Column, paragraph, table
from fitscribe.cli.text import listing, plural, shape
from fitscribe.reading.stored_numbers import whole

# A tree has so many lines without --full: its deepest levels are left out as far as they do not fit.
_LINES = 24
_MOST_LEVELS = 64


class _Line(NamedTuple):
    """One part of a tree.

    Attributes:
        depth: how deep it lies.
        part: the part.
        hidden: how many parts lie in it that are not shown.
    """

    depth: int
    part: Mapping[str, Any]
    hidden: int


def print_modules(screen: Screen, title: str, data: Mapping[str, Any], *, full: bool) -> None:
    """Print the tree of modules, and what they are in all.

    Args:
        screen: where to.
        title: what stands above.
        data: `modules` (each with `name`, `class` and `parts`) and the facts of all of them: `parameters`,
            `trainable`, `dtypes`, `devices`, `compiled`.
        full: every part, however many there are.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: the data is something else; nothing is printed then.
    """
    roots: Sequence[Mapping[str, Any]] = data["modules"]
    lines = list(_lines(roots, _MOST_LEVELS if full else _depth_that_fits(roots)))
    shown = lines if full else lines[:_LINES]
    rows = [_row(each, full=full) for each in shown]
    totals = _totals(data)
    left_out = _number(roots) - len(shown)
    cut = sum((whole(root.get("cut")) or 0) for root in roots)
    remarks = [f"{plural(left_out, 'part')} more with --full"] if left_out else []
    remarks += [f"{plural(cut, 'module')} more, not described"] if cut else []
    columns = [
        Column(""),
        Column(""),
        Column("", right=True, shrinks=False),
        Column(""),
    ]
    width = None if full else screen.width
    screen.heading(title)
    screen.lines(joined(f"  {line}") for line in paragraph(totals, screen.prose_width - 2))
    screen.lines(table(columns, rows, width=width, indent=2, titles=False))
    if remarks:
        screen.line(joined((f"  {', '.join(remarks)}", "dim")))


def print_sizes(screen: Screen, facts: Mapping[str, Any], *, full: bool) -> bool:
    """Print the modules of which only classes and sizes are known, from the fact `modules`.

    Args:
        screen: where to.
        facts: `modules` (by name, with `type` and `parameters`), `parameters` and `trainable_parameters`.
        full: all of them.

    Returns:
        Whether there were such facts.
    """
    found = facts.get("modules")
    every, trainable = whole(facts.get("parameters")), whole(facts.get("trainable_parameters"))
    if not isinstance(found, Mapping) or not all(map(_is_size, found.values())):
        return False
    if every is None or trainable is None:
        return False
    modules = [
        {"name": name, "class": each["type"], "parameters": each["parameters"]}
        for name, each in found.items()
    ]
    totals = {"parameters": every, "trainable": trainable, "dtypes": {}, "devices": {}}
    print_modules(screen, "Modules", {**totals, "modules": modules}, full=full)
    return True


def _is_size(fact: Any) -> bool:
    return isinstance(fact, Mapping) and "type" in fact and whole(fact.get("parameters")) is not None


def _totals(data: Mapping[str, Any]) -> list[str]:
    every, trainable = whole(data["parameters"]), whole(data["trainable"])
    if every is None or trainable is None:
        raise ValueError("no numbers of parameters")
    words = [plural(every, "parameter")]
    if every:
        words.append("all trainable" if trainable == every else f"{trainable:,} trainable")
    words += [_shares(data["dtypes"]), _shares(data["devices"], "on ")]
    if data.get("unbuilt"):
        words.append(f"{plural(data['unbuilt'], 'layer')} not built")
    if data.get("uninitialized"):
        words.append(f"{plural(data['uninitialized'], 'tensor')} without a shape yet")
    words.append("compiled" if data.get("compiled") else "")
    return [word for word in words if word]


def _shares(counts: Mapping[str, int], before: str = "") -> str:
    names = [name if len(counts) == 1 else f"{count:,} {before}{name}" for name, count in counts.items()]
    return (before if len(counts) == 1 else "") + listing(names, 4) if names else ""


def _depth_that_fits(roots: Sequence[Mapping[str, Any]]) -> int:
    """The deepest level down to which there is room for all parts; at least that below the modules."""
    for depth in range(1, _MOST_LEVELS):
        lines = list(_lines(roots, depth + 1))
        if len(lines) > _LINES or not any(line.hidden for line in lines):
            return depth + (len(lines) <= _LINES)
    return _MOST_LEVELS


def _lines(parts: Sequence[Mapping[str, Any]], deepest: int, depth: int = 0) -> Iterator[_Line]:
    for part in parts:
        inside = part.get("parts") or ()
        if depth < deepest:
            yield _Line(depth, part, 0)
            yield from _lines(inside, deepest, depth + 1)
        else:
            yield _Line(depth, part, _number(inside))


def _number(parts: Sequence[Mapping[str, Any]]) -> int:
    return sum(1 + _number(part.get("parts") or ()) for part in parts)


def _row(line: _Line, *, full: bool) -> list[Cell]:
    part = line.part
    times = _times(part)
    name = "  " * line.depth + str(part["name"])
    kind = str(part["class"])
    remarks = [
        f"in {', '.join(part['wrappers'])}" if part.get("wrappers") else "",
        str(part.get("settings", "")),
        _shapes(part.get("output_shape")),
        f"from {listing(map(str, part['connected_to']), 4)}" if part.get("connected_to") else "",
        f"called {part['calls']} times" if part.get("calls") else "",
        _not_trained(part) if line.depth else "",
        "not built" if part.get("built") is False else "",
        f"is {part['shared']}" if part.get("shared") else "",
        plural(line.hidden, "part") if line.hidden else "",
        f"{part['buffers']:,} in buffers" if part.get("buffers") else "",
        "compiled" if part.get("compiled") else "",
    ]
    own = _parameters(part, line.depth)
    count = f"{own:,}" if own else ""
    return [
        joined((name, "" if line.depth else "bold")),
        kind if full else kind.rpartition(".")[2],
        f"{times} × {count}" if times > 1 and count else count,
        joined((", ".join(filter(None, remarks)), "dim")),
    ]


def _shapes(shapes: Any) -> str:
    """The shapes of what a layer gives, with ``n`` for what varies."""
    if not shapes:
        return ""
    several = shapes if isinstance(shapes[0], list) else [shapes]
    return ", ".join(shape(["n" if size is None else size for size in each or ()]) for each in several)


def _not_trained(part: Mapping[str, Any]) -> str:
    """How many of the parameters that a part has itself are trained, where not all are."""
    own, trained = part.get("parameters"), part.get("trainable")
    if not own or trained is None or trained == own:
        return ""
    return f"{trained:,} trainable" if trained else "not trainable"


def _times(part: Mapping[str, Any]) -> int:
    """How many parts in a row are as this one."""
    found = whole(part.get("times", 1))
    return 1 if found is None else found


def _parameters(part: Mapping[str, Any], depth: int) -> int:
    """How many a part has, those of its own parts included; a module's are counted already."""
    own = whole(part.get("parameters")) or 0
    if depth == 0:
        return own
    inside = part.get("parts") or ()
    return own + sum(_times(each) * _parameters(each, depth + 1) for each in inside)
