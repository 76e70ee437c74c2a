"""What gives Keras its data in batches, described without taking any of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("keras")

import numpy as np

import fitscribe
from fitscribe_keras import data

Table = tuple[Any, Any]
Classifier = Callable[..., Any]


def test_a_batched_dataset_says_its_rows_batches_and_types(table: Table) -> None:
    tensorflow = pytest.importorskip("tensorflow")
    dataset = tensorflow.data.Dataset.from_tensor_slices(table).shuffle(10).batch(32).prefetch(1)
    found = data.described(dataset)
    assert found == {
        "container": "tensorflow.data.Dataset",
        "rows": 120,
        "shape": [120, 4],
        "dtype": "float32",
        "batches": 4,
        "batch_size": 32,
        "shuffle": True,
        "target": {"container": "tensorflow.Tensor", "shape": [120], "dtype": "int64"},
        "not_read": "no batch of it is asked for",
    }


def test_a_dataset_is_read_whatever_comes_before_and_after_its_batching(table: Table) -> None:
    tensorflow = pytest.importorskip("tensorflow")
    samples = tensorflow.data.Dataset.from_tensor_slices(table)
    kinds = {
        "mapped": samples.map(lambda x, y: (x, y))
        .batch(30)
        .map(lambda x, y: (x * 2, y), num_parallel_calls=2),
        "zipped": tensorflow.data.Dataset.zip(
            (samples.batch(30).map(lambda x, y: x), samples.batch(30).map(lambda x, y: y))
        ),
        "cached": samples.cache().batch(30, num_parallel_calls=2).cache(),
        "padded": samples.padded_batch(30),
        "dropped": samples.batch(30, drop_remainder=True),
    }
    for name, dataset in kinds.items():
        found = data.described(dataset)
        assert (found["rows"], found["batches"], found["batch_size"]) == (120, 4, 30), name
        assert not found["shuffle"], name
    taken = data.described(samples.batch(30).take(2))
    assert (taken["batches"], taken["batch_size"]) == (2, 30)
    assert taken["shape"] == [None, 4]
    endless = data.described(samples.repeat().batch(30))
    assert endless["repeated"]
    assert "batches" not in endless
    rebatched = data.described(samples.batch(30).unbatch().batch(7))
    assert rebatched["batch_size"] == 7


def test_a_numbered_dataset_is_described_as_what_is_numbered(table: Table) -> None:
    tensorflow = pytest.importorskip("tensorflow")
    batches = tensorflow.data.Dataset.from_tensor_slices(table).shuffle(120).batch(32)
    found = data.described(batches)
    assert (found["rows"], found["batch_size"], found["shuffle"]) == (120, 32, True)
    assert data.described(batches.enumerate()) == found
    assert data.described(batches.enumerate(start=1).prefetch(1)) == found


def test_a_dataset_of_single_samples_has_no_batch_size(table: Table) -> None:
    tensorflow = pytest.importorskip("tensorflow")
    found = data.described(tensorflow.data.Dataset.from_tensor_slices(table))
    assert (found["rows"], found["shape"]) == (120, [120, 4])
    assert "batch_size" not in found
    assert "batches" not in found


def test_no_element_of_a_dataset_is_made() -> None:
    tensorflow = pytest.importorskip("tensorflow")
    made = []

    def samples() -> Iterator[Any]:
        made.append(1)
        yield np.zeros(4, "float32"), 0

    signature = (tensorflow.TensorSpec((4,), "float32"), tensorflow.TensorSpec((), "int32"))
    dataset = tensorflow.data.Dataset.from_generator(samples, output_signature=signature).batch(8)
    found = data.described(dataset)
    assert (found["batch_size"], found["shape"]) == (8, [None, 4])
    assert not made


def test_a_dataset_of_several_inputs_is_described_by_name() -> None:
    tensorflow = pytest.importorskip("tensorflow")
    parts = (
        {"a": np.zeros((8, 2), "float32"), "b": np.zeros((8, 3), "int32")},
        np.zeros(8, "int32"),
        np.ones(8),
    )
    found = data.described(tensorflow.data.Dataset.from_tensor_slices(parts).batch(4))
    assert found["inputs"]["b"] == {"container": "tensorflow.Tensor", "shape": [8, 3], "dtype": "int32"}
    assert found["target"]["shape"] == [8]
    assert found["sample_weight"]["dtype"] == "float64"


def test_nothing_is_drawn_from_a_generator() -> None:
    def batches() -> Iterator[int]:
        yield from range(3)

    generator = batches()
    found = data.described(generator)
    assert (found["container"], found["name"]) == ("generator", "batches")
    assert "left to the training" in found["not_read"]
    assert list(generator) == [0, 1, 2]


def test_nothing_is_drawn_from_an_iterator() -> None:
    iterator = iter([1, 2, 3])
    assert data.described(iterator)["container"] == "list_iterator"
    assert list(iterator) == [1, 2, 3]


def _batches(keras: Any, base: str = "Sequence", **attributes: Any) -> Any:
    class Batches(getattr(keras.utils, base)):  # type: ignore[misc]
        asked = 0

        def __init__(self) -> None:
            if "PyDataset" in dir(keras.utils):
                super().__init__(workers=2)
            vars(self).update(attributes)

        def __len__(self) -> int:
            return 5

        def __getitem__(self, index: int) -> Any:
            type(self).asked += 1
            return np.zeros((8, 4), "float32"), np.zeros(8)

    return Batches()


def test_a_dataset_of_keras_is_asked_for_its_length_alone(keras: Any) -> None:
    batches = _batches(keras, batch_size=8)
    found = data.described(batches)
    assert found["container"].endswith("Batches")
    assert (found["batches"], found["batch_size"]) == (5, 8)
    if hasattr(keras.utils, "PyDataset"):
        assert (found["workers"], found["use_multiprocessing"]) == (2, False)
    assert not type(batches).asked


def test_an_endless_dataset_of_keras_has_no_number_of_batches(keras: Any) -> None:
    if not hasattr(keras.utils, "PyDataset"):
        pytest.skip("Keras 2 has none")

    class Endless(keras.utils.PyDataset):  # type: ignore[misc]
        @property
        def num_batches(self) -> None:
            return None

        def __getitem__(self, index: int) -> Any:
            raise AssertionError

    assert "batches" not in data.described(Endless())


def test_a_property_that_says_the_batch_size_is_not_asked(keras: Any) -> None:
    batches = _batches(keras)
    type(batches).batch_size = property(lambda self: 1 / 0)
    assert "batch_size" not in data.described(batches)


def test_a_loader_says_its_batches_and_its_tensors_are_described(table: Table) -> None:
    torch = pytest.importorskip("torch")
    tensors = [torch.from_numpy(each) for each in table]
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(*tensors), batch_size=50, shuffle=True
    )
    state = torch.get_rng_state()
    found = data.described(loader)
    assert torch.equal(state, torch.get_rng_state())
    assert (found["batches"], found["batch_size"], found["rows"], found["shuffle"]) == (3, 50, 120, True)
    assert (found["loader"], found["sampler"]) == ("DataLoader", "RandomSampler")
    assert (found["shape"], found["target"]["classes"]["0"]) == ([120, 4], 40)
    assert "not_read" not in found


def test_a_loader_of_an_iterable_is_not_iterated() -> None:
    torch = pytest.importorskip("torch")

    class Endless(torch.utils.data.IterableDataset):  # type: ignore[misc]
        def __iter__(self) -> Iterator[Any]:
            raise AssertionError

    found = data.described(torch.utils.data.DataLoader(Endless(), batch_size=4))
    assert found["batch_size"] == 4
    assert "rows" not in found


def test_a_recorded_training_gets_every_element_of_a_generator(
    keras: Any, runs: Any, table: Table, classifier: Classifier
) -> None:
    x, y = table

    def trained_on() -> tuple[list[int], list[Any]]:
        drawn: list[int] = []

        def batches() -> Iterator[Any]:
            for number in range(100):
                drawn.append(number)
                yield x[number : number + 8], y[number : number + 8]

        model = classifier()
        model.fit(batches(), steps_per_epoch=3, epochs=2, verbose=0)
        return drawn, model.get_weights()

    recorded = trained_on()
    assert len(runs()) == 1
    fitscribe.disable(keras.__name__)
    bare = trained_on()
    # TensorFlow draws ahead, as far as it comes to it: the six that were trained on are the first six.
    assert recorded[0][:6] == bare[0][:6] == list(range(6))
    for one, other in zip(recorded[1], bare[1], strict=True):
        assert np.array_equal(one, other)
