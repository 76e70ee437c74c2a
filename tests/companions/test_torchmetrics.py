"""Metrics of torchmetrics that a script computes, in loops that are written by hand."""

from __future__ import annotations

import copy
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fitscribe
from fitscribe.tracking import scalars

torch = pytest.importorskip("torch")
pytest.importorskip("torchmetrics")

from torchmetrics import Metric, MetricCollection  # noqa: E402
from torchmetrics.classification import (  # noqa: E402
    MulticlassAccuracy,
    MulticlassConfusionMatrix,
    MulticlassF1Score,
    MulticlassROC,
)

CLASSES = 3


def batch(seed: int = 0) -> tuple[Any, Any]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, CLASSES, (40,), generator=generator), torch.randint(
        0, CLASSES, (40,), generator=generator
    )


def model() -> Any:
    from sklearn.linear_model import SGDClassifier

    return SGDClassifier(random_state=0)


def step(sgd: Any) -> None:
    sgd.partial_fit([[0.0], [1.0]], [0, 1], classes=[0, 1])


def series(run: Any, name: str) -> tuple[list[int], list[float]]:
    found = run.series(name)
    return [int(each) for each in found.steps], [float(value) for value in found.values]


def the_run() -> Any:
    (run,) = fitscribe.search_runs()
    return run


def test_under_the_name_of_the_variable_at_the_step_of_the_training() -> None:
    acc, sgd, truth = MulticlassAccuracy(CLASSES), model(), []
    for epoch in range(3):
        for _ in range(4):
            step(sgd)
        acc.update(*batch(epoch))
        truth.append(acc.compute().item())
        acc.reset()
    run = the_run()
    assert series(run, "acc") == ([4, 8, 12], truth)
    assert run.problems == []


def test_what_forward_computes_and_what_is_remembered_is_no_point() -> None:
    acc = MulticlassAccuracy(CLASSES)
    whole = MulticlassF1Score(CLASSES, dist_sync_on_step=True)  # computes twice in each forward
    with fitscribe.start_run():
        for seed in range(3):
            acc(*batch(seed))
            whole(*batch(seed))
        assert the_run().metrics == {}
        first = acc.compute()
        second = acc.compute()
    assert first is second or torch.equal(first, second)
    assert series(the_run(), "acc") == ([0], [first.item()])


