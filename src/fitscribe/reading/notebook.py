"""Runs as a notebook shows them. Every text from a run is escaped."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from fitscribe.reading.leading import ReadRun, differing_params, leading_metrics
from fitscribe.reading.missing import damaged, not_seen
from fitscribe.reading.progress import progress
from fitscribe.reading.series_names import EPOCH, SYSTEM, in_order
from fitscribe.reading.text import ago, duration, number, plural, value

if TYPE_CHECKING:
    from fitscribe.reading.run import Run
    from fitscribe.reading.runs import Runs

_ROWS = 30
_METRICS, _PARAMS, _CURVES, _REMARKS = 12, 12, 4, 3
_COLUMNS_OF_METRICS, _COLUMNS_OF_PARAMS = 4, 5
_LONGEST, _LONGEST_VALUE = 80, 48
_WIDTH, _HEIGHT = 150, 36
# The colours of a notebook are unknown: its own ones, and one that is seen on light and dark.
_MUTED = "opacity:.65"
_CURVE = "#4c8dd6"
_STATUS = {
    "finished": "#2e8b57",
    "running": "#4c8dd6",
    "failed": "#d9534f",
    "crashed": "#d9534f",
    "interrupted": "#c58a1b",
    "silent": "#c58a1b",
    "unobserved": "#888888",
}


def run_html(run: Run) -> str:
    """Return what a notebook shows of one run."""
    read = ReadRun(run)
    framework = " ".join(filter(None, (run.framework, run.framework_version)))
    facts = [run.experiment, ago(run.started), duration(read.seen.duration), framework, progress(read.seen)]
    name, status = escape(_cut(run.name or run.id)), _status(read.seen.status)
    head = (
        f"<div><b>{name}</b> <code>{escape(run.id)}</code> {status}</div>"
        f'<div style="{_MUTED}">{escape(" · ".join(_cut(each) for each in facts if each))}</div>'
    )
    notes = f"<div>{escape(_cut(read.seen.own.notes, 500))}</div>" if read.seen.own.notes else ""
    parts = [_curves(read), _metrics(read), _params(read)]
    body = "".join(f'<div style="flex:none">{part}</div>' for part in parts if part)
    return (
        f'<div style="line-height:1.5;overflow-wrap:anywhere">{head}{notes}{_error(read)}'
        f'<div style="display:flex;flex-wrap:wrap;gap:1.5em;align-items:flex-start">{body}</div>'
        f"{_remarks(read)}</div>"
    )


def runs_html(runs: Runs) -> str:
    """Return what a notebook shows of runs: a table of what says most about them."""
    read = [ReadRun(run) for run in runs[:_ROWS]]
    metrics = leading_metrics(read)[:_COLUMNS_OF_METRICS]
    params = differing_params(read)[:_COLUMNS_OF_PARAMS]
    heads = ["id", "name", "status", "started", "took", *metrics, *params]
    rows = [
        [
            f"<code>{escape(each.run.id)}</code>",
            escape(_cut(each.run.name)),
            _status(each.seen.status),
            escape(ago(each.run.started)),
            escape(duration(each.seen.duration)),
            *(_number(each.metrics.get(name)) for name in metrics),
            *(escape(_cut(value(each.params[name]))) if name in each.params else "" for name in params),
        ]
        for each in read
    ]
    more = len(runs) - len(read)
    count = plural(len(runs), "run") + (f", the first {len(read)} of them" if more else "")
    return (
        f'<div><div style="{_MUTED}">{count}</div>{_table(heads, rows)}</div>' if rows else "<i>no runs</i>"
    )


def _table(heads: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are HTML already, heads are not."""
    head = "".join(f'<th style="text-align:left">{escape(_cut(each))}</th>' for each in heads)
    body = "".join(
        "<tr>" + "".join(f'<td style="text-align:left">{cell}</td>' for cell in row) + "</tr>" for row in rows
    )
    top = f"<thead><tr>{head}</tr></thead>" if head else ""
    return f"<table>{top}<tbody>{body}</tbody></table>"


