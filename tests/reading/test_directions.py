"""Which way metrics get better, by what libraries say and by their names."""

from __future__ import annotations

import pytest

from fitscribe.reading.directions import best_in, direction_of, stated_in

XGBOOST_LOWER = (
    "rmse rmsle mae mape mphe logloss error error@0.7 merror mlogloss poisson-nloglik gamma-nloglik "
    "cox-nloglik gamma-deviance tweedie-nloglik tweedie-nloglik@1.5 aft-nloglik quantile expectile"
).split()
XGBOOST_HIGHER = (
    "auc aucpr pre pre@5 ndcg ndcg@5 ndcg@5- map map@3 map- ams@0.15 interval-regression-accuracy".split()
)
LIGHTGBM_LOWER = (
    "l1 l2 rmse quantile mape huber fair poisson gamma gamma_deviance tweedie binary_logloss binary_error "
    "multi_logloss multi_error multi_error@2 cross_entropy cross_entropy_lambda kullback_leibler xentropy "
    "xentlambda kldiv"
).split()
LIGHTGBM_HIGHER = "auc auc_mu average_precision map@1 ndcg@10 r2".split()


@pytest.mark.parametrize("data", ["", "valid_0/", "valid/", "cv/", "my set/", "model 1/valid_0/"])
def test_metrics_of_boosting_libraries(data: str) -> None:
    wrong = [
        (name, direction)
        for names, direction in (
            (XGBOOST_LOWER + LIGHTGBM_LOWER, "min"),
            (XGBOOST_HIGHER + LIGHTGBM_HIGHER, "max"),
        )
        for name in names
        if direction_of(f"{data}{name}") != direction
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "name",
    [
        *"loss train/log_loss val_RMSE val_loss train/loss[epoch] train_loss_epoch loss_1 dice_loss".split(),
        *"perplexity test/my_error MeanSquaredError brier_score hamming_loss val/bce".split(),
        *"fit_time epoch_duration false_positive_rate wer davies_bouldin max_error mean_pinball_loss".split(),
        *"neg_accuracy negative_log_likelihood test/rmse[predicted]".split(),
    ],
)
def test_less_is_better(name: str) -> None:
    assert direction_of(name) == "min"


@pytest.mark.parametrize(
    "name",
    [
        *"accuracy val_acc acc1 top5_accuracy f1 f1_macro test/fbeta_score[beta=2]".split(),
        *"neg_log_loss neg_something cv/neg_root_mean_squared_error d2_absolute_error_score".split(),
        *"mIoU bleu rougeL dice matthews_corrcoef BinaryAUROC explained_variance".split(),
        *"MulticlassF1Score r2 val/mAP50 recall@5 episode_reward valid/score log_likelihood".split(),
        "true_positive_rate",
    ],
)
def test_more_is_better(name: str) -> None:
    assert direction_of(name) == "max"


@pytest.mark.parametrize(
    "name",
    "glossary custom valid/unheard size rows lr optimizer/lr epoch samples_per_s cv/auc_std cv/r2_rank "
    "loss_scale kl entropy grad_norm".split(),
)
def test_what_nobody_knows(name: str) -> None:
    assert direction_of(name) is None


def test_what_a_library_says_goes_before_the_name() -> None:
    stated = stated_in(
        {
            "directions": {"valid/profit": "max", "valid/loss": "max", "damaged": "up", "other": 3},
            "early_stopping": {"watched": "valid/waste", "direction": "min", "best": 2, "reason": "no"},
            "model 1/early_stopping": {"watched": "model 1/valid/gain", "direction": "max", "best": 0.5},
            "depth": 3,
        }
    )
    assert stated == {
        "valid/profit": "max",
        "valid/loss": "max",
        "valid/waste": "min",
        "model 1/valid/gain": "max",
    }
    assert direction_of("valid/loss", stated) == "max"
    assert direction_of("valid/waste", stated) == "min"
    assert direction_of("damaged", {"damaged": "up"}) is None


def test_the_best_that_early_stopping_saw() -> None:
    facts = {
        "early_stopping": {"watched": "valid/loss", "best": 2},
        "b/early_stopping": {"watched": None, "best": 1.0},
        "c/early_stopping": {"watched": "c/valid/loss", "best": None},
    }
    assert best_in(facts) == {"valid/loss": 2.0}
