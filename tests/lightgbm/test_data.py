"""The data sets of a training: described without copying them, found again in files and splits."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split

import fitscribe

# 3.3 asks pandas in a way that pandas 2.2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:is_sparse is deprecated")
PARAMS = {"objective": "binary", "verbosity": -1, "num_threads": 1}


def described(run: Any, role: str) -> Any:
    (found,) = [each["description"] for each in run.datasets if each["role"] == role]
    return found


@pytest.mark.filterwarnings("ignore:Using categorical_feature in Dataset")
def test_arrays_with_all_that_belongs_to_their_rows(only_run: Any, sets: Any) -> None:
    rows = len(sets.X_train)
    train = lgb.Dataset(
        sets.X_train,
        sets.y_train,
        weight=np.ones(rows),
        init_score=np.zeros(rows),
        feature_name=["a", "b", "c", "d"],
        categorical_feature=["d"],
    )
    lgb.train(PARAMS, train, 2)
    found = described(only_run(), "train")
    assert (found["container"], found["shape"], found["dtype"]) == ("numpy.ndarray", [200, 4], "float64")
    assert found["target"]["classes"] == {str(label): int((sets.y_train == label).sum()) for label in (0, 1)}
    assert found["weights"] is True and found["init_score"] is True
    assert (found["feature_names"], found["categorical"]) == (["a", "b", "c", "d"], ["d"])
    assert only_run().signature["inputs"] == {"shape": [None, 4], "type": "float64"}


def test_a_frame_with_categories(only_run: Any, sets: Any) -> None:
    frame = pd.DataFrame(sets.X_train, columns=list("abcd"))
    frame["kind"] = pd.Categorical(np.where(frame.a > 0, "up", "down"))
    booster = lgb.train(PARAMS, lgb.Dataset(frame, sets.y_train), 3)
    run = only_run()
    assert described(run, "train")["columns"] == [*"abcd", "kind"]
    assert described(run, "train")["dtypes"][-1] == "category"
    assert [each["name"] for each in run.signature["inputs"]] == [*"abcd", "kind"]
    np.testing.assert_array_equal(run.load_model().predict(frame), booster.predict(frame))


def test_sparse_data_stays_sparse(only_run: Any, sets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    data = scipy.sparse.csr_matrix(np.where(abs(sets.X_train) > 1, sets.X_train, 0.0))
    monkeypatch.setattr(type(data), "toarray", lambda *_: pytest.fail("it was made dense"))
    lgb.train(PARAMS, lgb.Dataset(data, sets.y_train), 2)
    found = described(only_run(), "train")
    assert found["nonzero"] == data.nnz and found["shape"] == [200, 4]


def test_a_file(only_run: Any, sets: Any, tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    np.savetxt(path, np.column_stack([sets.y_train, sets.X_train]), delimiter=",")
    lgb.train(PARAMS, lgb.Dataset(str(path)), 2)
    found = described(only_run(), "train")
    assert found["path"] == str(path) and found["shape"] == [200, 4]
    assert found["not_read"]
    (lineage,) = [each for each in only_run().artifacts if each["name"] == "lineage"]
    assert str(path) in str(lineage["data"])


def test_groups(only_run: Any, sets: Any) -> None:
    train = lgb.Dataset(sets.X_train, sets.y_train, group=[50] * 4)
    lgb.train({**PARAMS, "objective": "lambdarank"}, train, 2)
    assert described(only_run(), "train")["groups"] == 4


def test_what_lightgbm_reads_from_files_beside_the_data(only_run: Any, sets: Any, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    np.savetxt(path, np.c_[sets.y_train, sets.X_train], delimiter=",")
    np.savetxt(f"{path}.weight", np.linspace(1, 2, 200))
    np.savetxt(f"{path}.query", [60, 60, 80], fmt="%d")
    data = lgb.Dataset(str(path))
    lgb.train({"objective": "lambdarank", "verbosity": -1, "num_threads": 1}, data, 2)
    found = described(only_run(), "train")
    assert found["shape"] == [200, 4] and found["weights"] is True and found["groups"] == 3
    assert set(found["target"]["classes"]) == {"0.0", "1.0"}
    assert vars(data)["weight"] is None  # no copy was left on it


def test_a_subset_has_the_weights_of_its_rows(only_run: Any, sets: Any) -> None:
    whole = lgb.Dataset(sets.X_train, sets.y_train, weight=np.linspace(1, 2, 200)).construct()
    lgb.train(PARAMS, whole.subset(range(100)), 2)
    found = described(only_run(), "train")
    assert found["shape"][0] == 100 and found["weights"] is True


@pytest.mark.parametrize("in_a_list", [False, True])
def test_a_sequence_has_the_size_that_lightgbm_read(only_run: Any, sets: Any, in_a_list: bool) -> None:
    class Rows(lgb.Sequence):
        batch_size = 50

        def __getitem__(self, index: Any) -> Any:
            return sets.X_train[index]

        def __len__(self) -> int:
            return len(sets.X_train)

    rows = [Rows(), Rows()] if in_a_list else Rows()
    labels = np.r_[sets.y_train, sets.y_train] if in_a_list else sets.y_train
    lgb.train(PARAMS, lgb.Dataset(rows, labels), 2)
    assert described(only_run(), "train")["shape"] == [len(labels), 4]


def test_chunks_of_rows_are_one_table(only_run: Any, sets: Any) -> None:
    lgb.train(PARAMS, lgb.Dataset([sets.X_train[:150], sets.X_train[150:]], sets.y_train), 2)
    assert described(only_run(), "train")["shape"] == [200, 4]


def test_data_that_was_built_before_is_found_where_the_script_still_has_it(only_run: Any, sets: Any) -> None:
    train = lgb.Dataset(sets.X_train, sets.y_train).construct()
    assert train.data is None
    lgb.train(PARAMS, train, 2)
    assert described(only_run(), "train")["fingerprint"]


def test_a_reference_is_built_with_what_refers_to_it(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    valid.construct()
    lgb.train(PARAMS, train, 2, valid_sets=[valid])
    assert described(only_run(), "train")["fingerprint"] != described(only_run(), "valid_0")["fingerprint"]


def test_data_that_nobody_has_any_more_has_a_size(only_run: Any, sets: Any) -> None:
    train = lgb.Dataset(sets.X_train.copy(), sets.y_train).construct()
    gc.collect()
    lgb.train(PARAMS, train, 2)
    found = described(only_run(), "train")
    assert found["shape"] == [200, 4] and "LightGBM" in found["not_read"]
    assert only_run().signature is None or "inputs" not in only_run().signature


def test_data_is_not_kept_alive(runs: Any, sets: Any) -> None:
    data = sets.X_train.copy()
    train = lgb.Dataset(data, sets.y_train)
    lgb.train(PARAMS, train, 2)
    references = weakref.ref(data), weakref.ref(train)
    del data, train
    gc.collect()
    assert [each() for each in references] == [None, None]


def test_where_it_is_from(only_run: Any, tmp_path: Path, sets: Any) -> None:
    path = tmp_path / "all.csv"
    pd.DataFrame(sets.X_train, columns=list("abcd")).assign(label=sets.y_train).to_csv(path, index=False)
    fitscribe.autolog("sklearn")
    table = pd.read_csv(path)
    X_train, X_test, y_train, y_test = train_test_split(table[list("abcd")], table["label"], random_state=0)
    train = lgb.Dataset(X_train, y_train)
    valid = lgb.Dataset(X_test, y_test, reference=train)
    lgb.train(PARAMS, train, 2, valid_sets=[valid], valid_names=["held out"])
    (lineage,) = [each for each in only_run().artifacts if each["name"] == "lineage"]
    assert set(lineage["data"]["roles"]) == {"train", "train target", "held out", "held out target"}
    told = str(lineage["data"])
    assert str(path) in told and "train_test_split" in told


def test_the_data_itself_on_request(only_run: Any, sets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    monkeypatch.setenv("FITSCRIBE_KEEP_DATA", "whole")
    monkeypatch.setenv("FITSCRIBE_INPUT_EXAMPLE", "yes")
    lgb.train(PARAMS, lgb.Dataset(sets.X_train, sets.y_train), 2)
    run = only_run()
    names = [each["name"] for each in run.artifacts]
    assert {"data/train.parquet", "input_example"} <= set(names)


def test_no_data_on_request(only_run: Any, sets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITSCRIBE_DATASETS", "no")
    lgb.train(PARAMS, sets.datasets()[0], 2)
    assert only_run().datasets == []


# -- predictions


def test_metrics_of_predictions_find_the_run(only_run: Any, sets: Any) -> None:
    booster = lgb.train(PARAMS, sets.datasets()[0], 5)
    predicted = booster.predict(sets.X_valid)
    score = roc_auc_score(sets.y_valid, predicted)
    assert only_run().metrics["test/roc_auc"] == score


def test_predictions_have_the_name_of_the_set_that_they_are_of(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    booster = lgb.train(PARAMS, train, 5, valid_sets=[valid], valid_names=["held out"])
    losses = [log_loss(y, booster.predict(X)) for X, y in (sets[:2], sets[2:])]
    metrics = only_run().metrics
    assert [metrics["train/log_loss"], metrics["held out/log_loss"]] == losses


def test_leaves_and_contributions_are_no_predictions(runs: Any, sets: Any) -> None:
    booster = lgb.train(PARAMS, sets.datasets()[0], 5)
    booster.predict(sets.X_valid, pred_leaf=True)
    contributions = booster.predict(sets.X_valid, pred_contrib=True)
    roc_auc_score(sets.y_valid, contributions[:, -2])
    (run,) = [run for run in runs() if run.name == "lightgbm.train"]
    assert "test/roc_auc" not in run.metrics


@pytest.mark.parametrize("other", [{"num_iteration": 1}, {"start_iteration": 2}, {"raw_score": True}])
def test_nor_are_raw_scores_and_what_some_of_the_rounds_predict(
    only_run: Any, sets: Any, other: dict[str, Any]
) -> None:
    booster = lgb.train(PARAMS, sets.datasets()[0], 5)
    score = roc_auc_score(sets.y_valid, booster.predict(sets.X_valid))
    roc_auc_score(sets.y_valid, booster.predict(sets.X_valid, **other))
    assert list(only_run().series("test/roc_auc").values) == [score]
    brier_score_loss(sets.y_valid, booster.predict(sets.X_valid, num_iteration=5))
    assert "test/brier_score_loss" in only_run().metrics


def test_the_rounds_up_to_the_best_one_are_the_model(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    settings: Any = {"valid_sets": [valid], "callbacks": [lgb.early_stopping(3, verbose=False)]}
    booster = lgb.train({**PARAMS, "eta": 1.0}, train, 60, keep_training_booster=True, **settings)
    assert booster.best_iteration < booster.current_iteration()
    predicted = booster.predict(sets.X_valid, num_iteration=booster.best_iteration)
    assert only_run().metrics.get("valid_0/log_loss") is None
    loss = log_loss(sets.y_valid, predicted)
    assert only_run().metrics["valid_0/log_loss"] == loss


def test_sets_from_an_iterator_are_all_evaluated_and_known(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    taken = []

    def each() -> Any:
        for dataset in (train, valid):
            taken.append(dataset)
            yield dataset

    results: dict[str, Any] = {}
    callbacks = [lgb.record_evaluation(results)]
    lgb.train(PARAMS, train, 4, valid_sets=each(), valid_names=["seen", "held out"], callbacks=callbacks)
    assert taken == [train, valid]
    run = only_run()
    assert {f"{name}/binary_logloss" for name in results} == {
        "seen/binary_logloss",
        "held out/binary_logloss",
    }
    for name, metrics in results.items():
        assert list(run.series(f"{name}/binary_logloss").values) == metrics["binary_logloss"]
    assert [each["role"] for each in run.datasets] == ["train", "held out"]
    assert described(run, "held out")["shape"] == [100, 4]
    (lineage,) = [each for each in run.artifacts if each["name"] == "lineage"]
    assert {"train", "held out"} <= set(lineage["data"]["roles"])
    assert run.unseen == [] and run.problems == []


def test_an_iterator_that_fails_is_as_without_fitscribe(only_run: Any, sets: Any) -> None:
    def each() -> Any:
        yield from ()
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more") as raised:
        lgb.train(PARAMS, sets.datasets()[0], 4, valid_sets=each())
    assert not [entry for entry in raised.traceback if "fitscribe_lightgbm" in str(entry.path)]
    assert only_run().status == "failed"


def test_sets_in_a_collection_of_the_users_are_left_to_lightgbm(only_run: Any, sets: Any) -> None:
    class Once:
        """Gives its items a single time, as a reader of a stream does."""

        def __init__(self, *items: Any) -> None:
            self.items = list(items)

        def __iter__(self) -> Any:
            while self.items:
                yield self.items.pop()

    train, valid = sets.datasets()
    lgb.train(PARAMS, train, 4, valid_sets=Once(valid))
    run = only_run()
    assert len(run.series("valid_0/binary_logloss").values) == 4
    assert [each["what"] for each in run.unseen] == ["data of the eval sets"]


@pytest.mark.parametrize("wrong", [5, [5]])
def test_what_is_no_set_raises_what_lightgbm_raises(only_run: Any, sets: Any, wrong: Any) -> None:
    with fitscribe.suppress(), pytest.raises((TypeError, AttributeError)) as bare:
        lgb.train(PARAMS, sets.datasets()[0], 4, valid_sets=wrong)
    with pytest.raises(bare.type) as recorded:
        lgb.train(PARAMS, sets.datasets()[0], 4, valid_sets=wrong)
    assert str(recorded.value) == str(bare.value)
    assert only_run().status == "failed" and only_run().problems == []


@pytest.mark.parametrize("in_a_loop", [False, True])
@pytest.mark.parametrize(
    ("objective", "columns"), [("multiclass", [3]), ("multiclassova", [3]), ("regression", [])]
)
def test_the_signature_is_of_what_the_booster_predicts(
    only_run: Any, sets: Any, objective: str, columns: list[int], in_a_loop: bool
) -> None:
    params = {**PARAMS, "objective": objective, **({"num_class": 3} if columns else {})}
    data = lgb.Dataset(sets.X_train, np.arange(len(sets.X_train)) % 3, params={"verbosity": -1})
    if in_a_loop:
        booster = lgb.Booster(params, data)
        booster.update()
    else:
        booster = lgb.train(params, data, 2)
    predicted = booster.predict(sets.X_train)
    outputs = only_run().signature["outputs"]
    assert outputs == {"shape": [None, *columns], "type": "float64"}
    assert list(predicted.shape[1:]) == columns and str(predicted.dtype) == outputs["type"]


def test_other_data_to_evaluate_on_that_is_called_train(only_run: Any, sets: Any) -> None:
    training = lgb.Dataset(sets.X_train, sets.y_train, weight=np.ones(len(sets.y_train)))
    other = lgb.Dataset(sets.X_valid, sets.y_valid, reference=training)
    lgb.train(PARAMS, training, 2, valid_sets=[other], valid_names=["train"])
    run = only_run()
    assert [each["role"] for each in run.datasets] == ["train", "train (eval set)"]
    assert described(run, "train")["shape"] == [200, 4] and described(run, "train")["weights"] is True
    assert described(run, "train (eval set)")["shape"] == [100, 4]


@pytest.mark.filterwarnings("ignore:The argument 'eval_set' is deprecated")
@pytest.mark.filterwarnings("ignore:Overriding the parameters from Reference Dataset")
@pytest.mark.parametrize("way", ["estimator", "loop"])
def test_other_data_called_train_in_an_estimator_or_later_in_a_loop(
    only_run: Any, sets: Any, way: str
) -> None:
    if way == "estimator":
        model = lgb.LGBMClassifier(n_estimators=2, verbose=-1, n_jobs=1)
        model.fit(sets.X_train, sets.y_train, eval_set=[(sets.X_valid, sets.y_valid)], eval_names=["train"])
    else:
        training = lgb.Dataset(sets.X_train, sets.y_train)
        booster = lgb.Booster(PARAMS, training)
        booster.update()
        booster.eval(lgb.Dataset(sets.X_valid, sets.y_valid, reference=training), "train")
    run = only_run()
    assert [each["role"] for each in run.datasets] == ["train", "train (eval set)"]
    assert described(run, "train (eval set)")["shape"] == [100, 4]
