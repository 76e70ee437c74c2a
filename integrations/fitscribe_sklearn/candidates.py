"""The candidates of a search, each a child of the search's run, written as soon as its folds are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from time import time
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.engine import Call
from fitscribe.reading.directions import FACT
from fitscribe.tracking.outcome import described, status_of
from fitscribe_sklearn.cv_results import CvResults
from fitscribe_sklearn.folds import (
    BY_FOLD,
    Fold,
    averages,
    described_error,
    directions,
    first_error,
    fold_series,
    read_fold,
)
from fitscribe_sklearn.following import is_inside_fold
from fitscribe_sklearn.parameters import is_estimator, read_parameters, shown
from fitscribe_sklearn.plain import PLAIN
from fitscribe_sklearn.scorers import scorer_name

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun


class _Place(NamedTuple):
    """Which fit of a search a fold is."""

    candidate: int
    fold: int
    folds: int
    """How many the candidate has."""


@dataclass
class _Open:
    """A candidate of which not all folds have ended."""

    params: Mapping[str, Any]
    started: float
    folds: dict[int, Fold] = field(default_factory=dict)
    awaited: int = 0
    """How many of its folds were handed to worker processes, and have not come back."""
    status: str = "interrupted"
    error: dict[str, str] | None = None


class Candidates:
    """The candidates of one search: folds are seen as they end here, or come back from a worker process.

    Those of worker processes that are not joblib's own are seen with their round.

    Args:
        run: the run whose children they are.
        search: the search, whose fit goes on.
        sees_folds: whether a fold that is seen can only be one of this search's, and not of one within it.
    """

    def __init__(self, run: ActiveRun, search: Any, *, sees_folds: bool) -> None:
        found = vars(search)
        self._run = run
        self._search = search
        self._estimator = type(found.get("estimator")) if sees_folds else None
        self._scorer = scorer_name(found.get("estimator"), found.get("scoring"))
        self._lock = Lock()
        self._open: dict[int, _Open] = {}
        self._children: dict[int, str] = {}
        self._last: CvResults | None = None
        self._before = 0
        """How many candidates the rounds before this one had."""
        self._best_before = found.get("best_params_")
        self._round_started = time()

    # -- while the search goes on

    def fold_ended(self, fold: Call, result: Any, started: float) -> None:
        """Take in a fold of this process; after its last one the candidate is written."""
        with self._lock:
            place = self._place_of(fold.arguments.get("estimator"), fold.arguments, started)
            if place is None:
                return
            if fold.exception is None:
                self._take_in(place, result)
            else:
                seen = self._open[place.candidate]
                seen.status, seen.error = status_of(fold.exception), described(fold.exception)

    def expects(
        self, around: Call, args: tuple[Any, ...], arguments: Mapping[str, Any]
    ) -> Callable[[Any], None] | None:
        """Take note of a fold that goes to a worker process.

        Args:
            around: the innermost observed call around it.
            args: what it is called with by position: the estimator first.
            arguments: what it is called with by name.

        Returns:
            What is to be told what it gave; None where it is none of the search's folds.
        """
        if not args or is_inside_fold(around):
            return None
        with self._lock:
            place = self._place_of(args[0], arguments, time())
            if place is None:
                return None
            self._open[place.candidate].awaited += 1
        return partial(self._came_back, place)

    def _came_back(self, place: _Place, result: Any) -> None:
        with self._lock:
            seen = self._open.get(place.candidate)
            if seen is None:
                return  # the search is over
            seen.awaited -= 1
            self._take_in(place, result)

    def _place_of(self, estimator: Any, arguments: Mapping[str, Any], started: float) -> _Place | None:
        """Which fold of the search it is, whose candidate is an open one from then on."""
        candidate, split = arguments.get("candidate_progress"), arguments.get("split_progress")
        if candidate is None or split is None or type(estimator) is not self._estimator:
            return None
        if self._has_chosen():
            return None  # the model that is fitted now has a search in it
        index = self._before + candidate[0]
        if index not in self._open:
            self._open[index] = _Open(arguments.get("parameters") or {}, started)
        return _Place(index, *split)

    def _take_in(self, place: _Place, result: Any) -> None:
        seen = self._open[place.candidate]
        seen.folds[place.fold] = read_fold(result, self._scorer)
        if len(seen.folds) == place.folds:
            del self._open[place.candidate]
            with self._run.section("candidates"):
                folds = [seen.folds[each] for each in sorted(seen.folds)]
                self._write(place.candidate, seen.params, folds, started=seen.started)

    def round_ended(self, round_: Call, results: Any) -> None:
        """Write the candidates of a round that were fitted elsewhere."""
        if round_.instance is not self._search:
            return
        with self._lock, self._run.section("candidates"):
            self._last = CvResults(results, self._scorer)
            self._write_missing(self._last, round_.arguments["out"])
            self._before = len(self._last)
            self._open.clear()
            self._round_started = time()

    def folds_ended(self, results: Any) -> None:
        """Nothing: the round that ends next has the parameters, too."""

    # -- at its end

    def finish(self) -> None:
        """Write what is missing, and rank all."""
        results = vars(self._search).get("cv_results_")
        if results is None:
            self._run.note_unseen("candidates", "the search has no cv_results_")
            return
        with self._lock:
            last = CvResults(results, self._scorer)
            self._write_missing(last, ())
            self._open.clear()
            self._rank(last)

    def abandon(self) -> None:
        """Write what was seen of a search that died."""
        with self._lock:
            is_waiting = any(seen.awaited for seen in self._open.values())
            for index, seen in sorted(self._open.items()):
                if seen.awaited and not seen.folds:
                    continue  # it may never have begun
                width = max(seen.folds, default=-1) + 1
                folds = [seen.folds.get(each, _UNKNOWN) for each in range(width)]
                self._write(index, seen.params, folds, started=seen.started, ended=(seen.status, seen.error))
            self._open.clear()
            self._rank(self._last)
        if is_waiting or self._may_have_lost_some():
            why = "what a worker process fits is known when that is done, which it was not"
            self._run.note_unseen("candidates in worker processes when the search ended", why)

    def _has_chosen(self) -> bool:
        """Whether the best candidate is known: all have been fitted."""
        return vars(self._search).get("best_params_") is not self._best_before

    def _may_have_lost_some(self) -> bool:
        """Whether a round may have been going on in worker processes that tell nothing before its end."""
        seen_here = len(self._children) > self._before
        jobs = vars(self._search).get("n_jobs")
        if self._has_chosen() or seen_here or jobs == 0 or not isinstance(jobs, (int, type(None))):
            return False
        import joblib

        return int(joblib.effective_n_jobs(jobs)) > 1

    # -- writing

    def _write_missing(self, results: CvResults, out: Sequence[Mapping[str, Any]]) -> None:
        for index in range(len(results)):
            if index not in self._children:
                folds = results.folds(index, out)
                seen = self._open.get(index)
                # Where they were fitted is elsewhere; a millionth keeps them in their order.
                started = self._round_started + index * 1e-6 if seen is None else seen.started
                self._write(index, results.params[index], folds, started=started)

    def _write(
        self,
        index: int,
        params: Mapping[str, Any],
        folds: Sequence[Fold],
        *,
        started: float,
        ended: tuple[str, dict[str, str] | None] | None = None,
    ) -> None:
        series = fold_series(folds) if folds else {}
        metrics: dict[str, float] = {}
        if ended is None:
            metrics = averages(folds, series)
            failure = first_error(folds)
            ended = ("failed", described_error(failure)) if failure else ("finished", None)
        known = [each for fold in folds for each in (fold.fit_s, fold.score_s) if each == each]
        values = _values(params)
        self._children[index] = self._run.log_child(
            f"candidate {index}",
            params=values,
            changed=list(values),
            metrics=metrics,
            series={f"{name}{BY_FOLD}": scores for name, scores in series.items()},
            facts={FACT: told} if (told := directions(series)) else None,
            status=ended[0],
            error=ended[1],
            started=started,
            stopped=started + sum(known),
        )

    def _rank(self, results: CvResults | None) -> None:
        self._run.log_facts({"candidates": len(self._children)})
        for index, child in sorted(self._children.items()):
            if results is not None and index < len(results):
                self._run.extend_child(child, metrics=results.ranks(index), facts=results.extras(index))


_UNKNOWN = Fold({}, {}, float("nan"), float("nan"), "")


def _values(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return a candidate's parameters; of an estimator also those of its own that were chosen."""
    values: dict[str, Any] = {}
    for name, value in params.items():
        if type(value) in PLAIN:
            values[name] = value
            continue
        values[name] = shown(value)
        if is_estimator(value):
            inner = read_parameters(value)
            for key in inner.changed:
                values.setdefault(f"{name}__{key}", inner.values.get(key))
    return values
