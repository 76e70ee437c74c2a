"""Configuration that is found among the variables of a script whose parse nobody saw, and how it is read."""

from __future__ import annotations

import argparse
import functools
import gc
import sys
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fitscribe.capture import command_line, script_parameters
from fitscribe.capture.configurations import fields_of, flat
from fitscribe.capture.script_code import is_script_code, is_script_function


@pytest.fixture(autouse=True)
def nothing_parsed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(command_line, "_parses", ())
    yield


@dataclass
class Optimizer:
    name: str = "adam"
    betas: tuple[float, float] = (0.9, 0.999)


@dataclass
class TrainConfig:
    lr: float = 0.1
    hub_token: str = "abc"
    optimizer: Optimizer = field(default_factory=Optimizer)

    def decay(self) -> None:
        self.lr /= 2

    @property
    def steps(self) -> int:
        raise AssertionError("no code of a configuration runs")


def opens() -> tuple[dict[str, Any], set[str] | None]:
    return script_parameters()


# A test with an assertion in it looks at its own variables, once pytest has rewritten it.
def with_args(args: Any) -> Any:
    return opens()


def with_config(config: Any) -> Any:
    return opens()


def with_batch(batch: Any) -> Any:
    return opens()


def test_a_namespace_in_a_function_of_the_script() -> None:
    args = argparse.Namespace(lr=0.5, out=Path("runs"))
    assert with_args(args) == with_batch(args) == ({"lr": 0.5, "out": Path("runs")}, None)
    args.lr = 0.25
    assert with_args(args)[0]["lr"] == 0.25


def test_a_dataclass_that_is_called_a_configuration() -> None:
    expected = {"lr": 0.5, "hub_token": "***", "optimizer__name": "adam", "optimizer__betas": (0.9, 0.999)}
    assert with_config(TrainConfig(lr=0.5)) == with_batch(TrainConfig(lr=0.5)) == (expected, None)


def test_other_dataclasses_are_no_configuration() -> None:
    assert with_batch(Optimizer()) == ({}, None)
    assert with_args(Optimizer())[0] == {"name": "adam", "betas": (0.9, 0.999)}


def test_the_nearest_frame_that_has_one_counts() -> None:
    def train(config: TrainConfig, batch: Any) -> Any:
        return with_args(TrainConfig(lr=2.0)), with_batch(batch)

    inner, outer = train(TrainConfig(lr=1.0), Optimizer())
    assert (inner[0]["lr"], outer[0]["lr"]) == (2.0, 1.0)


def test_a_module_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "OPTIONS", TrainConfig(lr=3.0))
    assert opens()[0]["lr"] == 3.0


def test_a_parse_that_was_seen_comes_before_what_lies_around() -> None:
    command_line.parsed("a parser", {"lr": 2.0}, {"lr": 2.0})
    assert with_config(TrainConfig(lr=1.0)) == ({"lr": 2.0}, set())


class Tensor:
    """Something large."""


def test_looking_keeps_nothing_alive() -> None:
    def train(args: argparse.Namespace) -> Any:
        batch = Tensor()
        gone = weakref.ref(batch)
        found = opens()
        del batch
        gc.collect()
        return found, gone()

    found, left = train(argparse.Namespace(lr=1.0))
    assert found[0] == {"lr": 1.0} and left is None


def test_what_a_script_made_of_its_own_variables_is_left_as_it_is() -> None:
    def with_locals(lr: float, args: argparse.Namespace) -> list[str]:
        config = locals()
        later = 1
        opens()
        return [*config, str(later)]

    def with_vars(lr: float, args: argparse.Namespace) -> list[str]:
        config = vars()
        later = 1
        opens()
        return [*config, str(later)]

    args = argparse.Namespace()
    assert with_locals(0.1, args) == with_vars(0.1, args) == ["lr", "args", "1"]


def test_a_script_that_asks_for_the_variables_of_something_else() -> None:
    def train(args: argparse.Namespace) -> Any:
        return vars(args), opens()

    assert train(argparse.Namespace(lr=1.0)) == ({"lr": 1.0}, ({"lr": 1.0}, None))


def test_closures_go_on_with_their_variables() -> None:
    count = 0

    def train(args: argparse.Namespace) -> list[Any]:
        nonlocal count
        found = []
        for _ in range(3):
            count += 1
            found.append(opens()[0])
        return found

    assert train(argparse.Namespace(lr=1.0)) == [{"lr": 1.0}] * 3 and count == 3


def test_slots_and_private_names() -> None:
    @dataclass
    class Slotted:
        __slots__ = ("lr", "seed")
        lr: float
        seed: int

    slotted = Slotted(0.1, 3)
    del slotted.seed
    assert fields_of(slotted) == {"lr": 0.1}
    assert fields_of(argparse.Namespace(lr=1, _cache=2)) == {"lr": 1}
    for other in (3, "text", Optimizer, Tensor(), {"lr": 1}):
        assert fields_of(other) is None


def test_models_of_pydantic() -> None:
    pydantic = pytest.importorskip("pydantic")

    class Model(pydantic.BaseModel):
        dim: int = 8

    class Settings(pydantic.BaseModel):
        lr: float = 0.1
        model: Model = Model()
        key: pydantic.SecretStr = pydantic.SecretStr("abc")

    assert with_config(Settings(lr=0.5)) == ({"lr": 0.5, "model__dim": 8, "key": "***"}, None)


def test_configurations_of_omegaconf_are_not_resolved() -> None:
    omegaconf = pytest.importorskip("omegaconf")
    whole = {
        "lr": 0.1,
        "warmup": "${lr}",
        "n": "${no_such_resolver:}",
        "model": {"dim": 8, "more": {}},
        "data": "???",
    }
    cfg = omegaconf.OmegaConf.create(whole)
    assert with_batch(cfg) == (
        {
            "lr": 0.1,
            "warmup": "${lr}",
            "n": "${no_such_resolver:}",
            "model__dim": 8,
            "model__more": {},
            "data": "???",
        },
        None,
    )
    assert fields_of(cfg.model) == {"dim": 8, "more": {}}


def test_objects_in_objects_end_somewhere() -> None:
    args = argparse.Namespace(lr=1)
    args.inner = args
    assert list(flat({"args": args})) == [
        *("args" + "__inner" * depth + "__lr" for depth in range(6)),
        "args" + "__inner" * 6,
    ]


def test_many_parses_do_not_pile_up() -> None:
    for number in range(200):
        command_line.parsed(f"parser {number}", {f"p{number}": number}, None)
    values, changed = opens()
    assert len(values) < 100 and values["p199"] == 199 and changed is None


def test_which_code_is_the_scripts() -> None:
    assert is_script_code(__file__) and is_script_code("<stdin>") and is_script_code("/home/me/train.py")
    assert not is_script_code(pytest.__file__) and not is_script_code(argparse.__file__)
    assert not is_script_code("<frozen runpy>")
    assert not is_script_code(str(Path(sys.prefix) / "bin" / "torchrun"))
    assert is_script_function(opens) and is_script_function(functools.partial(TrainConfig.decay, 2))
    assert not is_script_function(argparse.ArgumentParser.parse_args) and not is_script_function(print)
