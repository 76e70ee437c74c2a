"""Predictions against targets, over the criterion calls of one pass: scikit-learn's numbers."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from sklearn import metrics
from tests.torch.evaluating import (
    BITS,
    CLASSES,
    LABELS,
    LABELS_OF_PIXELS,
    PIXELS,
    ROWS,
    SCORES,
    SIZES,
    SOME_IGNORED,
    TRUTHS,
    VALUES,
    calls,
    defer,
    only,
)
from torch.nn import functional as F

from fitscribe_torch.evaluation import PassEvaluation


@pytest.fixture(params=["at once", "deferred"], autouse=True)
def either_way(request: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """All holds for values that are taken at once, and for those of a device, which is not waited for."""
    if request.param == "deferred":
        defer(monkeypatch)


def test_predictions_of_classes_are_counted() -> None:
    evaluation = only(calls("cross_entropy", SCORES, LABELS)).evaluation
    true, predicted = LABELS.numpy(), SCORES.argmax(1).numpy()
    assert evaluation.records["confusion_matrix"] == {
        "labels": list(range(CLASSES)),
        "counts": metrics.confusion_matrix(true, predicted).tolist(),
    }
    assert evaluation.metrics == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(true, predicted),
            "balanced_accuracy": metrics.balanced_accuracy_score(true, predicted),
            "f1_macro": metrics.f1_score(true, predicted, average="macro"),
            "f1_weighted": metrics.f1_score(true, predicted, average="weighted"),
            "precision_macro": metrics.precision_score(true, predicted, average="macro"),
            "precision_weighted": metrics.precision_score(true, predicted, average="weighted"),
            "recall_macro": metrics.recall_score(true, predicted, average="macro"),
            "recall_weighted": metrics.recall_score(true, predicted, average="weighted"),
        },
        rel=1e-12,
    )


def test_ignored_targets_and_pixels_are_counted_right() -> None:
    for scores, labels, ignored in ((SCORES, SOME_IGNORED, -100), (PIXELS, LABELS_OF_PIXELS, 3)):
        before = labels.clone()
        evaluation = only(calls("cross_entropy", scores, labels, ignore_index=ignored)).evaluation
        counts = labels != ignored
        expected = metrics.confusion_matrix(labels[counts], scores.argmax(1)[counts], labels=range(CLASSES))
        assert evaluation.records["confusion_matrix"]["counts"] == expected.tolist()
        assert evaluation.metrics["accuracy"] == pytest.approx(expected.trace() / expected.sum())
        assert labels.equal(before)


@pytest.mark.parametrize("shape", [(ROWS,), (ROWS, 1)])
@pytest.mark.parametrize("function", ["binary_cross_entropy_with_logits", "binary_cross_entropy"])
def test_two_classes_told_apart_by_one_number(function: str, shape: tuple[int, ...]) -> None:
    logits = SCORES[:, 0]
    given = logits if function.endswith("logits") else logits.sigmoid()
    evaluation = only(calls(function, given.reshape(shape), BITS.reshape(shape))).evaluation
    true, predicted = BITS.numpy(), (logits > 0).numpy()
    assert evaluation.records["confusion_matrix"] == {
        "labels": [0, 1],
        "counts": metrics.confusion_matrix(true, predicted).tolist(),
    }
    assert evaluation.metrics["f1"] == pytest.approx(metrics.f1_score(true, predicted), rel=1e-12)
    assert evaluation.metrics["recall"] == pytest.approx(metrics.recall_score(true, predicted), rel=1e-12)


def test_what_is_no_choice_between_classes_is_said() -> None:
    soft = calls("binary_cross_entropy", SCORES[:, 0].sigmoid(), BITS * 0.9 + 0.05)
    assert only(soft).evaluation.omitted == {"accuracy": f"{ROWS} targets are neither 0 nor 1"}
    several = calls("binary_cross_entropy_with_logits", SCORES, (SCORES > 0).float())
    assert only(several).evaluation.omitted == {"accuracy": "every sample has several labels"}
    mixed = calls("cross_entropy", SCORES, PIXELS[:, :, 0, 0].softmax(1))
    assert only(mixed).evaluation.omitted == {"accuracy": "the targets are probabilities of classes"}


@pytest.mark.parametrize("function", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"])
@pytest.mark.parametrize("columns", [1, 2])
def test_errors_of_regressions(function: str, columns: int) -> None:
    values, truths = (VALUES, TRUTHS) if columns == 2 else (VALUES[:, 0], TRUTHS[:, 0])
    evaluation = only(calls(function, values, truths)).evaluation
    true, predicted = truths.double().numpy(), values.double().numpy()
    assert evaluation.metrics == pytest.approx(
        {
            "mae": metrics.mean_absolute_error(true, predicted),
            "rmse": metrics.root_mean_squared_error(true, predicted),
            "r2": metrics.r2_score(true, predicted),
        },
        rel=1e-9,
    )
    assert not evaluation.omitted


def test_targets_far_from_zero_keep_their_spread() -> None:
    truths = torch.arange(ROWS, dtype=torch.float64) * 1e-3 + 1e6
    values = truths + 1e-4 * torch.arange(ROWS) % 3
    evaluation = only(calls("mse_loss", values, truths)).evaluation
    assert evaluation.metrics["r2"] == pytest.approx(metrics.r2_score(truths, values), rel=1e-9)


def test_targets_that_are_all_the_same() -> None:
    truths = torch.full((ROWS,), 0.1)
    assert only(calls("mse_loss", truths, truths)).evaluation.metrics["r2"] == 1
    assert only(calls("mse_loss", truths + 1, truths)).evaluation.metrics["r2"] == 0


def test_regression_of_many_values_has_what_the_loss_tells() -> None:
    found = only(calls("mse_loss", PIXELS, PIXELS * 2)).evaluation
    assert found.metrics == {"rmse": pytest.approx(F.mse_loss(PIXELS, PIXELS * 2).sqrt().item(), rel=1e-6)}
    assert found.omitted == {"rmse, mae and r2": "every sample has 60 values"}
    found = only(calls("l1_loss", PIXELS, PIXELS * 2)).evaluation
    assert found.metrics == {"mae": pytest.approx(F.l1_loss(PIXELS, PIXELS * 2).item(), rel=1e-6)}
    assert not only(calls("mse_loss", PIXELS, PIXELS * 2, reduction="sum")).evaluation.metrics


@pytest.mark.filterwarnings("ignore:Using a target size")
def test_shapes_that_differ_are_said() -> None:
    found = only(calls("mse_loss", VALUES[:, :1], TRUTHS[:, 0]))
    assert not found.evaluation.metrics
    assert "(16, 1) and (16,) differ" in found.evaluation.omitted["rmse, mae and r2"]


def words(classes: int) -> tuple[torch.Tensor, torch.Tensor]:
    scores, labels = torch.randn(ROWS, classes), torch.randint(0, classes, (ROWS,))
    scores[torch.arange(0, ROWS, 2), labels[::2]] += 4
    labels[::5] = -100
    return scores, labels


def test_of_very_many_classes_hits_are_counted() -> None:
    scores, labels = words(1_500)
    found = only(calls("cross_entropy", scores, labels))
    counts = labels >= 0
    top = scores.topk(5, 1).indices[counts]
    assert found.evaluation.metrics == pytest.approx(
        {
            "accuracy": (scores.argmax(1)[counts] == labels[counts]).double().mean().item(),
            "top_5_accuracy": (top == labels[counts, None]).any(1).double().mean().item(),
            "perplexity": math.exp(F.cross_entropy(scores, labels).item()),
        },
        rel=1e-6,
    )
    assert 0 < found.evaluation.metrics["accuracy"] < found.evaluation.metrics["top_5_accuracy"] < 1
    assert not found.evaluation.records and not found.evaluation.omitted


def test_of_very_many_scores_some_rows_are_looked_at() -> None:
    scores, labels = words(50_000)
    found = only(calls("cross_entropy", scores, labels))
    assert "it is taken from every" in found.evaluation.omitted["accuracy of all rows"]
    assert 0 < found.evaluation.metrics["accuracy"] < 1
    assert found.evaluation.metrics["perplexity"] == pytest.approx(
        math.exp(F.cross_entropy(scores, labels).item()), rel=1e-5
    )
    # Of sequences: (N, C, length).
    batch = scores[:48].reshape(6, 8, 50_000).movedim(-1, 1), labels[:48].reshape(6, 8)
    evaluation = PassEvaluation()
    for _ in range(19):  # each of which looks at the next one of 19 rows
        evaluation.add("cross_entropy", batch, {}, F.cross_entropy(*batch))
    whole = (batch[0].argmax(1) == batch[1])[batch[1] >= 0].double().mean().item()
    assert only(evaluation).evaluation.metrics["accuracy"] == pytest.approx(whole, rel=1e-12)


def test_perplexity_is_not_that_of_weighted_or_smoothed_losses() -> None:
    scores, labels = words(1_500)
    assert (
        "perplexity"
        not in only(calls("cross_entropy", scores, labels, label_smoothing=0.1)).evaluation.metrics
    )
    weights = torch.rand(1_500)
    assert "perplexity" not in only(calls("cross_entropy", scores, labels, weight=weights)).evaluation.metrics
    summed = only(calls("cross_entropy", scores, labels, reduction="sum")).evaluation.metrics
    assert summed["perplexity"] == pytest.approx(math.exp(F.cross_entropy(scores, labels).item()), rel=1e-5)
    assert "perplexity" not in only(calls("cross_entropy", SCORES, LABELS)).evaluation.metrics


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_other_types_of_numbers(kind: torch.dtype) -> None:
    scores = SCORES.to(kind)
    found = only(calls("cross_entropy", scores, LABELS))
    assert found.mean == pytest.approx(F.cross_entropy(SCORES, LABELS).item(), rel=0.02)
    assert found.evaluation.metrics["accuracy"] == (scores.argmax(1) == LABELS).double().mean()
    found = only(calls("binary_cross_entropy_with_logits", scores[:, 0], BITS.to(kind)))
    assert found.evaluation.metrics["accuracy"] == ((scores[:, 0] > 0) == BITS).double().mean()
    values = VALUES.to(kind)
    found = only(calls("mse_loss", values, TRUTHS.to(kind)))
    assert found.evaluation.metrics["rmse"] == pytest.approx(
        F.mse_loss(values.double(), TRUTHS.to(kind).double()).sqrt().item(), rel=1e-2
    )
    scores, labels = words(1_100)
    assert only(calls("cross_entropy", scores.to(kind), labels)).evaluation.metrics["accuracy"] > 0


def test_without_numpy_the_loss_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fitscribe.evaluation.classifier", None)
    monkeypatch.delattr("fitscribe.evaluation.classification", raising=False)
    found = only(calls("cross_entropy", SCORES, LABELS))
    assert found.mean == pytest.approx(F.cross_entropy(SCORES, LABELS).item(), rel=1e-6)
    assert found.evaluation.omitted == {"accuracy": "NumPy is not installed"}


@pytest.fixture
def linear_cross_entropy() -> Iterator[Any]:
    if not hasattr(F, "linear_cross_entropy"):
        pytest.skip("torch has it from 2.13 on")
    return F.linear_cross_entropy


def test_loss_that_computes_the_scores_itself(linear_cross_entropy: Any) -> None:
    hidden, weights, labels = torch.randn(ROWS, 8), torch.randn(1_200, 8), torch.randint(0, 1_200, (ROWS,))
    labels[:9] = -100
    evaluation = PassEvaluation()
    for x, y in zip(hidden.split(SIZES), labels.split(SIZES), strict=True):
        evaluation.add("linear_cross_entropy", (x, weights, y), {}, linear_cross_entropy(x, weights, y))
    found, whole = only(evaluation), F.cross_entropy(hidden @ weights.T, labels).item()
    assert found.mean == pytest.approx(whole, rel=1e-5)
    assert found.evaluation.metrics == {"perplexity": pytest.approx(math.exp(whole), rel=1e-4)}
    assert "does not give the scores" in found.evaluation.omitted["accuracy"]
