"""What a script gets from click, typer, Fire, Hydra, absl and tyro.

They call a function of the script, which trains: nothing around it may be taken for an observed call.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fitscribe import engine
from fitscribe.capture import command_line
from fitscribe.capture.command_line import script_parameters

Found = tuple[dict[str, Any], set[str] | None]
found: list[Found] = []


@pytest.fixture(autouse=True)
def nothing_parsed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(command_line, "_parses", ())
    found.clear()
    yield


def trains() -> None:
    """Stand for the training of a script: what is known of its parameters now."""
    assert engine.current_owner() is None
    found.append(script_parameters())


def test_click() -> None:
    import click

    @click.group()
    @click.option("--seed", type=int, default=1)
    def script(seed: int) -> None:
        trains()

    @script.command()
    @click.argument("path")
    @click.option("--lr", type=float, default="0.1")
    @click.option("--fp16", is_flag=True)
    @click.option("--layers", type=int, multiple=True, default=[2, 3])
    @click.option("--name", default=lambda: "run")
    @click.option("--api-key", envvar="KEY")
    @click.pass_context
    def train(context: click.Context, **options: Any) -> None:
        context.params["lr"] = 0.2
        trains()

    words = ["--seed", "1", "train", "x.csv", "--fp16", "--api-key", "abc"]
    script.main(words, standalone_mode=False)
    assert found[0] == ({"seed": 1}, set())
    assert found[1] == (
        {
            "seed": 1,
            "path": "x.csv",
            "lr": 0.2,
            "fp16": True,
            "layers": (2, 3),
            "name": "run",
            "api_key": "***",
        },
        {"path", "lr", "fp16", "api_key"},
    )
    script.main(["train", "y.csv", "--lr", "0.1", "--name", "mine"], standalone_mode=False)
    values, changed = found[-1]
    assert values["path"] == "y.csv" and values["fp16"] is False
    assert changed == {"path", "lr", "name"}


def test_click_fails_and_helps_as_ever() -> None:
    import click

    @click.command()
    @click.option("--lr", type=float)
    def script(lr: float) -> None:
        raise AssertionError("not to be called")

    with pytest.raises(click.BadParameter) as caught:
        script.main(["--lr", "fast"], standalone_mode=False)
    assert caught.value.__context__ is not None  # the ValueError of the conversion, as ever
    assert caught.value.message == "'fast' is not a valid float."
    with pytest.raises(SystemExit) as left:
        script.main(["--help"])
    assert left.value.code == 0 and command_line._parses == ()


def test_a_command_of_a_library_does_not_count(tmp_path: Path) -> None:
    library = tmp_path / "site-packages" / "tool.py"
    library.parent.mkdir()
    library.write_text("import click\n@click.command()\n@click.option('--port')\ndef serve(port): pass\n")
    (tmp_path / "train.py").write_text(
        "import fitscribe, tool\n"
        "from fitscribe.capture import script_parameters\n"
        "fitscribe.autolog()\n"
        "tool.serve.main(['--port', '80'], standalone_mode=False)\n"
        "print(script_parameters())\n"
    )
    assert run(tmp_path, path=library.parent) == ["({}, None)"]


def run(folder: Path, *words: str, path: Path | None = None) -> list[str]:
    """The lines that a script prints, in a process of its own."""
    environment = {**os.environ, **({"PYTHONPATH": str(path)} if path is not None else {})}
    command = [sys.executable, "train.py", *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_typer() -> None:
    typer = pytest.importorskip("typer")
    app = typer.Typer()

    @app.command()
    def train(path: str, lr: float = 0.1, epochs: int = 3, amp: bool = False) -> None:
        trains()

    app(["x.csv", "--epochs", "5"], standalone_mode=False)
    assert found == [({"path": "x.csv", "lr": 0.1, "epochs": 5, "amp": False}, {"path", "epochs"})]


def fit(path: str, lr: float = 0.1, *, epochs: int = 3, seed: int = 1, **more: Any) -> None:
    trains()


class Trainer:
    def __init__(self, seed: int = 1) -> None:
        self.seed = seed

    def fit(self, lr: float = 0.1) -> None:
        trains()


def test_fire() -> None:
    fire = pytest.importorskip("fire")
    fire.Fire(fit, command=["x.csv", "--epochs", "5", "--note=a"])
    assert found == [
        ({"path": "x.csv", "lr": 0.1, "epochs": 5, "seed": 1, "note": "a"}, {"path", "epochs", "note"})
    ]


def test_fire_with_a_class() -> None:
    fire = pytest.importorskip("fire")
    fire.Fire(Trainer, command=["--seed", "7", "fit", "--lr", "0.1"])
    assert found == [({"seed": 7, "lr": 0.1}, {"seed"})]


HYDRA = """\
import fitscribe, hydra
from fitscribe import engine
from fitscribe.capture import script_parameters
fitscribe.autolog()

