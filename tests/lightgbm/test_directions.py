"""Which way metrics get better, as LightGBM says, and what follows: the best of a loop of trainings."""

from __future__ import annotations

from typing import Any

import lightgbm as lgb
import numpy as np
import pytest

import fitscribe

PARAMS = {"verbosity": -1, "num_threads": 1}


def regression() -> tuple[Any, Any, Any, Any]:
    generator = np.random.default_rng(0)
    X = generator.normal(size=(300, 4))
    y = 100 * X[:, 0] + 50 * X[:, 1] ** 2 + 20 * generator.normal(size=300)
    return X[:200], y[:200], X[200:], y[200:]


def children(runs: Any) -> list[Any]:
    """The trainings of the only sweep, in their order."""
    return [run for run in runs() if run.role == "training"]


def up(predicted: Any, data: Any) -> tuple[str, float, bool]:
    return "mine", float(np.mean((predicted > 0.5) == data.get_label())), True


def down(predicted: Any, data: Any) -> tuple[str, float, bool]:
    return "yours", 1 - float(np.mean((predicted > 0.5) == data.get_label())), False


def test_the_run_has_what_each_metric_says(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    params = {**PARAMS, "objective": "binary", "metric": ["auc", "binary_logloss"]}
    lgb.train(params, train, 3, valid_sets=[valid], feval=[up, down])
    assert only_run().facts["directions"] == {
        "valid_0/auc": "max",
        "valid_0/binary_logloss": "min",
        "valid_0/mine": "max",
        "valid_0/yours": "min",
    }


@pytest.mark.filterwarnings("ignore:Overriding the parameters from Reference Dataset")
def test_a_loop_says_so_as_well(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    booster = lgb.Booster({**PARAMS, "objective": "binary", "metric": "auc"}, train)
    booster.add_valid(valid, "held out")
    for _ in range(3):
        booster.update()
        booster.eval_valid(feval=down)
    assert only_run().facts["directions"] == {"held out/auc": "max", "held out/yours": "min"}


def test_the_deviation_over_folds_has_none(only_run: Any, sets: Any) -> None:
    train, _ = sets.datasets()
    lgb.cv({**PARAMS, "objective": "binary", "metric": "auc"}, train, 3, nfold=2)
    assert only_run().facts["directions"] == {"cv/auc": "max"}


def test_best_is_the_smallest_or_the_largest_as_the_metric_says(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    params = {**PARAMS, "objective": "binary", "metric": "none"}
    lgb.train(params, train, 20, valid_sets=[valid], feval=[up, down])
    run = only_run()
    for name, best in (("mine", max), ("yours", min)):
        value = float(best(run.series(f"valid_0/{name}").values))
        assert min(run.series(f"valid_0/{name}").values) < max(run.series(f"valid_0/{name}").values)
        found = fitscribe.search_runs(f"metrics.`valid_0/{name}`.best = {value!r}")
        assert [each.id for each in found] == [run.id]


@pytest.mark.filterwarnings("ignore:The argument 'eval_set' is deprecated")
@pytest.mark.parametrize("way", ["train", "estimator"])
def test_a_sweep_keeps_the_model_of_the_smallest_error(runs: Any, way: str) -> None:
    X, y, X_valid, y_valid = regression()
    for rounds in (10, 40, 3, 5):
        if way == "train":
            train = lgb.Dataset(X, y)
            params = {**PARAMS, "objective": "regression", "metric": "l2"}
            lgb.train(params, train, rounds, valid_sets=[lgb.Dataset(X_valid, y_valid, reference=train)])
        else:
            lgb.LGBMRegressor(n_estimators=rounds, n_jobs=1, verbose=-1).fit(
                X, y, eval_set=[(X_valid, y_valid)]
            )
    found = children(runs)
    errors = [run.metrics["valid_0/l2"] for run in found]
    assert errors.index(min(errors)) == 1
    assert [bool(run.models) for run in found] == [False, True, False, True]
    with pytest.raises(LookupError, match="the sweep keeps its best and its newest"):
        found[0].load_model()


@pytest.mark.filterwarnings("ignore:The argument 'eval_set' is deprecated")
def test_an_overfit_training_does_not_win(runs: Any) -> None:
    X, y, X_valid, y_valid = regression()
    noise = np.random.default_rng(1).permutation(y)
    for labels, leaves, rounds in ((y, 7, 40), (noise, 63, 200), (noise, 3, 3)):
        lgb.LGBMRegressor(
            n_estimators=rounds, num_leaves=leaves, min_child_samples=2, n_jobs=1, verbose=-1
        ).fit(X, labels, eval_set=[(X_valid, y_valid)])
    found = children(runs)
    assert found[1].metrics["train/r2"] > found[0].metrics["train/r2"]
    assert found[1].metrics["valid_0/l2"] > found[0].metrics["valid_0/l2"]
    assert [bool(run.models) for run in found] == [True, False, True]


def test_a_metric_of_the_users_own_decides_as_it_says(runs: Any, sets: Any) -> None:
    for rounds in (3, 60, 1, 1):
        train, valid = sets.datasets()
        params = {**PARAMS, "objective": "binary", "metric": "none"}
        lgb.train(params, train, rounds, valid_sets=[valid], feval=down)
    found = children(runs)
    wrong = [run.metrics["valid_0/yours"] for run in found]
    assert wrong[1] < wrong[0]
    assert [bool(run.models) for run in found] == [False, True, False, True]
    (sweep,) = [run for run in runs() if run.role == "sweep"]
    assert sweep.facts["directions"] == {"valid_0/yours": "min"}
