"""The arguments of ``fit`` as Keras used them, however they were passed, on data of every form."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("keras")

import numpy as np

from fitscribe_keras.fit_arguments import fit_arguments

X = np.random.default_rng(0).normal(size=(100, 4)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("int64")


class _Trained:
    """What a real training told, and what is recorded of it."""

    def __init__(self, keras: Any, *args: Any, **kwargs: Any) -> None:
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
        model.compile("sgd", "binary_crossentropy")
        self.sizes: list[int] = []
        """Of the batches that Keras trained on, as far as it counts the samples."""
        told: dict[str, Any] = {}

        class Listening(keras.callbacks.Callback):  # type: ignore[misc]
            def on_train_begin(self, logs: Any = None) -> None:
                told.update(self.params)

        given = inspect.signature(model.fit).bind(*args, **kwargs).arguments
        callbacks = [*(given.get("callbacks") or []), Listening()]
        model.fit(**{**given, "verbose": 0, "callbacks": callbacks})
        self.params = told
        self.values, self.changed = fit_arguments(given, model, told)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


def test_the_defaults_are_recorded_and_not_marked(keras: Any) -> None:
    found = _Trained(keras, X, Y)
    assert found.values == {
        "epochs": 1,
        "initial_epoch": 0,
        "batch_size": 32,
        "steps_per_epoch": 4,
        "validation_split": 0.0,
        "validation_freq": 1,
        "shuffle": True,
        "class_weight": None,
        "callbacks": [],
    }
    assert found.changed == []


def test_positional_arguments_count_as_those_with_a_name(keras: Any) -> None:
    assert _Trained(keras, X, Y, 10, 2).values == _Trained(keras, X, Y, epochs=2, batch_size=10).values
    assert sorted(_Trained(keras, X, Y, 10, 2).changed) == ["batch_size", "epochs"]


def test_an_argument_that_is_given_its_default_is_not_marked(keras: Any) -> None:
    assert _Trained(keras, X, Y, batch_size=32, epochs=1, shuffle=True).changed == []


def test_values_that_were_chosen_are_marked(keras: Any) -> None:
    found = _Trained(
        keras,
        X,
        Y,
        epochs=3,
        initial_epoch=1,
        shuffle=False,
        class_weight={0: 1.0, 1: 2.0},
        validation_data=(X[:40], Y[:40]),
        validation_freq=2,
        validation_batch_size=20,
        validation_steps=2,
        callbacks=[keras.callbacks.TerminateOnNaN()],
    )
    assert found["class_weight"] == {0: 1.0, 1: 2.0}
    assert found["callbacks"] == ["TerminateOnNaN"]
    assert (found["validation_batch_size"], found["validation_steps"]) == (20, 2)
    assert set(found.changed) == {
        "epochs",
        "initial_epoch",
        "shuffle",
        "class_weight",
        "validation_freq",
        "validation_batch_size",
        "validation_steps",
        "callbacks",
    }


def test_how_much_is_printed_is_no_parameter(keras: Any) -> None:
    assert "verbose" not in _Trained(keras, X, Y, verbose=2).values


def test_the_batch_size_follows_from_the_steps(keras: Any) -> None:
    found = _Trained(keras, X, Y, steps_per_epoch=3)
    assert (found["batch_size"], found["steps_per_epoch"]) == (34, 3)
    assert "steps_per_epoch" in found.changed


def test_the_steps_are_those_of_what_a_split_leaves(keras: Any) -> None:
    found = _Trained(keras, X, Y, validation_split=0.25, batch_size=25)
    assert (found["steps_per_epoch"], found["validation_batch_size"]) == (3, 25)
    assert set(found.changed) == {"validation_split", "batch_size"}


def test_the_batch_size_of_validation_is_that_of_training_where_none_is_given(keras: Any) -> None:
    found = _Trained(keras, X, Y, batch_size=20, validation_data=(X, Y))
    assert found["validation_batch_size"] == 20
    assert "validation_batch_size" not in found.changed


def test_the_batch_size_of_a_dataset_of_tensorflow_is_its_own(keras: Any) -> None:
    tensorflow = pytest.importorskip("tensorflow")
    samples = tensorflow.data.Dataset.from_tensor_slices((X, Y))
    found = _Trained(keras, samples.shuffle(100).batch(25), validation_data=samples.batch(50))
    assert (found["batch_size"], found["validation_batch_size"]) == (25, 50)
    assert (found["steps_per_epoch"], found["shuffle"]) == (4, True)
    assert not _Trained(keras, samples.batch(25))["shuffle"]


def test_the_batch_size_of_a_loader_is_its_own(keras: Any) -> None:
    torch = pytest.importorskip("torch")
    dataset = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    found = _Trained(keras, torch.utils.data.DataLoader(dataset, batch_size=20, shuffle=True))
    assert (found["batch_size"], found["steps_per_epoch"], found["shuffle"]) == (20, 5, True)


def test_the_batch_size_of_a_dataset_of_keras_is_its_attribute(keras: Any) -> None:
    class Batches(keras.utils.Sequence):  # type: ignore[misc]
        batch_size = 20

        def __len__(self) -> int:
            return 5

        def __getitem__(self, index: int) -> Any:
            part = slice(index * 20, index * 20 + 20)
            return X[part], Y[part]

    found = _Trained(keras, Batches(), shuffle=False)
    assert (found["batch_size"], found["steps_per_epoch"], found["shuffle"]) == (20, 5, False)
    assert _Trained(keras, Batches())["shuffle"] is True


def test_nobody_knows_the_batch_size_of_a_generator(keras: Any) -> None:
    drawn: list[int] = []

    def batches() -> Iterator[Any]:
        while True:
            drawn.append(1)
            yield X[:10], Y[:10]

    generator = batches()
    values, changed = fit_arguments(
        {"x": generator, "steps_per_epoch": 7}, _model(keras), {"steps": 7, "epochs": 1}
    )
    assert not drawn
    assert (values["batch_size"], values["steps_per_epoch"], values["shuffle"]) == (None, 7, None)
    assert changed == ["steps_per_epoch"]


def test_callbacks_are_named_in_whatever_they_come(keras: Any) -> None:
    stopping, terminating = keras.callbacks.EarlyStopping(), keras.callbacks.TerminateOnNaN()
    model = _model(keras)
    for given in ([stopping, [terminating]], (stopping, terminating)):
        values, _ = fit_arguments({"x": X, "callbacks": given}, model, {})
        assert values["callbacks"] == ["EarlyStopping", "TerminateOnNaN"]
    listed = keras.callbacks.CallbackList([stopping], add_history=True, model=model)
    assert fit_arguments({"x": X, "callbacks": listed}, model, {})[0]["callbacks"] == [
        "EarlyStopping",
        "History",
    ]
    assert fit_arguments({"x": X, "callbacks": stopping}, model, {})[0]["callbacks"] == ["EarlyStopping"]


def test_what_keras_2_takes_for_its_workers_is_recorded(keras: Any) -> None:
    values, changed = fit_arguments({"x": X, "workers": 4}, _model(keras), {})
    assert values["workers"] == 4
    assert changed == ["workers"]


def _model(keras: Any) -> Any:
    return keras.Sequential([keras.layers.Dense(1)])
