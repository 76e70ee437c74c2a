"""What is patched in scikit-learn: one module per kind of call, and the list of all patch points.

Nothing below here imports scikit-learn or NumPy; the modules that read its objects are imported at the first
call.
"""

from __future__ import annotations

from fitscribe_sklearn.patches.composing import estimator_step
from fitscribe_sklearn.patches.datasets import dataset
from fitscribe_sklearn.patches.fitting import estimator_fit
from fitscribe_sklearn.patches.metrics import calibration_curve, metric
from fitscribe_sklearn.patches.searching import search_round
from fitscribe_sklearn.patches.splitting import (
    repeated_split,
    shuffle_split,
    splitter_split,
    train_test_split,
)
from fitscribe_sklearn.patches.stepping import estimator_partial_fit
from fitscribe_sklearn.patches.using import estimator_transform, estimator_use
from fitscribe_sklearn.patches.validating import cross_validation, fold, folds

__all__ = ["POINTS"]

POINTS = (
    estimator_fit,
    estimator_partial_fit,
    estimator_transform,
    estimator_step,
    estimator_use,
    train_test_split,
    splitter_split,
    shuffle_split,
    repeated_split,
    search_round,
    cross_validation,
    fold,
    folds,
    dataset,
    metric,
    calibration_curve,
)
