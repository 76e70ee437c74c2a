"""What `fitscribe show` prints of a training that has steps and epochs: PyTorch's loops, Lightning's fits."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Builder, Result, terminal
from .loops import (
    BATCH,
    MODEL,
    MODULES,
    deep,
    record,
    section,
    training_loop,
)

Run = Callable[..., Result]

PAGE = """\
Net  aaaaaa111111  finished
train · 2001-09-09 01:46:40 · 1 min 02 s
4 epochs, 12 steps

Metrics
                train  valid
  loss         0.6667    1.0
  loss[epoch]     2.0
  accuracy              0.75

  lr                   0.008333
  train/samples_per_s      1012

Curves
  valid/loss  last 1.0 · min 0.25 at 9 (epoch 3) · 4 points
"""


def test_a_loop_begins_with_its_losses_and_says_epochs(build: Builder, fitscribe: Run) -> None:
    training_loop(build)
    page = fitscribe("show", "latest").out
    assert page.startswith(PAGE)
    assert "Fitted" not in page
    heads = [line for line in page.splitlines() if line.endswith(" points")]
    assert [line.split()[0] for line in heads] == [
        "valid/loss",
        "train/loss",
        "valid/accuracy",
        "lr",
        "train/samples_per_s",
    ]
    assert heads[1] == "  train/loss  last 0.6667 · min 0.6667 at 12 (epoch 4) · 12 points"
    assert "  means of epochs  █▃▂▁  from 8.0 to 2.0\n\n  valid/accuracy" in page


def test_full_leaves_out_neither_the_epoch_nor_its_facts(build: Builder, fitscribe: Run) -> None:
    training_loop(build)
    page = fitscribe("show", "latest", "--full").out
    assert "\n  epoch                                 4.0\n" in page
    assert "  epoch  last 4.0 · 4 points\n" in page
    assert section(page, "Fitted") == "  epochs  4\n  steps   12"


def test_a_loop_that_goes_on_says_where_it_is(build: Builder, fitscribe: Run) -> None:
    training_loop(build, ended=False)
    assert fitscribe("show", "latest").out.splitlines()[2] == "epoch 4, step 12"


def test_a_loop_that_was_left_early_says_how_many_epochs_there_were_to_be(
    build: Builder, fitscribe: Run
) -> None:
    training_loop(build, events=[("facts", {"values": {"planned_epochs": 10}})])
    page = fitscribe("show", "latest").out
    assert page.splitlines()[2] == "4 of 10 epochs, 12 steps" and "Fitted" not in page
    training_loop(build, events=[("facts", {"values": {"planned_epochs": 4}})], run_id="bbbbbb222222")
    assert fitscribe("show", "bbbbbb").out.splitlines()[2] == "4 epochs, 12 steps"


def test_where_steps_are_epochs_nothing_is_said_twice(build: Builder, fitscribe: Run) -> None:
    build.run("aaaaaa111111", metrics={"epoch": [0.0, 1.0, 2.0], "loss": [3.0, 1.0, 2.0]})
    assert "  loss  last 2.0 · min 1.0 at 1 · 3 points\n" in fitscribe("show", "latest").out


def test_fractions_of_epochs_stay_what_they_are(build: Builder, fitscribe: Run) -> None:
    build.run("aaaaaa111111", metrics={"epoch": [0.25, 0.5], "loss": [3.0, 2.0]})
    page = fitscribe("show", "latest").out
    assert page.splitlines()[2] == "epoch 0.5, step 1"
    assert "min 2.0 at 1 (epoch 0.5)" in page


def test_learning_rates_of_several_optimizers_are_no_role(build: Builder, fitscribe: Run) -> None:
    metrics = {"lr/opt_g": 0.1, "lr/opt_d": 0.2, "train/loss_g": [2.0, 1.0], "train/loss_g[epoch]": 1.5}
    build.run("aaaaaa111111", metrics=metrics)
    assert section(fitscribe("show", "latest").out, "Metrics").split() == [
        *("train/loss_g", "1.0", "train/loss_g[epoch]", "1.5", "lr/opt_g", "0.1", "lr/opt_d", "0.2")
    ]


def test_lightning_names_are_read_as_its_users_mean_them(build: Builder, fitscribe: Run) -> None:
    debug = {f"debug_{number}": [1.0, float(number)] for number in range(60)}
    metrics = {
        **debug,
        "train_loss_step": [3.0, 2.0, 1.0],
        "train_loss_epoch": [2.5, 1.5],
        "val_loss": [3.0, 2.0],
        "val_acc": [0.1, 0.2],
        "epoch": [0.0, 0.0, 1.0],
    }
    build.run("aaaaaa111111", metrics=metrics)
    page = fitscribe("show", "latest").out
    metrics_shown = [line.split()[0] for line in section(page, "Metrics").splitlines()]
    assert metrics_shown[:4] == ["val_loss", "train_loss_step", "train_loss_epoch", "val_acc"]
    assert len(metrics_shown) == 41 and "\n  24 more with --full\n\nCurves\n" in page
    curves = [line.split()[0] for line in page.splitlines() if line.endswith(" points")]
    assert curves[:4] == ["val_loss", "train_loss_step", "val_acc", "debug_0"]
    assert "means of epochs  █▁  from 2.5 to 1.5" in page


def test_a_head_that_does_not_fit_loses_its_end(build: Builder) -> None:
    training_loop(build)
    _, page = terminal("show", "aaaaaa", columns=45)
    assert "\n  valid/loss  last 1.0 · min 0.25 at 9\n" not in page
    assert "\n  valid/loss  last 1.0\n" in page


def test_modules_are_a_tree_with_what_is_in_each(build: Builder, fitscribe: Run) -> None:
    training_loop(build, events=[record("opt_g/modules", "modules", MODULES)])
    expected = """\
  900 parameters, 850 trainable, float32, 800 on cpu, 100 on cuda:0, compiled
  model      Net             900  in DistributedDataParallel, 7 in buffers, compiled
    blocks   ModuleList      800
      0-3    Block       4 × 200
        fc   Linear          200  10, 20
        act  ReLU
    head     Linear          100  bias=False
    tied     Linear               is head"""
    page = fitscribe("show", "latest").out
    assert section(page, "Modules (opt_g)") == expected
    full = fitscribe("show", "latest", "--full").out
    assert "\n      0-3    nets.Block  4 × 200\n" in full
    (found,) = json.loads(fitscribe("export", "aaaaaa").out)
    assert found["artifacts"][0]["data"] == MODULES


@pytest.mark.parametrize(("levels", "beside"), [(24, 3), (1, 100), (2, 30), (5, 5)])
def test_a_large_tree_is_a_screen_without_full(
    build: Builder, fitscribe: Run, levels: int, beside: int
) -> None:
    parts = deep(levels, beside)
    modules = {**MODULES, "modules": [{**MODEL, "parts": parts, "cut": 12}]}
    training_loop(build, events=[record("modules", "modules", modules)])
    shown = section(fitscribe("show", "latest").out, "Modules").splitlines()
    *tree, remark = shown[1:]
    assert len(tree) <= 24
    left_out = 1 + levels * beside - len(tree)
    more = f"{left_out} part{'s' * (left_out > 1)} more with --full, " if left_out else ""
    assert remark == f"  {more}12 modules more, not described"
    full = section(fitscribe("show", "latest", "--full").out, "Modules").splitlines()
    assert len(full) == 1 + 1 + levels * beside + 1


@pytest.mark.parametrize("data", [{}, {"modules": [1]}, {**MODULES, "modules": {}, "dtypes": 3}])
def test_damaged_modules_are_said(build: Builder, fitscribe: Run, data: Any) -> None:
    training_loop(build, events=[record("modules", "modules", data)])
    assert section(fitscribe("show", "latest").out, "Modules") == "  its data cannot be read"


def test_a_batch_is_described_field_by_field(build: Builder, fitscribe: Run) -> None:
    training_loop(build, events=[("signature", {"signature": {"batch": BATCH}})])
    assert section(fitscribe("show", "latest").out, "Signature") == (
        "  batch  dict of 32\n"
        "           ids: n × 128 int64\n"
        "           boxes[0-31]: 5 × 4 float32\n"
        "           path: str"
    )


def test_a_batch_of_one_tensor_is_one_line_and_a_large_one_is_cut(build: Builder, fitscribe: Run) -> None:
    tensor = {"container": "torch.Tensor", "fields": [{"name": "", "type": "float32", "shape": [None, 3]}]}
    training_loop(build, events=[("signature", {"signature": {"batch": tensor}})])
    assert section(fitscribe("show", "latest").out, "Signature") == "  batch  Tensor: n × 3 float32"
    fields = [{"name": f"f{number}", "type": "int64", "shape": [None]} for number in range(64)]
    large = {"container": "list", "batch_size": 4, "fields": fields, "cut": True}
    training_loop(build, run_id="bbbbbb222222", events=[("signature", {"signature": {"batch": large}})])
    shown = section(fitscribe("show", "bbbbbb").out, "Signature").splitlines()
    assert [line.strip() for line in shown[-2:]] == ["56 more with --full", "and more, not described"]
    assert len(shown) == 11
    assert len(section(fitscribe("show", "bbbbbb", "--full").out, "Signature").splitlines()) == 66
