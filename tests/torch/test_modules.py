"""The modules that an optimizer trains: found by what the script can name, and described.

PYTEST_DONT_REWRITE: a rewritten assertion calls `locals()`, and the variables of such functions are not read.
"""

from __future__ import annotations

import dataclasses
import sys
import weakref
from types import FrameType
from typing import Any, NamedTuple

import pytest
import torch
from torch import nn

from fitscribe.store.values import decode, encode
from fitscribe_torch.modules import described, modules_of


class Pair(NamedTuple):
    one: Any
    other: Any


def sgd(*modules: nn.Module) -> Any:
    return torch.optim.SGD([each for module in modules for each in module.parameters()], lr=0.1)


def here() -> FrameType:
    return sys._getframe(1)


def compiled(module: nn.Module) -> nn.Module:
    wrapped: nn.Module = torch.compile(module, backend="eager")
    return wrapped


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Linear(3, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(x))


# -- found


def test_a_variable() -> None:
    model = Net()
    assert modules_of(sgd(model), here()) == {"model": model}


def test_a_part_is_trained_as_a_part_of_the_whole() -> None:
    model = Net()
    head = model.head
    assert modules_of(sgd(head), here()) == {"model": model}


def test_an_outer_frame_has_the_more_telling_name() -> None:
    generator = Net()

    def train(net: nn.Module) -> dict[str, nn.Module]:
        return modules_of(sgd(net), here())

    assert train(generator) == {"generator": generator}


def test_several_modules_in_one_optimizer() -> None:
    encoder, criterion = Net(), nn.Linear(2, 2)
    assert modules_of(sgd(encoder, criterion), here()) == {"encoder": encoder, "criterion": criterion}


def test_parameters_of_no_module() -> None:
    scale = nn.Parameter(torch.ones(1))
    assert modules_of(torch.optim.SGD([scale], lr=0.1), here()) == {}


class Trainer:
    def __init__(self) -> None:
        self.net = Net()
        self.optimizer = sgd(self.net)

    def step(self) -> dict[str, nn.Module]:
        return modules_of(self.optimizer, here())

    @property
    def broken(self) -> Any:
        raise AssertionError("a property of the user's was run")


def test_an_attribute() -> None:
    trainer = Trainer()
    assert trainer.step() == {"net": trainer.net}
    assert modules_of(trainer.optimizer, here()) == {"trainer.net": trainer.net}


class Whole(Net):
    def step(self) -> dict[str, nn.Module]:
        return modules_of(sgd(self), here())


def test_self() -> None:
    assert [type(each) for each in Whole().step().values()] == [Whole]
    assert list(Whole().step()) == ["Whole"]


def test_elements_of_lists_dicts_tuples_and_dataclasses() -> None:
    @dataclasses.dataclass
    class Plain:
        net: Any

    @dataclasses.dataclass(slots=True)
    class Slotted:
        net: Any
        unset: Any = dataclasses.field(init=False)

    @dataclasses.dataclass
    class State:
        parts: dict[str, Any]

    for holder, name in [
        ([Net()], "holder[0]"),
        ({"gen": Net()}, "holder['gen']"),
        (Pair(1, Net()), "holder[1]"),
        (Plain(Net()), "holder.net"),
        (Slotted(Net()), "holder.net"),
        (State({"a": Net()}), "holder.parts['a']"),
    ]:
        trained = next(each for each in _held(holder) if isinstance(each, nn.Module))
        assert modules_of(sgd(trained), here()) == {"trained": trained}
        optimizer = sgd(trained)
        del trained
        assert list(modules_of(optimizer, here())) == [name]


def _held(holder: Any) -> list[Any]:
    if isinstance(holder, dict):
        return list(holder.values())
    if isinstance(holder, (list, tuple)):
        return list(holder)
    first = getattr(holder, dataclasses.fields(holder)[0].name)
    return list(first.values()) if isinstance(first, dict) else [first]


def test_one_of_many_in_a_list_of_modules() -> None:
    models = nn.ModuleList([Net(), Net()])
    by_name = nn.ModuleDict({"a": Net(), "b": Net()})
    assert modules_of(sgd(models[1]), here()) == {"models[1]": models[1]}
    assert modules_of(sgd(by_name["b"]), here()) == {"by_name['b']": by_name["b"]}
    assert modules_of(sgd(models), here()) == {"models": models}


