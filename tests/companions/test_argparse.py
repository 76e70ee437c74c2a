"""What a script gets from argparse, and from the parsers that are built on it."""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import fitscribe
from fitscribe.capture import command_line
from fitscribe.capture.command_line import script_parameters


@pytest.fixture(autouse=True)
def nothing_parsed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(command_line, "_parses", ())
    yield


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser()
    made.add_argument("--lr", type=float, default=0.1)
    made.add_argument("--batch-size", type=int, default="32")
    made.add_argument("--optimizer", default="sgd")
    made.add_argument("--amp", action="store_true")
    return made


def test_values_keep_their_types_and_what_differs_is_named() -> None:
    args = parser().parse_args(["--lr", "0.5", "--amp"])
    assert vars(args) == {"lr": 0.5, "batch_size": 32, "optimizer": "sgd", "amp": True}
    assert script_parameters() == (
        {"lr": 0.5, "batch_size": 32, "optimizer": "sgd", "amp": True},
        {"lr", "amp"},
    )


def test_what_is_given_as_it_is_by_default_is_not_changed() -> None:
    args = parser().parse_args(["--lr=0.1", "--batch", "32", "--optimizer", "sgd"])
    assert args.batch_size == 32
    assert script_parameters()[1] == set()


def test_a_default_that_the_type_converts() -> None:
    made = argparse.ArgumentParser()
    made.add_argument("--schedule", type=lambda text: text.upper(), default="cosine")
    made.add_argument("--warmup", type=float, default="1e-2")
    made.add_argument("--out", type=Path, default="runs")
    args = made.parse_args([])
    assert args.schedule == "COSINE"
    values, changed = script_parameters()
    assert values == {"schedule": "COSINE", "warmup": 0.01, "out": Path("runs")} and changed == set()
    args = made.parse_args(["--sched=linear", "--warmup", "0.01", "--out", "runs"])
    assert args.schedule == "LINEAR" and script_parameters()[1] == {"schedule"}


def test_what_the_script_changes_afterwards_counts() -> None:
    args = parser().parse_args([])
    args.lr *= 4
    args.world_size = 4
    assert script_parameters() == (
        {"lr": 0.4, "batch_size": 32, "optimizer": "sgd", "amp": False, "world_size": 4},
        {"lr"},
    )


def test_neither_the_parser_nor_what_it_gave_is_kept() -> None:
    made = parser()
    args, rest = made.parse_known_args(["--lr", "2", "--other"])
    assert rest == ["--other"]
    args.lr = 3.0
    gone = weakref.ref(made), weakref.ref(args)
    del made, args
    gc.collect()
    assert [each() for each in gone] == [None, None]
    assert script_parameters()[0]["lr"] == 2.0


def test_sub_commands_with_their_defaults() -> None:
    made = parser()
    commands = made.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train")
    train.add_argument("--wd", type=float, default=0.01)
    train.set_defaults(run=parser)
    commands.add_parser("test").add_argument("--split", default="test")
    args = made.parse_args(["--lr", "1", "train"])
    assert args.command == "train"
    values, changed = script_parameters()
    assert changed == {"lr", "command"}
    assert values == {
        "lr": 1.0,
        "batch_size": 32,
        "optimizer": "sgd",
        "amp": False,
        "command": "train",
        "wd": 0.01,
        "run": f"{__name__}:parser",
    }


def test_a_second_parser_adds_and_overrides_and_the_same_one_replaces() -> None:
    first = parser()
    one = first.parse_args(["--lr", "1"])
    second = argparse.ArgumentParser()
    second.add_argument("--lr", type=float, default=0.1)
    second.add_argument("--seed", type=int, default=0)
    two = second.parse_args(["--seed", "7"])
    values, changed = script_parameters()
    assert (values["lr"], values["seed"], values["batch_size"]) == (0.1, 7, 32) and changed == {"seed"}
    again = first.parse_args(["--amp"])
    assert (one.lr, two.lr, again.amp) == (1.0, 0.1, True)
    assert script_parameters()[1] == {"amp", "seed"}


def test_an_object_of_the_scripts_own_is_filled() -> None:
    class Settings:
        colour = "red"

        def __getattr__(self, name: str) -> Any:
            raise AttributeError(f"{name} was asked for")

    settings = Settings()
    settings.note = "not the parser's"
    assert parser().parse_args(["--lr", "1"], namespace=settings) is settings
    values, changed = script_parameters()
    assert values == {"lr": 1.0, "batch_size": 32, "optimizer": "sgd", "amp": False} and changed == {"lr"}


def test_where_nothing_can_be_held_weakly_the_parsed_values_stay() -> None:
    class Slotted:
        __slots__ = ("__dict__",)

    settings = Slotted()
    made = parser()
    assert made.parse_args(["--lr", "1"], namespace=settings) is settings
    settings.lr = 2.0
    assert [script_parameters()[0]["lr"] for _ in range(2)] == [1.0, 1.0]


