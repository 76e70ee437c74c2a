"""How a run has what a pass of evaluation came to."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional as F

import fitscribe
from fitscribe.cli import main
from fitscribe_torch.evaluation import PassEvaluation
from fitscribe_torch.roles import without_role

SCORES, LABELS = torch.eye(3).repeat(5, 1), torch.tensor([0, 1, 2] * 4 + [1, 1, 1])
VALUES = torch.arange(15.0)


def evaluated(*names: str) -> PassEvaluation:
    evaluation = PassEvaluation()
    for name in names:
        evaluation.add("cross_entropy", (SCORES, LABELS), {}, F.cross_entropy(SCORES, LABELS), name)
    return evaluation


def test_loss_metrics_and_matrix_are_of_the_role(run: Any) -> None:
    for step in (10, 20):
        evaluated("loss").log(run, "valid", step)
    found = fitscribe.get_run(run.id)
    series = found.series("valid/loss")
    assert list(series.steps) == [10, 20]
    assert list(series.values) == pytest.approx([F.cross_entropy(SCORES, LABELS).item()] * 2, rel=1e-6)
    assert found.metrics["valid/accuracy"] == pytest.approx(13 / 15)
    assert {name.partition("/")[0] for name in found.metrics} == {"valid"}
    matrix = {each["name"]: each for each in found.artifacts}["valid/confusion_matrix"]
    assert matrix["kind"] == "confusion_matrix"
    assert matrix["data"] == {"labels": [0, 1, 2], "counts": [[4, 0, 0], [1, 5, 1], [0, 0, 4]]}


def test_matrix_is_shown(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    evaluated("loss").log(run, "valid", 1)
    assert main(["show", run.id]) == 0
    shown = capsys.readouterr().out
    assert "valid/confusion_matrix" in shown and "valid/accuracy" in shown


def test_names_of_losses_beside_the_role(run: Any) -> None:
    evaluation = evaluated("val_loss", "aux_loss")
    evaluation.add("mse_loss", (VALUES, VALUES), {}, F.mse_loss(VALUES, VALUES), "mse")
    evaluation.log(run, "valid", 3)
    found = fitscribe.get_run(run.id).metrics
    assert {"valid/loss", "valid/aux_loss", "valid/mse", "valid/accuracy", "valid/accuracy[aux_loss]"} <= set(
        found
    )
    assert found["valid/r2[mse]"] == 1
    names = {each["name"] for each in fitscribe.get_run(run.id).artifacts}
    assert names == {"valid/confusion_matrix", "valid/confusion_matrix[aux_loss]"}


def test_names_that_differ_only_by_the_role_stay(run: Any) -> None:
    evaluated("val_loss", "loss").log(run, "valid", 3)
    assert {"valid/val_loss", "valid/loss"} <= set(fitscribe.get_run(run.id).metrics)


@pytest.mark.parametrize(
    ("name", "role", "short"),
    [
        ("val_loss", "valid", "loss"),
        ("loss_val_d", "valid", "loss_d"),
        ("test_loss", "valid", "test_loss"),
        ("test_loss", "test", "loss"),
        ("valid", "valid", "loss"),
        ("ood_loss", "ood", "loss"),
        ("eval_loss", "eval", "loss"),
        ("loss", "valid", "loss"),
    ],
)
def test_a_role_is_not_said_twice(name: str, role: str, short: str) -> None:
    assert without_role(name, role) == short


def test_what_was_left_out_is_said_once(run: Any) -> None:
    for step in range(3):
        evaluation = PassEvaluation()
        targets = torch.full((15, 3), 1 / 3)
        evaluation.add("cross_entropy", (SCORES, targets), {}, F.cross_entropy(SCORES, targets))
        evaluation.add("mine", (SCORES.to("meta"),), {}, SCORES.to("meta").sum(), "mine")
        evaluation.log(run, "valid", step)
    assert [(each["what"], each["why"]) for each in fitscribe.get_run(run.id).unseen] == [
        ("valid/mine", "mine gave a Tensor without numbers to be read"),
        ("valid/accuracy", "the targets are probabilities of classes"),
    ]


def test_a_pass_without_a_criterion_leaves_nothing(run: Any) -> None:
    PassEvaluation().log(run, "valid", 1)
    found = fitscribe.get_run(run.id)
    assert not found.metrics and not found.artifacts and not found.unseen


def test_a_loss_that_is_nan_is_a_point(run: Any) -> None:
    evaluation = PassEvaluation()
    evaluation.add("mse_loss", (VALUES, VALUES), {}, torch.tensor(float("nan")))
    evaluation.log(run, "test", 4)
    values = fitscribe.get_run(run.id).series("test/loss").values
    assert len(values) == 1 and values[0] != values[0]
