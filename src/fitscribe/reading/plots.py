"""Figures of runs: series, and what evaluations kept as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fitscribe.evaluation.render import ALONE, KINDS, draw
from fitscribe.reading.plain_data import plain_data
from fitscribe.reading.series_names import EPOCH, SYSTEM, split
from fitscribe.reading.text import plural

if TYPE_CHECKING:
    from fitscribe.reading.run import Run

X = ("step", "epoch", "time", "relative")
_ROLES = ("test", "valid", "cv", "train")
_LEGEND = 20
_COLUMNS = 3


def plot(runs: Sequence[Run], name: str, *, x: str = "step", ax: Any = None) -> Any:
    """Draw one thing of one or more runs; arguments are those of :meth:`fitscribe.reading.Runs.plot`."""
    if x not in X:
        raise ValueError(f"x is one of {', '.join(X)}, not {x!r}")
    records = {run.id: found for run in runs if (found := _record(run, name)) is not None}
    if records:
        return _draw_records([(run, records[run.id]) for run in runs if run.id in records], ax)
    series = [(run, each) for run in runs for each in _series(run, name)]
    if not series:
        raise LookupError(_nothing(runs, name))
    # What was measured once has no place among steps, unless it was asked for by its whole name.
    curves = [(run, each) for run, each in series if each == name or run.snapshot().summaries[each].count > 1]
    if not curves:
        return _draw_values(series, len(runs) > 1, name, _axes(ax))
    return _draw_series(curves, len(runs) > 1, name, x, _axes(ax))


def _axes(ax: Any) -> Any:
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.subplots(layout="constrained")[1]


def _record(run: Run, name: str) -> dict[str, Any] | None:
    """The record of a name, or of a kind: then that of the data which says most."""
    kept = {
        str(each.get("name")): each for each in run.artifacts if each.get("kind") in KINDS and "data" in each
    }
    if name in kept:
        return kept[name]
    of_kind = [each for each in kept.values() if each["kind"] == name]
    return min(of_kind, key=_place, default=None)


def _place(record: dict[str, Any]) -> int:
    role = str(record.get("name")).rpartition("/")[0]
    return _ROLES.index(role) if role in _ROLES else len(_ROLES)


def _draw_records(found: Sequence[tuple[Run, dict[str, Any]]], ax: Any) -> Any:
    kind = found[0][1]["kind"]
    several = len(found) > 1
    if several and kind in ALONE:
        if ax is not None:
            raise ValueError(f"{kind.replace('_', ' ')} of several runs do not fit into one set of axes")
        from matplotlib import pyplot

        columns = min(_COLUMNS, len(found))
        lines = -(-len(found) // columns)
        _, grid = pyplot.subplots(
            lines, columns, layout="constrained", squeeze=False, figsize=(4.5 * columns, 4 * lines)
        )
        every = list(grid.flat)
        for (run, record), axes in zip(found, every, strict=False):
            draw(kind, plain_data(record["data"]), axes)
            axes.set_title(_label(run))
        for axes in every[len(found) :]:
            axes.set_visible(False)
        return grid
    axes = _axes(ax)
    for run, record in found:
        draw(kind, plain_data(record["data"]), axes, _label(run) if several else "")
    if not several:
        axes.set_title(f"{found[0][0].name}: {found[0][1]['name']}")
    _legend(axes)
    return axes


def _series(run: Run, name: str) -> list[str]:
    """The series of a name, else those of a metric on whatever data it was measured."""
    known = run.metrics
    if name in known:
        return [name]
    return [each for each in known if split(each)[1] == name and not each.startswith(SYSTEM)]


def _draw_series(found: Sequence[tuple[Run, str]], several: bool, name: str, x: str, axes: Any) -> Any:
    import numpy

    for run, each in found:
        series = run.series(each)
        places = _places(run, series, x)
        order = numpy.argsort(places, kind="stable")
        words = (_label(run) if several else "", each if each != name or not several else "")
        axes.plot(
            places[order],
            numpy.asarray(series.values)[order],
            label=" ".join(filter(None, words)),
            marker="o" if len(order) == 1 else None,
        )
    axes.set_xlabel({"relative": "seconds", "time": "time (UTC)"}.get(x, x))
    axes.set_ylabel(name)
    if not several:
        axes.set_title(found[0][0].name)
    _legend(axes)
    return axes


def _draw_values(found: Sequence[tuple[Run, str]], several: bool, name: str, axes: Any) -> Any:
    names = [" ".join(filter(None, (_label(run) if several else "", each))) for run, each in found]
    axes.barh(names[::-1], [run.metrics[each] for run, each in found][::-1])
    axes.set_xlabel(name)
    if not several:
        axes.set_title(found[0][0].name)
    return axes


def _places(run: Run, series: Any, x: str) -> Any:
    import numpy

    steps, times = numpy.asarray(series.steps), numpy.asarray(series.times)
    if x == "step":
        return steps
    if x == "epoch":
        known = run.series(EPOCH)
        if not len(known):
            raise ValueError(f"run {run.id} has no epochs; draw it over steps")
        order = numpy.argsort(known.steps, kind="stable")
        return numpy.interp(steps, numpy.asarray(known.steps)[order], numpy.asarray(known.values)[order])
    if x == "relative":
        return times - (times[0] if run.started is None else run.started)
    return (times * 1e6).astype("datetime64[us]")


def _label(run: Run) -> str:
    return f"{run.name} {run.id[:6]}".strip()


def _legend(axes: Any) -> None:
    handles, labels = axes.get_legend_handles_labels()
    if labels and len(handles) <= _LEGEND:
        axes.legend(fontsize="small")


def _nothing(runs: Sequence[Run], name: str) -> str:
    there: dict[str, None] = {}
    for run in runs:
        there.update(dict.fromkeys(each for each in run.metrics if not each.startswith(SYSTEM)))
        there.update(
            dict.fromkeys(
                str(each.get("name"))
                for each in run.artifacts
                if each.get("kind") in KINDS and "data" in each
            )
        )
    shown = ", ".join(list(there)[:20]) or "nothing"
    return f"there is no series and no drawing {name!r} in {plural(len(runs), 'run')}; there is {shown}"
