"""A call of ``fit``: its series, parameters, model, and how it ended, against Keras' own history."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fitscribe

Make = Callable[..., Any]
SPLIT = 96


def fitted(make: Make, table: Any, **given: Any) -> tuple[Any, Any]:
    x, y = table
    model = make()
    history = model.fit(
        x[:SPLIT],
        y[:SPLIT],
        **{"epochs": 3, "batch_size": 32, "verbose": 0, "validation_data": (x[SPLIT:], y[SPLIT:]), **given},
    )
    return model, history


def test_epochs_are_series_at_the_last_step_of_each(classifier: Make, table: Any, only_run: Any) -> None:
    _, history = fitted(classifier, table)
    run = only_run()
    for ours, keras_own in (
        ("train/loss", "loss"),
        ("train/accuracy", "accuracy"),
        ("valid/loss", "val_loss"),
        ("valid/accuracy", "val_accuracy"),
    ):
        series = run.series(ours)
        assert list(series.values) == pytest.approx(history.history[keras_own], rel=1e-12)
        assert list(series.steps) == [3, 6, 9]
    assert list(run.series("epoch").steps) == [1, 4, 7]
    assert list(run.series("epoch").values) == [0, 1, 2]
    assert list(run.series("train/batch_loss").steps) == list(range(1, 10))
    assert run.series("train/batch_loss").values[2] == pytest.approx(run.series("train/loss").values[0])
    assert len(run.series("epoch_seconds").values) == 3
    assert run.status == "finished" and run.name == "Sequential"
    assert run.params["epochs"] == 3 and run.params["batch_size"] == 32
    assert run.params["optimizer"] == "SGD"
    assert run.params["optimizer__learning_rate"] == pytest.approx(0.1)
    assert run.environment


@pytest.mark.parametrize("form", ["positional", "none", "tuple", "list", "one", "callback list", "twice"])
def test_callbacks_of_the_script_are_called_however_they_are_given(
    form: str, keras: Any, classifier: Make, table: Any, only_run: Any
) -> None:
    seen: list[int] = []

    class Own(keras.callbacks.Callback):  # type: ignore[misc,name-defined]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seen.append(epoch)

    own = Own()
    model = classifier()
    given: Any = {"none": None, "tuple": (own,), "list": [own], "one": own}.get(form, [own])
    if form == "callback list":
        given = keras.callbacks.CallbackList(
            [own], add_history=True, model=model, epochs=2, steps=4, verbose=0
        )
    before = list(given) if isinstance(given, list) else None
    held = list(given.callbacks) if form == "callback list" else None
    x, y = table
    if form == "positional":
        model.fit(x, y, 32, 2, 0, given)
    elif form == "twice":
        model.fit(x, y, batch_size=32, epochs=1, verbose=0, callbacks=given)
        classifier().fit(x, y, batch_size=32, epochs=1, verbose=0, callbacks=given)
    else:
        model.fit(x, y, batch_size=32, epochs=2, verbose=0, callbacks=given)
    assert seen == ([] if form == "none" else [0, 0] if form == "twice" else [0, 1])
    if before is not None:
        assert given == before
    if held is not None:
        assert given.callbacks == held
    if form == "twice":
        assert all(len(run.series("train/loss").values) == 1 for run in fitscribe.search_runs())
    else:
        assert len(only_run().series("train/loss").values) == 2


def test_what_callbacks_add_and_raise_is_there(
    keras: Any, classifier: Make, table: Any, only_run: Any
) -> None:
    class Own(keras.callbacks.Callback):  # type: ignore[misc,name-defined]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            logs["my_score"] = 10.0 + epoch
            if epoch == 1:
                raise ValueError("mine")

    with pytest.raises(ValueError, match="mine") as raised:
        fitted(classifier, table, callbacks=[Own()])
    if sys.version_info >= (3, 11):  # before, a frame of the wrapper's is hidden, and there
        assert not any("fitscribe" in str(frame.path) for frame in raised.traceback)
    run = only_run()
    assert run.status == "failed"
    assert list(run.series("my_score").values) == [10.0, 11.0]
    assert len(run.series("train/loss").values) == len(run.series("valid/loss").values) == 2


def test_early_stopping_in_full(keras: Any, classifier: Make, table: Any, only_run: Any) -> None:
    stop = keras.callbacks.EarlyStopping("val_loss", patience=2, min_delta=100.0, restore_best_weights=True)
    _, history = fitted(classifier, table, epochs=10, callbacks=[stop])
    run = only_run()
    fact = run.facts["early_stopping"]
    assert fact["stopped_early"] and fact["stopped_epoch"] == stop.stopped_epoch == len(history.epoch) - 1
    assert fact["watched"] == "valid/loss" and fact["patience"] == 2 and fact["tolerance"] == 100.0
    assert fact["best_iteration"] == stop.best_epoch and fact["best"] == pytest.approx(float(stop.best))
    assert fact["wasted_iterations"] == stop.stopped_epoch - stop.best_epoch
    assert fact["restored"] and fact["direction"] == "min"
    assert "no improvement for 2" in fact["reason"]


def test_a_training_that_ran_out_says_so(keras: Any, classifier: Make, table: Any, only_run: Any) -> None:
    fitted(classifier, table, callbacks=[keras.callbacks.EarlyStopping("val_loss", patience=5)])
    fact = only_run().facts["early_stopping"]
    assert not fact["stopped_early"] and "ran out of iterations (epochs=3)" in fact["reason"]


def test_a_reduced_learning_rate_is_a_series_and_a_fact(
    keras: Any, classifier: Make, table: Any, only_run: Any
) -> None:
    plateau = keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=100.0)
    fitted(classifier, table, epochs=4, callbacks=[plateau])
    run = only_run()
    rates = list(run.series("learning_rate").values)
    assert rates[0] == pytest.approx(0.1) and rates[-1] < 0.1
    fact = run.facts["reduced_learning_rate"]
    assert (
        fact["factor"] == 0.5 and fact["watched"] == "train/loss" and fact["times"] == len(fact["epochs"]) > 0
    )


def test_checkpoints_are_noticed(
    keras: Any, classifier: Make, table: Any, tmp_path: Path, only_run: Any
) -> None:
    path = tmp_path / "best.keras"
    model, _ = fitted(classifier, table, callbacks=[keras.callbacks.ModelCheckpoint(str(path))])
    model.save_weights(str(tmp_path / "after.weights.h5"))
    records = {each["name"]: each["data"] for each in only_run().artifacts if each["kind"] == "checkpoint"}
    kept = records[f"checkpoint/{path}"]
    assert kept["saves"] == 3 and kept["size"] == path.stat().st_size and kept["step"] == 9
    assert kept["by"] == "Model.save" and kept["holds"]["kind"] == "model"
    assert f"checkpoint/{tmp_path / 'after.weights.h5'}" in records


def test_the_model_comes_back_bit_identical(classifier: Make, table: Any, only_run: Any) -> None:
    model, _ = fitted(classifier, table)
    again = only_run().load_model()
    x = table[0]
    assert np.array_equal(np.asarray(model.predict(x, verbose=0)), np.asarray(again.predict(x, verbose=0)))


def test_results_are_those_without(keras: Any, classifier: Make, table: Any, runs: Any) -> None:
    recorded, history = fitted(classifier, table)
    with fitscribe.suppress():
        bare, bare_history = fitted(classifier, table)
    assert history.history == bare_history.history
    for one, other in zip(recorded.get_weights(), bare.get_weights(), strict=True):
        assert np.array_equal(one, other)
    assert len(runs()) == 1


def test_a_second_fit_goes_on_and_says_so(classifier: Make, table: Any, runs: Any) -> None:
    model, _ = fitted(classifier, table, epochs=1)
    model.fit(*table, epochs=3, initial_epoch=1, verbose=0)
    first, second = runs()
    assert second.facts["continues"] == first.id
    assert list(second.series("epoch").values) == [1, 2] and second.facts["epochs"] == 3


def test_an_interrupted_training_keeps_what_it_had(
    keras: Any, classifier: Make, table: Any, only_run: Any
) -> None:
    class Interrupt(keras.callbacks.Callback):  # type: ignore[misc,name-defined]
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            if self.model.optimizer.iterations == 4:
                raise KeyboardInterrupt

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            """With one of these Keras calls all callbacks in this thread."""

    with pytest.raises(KeyboardInterrupt):
        fitted(classifier, table, callbacks=[Interrupt()])
    run = only_run()
    assert run.status == "interrupted"
    assert len(run.series("train/loss").values) == 1 and len(run.series("train/batch_loss").values) == 4


def test_a_metric_of_each_class_is_a_series_of_each(
    keras: Any, classifier: Make, table: Any, only_run: Any
) -> None:
    if not hasattr(keras.metrics, "F1Score"):
        pytest.skip("there is no F1Score before Keras 2.13")
    x, y = table
    model = classifier(loss="categorical_crossentropy", metrics=[keras.metrics.F1Score(average=None)])
    model.fit(x, np.eye(3, dtype="float32")[y], epochs=1, verbose=0)
    assert {f"train/f1_score[{index}]" for index in range(3)} <= set(only_run().metrics)


def test_nothing_of_the_scripts_is_held(keras: Any, classifier: Make, table: Any, runs: Any) -> None:
    import gc
    import weakref

    x, y = table
    own = keras.callbacks.Callback()
    model = classifier()
    data = x.copy()
    model.fit(data, y, epochs=1, verbose=0, callbacks=[own])
    gone = [weakref.ref(each) for each in (model, own, data)]
    del model, own, data
    keras.backend.clear_session()
    gc.collect()
    assert [each() for each in gone[1:]] == [None, None]
    assert gone[0]() is None