def test_secrets_are_masked() -> None:
    made = argparse.ArgumentParser()
    made.add_argument("--hub-token")
    made.add_argument("--password", default="hunter2")
    made.add_argument("--api-key")
    made.add_argument("--url")
    made.add_argument("--pad-token", default="<pad>")
    args = made.parse_args(["--hub-token", "abc", "--url", "https://me:secret@example.org/x"])
    assert args.hub_token == "abc" and args.password == "hunter2"
    values, changed = script_parameters()
    assert values == {
        "hub_token": "***",
        "password": "***",
        "api_key": None,
        "url": "https://***@example.org/x",
        "pad_token": "<pad>",
    }
    assert changed == {"hub_token", "url"}


def test_arguments_that_give_their_items_once_reach_the_parser() -> None:
    args = parser().parse_args(iter(["--lr", "0.5"]))  # type: ignore[arg-type]
    assert args.lr == 0.5 and script_parameters()[0]["lr"] == 0.5


def test_errors_and_help_are_argparses_own(capsys: pytest.CaptureFixture[str]) -> None:
    for words, status in ((["--help"], 0), (["--no-such"], 2)):
        with pytest.raises(SystemExit) as caught:
            parser().parse_args(words)
        assert caught.value.code == status and caught.value.__context__ is None
    assert capsys.readouterr().out.startswith("usage:")


def test_what_libraries_parse_for_themselves_does_not_count(tmp_path: Path) -> None:
    library = tmp_path / "site-packages" / "launcher"
    library.mkdir(parents=True)
    (library / "__init__.py").write_text(
        "import argparse\n"
        "def plain(words):\n"
        "    parser = argparse.ArgumentParser()\n"
        "    parser.add_argument('--nodes', type=int)\n"
        "    return parser.parse_args(words)\n"
        "class Parser(argparse.ArgumentParser):\n"
        "    def into_dict(self, words):\n"
        "        return vars(self.parse_known_args(words)[0])\n"
    )
    (tmp_path / "train.py").write_text(
        "import sys, fitscribe\n"
        "from fitscribe.capture.command_line import script_parameters\n"
        "fitscribe.autolog()\n"
        "import launcher\n"
        "launcher.plain(['--nodes', '2'])\n"
        "print(script_parameters())\n"
        "parser = launcher.Parser()\n"
        "parser.add_argument('--lr', type=float, default=0.1)\n"
        "parser.into_dict(sys.argv[1:])\n"
        "print(script_parameters())\n"
    )
    command = [sys.executable, "train.py", "--lr", "0.5"]
    environment = {**os.environ, "PYTHONPATH": str(library.parent)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["({}, None)", "({'lr': 0.5}, {'lr'})"], done.stderr


def _in_child(queue: Any) -> None:
    queue.put(script_parameters())


def test_a_fork_and_a_thread_know_them() -> None:
    args = parser().parse_args(["--lr", "0.5"])
    args.lr = 0.75
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    child = context.Process(target=_in_child, args=(queue,))
    child.start()
    found = [queue.get()]
    child.join()
    thread = threading.Thread(target=lambda: found.append(script_parameters()))
    thread.start()
    thread.join()
    assert found == [script_parameters()] * 2 and found[0][0]["lr"] == 0.75


def test_switched_off_nothing_is_seen() -> None:
    fitscribe.disable()
    args = parser().parse_args(["--lr", "0.5"])
    assert args.lr == 0.5 and command_line._parses == ()


@dataclass
class Optimizer:
    name: str = "adam"
    betas: tuple[float, float] = (0.9, 0.999)


@dataclass
class Options:
    lr: float = 0.1
    optimizer: Optimizer = field(default_factory=Optimizer)


def test_jsonargparse() -> None:
    jsonargparse = pytest.importorskip("jsonargparse")
    made = jsonargparse.ArgumentParser()
    made.add_argument("--seed", type=int, default=1)
    made.add_class_arguments(Options, "run")
    config = made.parse_args(["--run.optimizer.name", "sgd"])
    assert config.run.optimizer.name == "sgd"
    values, changed = script_parameters()
    assert values["seed"] == 1 and values["run__lr"] == 0.1 and values["run__optimizer__name"] == "sgd"
    assert changed is not None and "seed" not in changed and "run__lr" not in changed


def test_simple_parsing() -> None:
    simple_parsing = pytest.importorskip("simple_parsing")
    made = simple_parsing.ArgumentParser()
    made.add_arguments(Options, dest="run")
    args = made.parse_args(["--lr", "0.5"])
    assert args.run.lr == 0.5
    values, _ = script_parameters()
    assert values["run__lr"] == 0.5 and values["run__optimizer__name"] == "adam"
