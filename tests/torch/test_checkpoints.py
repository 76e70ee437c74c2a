"""What the script itself saves: noticed, filtered by type and by rate."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import nn

import fitscribe
from fitscribe import engine
from fitscribe.tracking import saved_files
from fitscribe_torch import checkpoints
from fitscribe_torch.contents import contents


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    """What another test has saved is forgotten."""
    saved_files._known.clear()
    checkpoints._waiting.clear()
    yield


@pytest.fixture
def watched(run: Any) -> Iterator[Any]:
    """A run that is open while `torch.save` and `safetensors` are watched."""
    engine.register("torch", engine.Integration("torch", checkpoints.POINTS))
    engine.activate(["torch"])
    yield run
    engine.deactivate("torch")
    engine.unregister("torch")


def kept(run: Any, *, settled: bool = True) -> dict[str, dict[str, Any]]:
    """The checkpoints of a run, by the ends of their names."""
    if settled:
        saved_files.settle(run)
    return {
        each["name"].rpartition("/")[2]: each["data"]
        for each in run.artifacts
        if each["kind"] in ("checkpoint", "checkpoints")
    }


def a_model() -> nn.Module:
    return nn.Linear(3, 2)


# -- what is noticed


def test_a_state_dict(watched: Any, tmp_path: Path) -> None:
    path = tmp_path / "best.pt"
    torch.save(a_model().state_dict(), path)
    found = kept(watched)["best.pt"]
    assert found["path"] == str(path) and found["by"] == "torch.save" and found["saves"] == 1
    assert found["size"] == path.stat().st_size
    assert found["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found["holds"] == {"type": "state_dict", "tensors": 2, "elements": 8}


def test_every_name_of_the_function(watched: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save(a_model(), "one.pt")
    torch.serialization.save(a_model(), "two.pt")
    torch.save(f="three.pt", obj=a_model())
    assert set(kept(watched)) == {"one.pt", "two.pt", "three.pt"}
    assert kept(watched)["one.pt"]["holds"] == {"type": "module", "class": "torch.nn.modules.linear.Linear"}


def test_safetensors(watched: Any, tmp_path: Path) -> None:
    model = a_model()
    safetensors.torch.save_file(model.state_dict(), tmp_path / "file.safetensors")
    safetensors.torch.save_model(model, str(tmp_path / "model.safetensors"))
    found = kept(watched)
    assert found["file.safetensors"]["holds"]["type"] == "state_dict"
    assert found["model.safetensors"]["holds"]["type"] == "module"
    assert {each["by"] for each in found.values()} == {"safetensors"}
    assert [each["saves"] for each in found.values()] == [1, 1]


def test_what_it_was_called_with_comes_through(watched: Any, tmp_path: Path) -> None:
    path = tmp_path / "state.pt"
    assert torch.save({"step": 3, "model": a_model().state_dict()}, path) is None
    assert torch.load(path)["step"] == 3
    with pytest.raises(RuntimeError, match="Parent directory"):
        torch.save(a_model().state_dict(), tmp_path / "none" / "state.pt")
    assert list(kept(watched)) == ["state.pt"]


def test_open_files(watched: Any, tmp_path: Path) -> None:
    with open(tmp_path / "open.pt", "wb") as file:
        torch.save(a_model().state_dict(), file)
        assert "size" not in kept(watched, settled=False)["open.pt"]
    buffer = io.BytesIO()
    torch.save(a_model().state_dict(), buffer)
    with tempfile.NamedTemporaryFile(dir=tmp_path, suffix=".tmp") as temporary:
        torch.save(a_model().state_dict(), temporary)
    found = kept(watched)
    assert found["open.pt"]["size"] == (tmp_path / "open.pt").stat().st_size and "sha256" in found["open.pt"]
    assert "size" not in found["<BytesIO>"] and found["<BytesIO>"]["saves"] == 1
    (gone,) = [each for name, each in found.items() if name.endswith(".tmp")]
    assert gone["not_read"] == "No such file or directory"


def test_only_what_holds_modules_or_tensors(watched: Any, tmp_path: Path) -> None:
    for obj in ({"words": 3}, [1, 2], "text", None, {"a": {"b": {}}}, object()):
        torch.save(obj, tmp_path / "other.pt")
    assert not kept(watched)


# -- how much of it


def test_a_file_that_is_saved_again_and_again(watched: Any, tmp_path: Path) -> None:
    model, path = a_model(), tmp_path / "last.pt"
    for _ in range(3):
        torch.save(model.state_dict(), path)
        model.bias.data += 1
    found = kept(watched)["last.pt"]
    assert found["saves"] == 3
    assert found["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_more_often_than_there_is_time_for_is_counted(
    watched: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, path = a_model().state_dict(), tmp_path / "step.pt"
    torch.save(state, path)
    monkeypatch.setattr(saved_files.Files, "_affords", lambda self, seconds: False)
    written = []
    record = type(watched).log_record
    monkeypatch.setattr(
        type(watched), "log_record", lambda self, *given: (written.append(given), record(self, *given))
    )
    for index in range(1, 300):
        torch.save(state, path)
        torch.save(state, tmp_path / f"{index}.pt")
    assert len(written) < 20
    found = kept(watched)
    assert found["step.pt"]["saves"] == 300 and found["step.pt"]["size"] == path.stat().st_size
    assert "hundredth" in found["step.pt"]["not_hashed"]
    rest = found["checkpoints"]
    assert rest["saves"] == 299 and rest["first"]["path"].endswith("/1.pt")
    assert rest["last"]["path"].endswith("/299.pt") and set(found) == {"step.pt", "checkpoints"}


def test_more_files_than_a_run_lists(watched: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_files, "_FILES", 3)
    monkeypatch.setattr(saved_files, "_LEAST_S", 60.0)
    for index in range(5):
        torch.save(a_model().state_dict(), tmp_path / f"{index}.pt")
    found = kept(watched)
    assert set(found) == {"0.pt", "1.pt", "2.pt", "checkpoints"}
    assert (found["checkpoints"]["saves"], found["checkpoints"]["last"]["path"]) == (
        2,
        str(tmp_path / "4.pt"),
    )


def test_a_large_file_is_not_read_whole(
    watched: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_files, "WHOLE_BYTES", 1 << 20)
    torch.save({"w": torch.zeros(300_000)}, tmp_path / "large.pt")
    found = kept(watched)["large.pt"]
    assert found["not_hashed"] == "larger than 1 MiB" and "sha256" not in found
    assert len(found["fingerprint"]) == 32 and found["size"] > 1 << 20


# -- whose it is


def test_what_is_saved_before_the_run_belongs_to_it(own_store: Path, tmp_path: Path) -> None:
    checkpoints.noticed(tmp_path / "initial.pt", "torch.save", a_model())
    checkpoints.noticed(tmp_path / "words.pt", "torch.save", {"words": 1})
    with fitscribe.start_run("later") as run:
        checkpoints.noticed(tmp_path / "next.pt", "torch.save", a_model())
        assert set(kept(run)) == {"initial.pt", "next.pt"}


def test_without_any_run_nothing_is_kept(own_store: Path, tmp_path: Path) -> None:
    for index in range(100):
        checkpoints.noticed(tmp_path / f"{index}.pt", "torch.save", a_model())
    assert len(checkpoints._waiting) == checkpoints._WAITING and not own_store.exists()


def test_runs_have_their_own(own_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    runs = []
    for name in ("one", "other"):
        with fitscribe.start_run(name) as run:
            checkpoints.noticed(tmp_path / f"{name}.pt", "torch.save", a_model())
        runs.append(run)
    assert [set(kept(run)) for run in runs] == [{"one.pt"}, {"other.pt"}]


def test_what_was_counted_is_recorded_when_the_process_ends(own_store: Path, tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        textwrap.dedent("""
        import os
        import fitscribe
        import torch
        from fitscribe.tracking import saved_files
        from fitscribe_torch import checkpoints

        run = fitscribe.start_run("script")
        saved_files.Files._affords = lambda self, seconds: False
        for index in range(100):
            checkpoints.noticed(f"{index}.pt", "torch.save", torch.ones(1))
        if os.fork() == 0:
            saved_files.settle()
            os._exit(0)
        os.wait()
        """)
    )
    subprocess.run([sys.executable, str(script)], check=True, timeout=120, cwd=tmp_path)
    (found,) = kept(fitscribe.get_run("latest"), settled=False).values()
    assert found["saves"] == 100 and found["last"]["path"] == "99.pt"


# -- what it holds


def test_contents_of_a_training_state() -> None:
    model = a_model()
    optimizer = torch.optim.Adam(model.parameters())
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "epoch": 3,
        "args": {"lr": 0.1},
        "name": "secret",
        "history": [torch.ones(2)],
    }
    assert contents(state) == {
        "type": "dict",
        "keys": {
            "model": {"type": "state_dict", "tensors": 2, "elements": 8},
            "optimizer": {"type": "optimizer state"},
            "scheduler": {"type": "scheduler state"},
            "epoch": 3,
            "args": "dict",
            "name": "str",
            "history": {"type": "list", "length": 1, "items": [{"type": "tensor", "elements": 2}]},
        },
    }


def test_contents_of_objects() -> None:
    class State:
        def __init__(self) -> None:
            self.model = torch.compile(a_model(), backend="eager")
            self.epoch = 2

        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"{name} was asked for")

    found = contents(State())
    assert found is not None and found["type"] == "object"
    assert found["keys"] == {
        "model": {"type": "module", "class": "torch.nn.modules.linear.Linear"},
        "epoch": 2,
    }
    optimizer = contents(torch.optim.SGD(a_model().parameters()))
    assert optimizer == {"type": "optimizer", "class": "torch.optim.sgd.SGD"}


def test_contents_are_bounded() -> None:
    endless: dict[str, Any] = {"w": 1}
    endless["again"] = endless
    assert contents(endless) is None
    wide = contents({f"{index}": a_model() for index in range(1000)})
    assert wide is not None and len(wide["keys"]) == 64
    assert contents(torch.ones(3)) == {"type": "tensor", "elements": 3}


def test_paths() -> None:
    class Named(os.PathLike[str]):
        def __fspath__(self) -> str:
            return "named.pt"

    assert checkpoints.path_of(Named()) == ("named.pt", False)
    assert checkpoints.path_of(io.BytesIO()) == ("<BytesIO>", True)
    assert checkpoints.path_of(object()) == ("<object>", True)
