"""The matrices of a training: described by what they say of themselves, found again in files and splits."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import xgboost as xgb
from sklearn.metrics import accuracy_score, brier_score_loss, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split

import fitscribe

# XGBoost 1.7 asks pandas for that.
pytestmark = pytest.mark.filterwarnings("ignore:is_\\w+ is deprecated:DeprecationWarning")

PARAMS = {"objective": "binary:logistic", "max_depth": 2, "tree_method": "hist", "nthread": 1}


def described(run: Any, role: str = "train") -> Any:
    (found,) = [each["description"] for each in run.datasets if each["role"] == role]
    return found


def lineage_of(run: Any) -> Any:
    (found,) = [each["data"] for each in run.artifacts if each["kind"] == "lineage"]
    return found


class Batches(xgb.DataIter):
    """Two batches of the same rows."""

    def __init__(self, X: Any, y: Any) -> None:
        super().__init__()
        self.X = X
        self.y = y
        self.left = 2

    def next(self, input_data: Any) -> bool:
        self.left -= 1
        if self.left >= 0:
            input_data(data=self.X, label=self.y)
        return self.left >= 0

    def reset(self) -> None:
        self.left = 2


def test_all_that_belongs_to_the_rows(only_run: Any, sets: Any) -> None:
    X = sets.X_train.copy()
    X[:7, 1] = np.nan
    dtrain = xgb.DMatrix(
        X,
        label=sets.y_train,
        weight=np.ones(200),
        base_margin=np.zeros(200),
        feature_names=["a", "b", "c", "d"],
        feature_types=["q", "q", "q", "int"],
    )
    xgb.train(PARAMS, dtrain, 2)
    found = described(only_run())
    assert (found["container"], found["shape"]) == ("xgboost.core.DMatrix", [200, 4])
    assert found["columns"] == ["a", "b", "c", "d"] and found["dtypes"] == ["q", "q", "q", "int"]
    assert (found["missing"], found["weights"], found["base_margin"]) == (7, 200, 200)
    assert sum(found["target"]["classes"].values()) == 200
    assert [each["name"] for each in only_run().signature["inputs"]] == ["a", "b", "c", "d"]


def test_groups_of_a_ranking(only_run: Any, sets: Any) -> None:
    dtrain = xgb.DMatrix(sets.X_train, label=sets.y_train)
    dtrain.set_group([50, 100, 50])
    result: Any = {}
    xgb.train(
        {"objective": "rank:pairwise", "eval_metric": ["ndcg", "map"]},
        dtrain,
        3,
        evals=[(dtrain, "train")],
        evals_result=result,
        verbose_eval=False,
    )
    run = only_run()
    assert described(run)["groups"] == 3
    assert {name: list(run.series(f"train/{name}").values) for name in ("ndcg", "map")} == result["train"]


def test_quantiles_and_iterators(runs: Any, sets: Any) -> None:
    quantiles = xgb.QuantileDMatrix(sets.X_train, label=sets.y_train)
    xgb.train(PARAMS, quantiles, 2)
    xgb.train(PARAMS, xgb.QuantileDMatrix(Batches(sets.X_train, sets.y_train)), 2)
    first, second = [described(run) for run in runs() if run.datasets]
    assert first["container"] == second["container"] == "xgboost.core.QuantileDMatrix"
    assert (first["shape"], second["shape"]) == ([200, 4], [400, 4])


def test_sparse_data_is_not_made_dense(only_run: Any, sets: Any) -> None:
    X = scipy.sparse.random(5_000, 50_000, density=1e-4, format="csr", random_state=0)
    xgb.train(PARAMS, xgb.DMatrix(X, label=np.arange(5_000) % 2), 1)
    found = described(only_run())
    # Of what is not stored XGBoost knows nothing else than that it is missing.
    assert found["shape"] == [5_000, 50_000] and found["missing"] == 5_000 * 50_000 - X.nnz


def test_categories_of_pandas(only_run: Any, sets: Any) -> None:
    frame = pd.DataFrame({"size": sets.X_train[:, 0], "kind": pd.Categorical(np.arange(200) % 3)})
    xgb.train(PARAMS, xgb.DMatrix(frame, label=sets.y_train, enable_categorical=True), 2)
    found = described(only_run())
    assert found["columns"] == ["size", "kind"] and found["dtypes"] == ["float", "c"]


def test_of_very_many_columns_the_types_are_not_listed(only_run: Any, sets: Any) -> None:
    names = [f"column {number}" for number in range(300)]
    dtrain = xgb.DMatrix(np.zeros((20, 300)), label=np.arange(20) % 2, feature_names=names)
    xgb.train(PARAMS, dtrain, 1)
    run = only_run()
    assert described(run)["columns"] == names and described(run)["dtypes"] is None
    assert run.signature["inputs"]["shape"] == [None, 300]


def test_data_is_let_go(runs: Any, sets: Any) -> None:
    X = sets.X_train.copy()
    dtrain = xgb.DMatrix(X, label=sets.y_train)
    valid = xgb.DMatrix(sets.X_valid, label=sets.y_valid)
    booster = xgb.train(PARAMS, dtrain, 2, evals=[(valid, "v")], verbose_eval=False)
    booster.predict(valid)
    alive = [weakref.ref(each) for each in (X, dtrain, valid, booster)]
    del X, dtrain, valid, booster
    gc.collect()
    assert [each() for each in alive] == [None] * 4


def test_where_it_came_from(only_run: Any, sets: Any, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    pd.DataFrame({"a": sets.X_train[:, 0], "b": sets.X_train[:, 1], "y": sets.y_train}).to_csv(
        path, index=False
    )
    frame = pd.read_csv(path)
    train, valid = train_test_split(frame, random_state=0)
    dtrain = xgb.DMatrix(train[["a", "b"]], label=train["y"])
    dvalid = xgb.DMatrix(valid[["a", "b"]], label=valid["y"])
    xgb.train(PARAMS, dtrain, 2, evals=[(dvalid, "valid")], verbose_eval=False)
    found = lineage_of(only_run())
    assert {"train", "train target", "valid", "valid target"} <= set(found["roles"])
    made = [node["by"] for node in found["nodes"]]
    assert "pandas.read_csv" in made and made.count("xgboost.DMatrix") == 2
    assert any(node.get("path") == str(path) for node in found["nodes"])


def test_a_file_of_xgboosts_own(only_run: Any, sets: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "train.buffer")
    sets.matrices()[0].save_binary(path)
    xgb.train(PARAMS, xgb.DMatrix(path), 2)
    (node,) = lineage_of(only_run())["nodes"]
    assert (node["by"], node["path"], node["shape"]) == ("xgboost.DMatrix", path, [200, 4])


@pytest.mark.parametrize("how", ["predict", "inplace_predict"])
def test_metrics_of_predictions_find_the_run(only_run: Any, sets: Any, how: str) -> None:
    X_train, X_test, y_train, y_test = train_test_split(sets.X_train, sets.y_train, random_state=0)
    booster = xgb.train(PARAMS, xgb.DMatrix(X_train, label=y_train), 3)
    dtest = xgb.DMatrix(X_test, label=y_test)
    found = booster.predict(dtest) if how == "predict" else booster.inplace_predict(X_test)
    area, loss = roc_auc_score(y_test, found), log_loss(y_test, found)
    accuracy = accuracy_score(y_test, found > 0.5)
    metrics = only_run().metrics
    assert metrics["test/roc_auc"] == area and metrics["test/log_loss"] == loss
    assert metrics["test/accuracy"] == accuracy


def test_roles_of_what_is_predicted(only_run: Any, sets: Any) -> None:
    dtrain, valid = sets.matrices()
    others = [xgb.DMatrix(sets.X_valid[start::2], label=sets.y_valid[start::2]) for start in (0, 1)]
    booster = xgb.train(PARAMS, dtrain, 3, evals=[(valid, "holdout")], verbose_eval=False)
    for matrix, labels in [
        (dtrain, sets.y_train),
        (valid, sets.y_valid),
        (others[0], sets.y_valid[0::2]),
        (others[1], sets.y_valid[1::2]),
        (others[0], sets.y_valid[0::2]),
    ]:
        roc_auc_score(labels, booster.predict(matrix))
    run = only_run()
    assert {name for name in run.metrics if "roc_auc" in name} == {
        "train/roc_auc",
        "holdout/roc_auc",
        "test/roc_auc",
        "test2/roc_auc",
    }


def test_what_is_no_prediction_of_the_target(runs: Any, sets: Any) -> None:
    dtrain, valid = sets.matrices()
    booster = xgb.train(PARAMS, dtrain, 2)
    roc_auc_score(sets.y_valid, booster.predict(valid, pred_contribs=True)[:, 0])
    (run,) = [run for run in runs() if run.name == "xgboost.train"]
    assert not any("roc_auc" in name for name in run.metrics)


def test_a_booster_that_was_not_trained_here_is_passed_by(own_store: Path, sets: Any) -> None:
    dtrain, valid = sets.matrices()
    booster = xgb.train(PARAMS, dtrain, 2)
    fitscribe.autolog("xgboost", "sklearn", quiet=True)
    try:
        roc_auc_score(sets.y_valid, booster.predict(valid))
    finally:
        fitscribe.disable()
    assert not fitscribe.search_runs()


def test_no_datasets_are_described_unless_asked_for(own_store: Path, sets: Any) -> None:
    fitscribe.autolog("xgboost", quiet=True, datasets=False)
    try:
        xgb.train(PARAMS, sets.matrices()[0], 2)
    finally:
        fitscribe.disable()
    (run,) = fitscribe.search_runs()
    assert run.datasets == []


@pytest.mark.parametrize("in_a_loop", [False, True])
@pytest.mark.parametrize(
    ("params", "columns"),
    [
        ({"objective": "multi:softprob", "num_class": 3}, [3]),
        ({"objective": "multi:softmax", "num_class": 3}, []),
        ({"objective": "binary:logistic"}, []),
        ({"objective": "reg:squarederror", "booster": "gblinear"}, []),
    ],
)
def test_the_signature_is_of_what_the_booster_predicts(
    only_run: Any, sets: Any, params: Any, columns: list[int], in_a_loop: bool
) -> None:
    classes = params.get("num_class", 2)
    dtrain = xgb.DMatrix(sets.X_train, label=np.arange(len(sets.X_train)) % classes)
    if in_a_loop:
        booster = xgb.Booster(params, [dtrain])
        booster.update(dtrain, 0)
    else:
        booster = xgb.train(params, dtrain, 2)
    predicted = booster.predict(dtrain)
    outputs = only_run().signature["outputs"]
    assert outputs == {"shape": [None, *columns], "type": "float32"}
    assert list(predicted.shape[1:]) == columns and str(predicted.dtype) == outputs["type"]


def test_the_signature_of_several_targets(only_run: Any, sets: Any) -> None:
    dtrain = xgb.DMatrix(sets.X_train, label=sets.X_train[:, :2])
    booster = xgb.train({"tree_method": "hist"}, dtrain, 2)
    assert only_run().signature["outputs"]["shape"] == [None, 2]
    assert booster.predict(dtrain).shape == (len(sets.X_train), 2)


def test_other_data_to_evaluate_on_that_is_called_train(only_run: Any, sets: Any) -> None:
    dtrain, valid = sets.matrices()
    dtrain.set_weight(np.ones(200))
    xgb.train(PARAMS, dtrain, 2, evals=[(valid, "train")], verbose_eval=False)
    run = only_run()
    assert [each["role"] for each in run.datasets] == ["train", "train (eval set)"]
    assert described(run)["shape"] == [200, 4] and described(run)["weights"] == 200
    assert described(run, "train (eval set)")["shape"] == [100, 4]
    assert list(run.metrics) == ["train/logloss"]


def test_targets_of_several_columns(only_run: Any) -> None:
    X = np.arange(40.0).reshape(20, 2)
    dtrain = xgb.DMatrix(X, label=np.column_stack([X[:, 0], X[:, 1] % 3]))
    xgb.train({"tree_method": "hist", "nthread": 1}, dtrain, 2)
    target = described(only_run())["target"]
    assert target["shape"] == [20, 2] and "classes" not in target


def test_what_some_of_the_rounds_predict_is_not_what_the_model_does(only_run: Any, sets: Any) -> None:
    dtrain, _ = sets.matrices()
    dtest = xgb.DMatrix(sets.X_valid, label=sets.y_valid)
    booster = xgb.train({"objective": "binary:logistic", "nthread": 1}, dtrain, 5)
    whole = [log_loss(sets.y_valid, booster.predict(dtest))]
    for some in ((0, 1), (1, 5)):
        log_loss(sets.y_valid, booster.predict(dtest, iteration_range=some))
        log_loss(sets.y_valid, booster.inplace_predict(sets.X_valid, iteration_range=some))
    assert list(only_run().series("test/log_loss").values) == whole
    brier_score_loss(sets.y_valid, booster.predict(dtest, iteration_range=(0, 5)))
    assert "test/brier_score_loss" in only_run().metrics


def test_the_rounds_up_to_the_best_one_are_the_model(only_run: Any, sets: Any) -> None:
    dtrain, valid = sets.matrices()
    params = {"objective": "binary:logistic", "nthread": 1, "eta": 1.0}
    booster = xgb.train(params, dtrain, 60, evals=[(valid, "v")], early_stopping_rounds=3, verbose_eval=False)
    best = (0, booster.best_iteration + 1)
    assert best[1] < booster.num_boosted_rounds()
    loss = log_loss(sets.y_valid, booster.predict(valid, iteration_range=best))
    assert only_run().metrics["v/log_loss"] == loss