def _metrics(read: ReadRun) -> str:
    names = [name for name in in_order(read.metrics) if not name.startswith(SYSTEM) and name != EPOCH]
    rows = [[escape(_cut(name)), _number(read.metrics[name])] for name in names[:_METRICS]]
    if len(names) > _METRICS:
        rows.append([f'<span style="{_MUTED}">{len(names) - _METRICS} more</span>', ""])
    return _table((), rows) if rows else ""


def _params(read: ReadRun) -> str:
    names = [name for name in read.params if read.changed is None or name in read.changed]
    rows = [
        [escape(_cut(name)), escape(_cut(value(read.params[name]), _LONGEST_VALUE))]
        for name in names[:_PARAMS]
    ]
    left = len(read.params) - len(rows)
    if left:
        defaults = " at their defaults" if len(names) <= _PARAMS else ""
        rows.append([f'<span style="{_MUTED}">{left} more{defaults}</span>', ""])
    return _table((), rows) if rows else ""


def _curves(read: ReadRun) -> str:
    summaries = read.seen.summaries
    names = [
        name
        for name in in_order(summaries)
        if summaries[name].count > 1 and not name.startswith(SYSTEM) and name != EPOCH
    ]
    drawn = (
        f"<div><div>{escape(_cut(name))}</div>{sparkline(read.run.series(name).values)}</div>"
        for name in names[:_CURVES]
    )
    return "".join(drawn)


def sparkline(values: Sequence[float]) -> str:
    """Return a small curve as SVG: of each column the lowest and the highest value, and gaps.

    Args:
        values: in the order of the steps; what is no finite number is a gap.
    """
    count = len(values)
    columns = min(count, _WIDTH)
    # Items of an array of NumPy's are slow to take out one by one.
    numbers: Sequence[float] = values.tolist() if hasattr(values, "tolist") else values
    pieces: list[tuple[float, float] | None] = []
    for column in range(columns):
        piece = numbers[column * count // columns : (column + 1) * count // columns]
        finite = list(filter(math.isfinite, piece))
        pieces.append((min(finite), max(finite)) if finite else None)
    known = [each for piece in pieces if piece for each in piece]
    if not known:
        return ""
    low, high = min(known), max(known)
    span = high - low
    scale = (_HEIGHT - 4) / span if 0 < span < math.inf else 0.0

    def y(each: float) -> str:
        return f"{_HEIGHT - 2 - (each - low) * scale:.1f}" if scale else f"{_HEIGHT / 2:.1f}"

    words, pen = [], "M"
    for column, found in enumerate(pieces):
        if found is None:
            pen = "M"
            continue
        x = f"{column * (_WIDTH - 1) / max(1, columns - 1):.1f}"
        words.append(f"{pen}{x} {y(found[0])}")
        if found[1] != found[0]:
            words.append(f"L{x} {y(found[1])}")
        elif pen == "M":
            words.append("h0")  # a dot, where no line follows
        pen = "L"
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{number(low)} to {number(high)}">'
        f'<path d="{"".join(words)}" fill="none" stroke="{_CURVE}" stroke-width="1.3" '
        'stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )


def _error(read: ReadRun) -> str:
    error = read.seen.error
    if not error:
        return ""
    text = f"{error.get('type', '')}: {error.get('message', '')}"
    return f'<div style="color:{_STATUS["failed"]}">{escape(_cut(text, 500))}</div>'


def _remarks(read: ReadRun) -> str:
    remarks = [*not_seen(read.seen), *damaged(read.seen)]
    if not remarks:
        return ""
    shown = "".join(f"<div>{escape(_cut(each, 300))}</div>" for each in remarks[:_REMARKS])
    more = f"<div>{len(remarks) - _REMARKS} more</div>" if len(remarks) > _REMARKS else ""
    return f'<div style="{_MUTED}"><b>Not seen</b>{shown}{more}</div>'


def _status(status: str) -> str:
    return f'<span style="color:{_STATUS.get(status, "inherit")}">{escape(status)}</span>'


def _number(item: float | None) -> str:
    return "" if item is None else escape(number(item))


def _cut(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
