"""Trainings in other forms: cross-validation, continued trainings, and loops of `Booster.update`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

import fitscribe
from fitscribe.tracking import continued

PARAMS = {"objective": "binary", "verbosity": -1, "num_threads": 1}


# -- loops


def test_every_so_many_evaluations_of_a_loop_and_the_last_one(own_store: Any, sets: Any) -> None:
    fitscribe.autolog("lightgbm", quiet=True, log_every=4)
    try:
        booster = lgb.Booster(PARAMS, lgb.Dataset(sets.X_train, sets.y_train, params={"verbosity": -1}))
        for _ in range(7):
            booster.update()
            ((_, _, last, _),) = booster.eval_train()
        del booster
        continued.end_those_gone()
    finally:
        fitscribe.disable()
    run = fitscribe.get_run("latest")
    assert list(run.series("training/binary_logloss").steps) == [0, 4, 6]
    assert run.metrics["training/binary_logloss"] == last


# -- cv


def test_series_of_a_cross_validation_are_the_librarys_own(only_run: Any, sets: Any) -> None:
    results = lgb.cv(
        {**PARAMS, "metric": ["auc", "binary_logloss"]},
        lgb.Dataset(sets.X_train, sets.y_train),
        num_boost_round=7,
        nfold=3,
        eval_train_metric=True,
    )
    run = only_run()
    assert run.name == "lightgbm.cv" and run.params["nfold"] == run.facts["folds"] == 3
    assert len(results) == 8
    for name, values in results.items():
        side, _, rest = name.partition(" ")
        metric, _, kind = rest.partition("-")
        series = f"{'train' if side == 'train' else 'cv'}/{metric}{'_std' if kind == 'stdv' else ''}"
        assert list(run.series(series).values) == list(values)
        assert list(run.series(series).steps) == list(range(7))
    assert [each["role"] for each in run.datasets] == ["train"]
    assert run.problems == [] and run.unseen == []


def test_a_cross_validation_that_stops_early(only_run: Any, sets: Any) -> None:
    results = lgb.cv(
        PARAMS,
        lgb.Dataset(sets.X_train, sets.y_train),
        100,
        nfold=3,
        callbacks=[lgb.early_stopping(4, verbose=False)],
    )
    (means,) = [values for name, values in results.items() if name.endswith("-mean")]
    run = only_run()
    fact = run.facts["early_stopping"]
    assert fact["watched"] == "cv/binary_logloss" and fact["stopped_early"]
    assert fact["best_iteration"] == len(means) and fact["best"] == means[-1]
    # The library cuts its results off at the best round; the run has what came after it, too.
    values = list(run.series("cv/binary_logloss").values)
    assert values[: len(means)] == list(means) and len(values) == len(means) + 4


def test_a_cross_validation_that_goes_on_from_a_model(runs: Any, sets: Any) -> None:
    model = lgb.train(PARAMS, lgb.Dataset(sets.X_train, sets.y_train), 4)
    lgb.cv(PARAMS, lgb.Dataset(sets.X_train, sets.y_train), 3, nfold=2, init_model=model)
    lgb.cv(PARAMS, lgb.Dataset(sets.X_train, sets.y_train), 3, nfold=2)
    earlier, later, fresh = runs()
    assert later.facts["continues"] == earlier.id and later.facts["rounds_before"] == 4
    (name,) = [name for name in later.metrics if not name.endswith("_std")]
    assert list(later.series(name).steps) == [0, 1, 2]
    assert not {"continues", "rounds_before"} & fresh.facts.keys()


def test_boosters_of_the_folds_are_given_as_ever(only_run: Any, sets: Any) -> None:
    data = lgb.Dataset(sets.X_train, sets.y_train)
    boosters = lgb.cv(PARAMS, data, 3, nfold=2, return_cvbooster=True)["cvbooster"]
    assert len(boosters.boosters) == 2 and only_run().models == []


# -- going on


@pytest.mark.parametrize("form", ["booster", "path", "estimator", "loaded"])
def test_a_training_that_goes_on(runs: Any, sets: Any, tmp_path: Path, form: str) -> None:
    train, valid = sets.datasets()
    first = lgb.train(PARAMS, train, 5, valid_sets=[valid])
    train, valid = sets.datasets()
    if form == "estimator":
        model = lgb.LGBMClassifier(n_estimators=4, verbosity=-1, n_jobs=1)
        model.fit(sets.X_train, sets.y_train, init_model=first)
        booster = model.booster_
    else:
        path = str(tmp_path / "first.txt")
        model = {"booster": first, "path": path, "loaded": runs()[0].load_model()}[form]
        first.save_model(str(tmp_path / "first.txt"))
        booster = lgb.train(PARAMS, train, 4, valid_sets=[valid], init_model=model)
    earlier, later = runs()
    assert booster.num_trees() == 9 == later.facts["trees"]
    assert later.facts.get("continues") == (None if form == "path" else earlier.id)
    if form == "path":
        assert later.params["init_model"] == model
    if form != "estimator":
        assert list(later.series("valid_0/binary_logloss").steps) == [5, 6, 7, 8]
        np.testing.assert_array_equal(later.load_model().predict(sets.X_valid), booster.predict(sets.X_valid))


# -- loops of the script's own


@pytest.mark.filterwarnings("ignore:Overriding the parameters from Reference Dataset")
def test_a_loop_is_one_run(runs: Any, sets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # On a busy machine keeping the model costs more than it may.
    monkeypatch.setattr(continued, "_KEEPING_S", 60.0)
    train, valid = sets.datasets()
    booster = lgb.Booster({**PARAMS, "eta": 0.2}, train)
    booster.add_valid(valid, "held out")
    losses = []
    for _ in range(6):
        booster.update()
        ((*_, loss, _),) = [tuple(result) for result in booster.eval_valid()]
        losses.append(loss)
    score = roc_auc_score(sets.y_valid, booster.predict(sets.X_valid))
    (run,) = runs()
    assert run.name == "lightgbm.Booster" and run.status == "running"
    assert run.params["learning_rate"] == 0.2
    assert list(run.series("held out/binary_logloss").values) == losses
    assert list(run.series("held out/binary_logloss").steps) == list(range(6))
    assert run.metrics["held out/roc_auc"] == score
    assert [each["role"] for each in run.datasets] == ["train", "held out"]
    expected = booster.predict(sets.X_valid)
    del booster
    lgb.Booster(PARAMS, sets.datasets()[0]).update()  # by then the first one is known to be over
    (over, _) = runs()
    assert over.status == "finished" and over.facts["trees"] == 6
    np.testing.assert_array_equal(over.load_model().predict(sets.X_valid), expected)


@pytest.mark.parametrize("rounds", [3, 11, 50])
def test_the_model_of_a_loop_within_a_function_is_as_it_predicted(
    runs: Any, sets: Any, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(continued, "_KEEPING_S", 60.0)

    def predictions() -> Any:
        booster = lgb.Booster(PARAMS, sets.datasets()[0])
        for _ in range(rounds):
            booster.update()
        return booster.predict(sets.X_valid)

    found = predictions()
    continued.end_those_gone()
    (run,) = runs()
    assert run.status == "finished" and run.facts["trees"] == rounds and run.unseen == []
    np.testing.assert_array_equal(run.load_model().predict(sets.X_valid), found)


def test_a_loop_that_fails(runs: Any, sets: Any) -> None:
    def broken(predicted: Any, data: Any) -> Any:
        raise RuntimeError("in the objective")

    booster = lgb.Booster({**PARAMS, "objective": "none"}, sets.datasets()[0])
    with pytest.raises(RuntimeError, match="in the objective"):
        booster.update(fobj=broken)
    (run,) = runs()
    assert run.status == "failed" and run.params["objective"].endswith("broken")


def test_the_end_of_the_script_ends_the_loop(tmp_path: Path) -> None:
    script = tmp_path / "loop.py"
    script.write_text(
        "import fitscribe, lightgbm as lgb, numpy as np\n"
        "fitscribe.autolog()\n"
        "X = np.random.default_rng(0).normal(size=(90, 3))\n"
        "train = lgb.Dataset(X, (X[:, 0] > 0).astype(int))\n"
        "booster = lgb.Booster({'objective': 'binary', 'verbosity': -1, 'num_threads': 1}, train)\n"
        "for _ in range(5):\n"
        "    booster.update()\n"
        "booster.eval_train()\n"
    )
    subprocess.run([sys.executable, str(script)], check=True, capture_output=True)
    (run,) = fitscribe.search_runs()
    assert run.status == "finished" and run.facts["trees"] == 5
    assert list(run.series("training/binary_logloss").steps) == [4]
    assert run.load_model().num_trees() == 5


def test_a_trained_booster_that_is_trained_further(runs: Any, sets: Any) -> None:
    booster = lgb.train(PARAMS, sets.datasets()[0], 3, keep_training_booster=True)
    booster.update()
    booster.eval_train()
    first, further = runs()
    assert further.facts["continues"] == first.id
    assert list(further.series("training/binary_logloss").steps) == [3]


def test_checkpoints_of_a_loop(runs: Any, sets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITSCRIBE_CHECKPOINTS", "2")
    booster = lgb.Booster(PARAMS, sets.datasets()[0])
    for _ in range(5):
        booster.update()
    (run,) = runs()
    assert {"checkpoint/2", "checkpoint/4"} <= {each["name"] for each in run.models}
    assert run.load_model("checkpoint/4").num_trees() == 4


def test_what_a_loop_cannot_have_is_said_once(runs: Any, sets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITSCRIBE_MODELS", "onnx")
    monkeypatch.setenv("FITSCRIBE_CHECKPOINTS", "1")
    booster = lgb.Booster(PARAMS, sets.datasets()[0])
    for _ in range(4):
        booster.update()
    assert [each["what"] for each in runs()[0].unseen] == ["model as onnx"]


@pytest.mark.filterwarnings("ignore:Overriding the parameters from Reference Dataset")
def test_what_a_loop_is_evaluated_on_later_is_described(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    booster = lgb.Booster(PARAMS, train)
    booster.update()
    booster.add_valid(valid, "valid")
    late = lgb.Dataset(sets.X_valid, sets.y_valid, reference=train)
    for _ in range(3):
        booster.update()
        booster.eval_valid()
    booster.eval(late, "late")
    log_loss(sets.y_valid, booster.predict(sets.X_valid))
    run = only_run()
    assert [each["role"] for each in run.datasets] == ["train", "valid", "late"]
    assert all(each["description"]["shape"] == list(sets.X_valid.shape) for each in run.datasets[1:])
    assert "valid/log_loss" in run.metrics and "test/log_loss" not in run.metrics
    assert len(run.series("valid/binary_logloss").values) == 3
    assert list(run.series("late/binary_logloss").steps) == [3]


def test_a_loop_that_goes_on_with_a_trained_booster_has_what_that_was_told(runs: Any, sets: Any) -> None:
    params = {"eta": 0.3, "verbosity": -1, "num_threads": 1, "max_depth": None}
    booster = lgb.train(params, lgb.Dataset(sets.X_train, sets.y_train), 4, keep_training_booster=True)
    booster.update()
    booster.update()
    first, loop = runs()
    told = {"learning_rate": 0.3, "verbosity": -1, "num_threads": 1}
    assert {name: loop.params[name] for name in loop.changed} == told
    # As nobody has said another one; how many rounds it makes is up to the loop.
    assert loop.params["objective"] == "regression" and "num_iterations" not in loop.params
    assert loop.params["early_stopping_round"] == 0
    assert loop.facts["continues"] == first.id
