"""Runs in a row: what a search returns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

from fitscribe.reading.plain_data import writable
from fitscribe.reading.run import Run

_SHOWN = 20
_NAME_SHOWN = 60


class Runs(Sequence[Run]):
    """Runs in an order; slices are runs again."""

    def __init__(self, runs: Iterable[Run] = ()) -> None:
        self._runs = tuple(runs)

    def __len__(self) -> int:
        return len(self._runs)

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> Runs: ...
    def __getitem__(self, index: int | slice) -> Run | Runs:
        if isinstance(index, slice):
            return Runs(self._runs[index])
        return self._runs[index]

    def __iter__(self) -> Iterator[Run]:
        return iter(self._runs)

    def __add__(self, other: Iterable[Run]) -> Runs:
        return Runs((*self._runs, *other))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Runs) and self._runs == other._runs

    def __hash__(self) -> int:
        return hash(self._runs)

    def __repr__(self) -> str:
        lines = [f"  {run.id}  {run.name[:_NAME_SHOWN]}  {run.status}" for run in self._runs[:_SHOWN]]
        if len(self) > _SHOWN:
            lines.append(f"  and {len(self) - _SHOWN} more")
        count = "1 run" if len(self) == 1 else f"{len(self)} runs"
        return "\n".join([f"<{count}>", *lines])

    def _repr_html_(self) -> str:
        from fitscribe.reading.notebook import runs_html

        return runs_html(self)

    def plot(self, name: str, *, x: str = "step", ax: Any = None) -> Any:
        """Draw the same of all runs that have it, over each other; see :meth:`Run.plot`.

        Of a kind of record that is taken which most of the runs have, of held-out data first; a run without
        it shows what it has. The labels say whose data it is, the title how many runs have nothing.

        Args:
            name: as for one run.
            x: likewise.
            ax: axes to draw into; new ones by default.

        Returns:
            The axes; confusion matrices and importances have some of their own per run, in an array.

        Raises:
            LookupError: none of the runs has anything of that name.
            ValueError: `x` is another word, the data cannot be read, or `ax` would have to hold several
                matrices.
            ImportError: matplotlib is not installed.
        """
        from fitscribe.reading.plots import plot

        return plot(self._runs, name, x=x, ax=ax)

    def to_csv(self) -> str:
        """Return a CSV table with one row per run: head, parameters, last values of metrics, and tags."""
        from fitscribe.reading.exporting import export

        return export(self._runs, "csv")

    def to_latex(self, columns: Sequence[str] = ()) -> str:
        """Return a LaTeX table; see :func:`fitscribe.reading.latex.to_latex`."""
        from fitscribe.reading.latex import to_latex

        return to_latex(self._runs, columns)

    def to_pandas(self) -> Any:
        """Return a data frame with one row per run, indexed by its id.

        Its columns are name, experiment, status, started, duration (in seconds) and framework, then
        ``params.…``, ``metrics.…`` (last values) and ``tags.…``; a run without a value has a missing one.

        Raises:
            ImportError: pandas is not installed.
        """
        import pandas

        rows = [_writable(_row(run)) for run in self._runs]
        named = dict.fromkeys(name for row in rows for name in row)
        columns = sorted(dict.fromkeys([*_HEAD, *named]), key=_place)
        index = pandas.Index([run.id for run in self._runs], name="id", dtype="object")
        try:
            frame = pandas.DataFrame(rows, index=index, columns=columns)
        except OverflowError:  # before pandas 3: an integer too large for a float, in a column with a hole
            frame = pandas.DataFrame(rows, index=index, columns=columns, dtype=object)
        frame["started"] = pandas.to_datetime(frame["started"], utc=True)
        return frame


_HEAD = ("name", "experiment", "status", "started", "duration", "framework")
_KINDS = ("params.", "metrics.", "tags.")


def _place(column: str) -> int:
    return next((place for place, kind in enumerate(_KINDS, 1) if column.startswith(kind)), 0)


def _writable(row: dict[str, Any]) -> dict[str, Any]:
    # pandas 3 keeps texts in Arrow, which is UTF-8.
    return {
        writable(name): writable(value) if isinstance(value, str) else value for name, value in row.items()
    }


def _row(run: Run) -> dict[str, Any]:
    seen = run.snapshot()
    return {
        "name": seen.head("name"),
        "experiment": seen.head("experiment"),
        "status": seen.status,
        "started": seen.started_at,
        "duration": seen.duration,
        "framework": seen.head_of_training("framework"),
        **{f"params.{name}": value for name, value in seen.params.items()},
        **{f"metrics.{name}": summary.last for name, summary in seen.summaries.items()},
        **{f"tags.{name}": value for name, value in seen.tags.items()},
    }
