"""What lists and comparisons say of training loops, and that their pages fit the terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fitscribe.store.identity import host_name

from .conftest import Builder, Result, terminal
from .loops import (
    BATCH,
    HOLDS,
    MODEL,
    MODULES,
    checkpoint,
    deep,
    record,
    section,
    training_loop,
    write_launch,
)

Run = Callable[..., Result]


def test_lists_lead_with_held_out_losses_and_means_of_epochs(build: Builder, fitscribe: Run) -> None:
    training_loop(build)
    head = fitscribe("ls").out.splitlines()[0].split()
    assert head[4:] == ["valid/loss", "valid/accuracy", "train/loss[epoch]", "train/loss"]
    gan = {"epoch": 1.0, "lr/opt_g": 0.1, "train/loss_g": [2.0, 1.0], "train/loss_g[epoch]": 1.5}
    build.run("bbbbbb222222", "GAN", experiment="gan", metrics=gan)
    head = fitscribe("ls", "--columns", "name").out.splitlines()[0].split()
    assert head == ["id", "name"]
    found = fitscribe("ls", "--filter", "name = 'GAN'").out.splitlines()[0].split()
    assert found[4:] == ["train/loss_g[epoch]", "train/loss_g", "lr/opt_g"]


def test_lightning_runs_lead_with_what_is_held_out(build: Builder, fitscribe: Run) -> None:
    names = ["lr-Adam", "train_loss_step", "train_loss_epoch", "epoch", "val_loss", "val_acc"]
    build.run("aaaaaa111111", metrics=dict.fromkeys(names, 1.0))
    head = fitscribe("ls").out.splitlines()[0].split()
    assert head[4:] == ["val_loss", "val_acc", "train_loss_epoch", "train_loss_step"]


def test_speed_is_not_compared_and_the_epoch_is_no_metric(build: Builder, fitscribe: Run) -> None:
    for number, speed in enumerate([1000.0, 2000.0]):
        metrics = {"train/loss": 1.0, "train/samples_per_s": speed, "train/data_wait_share": speed / 1e4}
        build.run(f"aaaaaa11111{number}", metrics=metrics)
    assert fitscribe("compare", "aaaaaa111110", "aaaaaa111111").out.startswith("No difference but time.")
    for number, last in enumerate([3.0, 4.0]):
        build.run(f"bbbbbb22222{number}", metrics={"epoch": last, "lr": last, "train/loss": last})
    compared = fitscribe("compare", "bbbbbb222220", "bbbbbb222221").out
    assert [line.split()[0] for line in section(compared, "Metrics").splitlines()] == ["train/loss", "lr"]
    assert "epoch" in fitscribe("compare", "bbbbbb222220", "bbbbbb222221", "--full").out


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_loop_with_everything_fits_the_terminal(
    build: Builder, files: Path, own_store: Path, columns: int
) -> None:
    write_launch(own_store, files, host_name())
    long = "a/rather/long/path/" * 5
    deep_model = {**MODEL, "parts": deep(6, 3)}
    training_loop(
        build,
        launch="launch",
        events=[
            ("signature", {"signature": {"batch": BATCH}}),
            record("modules", "modules", {**MODULES, "modules": [MODEL, deep_model]}),
            checkpoint(f"{long}model.pt", size=100, holds=HOLDS, saves=7, step=21),
        ],
    )
    code, shown = terminal("show", "aaaaaa", columns=columns)
    assert code == 0
    assert [
        line for line in shown.splitlines() if len(line) > columns and not line.startswith("train ·")
    ] == []
