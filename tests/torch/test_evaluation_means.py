"""What criterion calls of one pass average to: what one call with all of the data would give."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from tests.torch.evaluating import (
    BITS,
    LABELS,
    LABELS_OF_PIXELS,
    PIXELS,
    ROWS,
    SCORES,
    SIZES,
    SOME_IGNORED,
    TRUTHS,
    VALUES,
    WEIGHTS,
    calls,
    defer,
    only,
)
from torch import nn
from torch.nn import functional as F

from fitscribe_torch.evaluation import PassEvaluation
from fitscribe_torch.evaluation_result import EvaluationResult


@pytest.fixture(params=["at once", "deferred"], autouse=True)
def either_way(request: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """All holds for values that are taken at once, and for those of a device, which is not waited for."""
    if request.param == "deferred":
        defer(monkeypatch)


@pytest.mark.parametrize(
    ("function", "data", "settings"),
    [
        ("cross_entropy", (SCORES, LABELS), {}),
        ("cross_entropy", (SCORES, LABELS.to(torch.uint8)), {}),
        ("cross_entropy", (SCORES, SOME_IGNORED), {}),
        ("cross_entropy", (SCORES, LABELS), {"ignore_index": 2}),
        ("cross_entropy", (SCORES, LABELS), {"weight": WEIGHTS}),
        ("cross_entropy", (SCORES, SOME_IGNORED), {"weight": WEIGHTS, "label_smoothing": 0.1}),
        ("cross_entropy", (SCORES, LABELS), {"label_smoothing": 0.1}),
        ("cross_entropy", (PIXELS, LABELS_OF_PIXELS), {"weight": WEIGHTS, "ignore_index": 1}),
        ("cross_entropy", (SCORES, PIXELS[:, :, 0, 0].softmax(1)), {}),
        ("cross_entropy", (PIXELS, PIXELS.softmax(1)), {"weight": WEIGHTS}),
        ("nll_loss", (SCORES.log_softmax(1), SOME_IGNORED), {"weight": WEIGHTS}),
        ("binary_cross_entropy_with_logits", (SCORES[:, 0], BITS), {"pos_weight": torch.tensor(2.0)}),
        ("binary_cross_entropy_with_logits", (SCORES[:, :1], BITS[:, None]), {"weight": torch.tensor([0.5])}),
        ("binary_cross_entropy", (SCORES.sigmoid(), (SCORES > 0.3).float()), {}),
        ("mse_loss", (VALUES, TRUTHS), {}),
        ("mse_loss", (PIXELS, PIXELS * 2), {}),
        ("l1_loss", (VALUES, TRUTHS), {}),
        ("smooth_l1_loss", (VALUES, TRUTHS), {"beta": 0.5}),
        ("huber_loss", (VALUES, TRUTHS), {"delta": 0.5}),
        ("kl_div", (SCORES.log_softmax(1), PIXELS[:, :, 0, 0].softmax(1)), {"reduction": "batchmean"}),
        ("poisson_nll_loss", (VALUES / 50, TRUTHS / 50), {}),
        ("gaussian_nll_loss", (VALUES, TRUTHS, torch.ones(ROWS, 1)), {}),
        ("margin_ranking_loss", (VALUES[:, 0], TRUTHS[:, 0], BITS * 2 - 1), {"margin": 0.5}),
        ("cosine_embedding_loss", (VALUES, TRUTHS, BITS * 2 - 1), {}),
        ("triplet_margin_loss", (VALUES, TRUTHS, TRUTHS.flip(0)), {}),
        ("multi_margin_loss", (SCORES, LABELS), {}),
        ("multilabel_soft_margin_loss", (SCORES, (SCORES > 0.3).float()), {}),
        ("soft_margin_loss", (SCORES, (SCORES > 0.3).float() * 2 - 1), {}),
    ],
)
@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
def test_mean_is_that_of_the_whole_data(function: str, data: Any, settings: Any) -> None:
    found = only(calls(function, *data, **settings))
    whole = getattr(F, function)(
        *(each.double() if each.is_floating_point() else each for each in data),
        **{
            name: value.double() if isinstance(value, torch.Tensor) else value
            for name, value in settings.items()
        },
    )
    assert found.mean == pytest.approx(whole.item(), rel=1e-6)
    assert found.samples == ROWS
    assert found.batches == len(SIZES)
    assert "mean loss of all samples" not in found.evaluation.omitted


@pytest.mark.parametrize("function", ["mse_loss", "l1_loss"])
def test_weighted_means_of_regressions(function: str) -> None:
    evaluation = PassEvaluation()
    weights = torch.rand(ROWS, 2)
    for batch in zip(VALUES.split(SIZES), TRUTHS.split(SIZES), weights.split(SIZES), strict=True):
        settings = {"weight": batch[2]}
        evaluation.add(function, batch[:2], settings, getattr(F, function)(*batch[:2], **settings))
    whole = getattr(F, function)(VALUES, TRUTHS, weight=weights).item()
    assert only(evaluation).mean == pytest.approx(whole, rel=1e-6)


def test_ctc_counts_sequences() -> None:
    evaluation, every = PassEvaluation(), []
    for size in (4, 1):
        scores = torch.randn(12, size, 6).log_softmax(2)
        targets, long, short = torch.randint(1, 6, (size, 3)), torch.full((size,), 12), torch.full((size,), 3)
        arguments = (scores, targets, long, short)
        evaluation.add("ctc_loss", arguments, {}, F.ctc_loss(*arguments))
        every.append(F.ctc_loss(*arguments, reduction="none") / 3)
    assert only(evaluation).mean == pytest.approx(torch.cat(every).mean().item(), rel=1e-6)


def test_mean_is_the_running_average_of_the_script() -> None:
    """Of equally long sequences, of images, of rows: whatever a batch holds of them."""
    criterion = nn.CrossEntropyLoss()
    for scores, labels in ((SCORES, LABELS), (PIXELS, LABELS_OF_PIXELS)):
        evaluation, total, count = PassEvaluation(), 0.0, 0
        for x, y in zip(scores.split(SIZES), labels.split(SIZES), strict=True):
            loss = criterion(x, y)
            evaluation.add("cross_entropy", (x, y), {}, loss)
            total += loss.item() * x.size(0)
            count += x.size(0)
        assert only(evaluation).mean == pytest.approx(total / count, rel=1e-12)


def test_sums_are_divided_by_samples() -> None:
    total = F.nll_loss(SCORES.log_softmax(1), LABELS, reduction="sum").item()
    found = only(calls("nll_loss", SCORES.log_softmax(1), LABELS, reduction="sum"))
    assert found.mean == pytest.approx(total / ROWS, rel=1e-6)
    total = F.mse_loss(PIXELS, PIXELS * 2, reduction="sum").item()
    found = only(calls("mse_loss", PIXELS, PIXELS * 2, reduction="sum"))
    assert found.mean == pytest.approx(total / ROWS, rel=1e-6)
    total = F.cross_entropy(SCORES, SOME_IGNORED, reduction="sum").item()
    found = only(calls("cross_entropy", SCORES, SOME_IGNORED, reduction="sum"))
    assert found.mean == pytest.approx(total / (SOME_IGNORED >= 0).sum().item(), rel=1e-6)


def test_single_losses_are_averaged() -> None:
    for settings in ({}, {"weight": WEIGHTS}):
        whole = F.cross_entropy(SCORES, SOME_IGNORED, **settings).item()
        found = only(calls("cross_entropy", SCORES, SOME_IGNORED, reduction="none", **settings))
        assert found.mean == pytest.approx(whole, rel=1e-6)
    found = only(calls("mse_loss", VALUES, TRUTHS, reduction="none"))
    assert found.mean == pytest.approx(F.mse_loss(VALUES, TRUTHS).item(), rel=1e-6)


@pytest.mark.filterwarnings("ignore:size_average and reduce args")
def test_arguments_by_position_and_of_old() -> None:
    x, y = SCORES, SOME_IGNORED.masked_fill(SOME_IGNORED < 0, 4)
    evaluation = PassEvaluation()
    arguments: tuple[Any, ...] = (x, y, WEIGHTS, None, 4, None, "mean", 0.0)
    evaluation.add("cross_entropy", arguments, {}, F.cross_entropy(*arguments), "positions")
    for name, old in {
        "sum": {"size_average": False},
        "mean": {"reduce": True},
        "none": {"reduce": False},
        "nothing": {},
    }.items():
        settings = {"input": VALUES, "target": TRUTHS, **old}
        evaluation.add("mse_loss", (), settings, F.mse_loss(**settings), name)
    found = {name: each.mean for name, each in evaluation.finish().losses.items()}
    assert found["positions"] == pytest.approx(F.cross_entropy(*arguments).item(), rel=1e-6)
    assert found["mean"] == found["nothing"] == pytest.approx(F.mse_loss(VALUES, TRUTHS).item(), rel=1e-6)
    assert found["none"] == pytest.approx(found["mean"], rel=1e-6)
    assert found["sum"] == pytest.approx(found["mean"] * 2, rel=1e-6)


def test_single_samples_without_a_batch() -> None:
    evaluation = PassEvaluation()
    for x, y, real, truth in zip(SCORES, LABELS, VALUES[:, 0], TRUTHS[:, 0], strict=True):
        evaluation.add("cross_entropy", (x, y), {}, F.cross_entropy(x, y), "loss")
        evaluation.add("mse_loss", (real, truth), {}, F.mse_loss(real, truth), "error")
    found = evaluation.finish().losses
    assert found["loss"].mean == pytest.approx(F.cross_entropy(SCORES, LABELS).item(), rel=1e-6)
    assert found["loss"].evaluation.metrics["accuracy"] == (SCORES.argmax(1) == LABELS).double().mean()
    assert found["error"].mean == pytest.approx(F.mse_loss(VALUES[:, 0], TRUTHS[:, 0]).item(), rel=1e-6)
    assert found["loss"].samples == found["error"].samples == ROWS


def test_batches_that_count_for_nothing() -> None:
    evaluation = PassEvaluation()
    none_of_it = torch.full_like(LABELS, -100)
    for x, y in ((SCORES, none_of_it), (SCORES, LABELS), (SCORES[:0], LABELS[:0])):
        evaluation.add("cross_entropy", (x, y), {}, F.cross_entropy(x, y))
    empty, few = VALUES[:0], VALUES[:3]
    for x in (empty, few):
        evaluation.add("mse_loss", (x, x), {}, F.mse_loss(x, x), "error")
    found = evaluation.finish().losses
    assert found["loss"].mean == pytest.approx(F.cross_entropy(SCORES, LABELS).item(), rel=1e-6)
    assert found["loss"].evaluation.metrics["accuracy"] == (SCORES.argmax(1) == LABELS).double().mean()
    assert found["error"].mean == 0
    assert found["error"].evaluation.metrics == {"mae": 0, "rmse": 0, "r2": 1}


def test_pass_of_nothing() -> None:
    assert PassEvaluation().finish() == EvaluationResult()
    evaluation = PassEvaluation()
    evaluation.add("cross_entropy", (SCORES[:0], LABELS[:0]), {}, F.cross_entropy(SCORES[:0], LABELS[:0]))
    evaluation.add("mse_loss", (VALUES[:0], VALUES[:0]), {}, F.mse_loss(VALUES[:0], VALUES[:0]), "error")
    found = evaluation.finish().losses
    assert math.isnan(found["loss"].mean) and math.isnan(found["error"].mean)
    assert not found["loss"].evaluation.metrics and not found["error"].evaluation.metrics


def test_a_loss_that_is_nan_shows() -> None:
    scores = SCORES.clone()
    scores[20] = math.nan
    found = only(calls("cross_entropy", scores, LABELS))
    assert math.isnan(found.mean)
    found = only(calls("mse_loss", scores, SCORES))
    assert math.isnan(found.mean)
    assert set(found.evaluation.omitted) == {"mae", "rmse", "r2"}


def test_losses_of_one_pass_are_kept_apart() -> None:
    evaluation = PassEvaluation()
    for x, y, values, truths in zip(
        *(each.split(SIZES) for each in (SCORES, LABELS, VALUES, TRUTHS)), strict=True
    ):
        evaluation.add("cross_entropy", (x, y), {}, F.cross_entropy(x, y), "loss_cls")
        evaluation.add("mse_loss", (values, truths), {}, F.mse_loss(values, truths), "loss_box")
    found = evaluation.finish().losses
    assert found["loss_cls"].mean == pytest.approx(F.cross_entropy(SCORES, LABELS).item(), rel=1e-6)
    assert found["loss_box"].mean == pytest.approx(F.mse_loss(VALUES, TRUTHS).item(), rel=1e-6)
    assert "accuracy" in found["loss_cls"].evaluation.metrics and "r2" in found["loss_box"].evaluation.metrics


def test_two_losses_of_one_name_are_named_after_their_functions() -> None:
    evaluation = PassEvaluation()
    evaluation.add("cross_entropy", (SCORES, LABELS), {}, F.cross_entropy(SCORES, LABELS))
    evaluation.add("mse_loss", (VALUES, TRUTHS), {}, F.mse_loss(VALUES, TRUTHS))
    assert list(evaluation.finish().losses) == ["cross_entropy", "mse_loss"]


def test_calls_of_one_loss_on_different_things() -> None:
    evaluation = PassEvaluation()
    for scores in (SCORES, SCORES[:, :4]):
        labels = LABELS.clamp(0, 3)
        evaluation.add("cross_entropy", (scores, labels), {}, F.cross_entropy(scores, labels))
    found = only(evaluation)
    means = [F.cross_entropy(scores, LABELS.clamp(0, 3)).item() for scores in (SCORES, SCORES[:, :4])]
    assert found.mean == pytest.approx(sum(means) / 2, rel=1e-6)
    assert found.evaluation.omitted == {"accuracy": "the calls of this loss are of different kinds"}
    assert not found.evaluation.metrics and not found.evaluation.records


def test_functions_of_the_users() -> None:
    evaluation = PassEvaluation()
    for x, y in zip(VALUES.split(SIZES), TRUTHS.split(SIZES), strict=True):
        evaluation.add("my_loss", (x, y), {}, (x - y).pow(2).mean(), "mine")
        evaluation.add("my_other", (x,), {}, float((x - y).pow(2).mean()), "number")
        evaluation.add("my_rows", (x, y), {}, (x - y).pow(2).mean(1), "rows")
    found = evaluation.finish().losses
    for name in ("mine", "number", "rows"):
        assert found[name].mean == pytest.approx(F.mse_loss(VALUES, TRUTHS).item(), rel=1e-6)
        assert "batches count by their sizes" in found[name].evaluation.omitted["mean loss of all samples"]
        assert not found[name].evaluation.metrics


def test_predictions_are_compared_only_if_asked_for() -> None:
    evaluation = PassEvaluation()
    loss = F.cross_entropy(SCORES, LABELS)
    evaluation.add("cross_entropy", (SCORES, LABELS), {}, loss, compare=False)
    found = only(evaluation)
    assert found.mean == pytest.approx(F.cross_entropy(SCORES, LABELS).item(), rel=1e-6)
    assert not found.evaluation.metrics and not found.evaluation.omitted
