"""What each feature counts for in a fitted estimator: importances, and coefficients with their intercept."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from fitscribe_sklearn.columns import keeps_names
from fitscribe_sklearn.drawing import undrawn
from fitscribe_sklearn.fitted import attribute, final_estimator
from fitscribe_sklearn.kinds import descends_from, is_own, is_pipeline, is_search
from fitscribe_sklearn.parameters import is_estimator

# Features that are kept, and rows of coefficients.
FEATURES = 100
ROWS = 20


def importance_records(estimator: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give what each feature counts for, as records: ``feature_importance``, ``coefficients``.

    Args:
        estimator: a fitted estimator, a pipeline or a search.
    """
    np = sys.modules["numpy"]
    final = final_estimator(estimator)
    importances = attribute(final, "feature_importances_")
    if _is_numbers(np, importances) and importances.ndim == 1:
        chosen = _largest(np, np.abs(importances))
        yield (
            "feature_importance",
            {
                "features": _names(estimator, final, chosen, len(importances)),
                "values": importances[chosen].tolist(),
                "of": len(importances),
            },
        )
    coefficients = attribute(final, "coef_")
    if _is_numbers(np, coefficients) and coefficients.ndim in (1, 2):
        rows = np.atleast_2d(coefficients)
        features = attribute(final, "n_features_in_")
        if features in rows.shape and rows.shape[1] != features:
            rows = rows.T  # how PLS and CCA had it before 1.3
        chosen = _largest(np, np.abs(rows[:ROWS]).max(axis=0))
        record: dict[str, Any] = {
            "features": _names(estimator, final, chosen, rows.shape[1]),
            "values": rows[:ROWS, chosen].tolist(),
            "of": rows.shape[1],
        }
        if len(rows) > ROWS:
            record["rows"] = len(rows)
        classes = _names_of_rows(final)
        if len(classes) == len(rows) > 1:
            record["classes"] = classes[:ROWS]
        intercept = attribute(final, "intercept_")
        if intercept is not None:
            record["intercept"] = np.atleast_1d(intercept).ravel()[:ROWS].tolist()
        yield "coefficients", record


def _names_of_rows(final: Any) -> list[Any]:
    """Return what each row of coefficients is for, and each number of the intercept."""
    classes = attribute(final, "classes_")
    if getattr(classes, "ndim", 0) != 1:
        return []
    if descends_from(final, "BaseSVC"):
        # A row for each pair, of which three classes make three; above zero is for the first of the two.
        return [f"{one} vs {other}" for one, other in itertools.combinations(classes.tolist(), 2)]
    named: list[Any] = classes.tolist()
    return named


def _is_numbers(np: Any, values: Any) -> bool:
    return type(values) is np.ndarray and values.dtype.kind in "fiu" and values.size > 0


def _largest(np: Any, sizes: Any) -> Any:
    """Return the positions of the features that count most, in their own order."""
    if len(sizes) <= FEATURES:
        return np.arange(len(sizes))
    return np.sort(np.argpartition(-sizes, FEATURES)[:FEATURES])


def _names(estimator: Any, final: Any, chosen: Any, count: int) -> list[str]:
    known: Sequence[Any] | None = attribute(final, "feature_names_in_")
    if known is None or len(known) != count:
        known = _names_after_steps(estimator)
    if known is None or len(known) != count:
        return [f"x{index}" for index in chosen.tolist()]
    return [str(known[index]) for index in chosen.tolist()]


def _names_after_steps(estimator: Any) -> Sequence[Any] | None:
    """Return how the steps before the last one name what they give; None if some are not scikit-learn's."""
    if is_search(estimator):
        estimator = vars(estimator).get("best_estimator_")
    if not (is_pipeline(estimator) and is_own(estimator)):
        return None
    steps = [step for _, step in estimator.steps[:-1] if step is not None and step != "passthrough"]
    if all(map(keeps_names, steps)):
        named: Sequence[Any] | None = attribute(steps[0], "feature_names_in_") if steps else None
        return named
    try:
        before = estimator[:-1]
        with undrawn(before):
            parts = before.get_params()
        if not all(is_own(each) for each in parts.values() if is_estimator(each)):
            return None
        names: Sequence[Any] = before.get_feature_names_out()
    except Exception:
        # Not every transformer names what it gives, and each says so in its own way.
        return None
    return names
