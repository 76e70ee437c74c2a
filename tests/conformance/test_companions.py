"""The companions, which say where data and parameters come from, prove what every integration must."""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from fitscribe.testing import Case, Conformance, Training

_NUMBERS = str(Path(__file__).with_name("numbers.csv"))


def text_by_numpy() -> Case:
    import numpy as np

    return Case(np.loadtxt, (_NUMBERS,), {"delimiter": ","})


def array_of_an_archive() -> Case:
    import numpy as np

    file = io.BytesIO()
    np.savez(file, numbers=np.arange(3.0))
    file.seek(0)
    return Case(np.load(file).__getitem__, ("numbers",))


def frame_by_pandas() -> Case:
    import pandas as pd

    return Case(pd.read_csv, (_NUMBERS,), {"header": None}, result=lambda frame: frame.to_dict("list"))


def frame_by_polars() -> Case:
    import polars as pl

    return Case(
        pl.read_csv, (_NUMBERS,), {"has_header": False}, result=lambda frame: frame.to_dict(as_series=False)
    )


def parser_with_a_command() -> Case:
    import argparse

    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default="0.1")
    parser.add_subparsers(dest="command").add_parser("train").add_argument("--epochs", type=int)
    return Case(parser.parse_args, (["--lr", "2", "train", "--epochs", "3"],), result=vars)


def parser_of_known_arguments() -> Case:
    import argparse

    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    return Case(
        parser.parse_known_args,
        (["--lr", "2", "--other"],),
        result=lambda found: (vars(found[0]), found[1]),
    )


@dataclass
class Options:
    lr: float = 0.1
    epochs: int = 1


def options(lr: float = 0.1, epochs: int = 1) -> Options:
    """What stands for the training in the scripts below."""
    return Options(lr, epochs)


def command_of_click() -> Case:
    import click

    given = [click.Option(["--lr"], type=float, default=0.1), click.Option(["--epochs"], type=int, default=1)]
    command = click.Command("train", params=given, callback=options)
    return Case(command.main, (["--lr", "2"],), {"standalone_mode": False}, result=vars)


def command_of_typer() -> Case:
    import typer

    app = typer.Typer()
    app.command()(options)
    return Case(typer.main.get_command(app).main, (["--lr", "2"],), {"standalone_mode": False}, result=vars)


def function_by_fire() -> Case:
    import fire

    def script() -> Options:
        found: Options = fire.Fire(options, command=["--lr", "2"], serialize=lambda _: "")
        return found

    return Case(script, result=vars)


def job_of_hydra() -> Case:
    import hydra

    words = [
        "hydra.run.dir=.",
        "hydra.output_subdir=null",
        "hydra/job_logging=none",
        "hydra/hydra_logging=none",
    ]
    found: list[Options] = []

    @hydra.main(config_path=str(Path(__file__).parent), version_base="1.2")
    def main(config: Any) -> None:
        found.append(options(config.lr))

    def script() -> Options:
        before, sys.argv = sys.argv, ["train.py", "+lr=2.0", *words]
        try:
            main()
        finally:
            sys.argv = before
        return found.pop()

    return Case(script, result=vars)


def flags_of_absl() -> Case:
    from absl import flags

    def script() -> float:
        table = flags.FlagValues()
        lr = flags.DEFINE_float("lr", 0.1, "the learning rate", flag_values=table)
        table(["train.py", "--lr=2"])
        return float(lr.value)

    return Case(script)


def dataclass_by_tyro() -> Case:
    import tyro

    return Case(tyro.cli, (Options,), {"args": ["--lr", "2"]}, result=vars)


