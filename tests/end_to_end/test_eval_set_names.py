"""Eval sets that are called as fitscribe calls data itself: no point of theirs is anybody else's."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.datasets import load_diabetes
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split

import fitscribe

lightgbm = pytest.importorskip("lightgbm")


# 4.7 has another way to say it, which 4.6 does not know.
@pytest.mark.filterwarnings("ignore:The argument 'eval_set' is deprecated")
def test_the_curves_of_sets_named_train_and_test_have_the_points_of_the_rounds(own_store: Any) -> None:
    fitscribe.autolog(quiet=True)
    try:
        X_train, X_test, y_train, y_test = train_test_split(*load_diabetes(return_X_y=True), random_state=0)
        model = lightgbm.LGBMRegressor(n_estimators=12, verbosity=-1, n_jobs=1)
        sets = [(X_train, y_train), (X_test, y_test)]
        model.fit(X_train, y_train, eval_set=sets, eval_names=["train", "test"], eval_metric="rmse")
        predicted = model.predict(X_test)
        error = mean_squared_error(y_test, predicted)
        run = fitscribe.search_runs()[0]
        for name in ("train", "test"):
            series = run.series(f"{name}/rmse")
            assert list(series.steps) == list(range(12))
            assert list(series.values) == model.evals_result_[name]["rmse"]
        assert run.metrics["test/rmse[predicted]"] == pytest.approx(error**0.5)
        assert "train/rmse[predicted]" in run.metrics and "test/r2" in run.metrics
    finally:
        fitscribe.disable()
