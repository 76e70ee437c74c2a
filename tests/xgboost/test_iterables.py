"""Callbacks and eval sets in what gives its items once: XGBoost gets all of them, and the run knows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import xgboost as xgb

import fitscribe

PARAMS = {"objective": "binary:logistic", "max_depth": 4, "eta": 0.7, "tree_method": "hist", "nthread": 1}


def stopping() -> Any:
    return xgb.callback.EarlyStopping(rounds=3, data_name="valid")


def train(sets: Any, form: Any = list, evals_form: Any = list) -> tuple[int, Any]:
    """How many rounds there were, and the results, with arguments of a form."""
    dtrain, valid = sets.matrices()
    result: Any = {}
    booster = xgb.train(
        PARAMS,
        dtrain,
        60,
        evals=evals_form([(dtrain, "train"), (valid, "valid")]),
        callbacks=form([stopping()]),
        evals_result=result,
        verbose_eval=False,
    )
    return booster.num_boosted_rounds(), result


def same(items: list[Any]) -> Any:
    return map(items.__getitem__, range(len(items)))


@pytest.mark.parametrize("form", [iter, same, set, lambda items: dict.fromkeys(items).keys(), tuple])
def test_callbacks(only_run: Any, sets: Any, form: Any) -> None:
    fitscribe.disable()
    bare = train(sets)
    fitscribe.autolog("xgboost", quiet=True)
    assert train(sets, form) == bare and bare[0] < 60
    run = only_run()
    assert run.params["callbacks"] == ["EarlyStopping"] and "callbacks" in run.changed
    assert list(run.series("valid/logloss").values) == bare[1]["valid"]["logloss"]
    assert run.facts["early_stopping"]["patience"] == 3 and run.unseen == []


@pytest.mark.parametrize("form", [iter, same, tuple, lambda items: dict(items).items()])
def test_eval_sets(only_run: Any, sets: Any, form: Any) -> None:
    fitscribe.disable()
    bare = train(sets)
    fitscribe.autolog("xgboost", quiet=True)
    assert train(sets, evals_form=form) == bare
    run = only_run()
    assert {each["role"] for each in run.datasets} == {"train", "valid"}
    assert list(run.series("valid/logloss").values) == bare[1]["valid"]["logloss"]
    assert run.facts["early_stopping"]["watched"] == "valid/logloss" and run.unseen == []


def test_callbacks_of_a_cross_validation(only_run: Any, sets: Any) -> None:
    dtrain, _ = sets.matrices()
    fitscribe.disable()
    bare = xgb.cv(PARAMS, dtrain, 60, callbacks=[xgb.callback.EarlyStopping(rounds=3)])
    fitscribe.autolog("xgboost", quiet=True)
    found = xgb.cv(PARAMS, dtrain, 60, callbacks=iter([xgb.callback.EarlyStopping(rounds=3)]))
    assert found.equals(bare) and len(found) < 60
    run = only_run()
    assert run.params["callbacks"] == ["EarlyStopping"] and run.facts["early_stopping"]["stopped_early"]


def test_callbacks_of_an_estimator(only_run: Any, sets: Any) -> None:
    model = xgb.XGBClassifier(n_estimators=60, max_depth=4, learning_rate=0.7, n_jobs=1)
    model.set_params(callbacks=iter([xgb.callback.EarlyStopping(rounds=3)]))
    model.fit(sets.X_train, sets.y_train, eval_set=[(sets.X_valid, sets.y_valid)], verbose=False)
    fact = only_run().facts["early_stopping"]
    assert model.get_booster().num_boosted_rounds() == fact["last_iteration"] + 1 < 60


def test_an_error_in_the_users_own_iterator(only_run: Any, sets: Any) -> None:
    error = RuntimeError("mine")

    def broken() -> Iterator[Any]:
        yield stopping()
        raise error

    with pytest.raises(RuntimeError) as caught:
        xgb.train(PARAMS, sets.matrices()[0], 2, callbacks=broken())
    assert caught.value is error and only_run().status == "failed"


@pytest.mark.parametrize("wrong", ["callbacks", "evals"])
def test_what_is_wrong_is_told_by_xgboost_alone(
    only_run: Any, sets: Any, wrong: str, capfd: pytest.CaptureFixture[str]
) -> None:
    dtrain, valid = sets.matrices()
    arguments: Any = {"callbacks": 5} if wrong == "callbacks" else {"evals": [valid]}
    with pytest.raises(TypeError):
        xgb.train(PARAMS, dtrain, 2, **arguments)
    assert only_run().problems == [] and "fitscribe" not in capfd.readouterr().err
