"""Which training of a loop is the best one, by XGBoost's metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xgboost as xgb

PARAMS = {"objective": "binary:logistic", "nthread": 1, "verbosity": 0}


def children(runs: Any) -> list[Any]:
    """The trainings of the only sweep, in their order."""
    return [run for run in runs() if run.role == "training"]


def test_a_sweep_keeps_the_model_of_the_largest_auc(runs: Any, sets: Any) -> None:
    for rounds in (40, 3, 2, 1):
        train, valid = sets.matrices()
        params = {**PARAMS, "eval_metric": "auc"}
        xgb.train(params, train, rounds, evals=[(train, "train"), (valid, "held_out")], verbose_eval=False)
    found = children(runs)
    scores = [run.metrics["held_out/auc"] for run in found]
    assert scores.index(max(scores)) == 1
    assert [bool(run.models) for run in found] == [False, True, False, True]
    with pytest.raises(LookupError, match="the sweep keeps its best and its newest"):
        found[0].load_model()


def test_a_training_that_stopped_early_is_worth_its_best_value(runs: Any, sets: Any) -> None:
    # The deeper the trees, the sooner the loss is at its best, and the worse it is when patience ends.
    for depth, rate, patience in ((1, 0.1, 2), (6, 0.3, 40), (1, 0.01, 2), (1, 0.01, 2)):
        train, valid = sets.matrices()
        xgb.train(
            {**PARAMS, "eval_metric": "logloss", "max_depth": depth, "eta": rate},
            train,
            30 if depth == 1 else 200,
            evals=[(valid, "valid")],
            early_stopping_rounds=patience,
            verbose_eval=False,
        )
    found = children(runs)
    best = [run.facts["early_stopping"]["best"] for run in found]
    last = [run.metrics["valid/logloss"] for run in found]
    assert best.index(min(best)) == 1 and last.index(min(last)) != 1
    assert [bool(run.models) for run in found] == [False, True, False, True]
    (sweep,) = [run for run in runs() if run.role == "sweep"]
    assert list(sweep.series("valid/logloss").values) == best


def test_where_nobody_knows_which_way_a_metric_goes_none_is_called_the_best(runs: Any, sets: Any) -> None:
    def unheard(predicted: Any, data: Any) -> tuple[str, float]:
        return "unheard", float(np.mean((predicted > 0.5) == data.get_label()))

    for rounds in (2, 20, 3, 4):
        train, valid = sets.matrices()
        params = {**PARAMS, "disable_default_eval_metric": True}
        xgb.train(params, train, rounds, evals=[(valid, "valid")], custom_metric=unheard, verbose_eval=False)
    found = children(runs)
    assert [bool(run.models) for run in found] == [True, False, False, True]
    for run in found[1:3]:
        with pytest.raises(LookupError, match="nothing that was measured tells which is better"):
            run.load_model()
