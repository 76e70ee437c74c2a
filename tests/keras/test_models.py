"""Trained models: kept as Keras' own files, loaded as they were, and data alone where they are said to be."""

from __future__ import annotations

import io
import json
import random
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("keras")

from tests.keras import architectures
from tests.keras.architectures import (
    Holding,
    Scaled,
    Silent,
    Subclassed,
    keras,
    layers,
    predicted,
    same,
    trained,
)

import fitscribe
from fitscribe.models import ModelNotLoadable, UntrustedModel, native_format
from fitscribe.reading.checked_model import CheckedModel
from fitscribe.tracking import model_log, options
from fitscribe_keras import configs, saving
from fitscribe_keras.formats import MODELS, log_model

ROOT: str = keras.__name__.partition(".")[0]
OF_KERAS = [
    architectures.sequential,
    architectures.deferred,
    architectures.functional,
    architectures.recurrent,
]


@pytest.fixture(autouse=True)
def run(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A run that is open, with options of this test alone."""
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    monkeypatch.setattr(options, "_given", {})
    with fitscribe.start_run("by hand") as opened:
        yield opened


def kept(run: Any, model: Any) -> Any:
    log_model(run, model)
    return run.load_model()


def entry_of(run: Any) -> dict[str, Any]:
    (entry,) = run.models
    return dict(entry)


def path_of(run: Any) -> Path:
    folder: Path = run.store.run_folder(run.id)
    return folder / entry_of(run)["path"]


def unseen(run: Any) -> dict[str, str]:
    return {each["what"]: each["why"] for each in run.unseen}


@pytest.mark.parametrize("make", OF_KERAS)
def test_a_model_of_keras_own_is_kept_as_data_and_predicts_the_same(
    run: Any, make: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, x = trained(make())
    log_model(run, model)
    assert entry_of(run)["format"] == f"{ROOT}/keras"
    assert unseen(run) == {}
    monkeypatch.setenv("FITSCRIBE_KEY", "1" * 64)  # whoever wrote it
    loaded = run.load_model()
    assert type(loaded) is type(model)
    assert same(predicted(loaded, x), predicted(model, x))


def test_a_loaded_model_goes_on_training_where_it_was(run: Any) -> None:
    model, x = trained(architectures.sequential())
    loaded = kept(run, model)
    target = np.ones((len(x), 3), "float32")
    for each in (model, loaded):
        each.fit(x, target, epochs=2, batch_size=8, shuffle=False, verbose=0)
    assert same(predicted(loaded, x), predicted(model, x))


def test_a_model_with_a_signature_is_given_back_bare(run: Any) -> None:
    model, _ = trained(architectures.sequential())
    native = native_format(model)
    assert native is not None
    run.log_model(model, native=native, signature={"inputs": {"shape": [None, 4], "type": "float32"}})
    assert type(run.load_model()) is not CheckedModel


def test_a_class_of_the_users_is_loaded_from_its_module_by_its_author_alone(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, x = trained(Subclassed(6))
    loaded = kept(run, model)
    assert entry_of(run)["format"] == f"{ROOT}/keras-code"
    assert type(loaded) is Subclassed and loaded.scaled.factor == 3.0
    assert same(predicted(loaded, x), predicted(model, x))
    monkeypatch.setenv("FITSCRIBE_KEY", "1" * 64)
    with pytest.raises(UntrustedModel, match="load_weights"):
        run.load_model()
    assert same(predicted(run.load_model(trust=True), x), predicted(model, x))


def test_a_layer_of_the_users_makes_a_file_more_than_data(run: Any) -> None:
    model, x = trained(keras.Sequential([keras.Input((4,)), Scaled(), layers.Dense(3)]))
    loaded = kept(run, model)
    assert entry_of(run)["format"] == f"{ROOT}/keras-code"
    assert same(predicted(loaded, x), predicted(model, x))


def test_functions_of_the_users_are_found_where_they_were(run: Any) -> None:
    net = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation=architectures.twice)])
    model, x = trained(net, architectures.squared)
    loaded = kept(run, model)
    assert entry_of(run)["format"] == f"{ROOT}/keras-code"
    assert same(predicted(loaded, x), predicted(model, x))
    assert loaded.loss is architectures.squared


def test_a_lambda_layer_is_code(run: Any) -> None:
    net = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Lambda(lambda x: x * 3)])
    model, x = trained(net)
    loaded = kept(run, model)
    assert entry_of(run)["format"] == f"{ROOT}/keras-code"
    assert same(predicted(loaded, x), predicted(model, x))


def test_of_a_model_that_keras_cannot_write_the_weights_are_kept(run: Any) -> None:
    model, x = trained(Holding(SimpleNamespace(units=3)))
    log_model(run, model)
    assert entry_of(run)["format"] == f"{ROOT}/weights"
    reason = unseen(run)["structure of model"]
    assert "Holding was made with" in reason and "its weights are kept" in reason
    with pytest.raises(ModelNotLoadable, match=r"only the weights .*Holding.*load_weights"):
        run.load_model()
    other, _ = trained(Holding(SimpleNamespace(units=3)))
    other.load_weights(path_of(run))
    assert same(predicted(other, x), predicted(model, x))


def test_a_model_that_says_nothing_of_itself_is_whole_if_it_has_the_defaults(run: Any) -> None:
    model, x = trained(Silent())
    loaded = kept(run, model)
    assert entry_of(run)["format"] == f"{ROOT}/keras-code"
    assert same(predicted(loaded, x), predicted(model, x))


def test_no_other_model_is_loaded_in_the_place_of_one_that_says_nothing_of_itself(run: Any) -> None:
    model = Silent(2)
    x = np.ones((4, 4), "float32")
    model.predict(x, verbose=0)
    log_model(run, model)
    if entry_of(run)["format"] == f"{ROOT}/weights":
        assert "the units that" in unseen(run)["structure of model"]
    else:
        assert same(predicted(run.load_model(), x), predicted(model, x))


def test_what_a_class_raises_is_the_reason(run: Any) -> None:
    class Failing(Scaled):
        def get_config(self) -> dict[str, Any]:
            raise RuntimeError("not today")

    model, _ = trained(keras.Sequential([keras.Input((4,)), Failing(), layers.Dense(3)]))
    log_model(run, model)
    assert entry_of(run)["format"] == f"{ROOT}/weights"
    assert "not today" in unseen(run)["structure of model"]


def test_a_class_within_a_function_is_missed_when_it_is_loaded(run: Any) -> None:
    class Local(Scaled):
        pass

    model, _ = trained(keras.Sequential([keras.Input((4,)), Local(), layers.Dense(3)]))
    log_model(run, model)
    with pytest.raises(ModelNotLoadable, match=r"needs .*Local.*load_weights"):
        run.load_model()


def test_a_model_without_weights_is_named_as_unseen(run: Any) -> None:
    log_model(run, architectures.deferred())
    assert unseen(run) == {"model": "it has no weights yet"}


def test_no_model_is_kept_where_none_is_wanted(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model, _ = trained(architectures.sequential())
    monkeypatch.setenv("FITSCRIBE_MODELS", "0")
    with fitscribe.start_run("without") as other:
        log_model(other, model)
        assert list(other.models) == [] and unseen(other) == {}


def test_a_model_beyond_the_budget_is_not_even_written(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model, _ = trained(architectures.sequential())
    monkeypatch.setattr(model_log, "MODEL_LIMIT_BYTES", 100)
    monkeypatch.setattr(saving, "_written", lambda *_: pytest.fail("it was written"))
    log_model(run, model)
    assert "larger than" in unseen(run)["model"]


@pytest.mark.parametrize("make", OF_KERAS)
def test_the_size_is_known_before_the_file_is(run: Any, make: Callable[[], Any]) -> None:
    model, _ = trained(make())
    native = native_format(model)
    assert native is not None and native.size is not None
    log_model(run, model)
    trained_ones = 4 * sum(int(np.prod(tuple(each.shape))) for each in model.trainable_weights)
    # Adam has two more of each.
    assert 4 * model.count_params() + 2 * trained_ones <= native.size(model) < entry_of(run)["size"]


def test_saving_leaves_everything_as_it_was(run: Any, capfd: pytest.CaptureFixture[str]) -> None:
    model, x = trained(architectures.functional())
    before = predicted(model, x)
    attributes, weights = set(vars(model)), [np.array(each) for each in model.get_weights()]
    random.seed(7)
    np.random.seed(7)
    states = random.getstate(), np.random.get_state()[1].tolist()  # type: ignore[index]
    capfd.readouterr()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        log_model(run, model)
    assert capfd.readouterr() == ("", "")
    assert (random.getstate(), np.random.get_state()[1].tolist()) == states  # type: ignore[index]
    assert set(vars(model)) == attributes
    assert same([np.array(each) for each in model.get_weights()], weights)
    assert same(predicted(model, x), before)


def test_saving_takes_no_names_from_the_layers_to_come(run: Any) -> None:
    model, _ = trained(architectures.sequential())
    kinds = [layers.Layer, lambda: layers.Dense(1), keras.Sequential]
    first = [_number(make().name) for make in kinds]
    log_model(run, model)
    assert [_number(make().name) for make in kinds] == [each + 1 for each in first]


def _number(name: str) -> int:
    digits = name.rpartition("_")[2]
    return int(digits) if digits.isdecimal() else 0


# -- files that somebody has changed


def rewritten(data: bytes, change: Callable[[dict[str, Any]], None], *, weights: str = "") -> bytes:
    """A file with another configuration in it."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                config = json.loads(content)
                change(config)
                content = json.dumps(config).encode()
            is_weights = name == "model.weights.h5"
            new.writestr(weights if weights and is_weights else name, content)
    return changed.getvalue()


def load_as_data(data: bytes) -> Any:
    (native,) = [each for each in MODELS.formats if each.name == f"{ROOT}/keras"]
    return native.load(data, {})


def test_a_changed_file_imports_no_module_that_it_names(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, _ = trained(architectures.sequential())
    log_model(run, model)
    marker = tmp_path / "ran"
    (tmp_path / "planted.py").write_text(f"open({str(marker)!r}, 'w').close()\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    def change(config: dict[str, Any]) -> None:
        layer = config["config"]["layers"][1]
        layer.update(module="planted", class_name="Anything", registered_name="Anything")

    path = path_of(run)
    path.write_bytes(rewritten(path.read_bytes(), change))
    with pytest.raises(ModelNotLoadable, match="planted.Anything"):
        run.load_model()
    assert not marker.exists()


def test_weights_that_may_be_a_pickle_are_not_read(run: Any) -> None:
    model, _ = trained(architectures.sequential())
    log_model(run, model)
    data = rewritten(path_of(run).read_bytes(), lambda config: None, weights="model.weights.npz")
    with pytest.raises(ModelNotLoadable, match="its weights"):
        load_as_data(data)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"class_name": "__lambda__", "config": {"value": "4wE="}}, "a function"),
        ({"module": None, "class_name": "Mine", "config": {}}, "__main__.Mine"),
        ({"module": "os", "class_name": "function", "config": "system"}, "function os.system"),
        ({"module": "keras.utils", "class_name": "function", "config": "get_file"}, "keras.utils.get_file"),
        ({"module": "keras.utils", "class_name": "get_file", "config": {}}, "is no class"),
        ({"module": "builtins", "class_name": "function", "config": "exec"}, "builtins.exec"),
        ({"module": "keras.layers", "class_name": "Lambda", "config": {}}, "class Lambda"),
        ({"module": "keras.layers", "class_name": "TFSMLayer", "config": {}}, "class TFSMLayer"),
        ({"module": "keras_hub.models", "class_name": "Task", "config": {}}, "keras_hub.models.Task"),
        ({"class_name": "__typespec__", "module": "os", "config": []}, "__typespec__"),
        (
            {"module": "keras.layers", "class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}},
            "the file /etc/passwd",
        ),
    ],
)
def test_what_runs_code_or_reads_files_is_recognised_wherever_it_stands(
    entry: dict[str, Any], reason: str
) -> None:
    harmless = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 3, "activation": "relu"}}
    assert (
        configs.why_code({"class_name": "Sequential", "module": "keras", "config": {"a": [harmless]}}) == ""
    )
    inside = {**harmless, "config": {"units": 3, "kernel": [{"deeper": (entry,)}]}}
    assert reason in configs.why_code(inside)
