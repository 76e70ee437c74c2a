"""The folds of a cross-validation, logged as they end where that can be seen, else when all have."""

from __future__ import annotations

from math import isnan
from threading import get_ident
from typing import TYPE_CHECKING, Any

from fitscribe.engine import Call
from fitscribe.tracking.outcome import described
from fitscribe_sklearn.folds import (
    BY_FOLD,
    CV,
    TRAIN,
    Fold,
    averages,
    described_error,
    directions,
    fold_series,
    read_fold,
)

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun


class FoldLog:
    """The folds of one cross-validation.

    Args:
        run: its run.
        scorer: the name of the scorer where there is but one.
        as_series: whether each fit is one fold; else there are several to a fold, of parts of its rows or for
            values of a parameter, of which only failures are told.
    """

    def __init__(self, run: ActiveRun, scorer: str, *, as_series: bool) -> None:
        self._run = run
        self._scorer = scorer
        self._as_series = as_series
        self._thread = get_ident()
        self._folds: list[Fold] = []

    def fold_ended(self, fold: Call, result: Any, started: float) -> None:
        """Log a fold; those that threads fit come in no order, and wait for the others."""
        if get_ident() != self._thread:
            return
        with self._run.section("folds"):
            if fold.exception is None:
                self._log(read_fold(result, self._scorer))
            else:
                nan = float("nan")
                error = described(fold.exception) or {}
                self._log(Fold({}, {}, nan, nan, error.get("traceback", "")))

    def folds_ended(self, results: Any) -> None:
        """Log the folds that were not seen."""
        with self._run.section("folds"):
            for result in results[len(self._folds) :]:
                self._log(read_fold(result, self._scorer))

    def round_ended(self, round_: Call, results: Any) -> None:
        """Nothing: that is of a search which is itself what a fold fits."""

    def finish(self) -> None:
        """Log the means over all folds, and the table."""
        if self._folds and self._as_series:
            series = fold_series(self._folds)
            self._run.log_directions(directions(series))
            self._run.log_metrics(averages(self._folds, series))
        self.log_table()

    def log_table(self) -> None:
        """Log the folds so far as a table, and say which failed."""
        errors = [_in_short(fold.error) for fold in self._folds]
        if self._folds and self._as_series:
            self._run.log_record("folds", "table", _table(self._folds, errors))
        what = "fold" if self._as_series else "fit"
        for number, error in enumerate(errors):
            if error:
                self._run.note_unseen(f"scores of {what} {number}", error)

    def _log(self, fold: Fold) -> None:
        step = len(self._folds)
        self._folds.append(fold)
        if self._as_series and not fold.error:
            roles = ((CV, fold.valid), (TRAIN, fold.train))
            points = {
                f"{role}/{name}{BY_FOLD}": score for role, scores in roles for name, score in scores.items()
            }
            self._run.log_points(points, step)


def _table(folds: list[Fold], errors: list[str]) -> dict[str, Any]:
    columns: dict[str, list[Any]] = {"fold": list(range(len(folds)))}
    columns.update(fold_series(folds))
    times = {"fit_s": [fold.fit_s for fold in folds], "score_s": [fold.score_s for fold in folds]}
    columns.update({name: each for name, each in times.items() if not all(map(isnan, each))})
    if any(errors):
        columns["error"] = errors
    return {"columns": list(columns), "rows": [list(row) for row in zip(*columns.values(), strict=True)]}


def _in_short(traceback: str) -> str:
    if not traceback:
        return ""
    error = described_error(traceback)
    return f"{error['type']}: {error['message']}"
