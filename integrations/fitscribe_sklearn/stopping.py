"""Why the iterations of a fit ended: what was watched, how patiently, and what it came to."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from fitscribe import capture
from fitscribe.capture.stopping import RAN_OUT, no_improvement
from fitscribe_sklearn.fitted import final_estimator
from fitscribe_sklearn.iterations import Curves
from fitscribe_sklearn.kinds import descends_from, is_own


def early_stopping(estimator: Any, curves: Curves) -> dict[str, Any] | None:
    """Return how the iterations of a fit ended, as the fact ``early_stopping``.

    Args:
        estimator: a fitted estimator; of a pipeline its last step is meant, of a search the best candidate.
        curves: those of the estimator.

    Returns:
        What was watched, the patience in iterations, the tolerance, the best iteration and its value, the
        last iteration, whether it came before the last one allowed, and the reason in words. What
        scikit-learn does not keep is None. None where nothing was to be stopped early.
    """
    final = final_estimator(estimator)
    values: Mapping[str, Any] = getattr(final, "__dict__", {})
    if descends_from(final, "BaseGradientBoosting"):
        return _gradient_boosting(values)
    if descends_from(final, "BaseHistGradientBoosting"):
        return _histogram_boosting(values, curves)
    if descends_from(final, "BaseMultilayerPerceptron") and "train/loss" in curves:
        return _perceptron(values, curves)
    if descends_from(final, "BaseSGD"):
        return _gradient_descent(values)
    if descends_from(final, "SelfTrainingClassifier"):
        return _self_training(values)
    return _solver(final, values, curves)


def _gradient_boosting(values: Mapping[str, Any]) -> dict[str, Any] | None:
    patience, last, most = (
        values.get(name) for name in ("n_iter_no_change", "n_estimators_", "n_estimators")
    )
    if last is None or most is None or (patience is None and last >= most):
        return None
    if last >= most:
        reason = f"{RAN_OUT} (n_estimators={most})"
    else:
        reason = "the monitor stopped it" if patience is None else no_improvement(patience)
    watched = "valid/loss" if patience is not None else None
    # The losses on the part held out are local to its fit.
    return _fact(watched, patience, values.get("tol"), None, last, last < most, reason)


def _histogram_boosting(values: Mapping[str, Any], curves: Curves) -> dict[str, Any] | None:
    if not values.get("do_early_stopping_"):
        return None
    watched = next((name for name in reversed(curves) if name.startswith(("valid/", "train/"))), None)
    if watched is None:
        return None
    patience, most = values.get("n_iter_no_change"), values.get("max_iter")
    last = len(curves[watched].values) - 1
    stopped = most is not None and last < most
    reason = no_improvement(patience) if stopped else f"{RAN_OUT} (max_iter={most})"
    return _fact(
        watched,
        patience,
        values.get("tol"),
        _best(curves, watched, lower=watched.endswith("/loss")),
        last,
        stopped,
        reason,
    )


def _perceptron(values: Mapping[str, Any], curves: Curves) -> dict[str, Any]:
    watched = next((name for name in curves if name.startswith("valid/")), "train/loss")
    patience, most = values.get("n_iter_no_change"), values.get("max_iter")
    last = len(curves["train/loss"].values)
    stopped = most is not None and values.get("n_iter_", most) < most
    if not stopped:
        reason = f"{RAN_OUT} (max_iter={most})"
    elif patience is not None and values.get("_no_improvement_count", patience + 1) <= patience:
        # It catches KeyboardInterrupt, warns, and keeps what it has.
        reason = "interrupted"
    else:
        reason = no_improvement(patience)
    best = _best(curves, watched, lower=watched == "train/loss")
    return _fact(watched, patience, values.get("tol"), best, last, stopped, reason)


def _gradient_descent(values: Mapping[str, Any]) -> dict[str, Any] | None:
    last, most, tolerance = map(values.get, ("n_iter_", "max_iter", "tol"))
    if last is None or most is None:
        return None
    patience = values.get("n_iter_no_change") if tolerance is not None else None
    watched = ("valid/score" if values.get("early_stopping") else "train/loss") if patience else None
    reason = no_improvement(patience) if last < most else f"{RAN_OUT} (max_iter={most})"
    return _fact(watched, patience, tolerance, None, last, last < most, reason)


def _self_training(values: Mapping[str, Any]) -> dict[str, Any] | None:
    last, condition = values.get("n_iter_"), values.get("termination_condition_")
    reasons = {
        "max_iter": f"{RAN_OUT} (max_iter={values.get('max_iter')})",
        "no_change": "no further rows could be labelled",
        "all_labeled": "all rows are labelled",
    }
    if condition not in reasons:
        return None
    return _fact(None, None, None, None, last, condition != "max_iter", reasons[condition])


def _solver(final: Any, values: Mapping[str, Any], curves: Curves) -> dict[str, Any] | None:
    """Return how a solver ended that iterates until it has converged, or ``max_iter`` times."""
    np = sys.modules["numpy"]
    most, done, tolerance = values.get("max_iter"), values.get("n_iter_"), values.get("tol")
    if type(most) is not int or done is None:
        return None
    iterations = np.asarray(done)
    if iterations.dtype.kind not in "iu" or not iterations.size:
        return None
    last = int(iterations.max())  # of several solvers the one that took longest
    # t-SNE names the index of its last iteration.
    counted = last + 1 if descends_from(final, "TSNE") else last
    stopped = most < 0 or counted < most
    patience = values.get("max_no_improvement", values.get("convergence_iter"))
    if values.get("converged_") is False or np.any(values.get("fit_status_", 0)) or not stopped:
        reason, stopped = f"{RAN_OUT} (max_iter={most})", False
    elif patience is not None and not tolerance:
        reason = no_improvement(patience)
    elif not is_own(final):
        reason = f"ended before max_iter={most}"
    else:
        reason = f"converged within tol={tolerance}" if tolerance is not None else "converged"
    watched = next(iter(curves), None)
    return _fact(watched, patience, tolerance, None, last, stopped, reason)


def _best(curves: Curves, name: str, *, lower: bool) -> tuple[int, float] | None:
    points = [value if lower else -value for value in curves[name].values]
    kept = [index for index, value in enumerate(points) if value == value]
    if not kept:
        return None
    index = min(kept, key=points.__getitem__)
    return curves[name].first + index, curves[name].values[index]


def _fact(
    watched: str | None,
    patience: Any,
    tolerance: Any,
    best: tuple[int, float] | None,
    last: Any,
    stopped: bool,
    reason: str,
) -> dict[str, Any]:
    return capture.early_stopping_fact(
        watched=watched,
        patience=patience,
        tolerance=tolerance,
        best=best,
        last=last,
        stopped=stopped,
        reason=reason,
    )
