"""Points: the series of a run, and summaries of them."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fitscribe.store.children import Point, points_of_child
from fitscribe.store.files import WriterFiles, read_writers
from fitscribe.store.points import RECORD
from fitscribe.store.record import MetricSummary

if TYPE_CHECKING:
    from types import ModuleType

# Fewer records are faster in a loop than `import numpy` is, by far.
_FEW_BYTES = 4096 * RECORD.size
# Looking for this many metrics one by one is faster than putting the records in order.
_FEW_NAMES = 16
_FIELDS = [("key", "<i8"), ("step", "<i8"), ("time", "<f8"), ("value", "<f8")]


@dataclass(frozen=True, eq=False)
class Series:
    """The points of one metric in the order of logging; without NumPy, each column is an `array.array`.

    Attributes:
        steps: their steps.
        values: their values.
        times: when they were logged, in seconds since 1970.
    """

    steps: Sequence[int]
    values: Sequence[float]
    times: Sequence[float]

    def __len__(self) -> int:
        return len(self.steps)


def read_series(folder: Path | str, name: str, child: str | None = None) -> Series:
    """Return the points of one metric of a run, those of several writers merged by time.

    Args:
        folder: the run's folder.
        name: the metric's name; one that was never logged has no points.
        child: of which child that is kept in this folder; of the run itself by default.
    """
    if child is not None:
        return _series_of(points_of_child(folder, child).get(name, []))
    return _Selection(folder, [name]).series(name)


def read_all_series(
    folder: Path | str, child: str | None = None, names: Collection[str] | None = None
) -> dict[str, Series]:
    """Return the points of every metric of a run by its name; see `read_series`.

    Args:
        folder: the run's folder.
        child: of which child that is kept in this folder; of the run itself by default.
        names: the metrics that are wanted, which is less to read; all of them by default.
    """
    if child is not None:
        kept = points_of_child(folder, child)
        return {name: _series_of(kept[name]) for name in kept if names is None or name in names}
    selection = _Selection(folder, names)
    return {name: selection.series(name) for name in selection.names}


def summaries(writers: list[WriterFiles], damage: list[str]) -> dict[str, MetricSummary]:
    """Return a summary of each metric that has points.

    Args:
        writers: what all writers of the run wrote.
        damage: gets a sentence where points belong to no metric.
    """
    numpy = _numpy() if any(len(writer.points) > _FEW_BYTES for writer in writers) else None
    merged: dict[str, tuple[float, MetricSummary]] = {}
    for writer in writers:
        keyed = (
            _summaries_in_loop(writer.points) if numpy is None else _summaries_at_once(writer.points, numpy)
        )
        nameless = 0
        for key, (time, summary) in keyed.items():
            name = writer.names.get(key)
            if name is None:
                nameless += summary.count
                continue
            earlier = merged.get(name)
            merged[name] = (time, summary) if earlier is None else _merge(*earlier, time, summary)
        if nameless:
            damage.append(f"{nameless} points belong to metrics whose names cannot be read")
    return {name: summary for name, (_, summary) in merged.items()}


def _merge(
    first_time: float, first: MetricSummary, second_time: float, second: MetricSummary
) -> tuple[float, MetricSummary]:
    if first_time > second_time:
        first_time, first, second_time, second = second_time, second, first_time, first
    return second_time, MetricSummary(
        second.last,
        _pick(first.min, second.min, min),
        _pick(first.max, second.max, max),
        first.count + second.count,
        second.last_step,
    )


def _pick(first: float, second: float, choose: Callable[[float, float], float]) -> float:
    if first != first:
        return second
    return first if second != second else choose(first, second)


def _summaries_in_loop(points: bytes) -> dict[int, tuple[float, MetricSummary]]:
    found: dict[int, list[Any]] = {}
    for key, step, time, value in RECORD.iter_unpack(points):
        if not key:
            continue
        entry = found.get(key)
        if entry is None:
            found[key] = [time, value, value, value, 1, step]
            continue
        entry[0] = time
        entry[1] = value
        if value < entry[2] or entry[2] != entry[2]:
            entry[2] = value
        if value > entry[3] or entry[3] != entry[3]:
            entry[3] = value
        entry[4] += 1
        entry[5] = step
    return {key: (entry[0], MetricSummary(*entry[1:])) for key, entry in found.items()}


def _summaries_at_once(points: bytes, numpy: ModuleType) -> dict[int, tuple[float, MetricSummary]]:
    records = _written(numpy.frombuffer(points, _FIELDS), numpy)
    if not len(records):
        return {}
    order = numpy.argsort(records["key"], kind="stable")
    keys = records["key"][order]
    starts = numpy.flatnonzero(numpy.r_[True, keys[1:] != keys[:-1]])
    ends = numpy.r_[starts[1:], len(keys)]
    values = records["value"][order]
    last = records[order[ends - 1]]
    with numpy.errstate(all="ignore"):
        columns = (
            last["value"],
            numpy.fmin.reduceat(values, starts),
            numpy.fmax.reduceat(values, starts),
            ends - starts,
            last["step"],
        )
    rows = zip(*(column.tolist() for column in columns), strict=True)
    times = last["time"].tolist()
    return {
        key: (time, MetricSummary(*row))
        for key, time, row in zip(keys[starts].tolist(), times, rows, strict=True)
    }


class _Selection:
    """The points of a run, from which those of one metric after the other are taken.

    Args:
        folder: the run's folder.
        names: the metrics that are wanted; those that have points where there is None.
    """

    def __init__(self, folder: Path | str, names: Collection[str] | None) -> None:
        self._numpy = _numpy()
        self._writers = writers = read_writers(folder, [])
        self.names: Collection[str] = list(summaries(writers, [])) if names is None else names
        self._keys = [_keys_by_name(writer.names) for writer in writers]
        # Looking through all points for each of many metrics would take hours.
        is_long = len(self.names) > _FEW_NAMES
        self._groups = [_by_key(each.points, self._numpy) if is_long else None for each in writers]

    def series(self, name: str) -> Series:
        parts = []
        for writer, known, groups in zip(self._writers, self._keys, self._groups, strict=True):
            keys = known.get(name)
            if keys:
                points = writer.points
                if groups is not None:
                    points = b"".join(groups.get(key, b"") for key in keys)
                parts.append((points, set(keys)))
        return _series_in_loop(parts) if self._numpy is None else _series_at_once(parts, self._numpy)


def _keys_by_name(names: dict[int, str]) -> dict[str, list[int]]:
    keys: dict[str, list[int]] = {}
    for key, name in names.items():
        keys.setdefault(name, []).append(key)
    return keys


def _by_key(points: bytes, numpy: ModuleType | None) -> dict[int, bytes]:
    """The records of each key, in the order of logging."""
    if numpy is None:
        found: dict[int, list[bytes]] = {}
        for start in range(0, len(points), RECORD.size):
            record = points[start : start + RECORD.size]
            found.setdefault(RECORD.unpack(record)[0], []).append(record)
        return {key: b"".join(records) for key, records in found.items()}
    records = numpy.frombuffer(points, _FIELDS)
    records = records[numpy.argsort(records["key"], kind="stable")]
    keys, starts = numpy.unique(records["key"], return_index=True)
    ends = [*starts[1:].tolist(), len(records)]
    places = zip(keys.tolist(), starts.tolist(), ends, strict=False)
    return {key: records[start:end].tobytes() for key, start, end in places}


def _series_at_once(parts: list[tuple[bytes, set[int]]], numpy: ModuleType) -> Series:
    chosen = []
    for points, keys in parts:
        records = numpy.frombuffer(points, _FIELDS)
        mask = numpy.isin(records["key"], list(keys)) if len(keys) > 1 else records["key"] == min(keys)
        chosen.append(records if mask.all() else records[mask])
    if not chosen:
        chosen.append(numpy.empty(0, _FIELDS))
    records = chosen[0]
    if len(chosen) > 1:
        records = numpy.concatenate(chosen)
        # A clock that was set back must not change the order within one writer.
        clocks = [numpy.maximum.accumulate(part["time"]) for part in chosen]
        records = records[numpy.argsort(numpy.concatenate(clocks), kind="stable")]
    # Views of the records: columns of their own would double the time that a million points take.
    return Series(records["step"], records["value"], records["time"])


def _series_in_loop(parts: list[tuple[bytes, set[int]]]) -> Series:
    rows: list[tuple[float, int, float, float]] = []
    for points, keys in parts:
        clock = -math.inf
        for key, step, time, value in RECORD.iter_unpack(points):
            if key in keys:
                clock = max(clock, time)
                rows.append((clock, step, value, time))
    if len(parts) > 1:
        rows.sort(key=lambda row: row[0])
    return _columns([(step, time, value) for _, step, value, time in rows])


def _series_of(points: list[Point]) -> Series:
    series, numpy = _columns(points), _numpy()
    if numpy is None:
        return series
    return Series(*(numpy.array(column) for column in (series.steps, series.values, series.times)))


def _columns(points: list[Point]) -> Series:
    steps, times, values = zip(*points, strict=True) if points else ((), (), ())
    return Series(array("q", steps), array("d", values), array("d", times))


def _written(records: Any, numpy: ModuleType) -> Any:
    mask = records["key"] != 0
    return records if mask.all() else records[mask]


def _numpy() -> ModuleType | None:
    try:
        import numpy
    except ImportError:
        return None
    return numpy
