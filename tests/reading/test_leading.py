"""What says most about runs that stand beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fitscribe.reading import search_runs
from fitscribe.reading.leading import ReadRun, differing_params, leading_metrics
from fitscribe.store import Store

from .conftest import MakeRun

EVALUATED = {"train/accuracy": 1.0, "train/f1": 1.0, "test/accuracy": 0.9, "test/f1": 0.8}
TRAINED = {"train/accuracy": 1.0, "train/f1": 1.0}


def chosen(**params: Any) -> tuple[str, Mapping[str, Any]]:
    return "params", {"values": params, "changed": list(params)}


def rows(store: Store) -> list[ReadRun]:
    return [ReadRun(run) for run in search_runs(order_by="started", store=store)]


def test_a_run_without_an_evaluation_leaves_held_out_scores_first(make_run: MakeRun, store: Store) -> None:
    for metrics in (TRAINED, EVALUATED, EVALUATED):
        make_run(metrics=metrics)
    assert leading_metrics(rows(store)) == ["test/accuracy", "test/f1", "train/accuracy", "train/f1"]


def test_a_held_out_score_of_few_runs_does_not_go_first(make_run: MakeRun, store: Store) -> None:
    for metrics in (TRAINED, TRAINED, TRAINED, EVALUATED):
        make_run(metrics=metrics)
    assert leading_metrics(rows(store))[:2] == ["train/accuracy", "train/f1"]


def test_of_held_out_scores_the_one_that_more_runs_have_goes_first(make_run: MakeRun, store: Store) -> None:
    for metrics in ({"cv/accuracy": 0.8}, {"cv/accuracy": 0.8, "test/accuracy": 0.9}, {"cv/accuracy": 0.7}):
        make_run(metrics={"train/accuracy": 1.0, **metrics})
    make_run(metrics={"test/accuracy": 0.9, "train/accuracy": 1.0})
    assert leading_metrics(rows(store)) == ["cv/accuracy", "test/accuracy", "train/accuracy"]


def test_numbered_sets_to_evaluate_on_are_held_out(make_run: MakeRun, store: Store) -> None:
    make_run(metrics={"training/auc": 0.99, "valid_0/auc": 0.8, "valid_1/auc": 0.7})
    assert leading_metrics(rows(store)) == ["valid_0/auc", "valid_1/auc", "training/auc"]


def test_a_parameter_that_is_the_same_where_it_is_does_not_differ(make_run: MakeRun, store: Store) -> None:
    make_run(events=[chosen(C=1.0, split__shuffle=True)])
    make_run(events=[chosen(C=2.0, split__shuffle=True)])
    make_run(events=[chosen(C=2.0)])
    assert differing_params(rows(store)) == ["C"]


def test_where_nothing_else_differs_what_some_lack_does(make_run: MakeRun, store: Store) -> None:
    make_run(events=[chosen(C=1.0)])
    make_run(events=[chosen(C=1.0, split__shuffle=True)])
    assert differing_params(rows(store)) == ["split__shuffle"]


def test_a_mean_over_epochs_that_few_have_takes_no_place_from_what_all_have(
    make_run: MakeRun, store: Store
) -> None:
    for _ in range(3):
        make_run(metrics={"train/loss": 0.5, "valid/loss": 0.4})
    make_run(metrics={"train/loss": 0.5, "train/loss[epoch]": 0.6, "valid/loss": 0.4})
    assert leading_metrics(rows(store)) == ["valid/loss", "train/loss", "train/loss[epoch]"]


def test_a_run_in_its_first_epoch_leaves_the_means_of_the_others_first(
    make_run: MakeRun, store: Store
) -> None:
    make_run(metrics={"train/loss": 0.5})
    make_run(metrics={"train/loss": 0.5, "train/loss[epoch]": 0.6, "train/f1": 0.4})
    assert leading_metrics(rows(store))[0] == "train/loss[epoch]"


def test_times_come_after_what_says_how_good_a_model_is(make_run: MakeRun, store: Store) -> None:
    make_run(metrics={"fit_s": 1.5, "score_s": 0.5, "test/accuracy": 0.9})
    make_run(metrics={"fit_s": 1.0, "score_s": 0.5})
    assert leading_metrics(rows(store)) == ["test/accuracy", "fit_s", "score_s"]
