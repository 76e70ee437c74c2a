"""Evaluating keeps nothing of the user's, changes nothing, and waits for no device."""

from __future__ import annotations

import gc
import random
import weakref
from typing import Any

import pytest
import torch
from tests.torch.evaluating import defer
from torch import nn
from torch.nn import functional as F
from torch.profiler import ProfilerActivity, profile

from fitscribe_torch.evaluation import PassEvaluation

ROWS, CLASSES = 12, 4


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(ROWS, CLASSES, requires_grad=True), torch.randint(0, CLASSES, (ROWS,))


@pytest.fixture
def evaluation() -> PassEvaluation:
    return PassEvaluation()


def count(evaluation: PassEvaluation) -> int:
    """How many calls it has taken."""
    return sum(each.batches for each in evaluation.finish().losses.values())


EVERY = [
    ("cross_entropy", lambda: batch(), {}),
    ("cross_entropy", lambda: batch(), {"weight": torch.rand(CLASSES), "reduction": "none"}),
    ("cross_entropy", lambda: (torch.randn(ROWS, 1_200), torch.randint(0, 1_200, (ROWS,))), {}),
    ("cross_entropy", lambda: (torch.randn(1_000, 1_200), torch.randint(0, 1_200, (1_000,))), {}),
    ("binary_cross_entropy_with_logits", lambda: (torch.randn(ROWS), torch.ones(ROWS)), {}),
    ("mse_loss", lambda: (torch.randn(ROWS, 2), torch.randn(ROWS, 2)), {}),
    ("l1_loss", lambda: (torch.randn(ROWS, 2), torch.randn(ROWS, 2)), {"weight": torch.rand(ROWS, 2)}),
    ("mse_loss", lambda: (torch.randn(ROWS, 3, 4), torch.randn(ROWS, 3, 4)), {"reduction": "sum"}),
]


@pytest.mark.parametrize(("function", "make", "settings"), EVERY)
def test_nothing_of_the_users_is_kept(
    function: str, make: Any, settings: Any, evaluation: PassEvaluation
) -> None:
    for _ in range(2):
        given = make()
        result = getattr(F, function)(*given, **settings)
        evaluation.add(function, given, settings, result)
        kept = [weakref.ref(each) for each in (*given, result)]
        storages = [weakref.ref(each.untyped_storage()) for each in (*given, result)]
        del given, result
        gc.collect()
        assert [each() for each in kept] == [None] * len(kept)
        assert [each() for each in storages] == [None] * len(storages)
    assert count(evaluation) == 2


@pytest.mark.parametrize(("function", "make", "settings"), EVERY)
def test_nothing_is_changed(function: str, make: Any, settings: Any, evaluation: PassEvaluation) -> None:
    given = make()
    result = getattr(F, function)(*given, **settings)
    everything = (*given, result, *(each for each in settings.values() if isinstance(each, torch.Tensor)))
    values = [each.detach().clone() for each in everything]
    versions = [each._version for each in everything]
    random_states = torch.get_rng_state(), random.getstate()
    evaluation.add(function, given, settings, result)
    evaluation.finish()
    assert all(now.equal(before) for now, before in zip(everything, values, strict=True))
    assert [each._version for each in everything] == versions
    assert torch.get_rng_state().equal(random_states[0])
    assert random.getstate() == random_states[1]


