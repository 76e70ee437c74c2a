"""What a fitted estimator says of itself: iterations, classes, best candidates, clusters."""

from __future__ import annotations

import sys
from numbers import Real
from typing import Any

from fitscribe_sklearn.kinds import is_own, is_pipeline, is_search
from fitscribe_sklearn.parameters import shown

FACTS = (
    "n_iter_",
    "n_features_in_",
    "n_outputs_",
    "classes_",
    "best_params_",
    "best_score_",
    "best_index_",
    "n_splits_",
    "oob_score_",
    "converged_",
    "lower_bound_",
    "inertia_",
    "n_clusters_",
    "cluster_centers_indices_",
    "n_estimators_",
    "n_trees_per_iteration_",
    "do_early_stopping_",
    "best_validation_score_",
    "best_loss_",
    "loss_",
    "n_layers_",
    "out_activation_",
    "n_support_",
    "alpha_",
    "lambda_",
    "l1_ratio_",
    "C_",
    "rank_",
    "offset_",
    "best_threshold_",
    "kl_divergence_",
    "stress_",
    "reconstruction_err_",
    "n_components_",
    "n_neighbors_",
    "n_trials_",
)
# What training without labels is judged by, and scikit-learn keeps the final value of.
_METRICS = {
    "inertia_": "train/inertia",
    "lower_bound_": "train/lower_bound",
    "kl_divergence_": "train/kl_divergence",
    "stress_": "train/stress",
}
# Properties of some: of a pipeline and a search, and of histogram boosting.
_PROPERTIES = ("n_features_in_", "classes_", "n_iter_")
# Where `classes_` is an attribute in one version and a property in the next, which does nothing but tell.
_TELL_CLASSES = ("xgboost.sklearn", "lightgbm.sklearn")
_LISTED = 100


def final_estimator(estimator: Any) -> Any:
    """Return what predicts in the end: the last step of a pipeline, the best candidate of a search."""
    return down_to_final(estimator)[-1]


def down_to_final(estimator: Any) -> list[Any]:
    """Return the estimator, and what predicts for it, down to what predicts in the end."""
    found = [estimator]
    while len(found) <= 8:
        if is_pipeline(found[-1]):
            steps = vars(found[-1]).get("steps")
            inner = steps[-1][1] if steps else None
        elif is_search(found[-1]):
            inner = vars(found[-1]).get("best_estimator_")
        else:
            inner = None
        if inner is None or isinstance(inner, str):
            break
        found.append(inner)
    return found


def fitted_facts(estimator: Any) -> dict[str, Any]:
    """Return what an estimator learned about its training, as plain values.

    Args:
        estimator: a fitted estimator. Of scikit-learn's own its documented attributes are read, of others
            only what their fit has set, so that no property of the user's is run.
    """
    chain = down_to_final(estimator)
    # A search in the middle has chosen what is beneath it; a pipeline there says nothing of itself.
    between = [each for each in chain[1:-1] if is_search(each)]
    facts: dict[str, Any] = {}
    for each in (estimator, *between, *chain[1:][-1:]):
        attributes = _attributes(each)
        for name in FACTS:
            value = attributes.get(name)
            if value is None and name in _PROPERTIES:
                value = _property(each, name)
            if value is not None and name not in facts:
                fact = _fact(value)
                facts[name] = [fact] if name == "classes_" and not isinstance(fact, (list, dict)) else fact
        facts.update(_derived(attributes))
    return facts


def fitted_metrics(estimator: Any) -> dict[str, float]:
    """Return how good a fit without labels is by its own measure, such as the inertia of k-means.

    Args:
        estimator: a fitted estimator; of a pipeline its last step counts. Only what its fit has set is read.
    """
    attributes = _attributes(final_estimator(estimator))
    found = {metric: attributes.get(name) for name, metric in _METRICS.items()}
    return {metric: float(value) for metric, value in found.items() if isinstance(value, Real)}


def attribute(estimator: Any, name: str) -> Any:
    """Return an attribute of a fitted estimator; None where it has none, or it is code of the user's."""
    own = _attributes(estimator)
    if name in own:
        return own[name]
    return _property(estimator, name) if is_own(estimator) else None


def given_labels(estimator: Any, *, is_classifier: bool) -> Any:
    """Return labels as ``predict`` gives them; None where only a prediction would tell their type.

    Args:
        estimator: a fitted estimator.
        is_classifier: whether it is one; what a regressor or a ranker gives need not be of its target's type.
    """
    final = final_estimator(estimator)
    labels = attribute(final, "labels_")
    if labels is None and is_classifier and is_own(final):
        classes = attribute(final, "classes_")
        return classes if _is_vector(sys.modules["numpy"], classes) else None
    return labels


def _property(estimator: Any, name: str) -> Any:
    """What a property gives, unless it is code of the user's."""
    is_known = name == "classes_" and type(estimator).__module__ in _TELL_CLASSES
    if not is_known and not is_own(estimator):
        return None
    try:
        return getattr(estimator, name, None)
    except Exception:
        # These raise many types where there is nothing to give.
        return None


def _attributes(estimator: Any) -> dict[str, Any]:
    return getattr(estimator, "__dict__", {})


def _derived(attributes: dict[str, Any]) -> dict[str, Any]:
    """Return whether iterations ran out, and how the data fell into clusters."""
    np: Any = sys.modules["numpy"]
    derived: dict[str, Any] = {}
    limit: Any
    done: Any
    limit, done = attributes.get("max_iter"), attributes.get("n_iter_")
    if isinstance(limit, int) and not isinstance(limit, bool) and limit > 0 and done is not None:
        iterations = np.asarray(done)
        if iterations.dtype.kind in "iu" and iterations.size:
            derived["reached_max_iter"] = bool(iterations.max() >= limit)
    labels: Any = attributes.get("labels_")
    if _is_vector(np, labels) and labels.dtype.kind == "i":
        found, counts = np.unique(labels, return_counts=True)
        derived["clusters"] = int(np.count_nonzero(found >= 0))
        if found.size and found[0] == -1:
            derived["noise"] = int(counts[0])
        if found.size <= _LISTED:
            derived["cluster_sizes"] = dict(zip(map(str, found.tolist()), counts.tolist(), strict=True))
    return derived


def _fact(value: Any) -> Any:
    """Return the plain form of an attribute: of an array its items, or a summary if they are many."""
    if isinstance(value, list):
        return [_fact(each) for each in value[:_LISTED]]
    np: Any = sys.modules["numpy"]
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        return value.item()
    if type(value) is np.ndarray and value.ndim == 1 and value.size <= _LISTED:
        # The iterations of one solver come in an array of one.
        return value.item() if value.size == 1 and value.dtype.kind in "iuf" else shown(value.tolist())
    return shown(value)


def _is_vector(np: Any, values: Any) -> bool:
    return type(values) is np.ndarray and values.ndim == 1