def _needs(module: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(find_spec(module) is None, reason=f"{module} is not installed")


@_needs("numpy")
class TestNumpy(Conformance):
    integration = "numpy"
    trainings = [
        Training("read", text_by_numpy, runs=0),
        Training(
            "read_archive",
            array_of_an_archive,
            runs=0,
            limits=dict.fromkeys(("deepcopy", "loky"), "an open archive can be neither copied nor pickled"),
        ),
    ]


@_needs("pandas")
class TestPandas(Conformance):
    integration = "pandas"
    trainings = [Training("read", frame_by_pandas, runs=0)]


@_needs("polars")
class TestPolars(Conformance):
    integration = "polars"
    # Its threads do not survive the forks in which the checks are made: processes of their own are left.
    test_check = None  # type: ignore[assignment]
    trainings = [Training("read", frame_by_polars, runs=0)]


_OF_CLICK = {"interrupts": "click itself ends a command that Ctrl-C strikes in, and says 'Aborted!'"}
_OF_ARGPARSE = dict.fromkeys(
    ("cloudpickle", "loky"), "argparse knows its own words by identity, which no pickle keeps"
)


class TestArgparse(Conformance):
    integration = "argparse"
    trainings = [
        Training("parse", parser_with_a_command, runs=0, limits=_OF_ARGPARSE),
        Training("parse", parser_of_known_arguments, runs=0, limits=_OF_ARGPARSE),
    ]


class TestClick(Conformance):
    integration = "click"
    trainings = [Training("parse", command_of_click, runs=0, limits=_OF_CLICK)]


@pytest.mark.skipif(
    find_spec("typer") is None or find_spec("typer._click") is None, reason="no typer with a click of its own"
)
class TestTyper(Conformance):
    integration = "typer"
    trainings = [Training("parse", command_of_typer, runs=0, limits=_OF_CLICK)]


@_needs("fire")
class TestFire(Conformance):
    integration = "fire"
    trainings = [Training("parse", function_by_fire, runs=0)]


@_needs("hydra")
class TestHydra(Conformance):
    integration = "hydra"
    trainings = [
        Training(
            "job",
            job_of_hydra,
            runs=0,
            limits={
                "fault_after": "the observer leaves the call as it begins: the training is within",
                **dict.fromkeys(("threads", "joblib_threads", "asyncio"), "Hydra is one per process"),
            },
        )
    ]


@_needs("absl")
class TestAbsl(Conformance):
    integration = "absl"
    trainings = [Training("parse", flags_of_absl, runs=0)]


@_needs("tyro")
class TestTyro(Conformance):
    integration = "tyro"
    trainings = [Training("cli", dataclass_by_tyro, runs=0)]


def shown_beside_a_bar() -> Case:
    from tqdm import tqdm

    return Case(tqdm(range(3), disable=True).set_postfix, ({"loss": 0.5},), {"acc": "0.25"})


def end_of_a_bar() -> Case:
    from tqdm import tqdm

    return Case(tqdm(range(3), disable=True).close)


def scalar_of_tensorboardx() -> Case:
    from tensorboardX import SummaryWriter

    return Case(SummaryWriter("logs", write_to_disk=False).add_scalar, ("loss", 0.5, 3))


def scalars_of_tensorboardx() -> Case:
    from tensorboardX import SummaryWriter

    return Case(
        SummaryWriter("logs", write_to_disk=False).add_scalars, ("loss", {"a": 0.5, "b": 1.0}, 3, 12.5)
    )


def parameters_of_tensorboardx() -> Case:
    from tensorboardX import SummaryWriter

    # tensorboardX looks for the folder and makes it: two threads that do so at once may both make it.
    os.makedirs("logs/one", exist_ok=True)
    return Case(SummaryWriter("logs").add_hparams, ({"lr": 0.1}, {"acc": 0.5}, "one", 3))


def summary_of_tensorboardx() -> Case:
    from tensorboardX import FileWriter
    from tensorboardX.summary import text

    return Case(FileWriter("logs").add_summary, (text("note", "of a run"), 3))


def scalar_of_torch() -> Case:
    from torch.utils.tensorboard import SummaryWriter

    return Case(SummaryWriter("logs").add_scalar, ("loss", 0.5, 3))


def scalars_of_torch() -> Case:
    from torch.utils.tensorboard import SummaryWriter

    return Case(SummaryWriter("logs").add_scalars, ("loss", {"a": 0.5, "b": 1.0}, 3, 12.5))


def parameters_of_torch() -> Case:
    from torch.utils.tensorboard import SummaryWriter

    return Case(SummaryWriter("logs").add_hparams, ({"lr": 0.1}, {"acc": 0.5}, None, "one", 3))


def summary_of_torch() -> Case:
    from torch.utils.tensorboard import FileWriter
    from torch.utils.tensorboard.summary import text

    return Case(FileWriter("logs").add_summary, (text("note", "of a run"), 3))


def _updated(metric: Any) -> Any:
    import torch

    metric.update(torch.tensor([0, 1, 2]), torch.tensor([0, 1, 1]))
    return metric


def value_of_a_metric() -> Case:
    from torchmetrics.classification import MulticlassAccuracy

    # Past what a metric puts around its own method, which remembers the value.
    return Case(MulticlassAccuracy.compute.__get__(_updated(MulticlassAccuracy(3))), result=float)


def values_of_a_collection() -> Case:
    from torchmetrics import MetricCollection
    from torchmetrics.classification import MulticlassAccuracy, MulticlassF1Score

    metrics = MetricCollection([MulticlassAccuracy(3), MulticlassF1Score(3)])
    return Case(
        _updated(metrics).compute,
        result=lambda found: {name: float(value) for name, value in found.items()},
    )


_ADDRESSES = "pickles of tensors hold the addresses of their memory"
_OPEN = dict.fromkeys(("deepcopy", "loky"), "a writer of a file can be neither copied nor pickled")


@_needs("tqdm")
class TestTqdm(Conformance):
    integration = "tqdm"
    trainings = [
        Training("postfix", shown_beside_a_bar, runs=0),
        Training(
            "close",
            end_of_a_bar,
            runs=0,
            limits={
                "wrapper_beneath": "calls are counted, and a bar closes itself once more when it is gone"
            },
        ),
    ]


@_needs("tensorboardX")
class TestTensorboardX(Conformance):
    integration = "tensorboardX"
    trainings = [
        Training("scalar", scalar_of_tensorboardx, runs=0),
        Training("scalars", scalars_of_tensorboardx, runs=0),
        Training("parameters", parameters_of_tensorboardx, runs=0, limits=_OPEN),
        Training("summary", summary_of_tensorboardx, runs=0, limits=_OPEN),
    ]


@_needs("torch")
@_needs("tensorboard")
class TestTensorboard(Conformance):
    integration = "tensorboard"
    trainings = [
        Training("scalar", scalar_of_torch, runs=0, limits=_OPEN),
        Training("scalars", scalars_of_torch, runs=0, limits=_OPEN),
        Training("parameters", parameters_of_torch, runs=0, limits=_OPEN),
        Training("summary", summary_of_torch, runs=0, limits=_OPEN),
    ]


@_needs("torchmetrics")
class TestTorchmetrics(Conformance):
    integration = "torchmetrics"
    trainings = [
        Training(
            "compute",
            value_of_a_metric,
            runs=0,
            limits={
                "bytes": _ADDRESSES,
                "copy": "the metric itself holds a function by the name of the method, which a copy finds",
            },
        ),
        Training("collection", values_of_a_collection, runs=0, limits={"bytes": _ADDRESSES}),
    ]
