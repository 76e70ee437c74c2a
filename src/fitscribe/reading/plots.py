"""Figures of runs: series, and what evaluations kept as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fitscribe.evaluation.render import ALONE, KINDS, draw
from fitscribe.reading.plain_data import plain_data
from fitscribe.reading.series_names import EPOCH, SYSTEM, furthest, is_rate, split
from fitscribe.reading.text import number, plain_text, plural
from fitscribe.store import Series

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
    records = _records(runs, name)
    if records:
        return _draw_records(records, _lacking(runs, [run for run, _ in records], name), ax)
    series = [(run, each) for run in runs for each in _series(run, name)]
    if not series:
        raise LookupError(_nothing(runs, name))
    axes, several = _axes(ax), len(runs) > 1
    # What was measured once has no place among steps, unless it was asked for by its whole name.
    curves = [(run, each) for run, each in series if each == name or run.snapshot().summaries[each].count > 1]
    if curves:
        _draw_series(curves, several, name, x, axes)
        _draw_levels([each for each in series if each not in curves], several, axes)
        _legend(axes)
    else:
        _draw_values(series, several, name, axes)
    _title(axes, "" if several else runs[0].name, _lacking(runs, [run for run, _ in series], name))
    return axes


def _axes(ax: Any) -> Any:
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.subplots(layout="constrained")[1]


def _records(runs: Sequence[Run], name: str) -> list[tuple[Run, dict[str, Any]]]:
    """The records of a name, or of a kind: then of the same data in as many runs as possible.

    Of what most of the runs have that is taken which says most; a run that has none of it shows what it has.
    """
    found = [(run, each) for run in runs if (each := _kept(run, name))]
    if not found:
        return []
    counts = Counter(each for _, records in found for each in records)
    most = min(max(counts.values()), len(found) // 2 + 1)
    shared = min((each for each, count in counts.items() if count >= most), key=_place)
    return [
        (run, records[shared if shared in records else min(records, key=_place)]) for run, records in found
    ]


def _kept(run: Run, name: str) -> dict[str, dict[str, Any]]:
    """The record of a name, else those of a kind, by their names."""
    kept = {
        str(each.get("name")): each
        for each in run.artifacts
        if plain_text(each.get("kind")) in KINDS and "data" in each
    }
    if name in kept:
        return {name: kept[name]}
    return {each: record for each, record in kept.items() if record["kind"] == name}


def _place(name: str) -> int:
    role = name.rpartition("/")[0]
    return _ROLES.index(role) if role in _ROLES else len(_ROLES)


def _data(record: Mapping[str, Any]) -> str:
    """Whose data a record is of, as far as its name tells more than its kind."""
    name = str(record.get("name"))
    role, _, last = name.rpartition("/")
    return role if last == record["kind"] else name


def _draw_records(found: Sequence[tuple[Run, dict[str, Any]]], lacking: str, ax: Any) -> Any:
    kind = found[0][1]["kind"]
    if len(found) == 1:
        run, record = found[0]
        axes = _axes(ax)
        draw(kind, plain_data(record["data"]), axes)
        _title(axes, f"{run.name}: {record.get('name')}", lacking)
        _legend(axes)
        return axes
    # Scores on training data are not to be taken for those on other data.
    data = dict.fromkeys(_data(record) for _, record in found)
    differ = f"of different data: {', '.join(data)}" if len(data) > 1 else ""
    if kind in ALONE:
        if ax is not None:
            raise ValueError(f"{kind.replace('_', ' ')} of several runs do not fit into one set of axes")
        return _draw_beside(kind, found, _lines(differ, lacking))
    axes = _axes(ax)
    for run, record in found:
        draw(kind, plain_data(record["data"]), axes, f"{_label(run)} {_data(record)}".strip())
    _title(axes, differ, lacking)
    _legend(axes)
    return axes


def _draw_beside(kind: str, found: Sequence[tuple[Run, dict[str, Any]]], title: str) -> Any:
    from matplotlib import pyplot

    columns = min(_COLUMNS, len(found))
    lines = -(-len(found) // columns)
    figure, grid = pyplot.subplots(
        lines, columns, layout="constrained", squeeze=False, figsize=(4.5 * columns, 4 * lines)
    )
    every = list(grid.flat)
    for (run, record), axes in zip(found, every, strict=False):
        draw(kind, plain_data(record["data"]), axes)
        axes.set_title(f"{_label(run)} {_data(record)}".strip())
    for axes in every[len(found) :]:
        axes.set_visible(False)
    if title:
        figure.suptitle(title)
    return grid


def _series(run: Run, name: str) -> list[str]:
    """The series of a name, else those of a metric on whatever data it was measured."""
    known = run.metrics
    if name in known:
        return [name]
    return [each for each in known if split(each)[1] == name and not each.startswith(SYSTEM)]


def _draw_series(found: Sequence[tuple[Run, str]], several: bool, name: str, x: str, axes: Any) -> None:
    import numpy

    for run, each in found:
        series, is_held = run.series(each), is_rate(each)
        if is_held:
            series = _held(run, series)
        places = _places(run, series, x)
        order = numpy.argsort(places, kind="stable")
        values = numpy.asarray(series.values)[order]
        known = numpy.isfinite(values)
        beside = numpy.concatenate(([False], known, [False]))
        # A line does not lead to a point between two gaps.
        alone = numpy.flatnonzero(known & ~beside[:-2] & ~beside[2:]).tolist()
        words = (
            _label(run) if several else "",
            each if each != name or not several else "",
            "" if known.any() else "(no finite value)",
        )
        axes.plot(
            places[order],
            values,
            label=" ".join(filter(None, words)),
            marker="o" if alone else None,
            markevery=alone or None,
            drawstyle="steps-post" if is_held else None,
        )
    axes.set_xlabel({"relative": "seconds", "time": "time (UTC)"}.get(x, x))
    axes.set_ylabel(name)


def _held(run: Run, series: Series) -> Series:
    """A series with its last value once more where the run ends, up to which it holds."""
    import numpy

    name = furthest({name: each.last_step for name, each in run.snapshot().summaries.items()})
    end = series if name is None else run.series(name)
    far, last = int(numpy.argmax(end.steps)), int(numpy.argmax(series.steps))
    if end.steps[far] <= series.steps[last]:
        return series
    return Series(
        [*series.steps, end.steps[far]],
        [*series.values, series.values[last]],
        [*series.times, end.times[far]],
    )


def _draw_levels(found: Sequence[tuple[Run, str]], several: bool, axes: Any) -> None:
    """Draw what was measured once across the whole width: it belongs to no step."""
    for run, each in found:
        value = run.metrics[each]
        words = (_label(run) if several else "", each, f"({number(value)})")
        axes.plot(
            [0, 1],
            [value, value],
            label=" ".join(filter(None, words)),
            linestyle="--",
            transform=axes.get_yaxis_transform(),
        )


def _draw_values(found: Sequence[tuple[Run, str]], several: bool, name: str, axes: Any) -> None:
    names = [" ".join(filter(None, (_label(run) if several else "", each))) for run, each in found]
    axes.barh(names[::-1], [run.metrics[each] for run, each in found][::-1])
    axes.set_xlabel(name)


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
    if labels:
        title = f"the first {_LEGEND} of {len(labels)}" if len(labels) > _LEGEND else None
        axes.legend(handles[:_LEGEND], labels[:_LEGEND], fontsize="small", title=title)


def _title(axes: Any, *lines: str) -> None:
    if title := _lines(*lines):
        axes.set_title(title)


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))


def _lacking(runs: Sequence[Run], drawn: Sequence[Run], name: str) -> str:
    """Say how many of the runs have nothing to draw; empty if there is none."""
    lacking = len(runs) - len({run.id for run in drawn})
    return f"{lacking} of {len(runs)} runs {'has' if lacking == 1 else 'have'} no {name}" if lacking else ""


def _nothing(runs: Sequence[Run], name: str) -> str:
    there: dict[str, None] = {}
    for run in runs:
        there.update(dict.fromkeys(each for each in run.metrics if not each.startswith(SYSTEM)))
        there.update(
            dict.fromkeys(
                str(each.get("name"))
                for each in run.artifacts
                if plain_text(each.get("kind")) in KINDS and "data" in each
            )
        )
    shown = ", ".join(list(there)[:20]) or "nothing"
    return f"there is no series and no drawing {name!r} in {plural(len(runs), 'run')}; there is {shown}"
