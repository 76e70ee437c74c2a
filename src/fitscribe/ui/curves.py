"""The series that a request names: where they are, and those of runs that are over kept for a while."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.reading.index_tables import bindable
from fitscribe.reading.series_names import EPOCH, furthest, is_rate
from fitscribe.store import read_all_series
from fitscribe.ui.asked import Asked
from fitscribe.ui.catalog import Catalog, marks_for
from fitscribe.ui.failures import Failure

if TYPE_CHECKING:
    from sqlite3 import Connection

    from fitscribe.ui.drawing import Points

X = ("step", "epoch", "time", "relative")
_MOST_RUNS, _MOST_SERIES = 200, 2000
# Some twenty series of a million points, for whoever zooms into them.
_KEPT_POINTS = 20_000_000


class Source(NamedTuple):
    """Where series are read from.

    Attributes:
        id: the run.
        holder: the run in whose files it is kept, if that is another one.
        started: when it began.
        stamp: by which to tell that nothing was added; 0 where something may be at any time.
    """

    id: str
    holder: str | None
    started: float | None
    stamp: int


class Curves:
    """The series of a store.

    Args:
        catalog: of the store.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._kept: OrderedDict[tuple[str, str, int], Points] = OrderedDict()
        self._lock = threading.Lock()

    def answer(self, asked: Asked) -> dict[str, Any]:
        """Answer ``/api/series``.

        Raises:
            Failure: a parameter cannot be understood, or there are too many runs.
        """
        from fitscribe.ui.drawing import drawn

        runs, names = (list(dict.fromkeys(asked.texts(each))) for each in ("run", "name"))
        if len(runs) > _MOST_RUNS or len(runs) * len(names) > _MOST_SERIES:
            raise Failure("too_large", f"at most {_MOST_RUNS} runs and {_MOST_SERIES:,} series")
        x, low, high = asked.choice("x", X), asked.number("from"), asked.number("to")
        columns = asked.whole("px", 800, 10, 4000)
        token = self._catalog.token()
        return {
            "series": [
                {"run": run, "name": name, **drawn(points, x, low, high, columns)}
                for run, name, points in self.points(runs, names)
            ],
            "token": token,
        }

    def points(self, runs: Sequence[str], names: Sequence[str]) -> list[tuple[str, str, Points]]:
        """Return the series that runs have, by run and name in the order asked for.

        Args:
            runs: ids.
            names: of the metrics.
        """
        sources = self._catalog.ask(lambda connection: _sources(connection, runs, names))
        wanted: dict[Source, list[str]] = {}
        for (_, name), source in sources.items():
            wanted.setdefault(source, []).append(name)
        found = {source: self._read(source, needed) for source, needed in wanted.items()}
        return [
            (run, name, found[source][name])
            for (run, name), source in sources.items()
            if name in found[source]
        ]

    def _read(self, source: Source, names: Collection[str]) -> Mapping[str, Points]:
        with self._lock:
            kept = {
                name: points
                for name in names
                if source.stamp and (points := self._kept.get((source.id, name, source.stamp))) is not None
            }
            for name in kept:
                self._kept.move_to_end((source.id, name, source.stamp))
        missing = set(names) - kept.keys()
        if not missing:
            return kept
        from fitscribe.ui.drawing import points_of

        folder = self._catalog.store.run_folder(source.holder or source.id)
        child = None if source.holder is None else source.id
        end = self._end(source) if any(map(is_rate, missing)) else None
        series = read_all_series(folder, child, {*missing, EPOCH, *([end] if end is not None else [])})
        until = None if end is None else series.get(end)
        read = {
            name: points_of(series[name], series.get(EPOCH), source.started, until if is_rate(name) else None)
            for name in missing
            if name in series and len(series[name])
        }
        if source.stamp:
            self._keep(source, read)
        return {**kept, **read}

    def _end(self, source: Source) -> str | None:
        """The series of a run that shows how far it came."""
        for run in self._catalog.runs([source.id]):
            return furthest({name: each.last_step for name, each in run.snapshot().summaries.items()})
        return None

    def _keep(self, source: Source, read: Mapping[str, Points]) -> None:
        with self._lock:
            self._kept.update({(source.id, name, source.stamp): each for name, each in read.items()})
            total = sum(len(each.steps) for each in self._kept.values())
            while total > _KEPT_POINTS:
                total -= len(self._kept.popitem(last=False)[1].steps)


def _sources(
    connection: Connection, runs: Sequence[str], names: Sequence[str]
) -> dict[tuple[str, str], Source]:
    """By run and name where the series lies: in the run, else in the one training that it shows."""
    keys = {
        run: (key, only)
        for run, key, only in connection.execute(
            f"SELECT id, key, only_child FROM runs WHERE id IN ({marks_for(runs)})", runs
        )
    }
    every = ",".join(str(key) for pair in keys.values() for key in pair if key is not None)
    places = {
        key: Source(run, holder, started, stamp)
        for key, run, holder, started, stamp in connection.execute(
            f"SELECT key, id, holder, started, stamp FROM runs WHERE key IN ({every})"
        )
    }
    bound = [bindable(name) for name in names]
    there = set(
        connection.execute(
            f"SELECT run, name FROM metrics WHERE run IN ({every}) AND name IN ({marks_for(bound)})", bound
        ).fetchall()
    )
    return {
        (run, name): places[key]
        for run in runs
        for name in names
        for key in keys.get(run, ())[::-1]
        if key is not None and (key, bindable(name)) in there
    }
