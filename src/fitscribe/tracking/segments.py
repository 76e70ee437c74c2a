"""What each fit of a training adds that goes on over several fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fitscribe.tracking.run import ActiveRun

    Curve = tuple[int, Sequence[float]]

_LISTED = 100


class Segments:
    """The fits of one training so far: how far their curves went, and which parameters they had."""

    def __init__(self) -> None:
        # How many points of a curve are recorded, and the last of them.
        self._curves: dict[str, tuple[int, float]] = {}
        self._params: Mapping[str, Any] = {}
        self._varying: dict[str, None] = {}
        self._rows: list[tuple[int, float, int | None, Mapping[str, Any]]] = []

    def fresh(self, curves: Mapping[str, Curve]) -> dict[str, Curve]:
        """Return of curves what has not been recorded yet, at steps that go on where the last ones ended.

        Args:
            curves: by name the step of the first value, and the values. A curve that begins anew in each fit
                goes on like one that grows.
        """
        found: dict[str, Curve] = {}
        for name, (first, values) in curves.items():
            done, last = self._curves.get(name, (0, 0.0))
            has_grown = done and len(values) >= done and _is_same(values[done - 1], last)
            rest = values[done:] if has_grown else values
            if len(rest):
                found[name] = first + done, rest
                self._curves[name] = done + len(rest), rest[-1]
        return found

    def new_params(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters that are not what they were in the fit before: at first all.

        Args:
            params: names and plain values.
        """
        before, self._params = self._params, params
        new = {name: value for name, value in params.items() if name not in before or before[name] != value}
        if before:
            self._varying.update(dict.fromkeys(new))
        return new

    def add(self, run: ActiveRun, number: int, curves: Mapping[str, Curve], seconds: float) -> None:
        """Record one fit, with the parameters it had: a row of the table ``segments``.

        Args:
            run: the run of the training.
            number: of the fit, from 1.
            curves: what :meth:`fresh` gave.
            seconds: how long it took.
        """
        run.log_facts({"segments": number})
        if number == _LISTED + 1:
            run.note_unseen("further segments", f"the table ends after {_LISTED}")
        if number > _LISTED:
            return
        ends = [first + len(values) - 1 for first, values in curves.values()]
        self._rows.append((number, seconds, max(ends, default=None), self._params))
        if number > 1:
            rows = [
                [number, seconds, last_step, *map(params.get, self._varying)]
                for number, seconds, last_step, params in self._rows
            ]
            columns = ["segment", "seconds", "last_step", *self._varying]
            run.log_record("segments", "table", {"columns": columns, "rows": rows})


def _is_same(one: float, other: float) -> bool:
    return one == other or (one != one and other != other)