def test_one_network_of_a_system_that_is_not_called() -> None:
    class Gan(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.generator, self.critic = Net(), Net()

    gan = Gan()
    assert modules_of(sgd(gan.critic), here()) == {"gan.critic": gan.critic}
    assert modules_of(sgd(gan), here()) == {"gan": gan}


def test_wrappers_are_looked_through() -> None:
    plain = Net()
    model = compiled(plain)
    optimizer = sgd(plain)
    assert modules_of(optimizer, here()) == {"plain": model}
    del plain
    assert modules_of(optimizer, here()) == {"model": model}
    parallel = nn.DataParallel(Net())
    assert modules_of(sgd(parallel), here()) == {"parallel": parallel}


def test_two_modules_that_the_script_calls_alike() -> None:
    found = {}

    def inner(net: nn.Module, optimizer: Any) -> None:
        found.update(modules_of(optimizer, here()))

    def outer(net: nn.Module) -> None:
        another = Net()
        inner(another, sgd(net, another))

    outer(Net())
    assert list(found) == ["another", "net"]

    def outermost(net: nn.Module) -> None:
        inner(*(lambda made: (made, sgd(net, made)))(Net()))

    found.clear()
    outermost(Net())
    assert list(found) == ["net", "net_2"] and found["net"] is not found["net_2"]


def test_no_code_of_the_users_runs() -> None:
    class Hostile:
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(f"{name} was asked for")

        def __eq__(self, other: object) -> bool:
            raise AssertionError("compared")

        __hash__ = object.__hash__

        def __bool__(self) -> bool:
            raise AssertionError("asked for its truth")

    class Keys(dict[Any, Any]):
        def items(self) -> Any:
            raise AssertionError("iterated")

    class Strange(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            raise AssertionError(f"{function} was called")

    class Deep(nn.Module):
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"{name} was asked for")

        def named_parameters(self, *args: Any, **kwargs: Any) -> Any:
            raise AssertionError("named")

        children = parameters = modules = named_modules = named_parameters

    hostile, among, keys = Hostile(), [Hostile(), torch.ones(3)], Keys({Hostile(): Hostile()})
    trainer, deep = Trainer(), Deep()
    net = Net()
    assert modules_of(sgd(net), here()) == {"net": net}
    deep._buffers["strange"] = torch.ones(3).as_subclass(Strange)
    assert described({"deep": deep})["modules"][0]["buffers"] == 3
    assert trainer.net is not None and object.__repr__(hostile) and len(among) == len(keys) + 1


def test_a_function_that_switches_to_evaluation() -> None:
    net = Net()
    net.eval()
    assert list(modules_of(sgd(net), here())) == ["net"]


def test_nothing_is_kept_alive_in_a_frame() -> None:
    net = Net()
    loss = net(torch.ones(1, 3)).sum()
    graph = weakref.ref(loss)
    assert list(modules_of(sgd(net), here())) == ["net"]
    del loss
    assert graph() is None


# -- described


def test_counts_types_and_devices() -> None:
    model = Net()
    model.head.requires_grad_(False)
    model.body.to(torch.bfloat16)
    found = described({"model": model})
    assert {name: found[name] for name in ("parameters", "trainable", "dtypes", "devices", "compiled")} == {
        "parameters": 26,
        "trainable": 16,
        "dtypes": {"bfloat16": 16, "float32": 10},
        "devices": {"cpu": 26},
        "compiled": False,
    }
    (one,) = found["modules"]
    assert one["name"] == "model" and one["class"].endswith(".Net") and one["parameters"] == 26
    assert one["parts"][1] == {
        "name": "head",
        "class": "Linear",
        "settings": "in_features=4, out_features=2, bias=True",
        "parameters": 10,
    }


def test_what_modules_share_is_counted_once() -> None:
    one = Net()
    other = nn.Sequential(one.body, nn.Linear(4, 1))
    found = described({"one": one, "other": other})
    assert found["parameters"] == 26 + 5 and [each["parameters"] for each in found["modules"]] == [26, 16 + 5]
    shared = nn.Linear(2, 2)
    (twice,) = described({"twice": nn.Sequential(shared, nn.ReLU(), shared)})["modules"]
    assert twice["parts"][2] == {"name": "2", "class": "Linear", "shared": "0"} and twice["parameters"] == 6


def test_layers_alike_are_one() -> None:
    model = nn.Sequential(*[nn.Sequential(nn.Linear(3, 3), nn.ReLU()) for _ in range(12)], nn.Linear(3, 1))
    (one,) = described({"model": model})["modules"]
    layers, last = one["parts"]
    assert layers["name"] == "0-11" and layers["times"] == 12 and len(layers["parts"]) == 2
    assert last["name"] == "12" and "times" not in last


def test_compiled_and_wrapped() -> None:
    whole = described({"model": compiled(Net())})
    assert whole["compiled"] and whole["modules"][0]["wrappers"] == ["OptimizedModule"]
    assert [each["name"] for each in whole["modules"][0]["parts"]] == ["body", "head"]
    partly = Net()
    partly.body = compiled(partly.body)  # type: ignore[assignment]
    found = described({"model": partly})
    assert found["compiled"] and found["modules"][0]["parts"][0]["class"] == "Linear"
    in_place = Net()
    in_place.compile(backend="eager")
    assert described({"model": in_place})["compiled"]
    parallel = described({"model": nn.DataParallel(Net())})
    assert not parallel["compiled"] and parallel["modules"][0]["wrappers"] == ["DataParallel"]


def test_a_lazy_module() -> None:
    found = described({"model": nn.Sequential(nn.LazyLinear(2), nn.Linear(2, 2))})
    assert found["uninitialized"] == 2 and found["parameters"] == 6


def test_a_huge_tree_is_cut_and_says_so() -> None:
    model = nn.Sequential(*[nn.Linear(1, 1 + index) for index in range(1_500)])
    (one,) = described({"model": model})["modules"]
    assert len(one["parts"]) == 1_000 and one["cut"] == 500
    assert one["parameters"] == sum(2 * (1 + index) for index in range(1_500))


def test_a_deep_tree_is_cut_and_says_so() -> None:
    model: nn.Module = nn.Linear(1, 1)
    for _ in range(200):
        model = nn.Sequential(model)
    found = described({"model": model})
    (one,) = found["modules"]
    assert one["cut"] == 200 - 28 and one["parameters"] == 2
    assert decode(encode(found)) == found


def test_settings_of_a_class_of_the_scripts_are_not_asked_for() -> None:
    class Mine(nn.Linear):
        def extra_repr(self) -> str:
            raise AssertionError("asked")

    (one,) = described({"model": nn.Sequential(Mine(1, 1))})["modules"]
    assert "settings" not in one["parts"][0] and one["parts"][0]["parameters"] == 2


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_a_scripted_module() -> None:
    scripted = torch.jit.script(Net())
    assert list(modules_of(sgd(scripted), here())) == ["scripted"]
    (one,) = described({"scripted": scripted})["modules"]
    assert one["parameters"] == 26 and [each["name"] for each in one["parts"]] == ["body", "head"]
