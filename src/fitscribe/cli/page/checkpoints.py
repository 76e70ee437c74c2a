"""The files that a script saved while it trained: when, what they hold, and whether they are still there."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fitscribe.cli.screen import Screen, joined
from fitscribe.cli.table import Cell, Column, table
from fitscribe.cli.text import listing, number, plural, shortened, size, value
from fitscribe.reading.stored_numbers import whole
from fitscribe.reading.text import plain_text
from fitscribe.store.identity import host_name

if TYPE_CHECKING:
    from fitscribe.reading import Run

KINDS = frozenset({"checkpoint", "checkpoints"})
"""The kinds of their records."""

_SHOWN = 10
_PATH = 40
_KEYS = 6
# Narrower terminals show no contents.
_ROOM_FOR_CONTENTS = 60


def print_checkpoints(screen: Screen, run: Run, *, full: bool) -> None:
    """Print the checkpoints, those that were saved last at the end; nothing where there is none.

    Args:
        screen: where to.
        run: the run.
        full: all of them, with whole paths and contents.
    """
    records = [each for each in run.artifacts if plain_text(each.get("kind")) in KINDS]
    listed = [each["data"] for each in records if each["kind"] == "checkpoint" and _is_one(each.get("data"))]
    more = [each["data"] for each in records if each["kind"] == "checkpoints"]
    if not records:
        return
    listed.sort(key=lambda each: each.get("time", 0.0))
    shown = listed if full else listed[-_SHOWN:]
    folder = _folder_here(run)
    every = plural(len(listed), "file")
    screen.heading("Checkpoints", every if len(shown) == len(listed) else f"the last {len(shown)} of {every}")
    rows: list[list[Cell]] = [
        [
            str(each["path"]) if full else shortened(str(each["path"]), _PATH),
            _steps(each),
            size(each.get("size")),
            joined(_now(each, folder)),
            _holds(each.get("holds"), full=full),
        ]
        for each in shown
    ]
    width = None if full else screen.width
    columns = [Column("path"), Column("step"), Column("size", right=True, shrinks=False), Column("now")]
    if width is None or width >= _ROOM_FOR_CONTENTS:
        columns.append(Column("holds"))
    if rows:
        screen.lines(table(columns, [row[: len(columns)] for row in rows], width=width, indent=2))
    for each in filter(_is_mapping, more):
        screen.line(joined((f"  {_further(each)}", "dim")))


def print_kept_checkpoints(screen: Screen, run: Run, fact: Any, *, full: bool) -> bool:
    """Print the checkpoints that a framework's own callbacks kept, from the fact `checkpoints`.

    Args:
        screen: where to.
        run: the run.
        fact: of each callback what it watched (`monitor`, `mode`) and what it `kept`, with `path`, `score`
            and `bytes`; anything else is no such fact.
        full: all of them, with whole paths.

    Returns:
        Whether it was such a fact.
    """
    if not isinstance(fact, list) or not all(map(_is_callback, fact)):
        return False
    folder = _folder_here(run)
    for callback in fact:
        monitor, mode = callback.get("monitor"), callback.get("mode")
        kept = {str(each.get("path")): each for each in callback["kept"]}
        best, last = callback.get("best_model_path"), callback.get("last_model_path")
        paths = list(dict.fromkeys([*kept, *(str(path) for path in (best, last) if path)]))
        shown = paths if full else paths[:_SHOWN]
        rows: list[list[Cell]] = []
        for path in shown:
            each = kept.get(path, {})
            score = each.get("score")
            rows.append(
                [
                    path if full else shortened(path, _PATH),
                    number(score, full=full) if isinstance(score, float) else "",
                    size(each.get("bytes")),
                    " and ".join(word for word, which in (("best", best), ("last", last)) if which == path),
                    joined(_now({"path": path, "size": each.get("bytes")}, folder)),
                ]
            )
        more = len(paths) - len(shown)
        screen.heading("Checkpoints", f"{more} more with --full" if more else "")
        columns = [
            Column("path"),
            Column(f"{monitor} ({mode})" if monitor else "", right=True, shrinks=False),
            Column("size", right=True, shrinks=False),
            Column("", shrinks=False),
            Column("now", shrinks=False),
        ]
        screen.lines(table(columns, rows, width=None if full else screen.width, indent=2))
    return True


def _is_callback(data: Any) -> bool:
    return (
        isinstance(data, Mapping)
        and isinstance(data.get("kept"), list)
        and all(
            isinstance(each, Mapping) and isinstance(each.get("bytes") or 0, int) for each in data["kept"]
        )
    )


def _is_mapping(data: Any) -> bool:
    return isinstance(data, Mapping)


def _is_one(data: Any) -> bool:
    return (
        isinstance(data, Mapping)
        and isinstance(data.get("path"), str)
        and all(isinstance(data.get(name, 0), int | float) for name in ("time", "size"))
    )


def _steps(data: Mapping[str, Any]) -> str:
    """The step of the last time that it was saved, and how often it was."""
    step = data.get("step")
    saves = whole(data.get("saves")) or 0
    often = f", saved {saves} times" if saves > 1 else ""
    return ("-" if step is None else value(step)) + often


def _holds(contents: Any, *, full: bool) -> str:
    """What was saved, in short: ``model (4 tensors), optimizer state, epoch 3``."""
    if not isinstance(contents, Mapping):
        return "" if contents is None else value(contents)
    keys = contents.get("keys")
    if isinstance(keys, Mapping):
        return listing((_item(str(key), each) for key, each in keys.items()), len(keys) if full else _KEYS)
    items = contents.get("items")
    if isinstance(items, Sequence) and not isinstance(items, str):
        return f"{contents.get('type', 'list')} of " + listing(
            (_holds(each, full=full) or "other" for each in items), _KEYS
        )
    return _kind(contents)


def _kind(contents: Mapping[str, Any]) -> str:
    kind = str(contents.get("class") or contents.get("type", "")).rpartition(".")[2].replace("_", " ")
    tensors, elements = whole(contents.get("tensors")), whole(contents.get("elements"))
    if tensors is not None:
        return f"{kind} ({plural(tensors, 'tensor')})"
    return kind if elements is None else f"{kind} ({elements:,} numbers)"


def _item(key: str, contents: Any) -> str:
    if isinstance(contents, Mapping):
        kind = _kind(contents)
        return kind if kind.startswith(key.replace("_", " ")) else f"{key}: {kind}"
    return f"{key} {value(contents)}"


def _folder_here(run: Run) -> Path | None:
    """The folder that relative paths were meant from; None where the run was made on another machine."""
    host, folder = run.environment.get("host"), run.source.get("folder")
    return Path(folder) if host == host_name() and isinstance(folder, str) else None


def _now(data: Mapping[str, Any], folder: Path | None) -> tuple[str, str]:
    """What has become of a file, with the style of that."""
    path = data["path"]
    if folder is None or "://" in path or path.startswith("<"):
        return "", ""
    try:
        found = os.stat(folder / os.path.expanduser(path))
    except (OSError, ValueError):
        return "gone", "yellow"
    modified = datetime.datetime.fromtimestamp(found.st_mtime, datetime.timezone.utc).isoformat()
    is_same = data.get("size") in (None, found.st_size) and data.get("modified") in (None, modified)
    return ("there", "green") if is_same else ("changed since", "yellow")


def _further(data: Mapping[str, Any]) -> str:
    ends = [each for each in (data.get("first"), data.get("last")) if isinstance(each, Mapping)]
    named = [f"{each.get('path')} (step {each.get('step')})" for each in ends]
    which = f", from {' to '.join(named)}" if named else ""
    return f"{value(data.get('saves'))} saves more{which}: {data.get('why', '')}"
