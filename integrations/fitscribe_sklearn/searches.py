"""The search that an observed call runs, and what its run says of it as a whole."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any

from fitscribe.engine import Call
from fitscribe.engine.results import results_expected
from fitscribe_sklearn.candidates import Candidates
from fitscribe_sklearn.cv_results import CvResults
from fitscribe_sklearn.folds import directions
from fitscribe_sklearn.following import followed
from fitscribe_sklearn.kinds import is_pipeline, is_search
from fitscribe_sklearn.scorers import scorer_name

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun


def search_in(estimator: Any) -> Any:
    """Return the search that an estimator is, or that is the last step of a pipeline; else None."""
    for _ in range(8):
        if is_search(estimator):
            return estimator
        steps = vars(estimator).get("steps") if is_pipeline(estimator) else None
        if not steps:
            break
        estimator = steps[-1][1]
    return None


class searching:  # noqa: N801 - read as a statement: ``with searching(call, run, raw):``
    """Record the candidates of the search that a call runs in the block, if it runs one.

    Args:
        call: the observed fit.
        run: its run.
        parameters: the parameters of what is fitted, as they are.
    """

    def __init__(self, call: Call, run: ActiveRun, parameters: dict[str, Any]) -> None:
        search = search_in(call.instance)
        self._run = run
        self._search = search
        self._candidates: Candidates | None = None
        if search is not None:
            within = any(is_search(value) and value is not search for value in parameters.values())
            self._candidates = Candidates(run, search, sees_folds=not within)
            self._followed = followed(call, by=self._candidates)
            self._expected = results_expected(call, self._candidates.expects)

    def __enter__(self) -> None:
        if self._candidates is not None:
            self._followed.__enter__()
            self._expected.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._candidates is None:
            return
        self._expected.__exit__(kind, error, trace)
        self._followed.__exit__(kind, error, trace)
        with self._run.section("candidates"):
            if error is not None:
                self._candidates.abandon()
            else:
                self._candidates.finish()
        if error is None:
            with self._run.section("best candidate"):
                self._record_best()

    def _record_best(self) -> None:
        """Record the scores of the best candidate as the search's own: they compare with other runs'."""
        run, found = self._run, vars(self._search)
        results, best = found.get("cv_results_"), found.get("best_index_")
        if "refit_time_" in found:
            run.log_facts({"refit_s": float(found["refit_time_"])})
        if results is None or best is None:
            run.note_unseen("best candidate", "the search was told to refit none, and chooses none")
            return
        scorer = scorer_name(found.get("estimator"), found.get("scoring"))
        means = CvResults(results, scorer).means(int(best))
        run.log_directions(directions(name for name in means if not name.endswith("_std")))
        run.log_metrics(means)
