"""Trained modules: kept as safetensors with what rebuilds them, and loaded as they were."""

from __future__ import annotations

import copy
import hashlib
import pickle
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from tests.torch.weighing import kept, path_of, unseen
from torch import nn

import fitscribe
from fitscribe.models import ModelNotLoadable
from fitscribe.tracking import model_log, retention
from fitscribe_torch.weights import MODELS, log_weights


class Tied(nn.Module):
    """Nearly everything that a module can hold."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10, 8)
        self.rnn = nn.LSTM(8, 8, num_layers=2, batch_first=True, dropout=0.5)
        self.head = nn.Linear(8, 10, bias=False)
        self.head.weight = self.embedding.weight
        self.norm = nn.BatchNorm1d(10)
        self.register_buffer("mask", torch.arange(10) % 3, persistent=False)
        self.scale = torch.tensor(2.0)
        self.frozen = nn.Parameter(torch.ones(1), requires_grad=False)
        self.settings = {"name": "tied", "sizes": (1, 2)}

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        states, _ = self.rnn(self.embedding(tokens))
        return self.norm(self.head(states)[:, -1] * self.mask * self.scale)


TOKENS = torch.arange(20).reshape(4, 5) % 10


def trained() -> Tied:
    model = Tied()
    optimizer = torch.optim.Adam([each for each in model.parameters() if each.requires_grad], lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        model(TOKENS).square().mean().backward()
        optimizer.step()
    return model


@pytest.mark.parametrize("training", [True, False])
def test_a_module_comes_back_with_equal_outputs(run: Any, training: bool) -> None:
    model = trained().train(training)
    loaded = kept(run, model)
    assert type(loaded) is Tied and loaded.settings == model.settings
    assert [each.training for each in loaded.modules()] == [each.training for each in model.modules()]
    torch.testing.assert_close(loaded.eval()(TOKENS), model.eval()(TOKENS), rtol=0, atol=0)
    assert loaded.state_dict().keys() == model.state_dict().keys()
    assert [each.requires_grad for each in loaded.parameters()] == [
        each.requires_grad for each in model.parameters()
    ]
    (entry,) = run.models
    assert entry["format"] == "torch/safetensors" and entry["path"].endswith("model.safetensors")


def test_what_is_loaded_is_trained_on(run: Any) -> None:
    model = trained().eval()
    loaded = kept(run, model)
    assert loaded.head.weight is loaded.embedding.weight
    for each in (model, loaded):
        optimizer = torch.optim.SGD([part for part in each.parameters() if part.requires_grad], lr=0.1)
        optimizer.zero_grad()
        each(TOKENS).sum().backward()
        optimizer.step()
    torch.testing.assert_close(loaded(TOKENS), model(TOKENS), rtol=0, atol=0)


def test_it_is_read_without_fitscribe(run: Any) -> None:
    model = trained()
    kept(run, model)
    path = path_of(run)
    tensors = safetensors.torch.load_file(path)
    assert tensors.keys() - model.state_dict().keys() == {
        "#mask",
        next(n for n in tensors if n[1:].isdecimal()),
    }
    fresh = Tied()
    missing, _ = safetensors.torch.load_model(fresh, path, strict=False)
    assert not missing
    torch.testing.assert_close(fresh.eval()(TOKENS), model.eval()(TOKENS), rtol=0, atol=0)
    plain = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    log_weights(run, {"plain": plain}, "plain")
    assert safetensors.torch.load_file(path_of(run, "plain")).keys() == plain.state_dict().keys()
    safetensors.torch.load_model(nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)), path_of(run, "plain"))


@pytest.mark.parametrize(
    "dtype",
    [
        torch.float64,
        torch.float32,
        torch.float16,
        torch.bfloat16,
        torch.float8_e4m3fn,
        torch.float8_e5m2,
        torch.complex64,
        torch.complex128,
        torch.int64,
        torch.int32,
        torch.int16,
        torch.int8,
        torch.uint8,
        torch.bool,
    ],
)
def test_types_of_numbers(run: Any, dtype: torch.dtype) -> None:
    model = nn.Linear(1, 1)
    values = torch.arange(6).reshape(2, 3) % 2
    model.register_buffer("values", values.to(dtype))
    model.register_buffer("empty", torch.empty((0, 3), dtype=dtype))
    model.register_buffer("one", torch.ones(()).to(dtype))
    loaded = kept(run, model)
    for name, buffer in model.named_buffers():
        found = loaded.get_buffer(name)
        assert found.dtype == dtype and found.shape == buffer.shape
        # Some types of 8 bits cannot be compared.
        assert torch.equal(found.to(torch.complex128), buffer.to(torch.complex128))


def test_layouts_of_memory(run: Any) -> None:
    model = nn.Module()
    model.conv = nn.Conv2d(3, 4, 2).to(memory_format=torch.channels_last)
    model.register_buffer("expanded", torch.arange(3.0).expand(4, 3))
    model.register_buffer("part", torch.arange(12.0).reshape(3, 4)[:, ::2])
    model.register_buffer("conjugated", torch.tensor([1 + 2j]).conj())
    model.register_buffer("negative", torch.tensor([1 + 2j]).conj().imag)
    loaded = kept(run, model)
    assert loaded.conv.weight.stride() == model.conv.weight.stride()
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor)


def test_parameters_that_share_their_memory(run: Any) -> None:
    model = nn.ModuleDict({"one": nn.Linear(2, 2), "other": nn.Linear(2, 2)})
    model["other"].weight = nn.Parameter(model["one"].weight.data, requires_grad=False)
    loaded = kept(run, model)
    one, other = loaded["one"].weight, loaded["other"].weight
    assert one is not other and one.data_ptr() == other.data_ptr()
    assert one.requires_grad and not other.requires_grad


def test_several_modules_come_back_as_a_dict(run: Any) -> None:
    generator, critic = trained(), nn.Linear(2, 1)
    critic.share = generator.head.weight
    loaded = kept(run, generator=generator, critic=critic)
    assert list(loaded) == ["generator", "critic"]
    assert loaded["critic"].share is loaded["generator"].head.weight
    assert "critic.bias" in safetensors.torch.load_file(path_of(run))
    assert run.models[0]["native"]["classes"][1] == "torch.nn.modules.linear.Linear"


def compiled(module: Any) -> Any:
    return torch.compile(module, backend="eager")


@pytest.mark.parametrize("wrap", [compiled, nn.DataParallel, lambda each: nn.DataParallel(compiled(each))])
def test_wrappers_are_left_out(run: Any, wrap: Any) -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    wrapped = wrap(model)
    loaded = kept(run, wrapped)
    assert type(loaded) is nn.Sequential and loaded.state_dict().keys() == model.state_dict().keys()


def test_distributed_data_parallel(run: Any, tmp_path: Path) -> None:
    store = f"file://{tmp_path / 'group'}"
    torch.distributed.init_process_group("gloo", init_method=store, rank=0, world_size=1)
    try:
        wrapped = compiled(nn.parallel.DistributedDataParallel(nn.Linear(2, 2)))
        loaded = kept(run, wrapped)
    finally:
        torch.distributed.destroy_process_group()
    assert type(loaded) is nn.Linear and torch.equal(loaded.weight, wrapped.module.weight)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
def test_tensors_on_a_device_stay_there(run: Any) -> None:
    model = trained().cuda().half()
    loaded = kept(run, model)
    assert {str(each.device) for each in model.state_dict().values()} == {"cuda:0"}
    assert {str(each.device) for each in loaded.state_dict().values()} == {"cpu"}
    assert torch.equal(loaded.head.weight, model.head.weight.cpu())


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_traced_and_scripted_modules(run: Any) -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    log_weights(run, {"graph": torch.fx.symbolic_trace(model)}, "graph")
    inputs = torch.ones(1, 2)
    torch.testing.assert_close(run.load_model("graph")(inputs), model(inputs), rtol=0, atol=0)
    log_weights(run, {"script": torch.jit.script(model)}, "script")
    with pytest.raises(ModelNotLoadable, match="cannot be pickled"):
        run.load_model("script")
    assert safetensors.torch.load_file(path_of(run, "script")).keys() == model.state_dict().keys()


def test_wrappers_within_a_module_are_left_out(run: Any) -> None:
    model = nn.Sequential(compiled(nn.Linear(2, 2)), nn.ReLU())
    model.compile(backend="eager")
    inputs = torch.ones(1, 2)
    expected = model(inputs)
    loaded = kept(run, model)
    assert type(loaded[0]) is nn.Linear and "0.weight" in safetensors.torch.load_file(path_of(run))
    torch.testing.assert_close(loaded(inputs), expected, rtol=0, atol=0)


def _prints(model: nn.Module, seen: Any) -> Any:
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    return (
        {name: (tensor.data_ptr(), tensor._version) for name, tensor in model.state_dict().items()},
        [sorted(vars(each)) for each in model.modules()],
        [hashlib.sha256(each.contiguous().numpy().tobytes()).hexdigest() for each in state.values()],
        [each.training for each in model.modules()],
        torch.get_rng_state().tolist(),
        seen,
    )


def test_the_module_is_only_read(run: Any) -> None:
    model = trained()
    calls: list[str] = []
    called = model.register_forward_hook(_hook)
    before = _prints(model, list(calls))
    log_weights(run, {"model": model})
    assert _prints(model, list(calls)) == before
    called.remove()
    copy.deepcopy(model)
    pickle.dumps(model)


def _hook(module: Any, inputs: Any, output: Any) -> None:
    raise AssertionError("the module was called")


def test_no_method_of_the_module_is_called(run: Any) -> None:
    class Mine(nn.Linear):
        def state_dict(self, *args: Any, **kwargs: Any) -> Any:
            raise AssertionError("state_dict was called")

        named_parameters = parameters = forward = cpu = eval = train = state_dict

    model = Mine(2, 2)
    log_weights(run, {"model": model})
    assert safetensors.torch.load_file(path_of(run)).keys() == {"weight", "bias"}


# -- budgets and options


def test_a_model_over_the_budget_is_not_begun(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_log, "MODEL_LIMIT_BYTES", 1_000)
    log_weights(run, {"model": nn.Linear(100, 100)})
    assert not run.models and "larger than" in unseen(run)["model"]
    assert not list(run.store.run_folder(run.id).rglob("*.safetensors"))
    log_weights(run, {"model": nn.Linear(2, 2)})
    assert not run.models  # its header alone takes more


def test_what_a_module_holds_beside_its_tensors_is_bounded(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fitscribe_torch.weights._STRUCTURE_BYTES", 10_000)
    model = nn.Linear(2, 2)
    model.corpus = "x" * 20_000
    log_weights(run, {"model": model})
    with pytest.raises(ModelNotLoadable, match="too much beside its tensors"):
        run.load_model()
    assert safetensors.torch.load_file(path_of(run)).keys() == {"weight", "bias"}


def test_a_sweep_removes_it_like_any_other(run: Any) -> None:
    log_weights(run, {"model": nn.Linear(2, 2)})
    path = path_of(run)
    assert run.has_trained_model and path.exists()
    run.remove_trained_model(retention.WHY_REMOVED)
    assert not path.exists() and not run.models


@pytest.mark.parametrize(
    ("option", "model_format"),
    [("false", None), ("pickle", "pickle"), ("onnx", "torch/safetensors"), ("true", "torch/safetensors")],
)
def test_options(own_store: Path, monkeypatch: pytest.MonkeyPatch, option: str, model_format: Any) -> None:
    monkeypatch.setenv("FITSCRIBE_MODELS", option)
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    model = nn.Linear(2, 2)
    with fitscribe.start_run("options") as run:
        log_weights(run, {"model": model})
    assert [each["format"] for each in run.models] == ([model_format] if model_format else [])
    assert ("the model as onnx" in unseen(run)) == (option == "onnx")
    if model_format:
        assert torch.equal(run.load_model().weight, model.weight)


def test_the_facts_of_the_model(run: Any) -> None:
    signature = {"inputs": [{"dtype": "float32", "shape": [None, 2]}]}
    log_weights(run, {"model": nn.Linear(2, 2)}, "best", signature=signature, description={"step": 3})
    (entry,) = run.models
    assert entry["name"] == "best" and entry["signature"] == signature and entry["description"] == {"step": 3}
    assert (
        entry["type"] == "torch.nn.modules.linear.Linear"
        and entry["size"] == path_of(run, "best").stat().st_size
    )


def test_the_format_says_which_models_it_takes() -> None:
    (native,) = MODELS.formats
    model = nn.Linear(2, 2)
    assert native.takes(model) and not native.takes(3)
    data = b"".join(bytes(each) for each in native.save(model))  # type: ignore[arg-type]
    assert native.size is not None and native.size(model) == 24 < len(data)
    assert torch.equal(native.load(data, native.describe(model)).weight, model.weight)
