"""Which predictions are cheap, told by what they are made of.

A timing says something else on a busy machine: of two runs of one script one would have metrics that the
other lacks.
"""

from __future__ import annotations

from typing import Any

from fitscribe_sklearn.kinds import is_pipeline
from fitscribe_sklearn.rows import column_count
from fitscribe_sklearn.stateless import PREDICT_IS_ARGMAX_OF_DECISION

# So many multiplications take no longer than the timing of what multiplies.
PRODUCTS = 1_000_000
# A quadratic analysis multiplies each row with a matrix per class.
_PRODUCTS_OF_ROWS = PREDICT_IS_ARGMAX_OF_DECISION - {"QuadraticDiscriminantAnalysis"}

# A call of each tree takes 50 to 200 us, however few the rows. With so many of them, all take 10 ms.
_TREES = {
    "RandomForestClassifier": 200,
    "RandomForestRegressor": 200,
    "ExtraTreesClassifier": 200,
    "ExtraTreesRegressor": 200,
    "AdaBoostClassifier": 50,
    "AdaBoostRegressor": 50,
    "BaggingClassifier": 25,
    "BaggingRegressor": 25,
}
_ONE_TREE = frozenset(
    {"DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor"}
)

# What goes through the numbers once.
_SCALERS = frozenset(
    {"MaxAbsScaler", "MinMaxScaler", "Normalizer", "RobustScaler", "StandardScaler", "VarianceThreshold"}
)


def is_cheap(model: Any, data: Any, rows: int) -> bool:
    """Whether a prediction takes no longer than it would take to time one.

    Args:
        model: a fitted estimator that :func:`fitscribe_sklearn.stateless.objection` has nothing against: all
            classes in it are scikit-learn's own.
        data: the rows, at most 1,000.
        rows: how many there are.
    """
    if is_pipeline(model):
        steps = [step for _, step in vars(model)["steps"]]
        before = {type(step).__name__ for step in steps[:-1] if step is not None and step != "passthrough"}
        if not before <= _SCALERS or rows * column_count(data) > PRODUCTS:
            return False
        model = steps[-1]
    return _is_small_product(model, rows) or _has_few_trees(model)


def _is_small_product(model: Any, rows: int) -> bool:
    """Whether predicting multiplies the rows with coefficients, and few of them."""
    if type(model).__name__ not in _PRODUCTS_OF_ROWS:
        return False
    return bool(rows * model.n_features_in_ * len(model.classes_) <= PRODUCTS)


def _has_few_trees(model: Any) -> bool:
    name = type(model).__name__
    if name in _ONE_TREE:
        return True
    most = _TREES.get(name, 0)
    trees = vars(model).get("estimators_", ()) if most else ()
    return 0 < len(trees) <= most and {type(tree).__name__ for tree in trees} <= _ONE_TREE