@pytest.mark.parametrize(("function", "make", "settings"), EVERY)
def test_a_device_is_not_asked_for_numbers(
    function: str, make: Any, settings: Any, evaluation: PassEvaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    defer(monkeypatch)
    given = make()
    result = getattr(F, function)(*given, **settings)
    evaluation.add(function, given, settings, result)
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        evaluation.add(function, given, settings, result)
    operations = {each.key for each in seen.key_averages()}
    assert "aten::add_" in operations
    # What reads a number, moves data between devices, or has a result whose size depends on the data.
    assert not operations & {"aten::_local_scalar_dense", "aten::item", "aten::nonzero", "aten::is_nonzero"}
    assert not operations & {"aten::masked_select", "aten::bincount", "aten::unique"}
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        evaluation.finish()
    assert {each.key for each in seen.key_averages()}


def test_gradients_are_as_without_it(evaluation: PassEvaluation) -> None:
    x, y = batch()
    F.cross_entropy(x, y).backward()
    expected, x.grad = x.grad, None
    loss = F.cross_entropy(x, y)
    evaluation.add("cross_entropy", (x, y), {}, loss)
    loss.backward()
    assert x.grad is not None and expected is not None and x.grad.equal(expected)


def test_passes_in_any_mode(evaluation: PassEvaluation) -> None:
    x, y = batch()
    for mode in (torch.inference_mode, torch.no_grad, torch.enable_grad, torch.inference_mode):
        with mode():
            evaluation.add("cross_entropy", (x, y), {}, F.cross_entropy(x * 1, y))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        evaluation.add("cross_entropy", (x, y), {}, F.cross_entropy(x, y))
    with torch.inference_mode():
        given = torch.randn(ROWS, CLASSES), torch.randint(0, CLASSES, (ROWS,))
        evaluation.add("cross_entropy", given, {}, F.cross_entropy(*given))
    evaluation.add("cross_entropy", given, {}, F.cross_entropy(*given))
    assert count(evaluation) == 7


def test_deterministic_algorithms_are_enough(evaluation: PassEvaluation) -> None:
    torch.use_deterministic_algorithms(True)
    try:
        for function, make, settings in EVERY:
            given = make()
            evaluation.add(function, given, settings, getattr(F, function)(*given, **settings))
    finally:
        torch.use_deterministic_algorithms(False)
    assert count(evaluation) == len(EVERY)


@pytest.mark.filterwarnings("ignore:`torch.jit")  # which torch itself calls
def test_traces_and_transforms_are_left_alone(evaluation: PassEvaluation) -> None:
    def criterion(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        loss = F.cross_entropy(x, y)
        evaluation.add("cross_entropy", (x, y), {}, loss)
        return loss

    from torch.fx.experimental.proxy_tensor import make_fx

    x, y = (each.detach() for each in batch())
    expected = F.cross_entropy(x, y)
    assert torch.func.vmap(criterion)(x[None], y[None])[0].allclose(expected)
    gradient = torch.func.grad(criterion)(x, y)
    assert gradient.shape == x.shape
    assert torch.func.jvp(lambda x: criterion(x, y), (x,), (x,))[0].allclose(expected)
    graph = make_fx(criterion)(x, y)
    assert "aten.max" not in graph.code and "index_add" not in graph.code
    assert count(evaluation) == 0
    traced = torch.jit.trace(criterion, (x, y), check_trace=False)
    assert "aten::max" not in str(traced.graph) and "aten::index_add_" not in str(traced.graph)
    assert count(evaluation) == 0


@pytest.mark.filterwarnings("ignore:`torch.jit")
def test_forward_derivatives_do_not_get_in(evaluation: PassEvaluation) -> None:
    from torch.autograd import forward_ad

    x, y = (each.detach() for each in batch())
    with forward_ad.dual_level():
        loss = F.cross_entropy(forward_ad.make_dual(x, x), y)
        evaluation.add("cross_entropy", (x, y), {}, loss)
        assert forward_ad.unpack_dual(loss).tangent is not None
    assert next(iter(evaluation.finish().losses.values())).mean == pytest.approx(loss.item())


def test_tensors_without_numbers(evaluation: PassEvaluation) -> None:
    from torch._subclasses.fake_tensor import FakeTensorMode

    x, y = (each.detach() for each in batch())
    with FakeTensorMode() as mode:
        fake = mode.from_tensor(x), mode.from_tensor(y)
        evaluation.add("cross_entropy", fake, {}, F.cross_entropy(*fake))
    assert not evaluation.finish().omitted  # nobody is interested in what such a mode is for
    evaluation.add("cross_entropy", fake, {}, F.cross_entropy(*fake), "fake")
    meta = x.to("meta"), y.to("meta")
    evaluation.add("cross_entropy", meta, {}, F.cross_entropy(*meta), "meta")
    evaluation.add("cross_entropy", meta, {}, None, "none")
    found = evaluation.finish()
    assert not found.losses
    assert found.omitted == {
        "fake": "cross_entropy gave a FakeTensor without numbers to be read",
        "meta": "cross_entropy gave a Tensor without numbers to be read",
        "none": "cross_entropy gave a NoneType without numbers to be read",
    }


class Mask(torch.Tensor):
    """As the tensors of torchvision: a type, and no operations of its own."""


class Wrapper(torch.Tensor):
    """A tensor that has operations of its own: all of them fail."""

    @staticmethod
    def __new__(cls, inner: torch.Tensor) -> Wrapper:
        return torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype)  # type: ignore[attr-defined,no-any-return]

    @classmethod
    def __torch_dispatch__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise RuntimeError("not to be touched")


def test_subclasses_of_tensors(evaluation: PassEvaluation) -> None:
    x, y = (each.detach() for each in batch())
    masks = x, y.as_subclass(Mask)
    evaluation.add("cross_entropy", masks, {}, F.cross_entropy(*masks), "mask")
    parameter = nn.Parameter(x)
    evaluation.add("cross_entropy", (parameter, y), {}, F.cross_entropy(parameter, y), "parameter")
    evaluation.add("cross_entropy", (x, Wrapper(y)), {}, F.cross_entropy(x, y), "target")
    evaluation.add("mse_loss", (Wrapper(x), x), {}, F.mse_loss(x, x), "input")
    evaluation.add("mse_loss", (x, x), {}, Wrapper(torch.zeros(())), "result")
    found = evaluation.finish()
    assert type(masks[1]) is Mask
    for name in ("mask", "parameter", "target"):
        assert found.losses[name].mean == pytest.approx(F.cross_entropy(x, y).item(), rel=1e-6)
    accuracy = (x.argmax(1) == y).double().mean()
    assert found.losses["mask"].evaluation.metrics["accuracy"] == accuracy
    assert found.losses["parameter"].evaluation.metrics["accuracy"] == accuracy
    assert not found.losses["target"].evaluation.metrics and not found.losses["input"].evaluation.metrics
    assert found.losses["input"].mean == 0
    assert list(found.omitted) == ["result"]


def test_a_default_device_is_not_used(evaluation: PassEvaluation) -> None:
    x, y = (each.detach() for each in batch())
    with torch.device("meta"):
        evaluation.add("cross_entropy", (x, y), {}, F.cross_entropy(x, y))
        evaluation.add("cross_entropy", (x, y), {}, 0.5, "number")
        found = evaluation.finish()
    assert found.losses["number"].mean == 0.5
    assert found.losses["loss"].mean == pytest.approx(F.cross_entropy(x, y).item())
