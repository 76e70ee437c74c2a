"""What `fitscribe show` prints of the files that a training loop has saved."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fitscribe.store.identity import host_name

from .conftest import START, Builder, Result
from .loops import (
    FURTHER,
    HOLDS,
    STATE,
    checkpoint,
    record,
    rows,
    section,
    write_launch,
)

Run = Callable[..., Result]


def modified(path: Path) -> str:
    return datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.timezone.utc).isoformat()


def test_checkpoints_say_what_they_hold_and_whether_they_are_there(
    build: Builder, fitscribe: Run, files: Path, own_store: Path
) -> None:
    write_launch(own_store, files, host_name())
    then = modified(files / "touched.pt")
    os.utime(files / "touched.pt", (START, START))
    build.run(
        "aaaaaa111111",
        launch="launch",
        events=[
            checkpoint("same.pt", size=100, modified=modified(files / "same.pt"), holds=STATE),
            checkpoint("other.pt", size=100, holds=HOLDS, saves=7, step=21, time=START + 3),
            checkpoint("touched.pt", size=100, modified=then, holds={"type": "module", "class": "nets.Net"}),
            checkpoint("gone.pt", size=2_000_000, step=None, holds={"type": "list", "items": [STATE, None]}),
            checkpoint("<BytesIO>"),
            record("checkpoints", "checkpoints", FURTHER),
        ],
    )
    page = fitscribe("show", "latest").out
    state = "state dict (4 tensors)"
    whole = f"model: {state}, optimizer state, epoch 3"
    assert rows(section(page, "Checkpoints  5 files")) == [
        ["path", "step", "size", "now", "holds"],
        ["same.pt", "3", "100 B", "there", state],
        ["touched.pt", "3", "100 B", "changed since", "Net"],
        ["gone.pt", "-", "2.0 MB", "gone", f"list of {state}, other"],
        ["<BytesIO>", "3"],
        ["other.pt", "21, saved 7 times", "100 B", "changed since", whole],
        ["40 saves more, from a.pt (step 1) to b.pt (step 9): too many"],
    ]
    assert "Artifacts" not in page


def test_what_was_saved_on_another_machine_may_or_may_not_be_there(
    build: Builder, fitscribe: Run, files: Path, own_store: Path
) -> None:
    write_launch(own_store, files, "another machine")
    build.run("aaaaaa111111", launch="launch", events=[checkpoint("same.pt"), checkpoint("gone.pt")])
    shown = section(fitscribe("show", "latest").out, "Checkpoints")
    assert "same.pt" in shown and not {"there", "gone"} & set(shown.split())


def test_of_many_checkpoints_the_last_are_shown(build: Builder, fitscribe: Run) -> None:
    events = [checkpoint(f"{number}.pt", time=START + number) for number in range(40)]
    build.run("aaaaaa111111", events=events)
    shown = section(fitscribe("show", "latest").out, "Checkpoints  the last 10 of 40 files").splitlines()
    assert [line.split()[0] for line in shown[1:]] == [f"{number}.pt" for number in range(30, 40)]
    assert len(section(fitscribe("show", "latest", "--full").out, "Checkpoints").splitlines()) == 41


@pytest.mark.parametrize("data", [[], {}, {"path": 3}, {"path": "a.pt", "time": "noon"}, None])
def test_damaged_checkpoints_do_no_harm(build: Builder, fitscribe: Run, data: Any) -> None:
    build.run("aaaaaa111111", events=[record("checkpoint/a", "checkpoint", data), checkpoint("b.pt")])
    found = fitscribe("show", "latest")
    assert found.code == 0 and "Checkpoints  1 file\n" in found.out


def test_what_lightning_kept_is_a_table_and_its_modules_a_tree(
    build: Builder, fitscribe: Run, files: Path, own_store: Path
) -> None:
    write_launch(own_store, files, host_name())
    best, last = str(files / "same.pt"), str(files / "gone.pt")
    kept = [{"path": best, "score": 0.25, "bytes": 100}, {"path": "other.pt", "score": 0.5, "bytes": None}]
    facts = {
        "epochs": 4,
        "global_step": 48,
        "parameters": 178,
        "trainable_parameters": 178,
        "modules": {"net": {"type": "Sequential", "parameters": 178}},
        "checkpoints": [
            {
                "monitor": "val_loss",
                "mode": "min",
                "best_model_path": best,
                "last_model_path": last,
                "kept": kept,
            }
        ],
    }
    build.run("aaaaaa111111", launch="launch", events=[("facts", {"values": facts})])
    page = fitscribe("show", "latest", "--full").out
    assert page.splitlines()[2] == "4 epochs, 48 steps"
    assert rows(section(page, "Checkpoints")) == [
        ["path", "val_loss (min)", "size", "now"],
        [best, "0.25", "100 B", "best", "there"],
        ["other.pt", "0.5", "there"],
        [last, "last", "gone"],
    ]
    assert section(page, "Modules") == "  178 parameters, all trainable\n  net  Sequential  178"