@hydra.main(config_path="conf", config_name="config", version_base="1.1")
def main(config):
    assert engine.current_owner() is None
    config.epochs *= 2
    values, changed = script_parameters()
    print(sorted(values.items()), sorted(changed))

main()
"""


@pytest.fixture
def with_hydra(tmp_path: Path) -> Path:
    pytest.importorskip("hydra")
    (tmp_path / "conf" / "model").mkdir(parents=True)
    (tmp_path / "conf" / "config.yaml").write_text(
        "defaults:\n  - model: small\n  - _self_\nlr: 0.1\nepochs: 3\nwarmup: ${lr}\nsteps: [1, 2]\n"
    )
    (tmp_path / "conf" / "model" / "small.yaml").write_text("dim: 8\n")
    (tmp_path / "conf" / "model" / "large.yaml").write_text("dim: 64\nheads: 4\n")
    (tmp_path / "train.py").write_text(HYDRA)
    return tmp_path


def test_hydra(with_hydra: Path) -> None:
    (line,) = run(with_hydra, "lr=0.5", "+seed=1")
    values, changed = line.split("] [")
    assert values == (
        "[('epochs', 6), ('lr', 0.5), ('model__dim', 8), ('seed', 1), ('steps', [1, 2]), ('warmup', '${lr}')"
    )
    assert changed == "'epochs', 'lr', 'seed']"


def test_hydra_goes_through_several_jobs(with_hydra: Path) -> None:
    large, small = run(with_hydra, "-m", "model=large,small", "hydra/hydra_logging=disabled")
    assert "('model__dim', 64), ('model__heads', 4)" in large
    assert large.endswith("['epochs', 'model__dim', 'model__heads']")
    assert "('model__dim', 8), ('steps'" in small and small.endswith("['epochs', 'model__dim']")


def test_absl() -> None:
    flags = pytest.importorskip("absl.flags")
    table = flags.FlagValues()
    flags.DEFINE_float("lr", 0.1, "the learning rate", flag_values=table)
    flags.DEFINE_string("out", "runs", "where to", flag_values=table)
    assert table(["train.py", "--lr=0.5", "rest"]) == ["train.py", "rest"]
    table.out = "elsewhere"
    trains()
    assert found == [({"lr": 0.5, "out": "elsewhere"}, {"lr", "out"})]


@dataclass
class Optimizer:
    name: str = "adam"
    decay: float = 0.0


@dataclass
class Options:
    data: str
    lr: float = 0.1
    optimizer: Optimizer = field(default_factory=Optimizer)


def test_tyro() -> None:
    tyro = pytest.importorskip("tyro")
    options = tyro.cli(Options, args=["--data", "x.csv", "--optimizer.name", "sgd"])
    options.lr = 0.2
    trains()
    assert found == [
        (
            {"data": "x.csv", "lr": 0.2, "optimizer__name": "sgd", "optimizer__decay": 0.0},
            {"data", "lr", "optimizer__name"},
        )
    ]


def test_tyro_calls_a_function() -> None:
    tyro = pytest.importorskip("tyro")

    def main(path: str, lr: float = 0.1) -> None:
        trains()

    tyro.cli(main, args=["--path", "x.csv"])
    assert found == [({}, None)]