class Module(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.val_acc = MulticlassAccuracy(CLASSES)
        self.others = torch.nn.ModuleDict({"f1": MulticlassF1Score(CLASSES)})

    def evaluate(self) -> None:
        self.val_acc.update(*batch())
        self.val_acc.compute()
        self.others["f1"].update(*batch())
        self.others["f1"].compute()


def test_names() -> None:
    with fitscribe.start_run():
        Module().evaluate()
        alone = MulticlassF1Score(CLASSES)
        alone.update(*batch())
        for compute in [alone.compute]:
            compute()
    assert list(the_run().metrics) == ["val_acc", "f1", "MulticlassF1Score"]


def test_collections() -> None:
    metrics = MetricCollection({"acc": MulticlassAccuracy(CLASSES), "f1": MulticlassF1Score(CLASSES)})
    prefixed = metrics.clone(prefix="val/")
    with fitscribe.start_run():
        for each in (metrics, prefixed):
            each(*batch())
            each(*batch(1))
        assert the_run().metrics == {}
        truth = {name: value.item() for name, value in metrics.compute().items()}
        prefixed.compute()
    metrics_of_run = the_run().metrics
    assert metrics_of_run == {
        "metrics/acc": truth["acc"],
        "metrics/f1": truth["f1"],
        "val/acc": truth["acc"],
        "val/f1": truth["f1"],
    }


def test_values_that_are_no_single_number() -> None:
    by_class = MulticlassAccuracy(CLASSES, average=None)
    matrix, many, roc = (
        MulticlassConfusionMatrix(CLASSES),
        MulticlassAccuracy(50, average=None),
        MulticlassROC(3),
    )
    with fitscribe.start_run():
        for seed in range(2):
            for metric in (by_class, matrix, many):
                metric.update(*batch(seed))
            roc.update(torch.rand(40, 3), batch()[1])
            truth = by_class.compute()
            counts = matrix.compute()
            many.compute()
            roc.compute()
    run = the_run()
    assert [run.metrics[f"by_class/{number}"] for number in range(CLASSES)] == truth.tolist()
    tables = {each["name"]: each["data"] for each in run.artifacts}
    assert tables["matrix"]["rows"] == counts.tolist() and len(tables["many"]["rows"]) == 50
    assert [each["what"] for each in run.unseen] == ["roc"]


class Doubled(Metric):
    """One of the script's own, that computes by another."""

    full_state_update = False

    def __init__(self) -> None:
        super().__init__()
        self.inner = MulticlassAccuracy(CLASSES)

    def update(self, preds: Any, target: Any) -> None:
        self.inner.update(preds, target)

    def compute(self) -> Any:
        value = 2 * self.inner.compute()
        return {"value": value, "rows": np.full((2, 3), value), "text": "none"}


def test_one_of_the_scripts_own_and_arithmetic() -> None:
    doubled, acc = Doubled(), MulticlassAccuracy(CLASSES)
    both = acc + acc
    with fitscribe.start_run():
        doubled.update(*batch())
        acc.update(*batch())
        doubled.compute()
        total = both.compute()
    run = the_run()
    assert run.metrics == {"doubled/value": total.item(), "both": total.item()}
    (table,) = run.artifacts
    assert table["name"] == "doubled/rows" and table["data"]["rows"] == [[total.item()] * 3] * 2
    assert [each["what"] for each in run.unseen] == ["doubled/text"]


def test_one_name_in_two_functions() -> None:
    def train_epoch() -> None:
        acc = MulticlassAccuracy(CLASSES)
        acc.update(*batch())
        acc.compute()

    def validate() -> None:
        acc = MulticlassAccuracy(CLASSES)
        acc.update(*batch(1))
        acc.compute()

    sgd = model()
    for _ in range(2):
        step(sgd)
        train_epoch()
        validate()
    run = the_run()
    assert series(run, "acc")[0] == [1, 2] and series(run, "validate/acc")[0] == [1, 2]


def test_calls_within_a_training_are_not_the_scripts() -> None:
    from sklearn.base import BaseEstimator

    class Estimator(BaseEstimator):  # type: ignore[misc]
        def fit(self, X: Any, y: Any) -> Estimator:
            acc = MulticlassAccuracy(CLASSES)
            acc.update(*batch())
            self.value_ = acc.compute().item()
            return self

    Estimator().fit([[0.0]], [0])
    assert the_run().metrics == {} or "acc" not in the_run().metrics


def test_metrics_are_as_they_were() -> None:
    acc = MulticlassAccuracy(CLASSES)
    with fitscribe.start_run():
        acc.update(*batch())
        for other in (copy.deepcopy(acc), pickle.loads(pickle.dumps(acc))):
            assert torch.equal(other.compute(), acc.compute())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of torch.jit itself
            assert torch.jit.script(MulticlassAccuracy(CLASSES)) is not None
        assert pickle.loads(pickle.dumps(MulticlassAccuracy.compute)) is MulticlassAccuracy.compute
        assert acc.compute.__doc__ == MulticlassAccuracy.compute.__doc__


def test_a_metric_on_a_device_is_fetched_by_whoever_can(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting: list[Callable[[float], None]] = []

    class Away(Metric):
        full_state_update = False

        def update(self) -> None:
            pass

        def compute(self) -> Any:
            return torch.empty((), device="meta")

    away = Away()
    with fitscribe.start_run():
        for fetch in (None, lambda tensor, deliver: waiting.append(deliver)):
            monkeypatch.setattr(scalars, "_fetch", fetch)
            away.reset()
            away.update()
            away.compute()
        assert the_run().metrics == {}
        (unseen,) = the_run().unseen
        assert unseen["what"] == "away" and "meta" in unseen["why"]
        (deliver,) = waiting
        deliver(0.5)
    assert the_run().metrics == {"away": 0.5}


def test_the_integration_of_torch_fetches_numbers() -> None:
    from fitscribe_torch import rings

    found: list[float] = []
    assert scalars.fetched(torch.tensor([0.5]), found.append) and found == []
    rings.receive_all()
    assert found == [0.5]
