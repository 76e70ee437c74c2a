"""What the names of series tell, as integrations and users choose them."""

from __future__ import annotations

import pytest

from fitscribe.reading.series_names import as_logged, in_order, is_background, means_of, split


@pytest.mark.parametrize(
    ("name", "role", "metric"),
    [
        ("train/loss", "train", "loss"),
        ("train/loss[epoch]", "train", "loss"),
        ("val/loss", "valid", "loss"),
        ("validation_0/auc", "validation_0", "auc"),
        ("lr/opt_g", "lr", "opt_g"),
        ("fold/1/error@0.3", "fold/1", "error@0.3"),
        ("booster_2/valid_0/auc", "booster_2/valid_0", "auc"),
        ("valid_0/mine/auc", "valid_0", "mine/auc"),
        ("train/loss/ce", "train", "loss/ce"),
        ("system/gpu/load", "system", "gpu/load"),
        ("val_loss", "valid", "loss"),
        ("train_loss_step", "train", "loss"),
        ("train_loss_epoch", "train", "loss"),
        ("test_acc/dataloader_idx_0", "test_acc", "dataloader_idx_0"),
        ("loss_d", "", "loss_d"),
        ("value_error", "", "value_error"),
        ("test", "", "test"),
        ("", "", ""),
    ],
)
def test_role_and_metric(name: str, role: str, metric: str) -> None:
    assert split(name) == (role, metric)


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("train/loss[epoch]", "train/loss"),
        ("train_loss_epoch", "train_loss_step"),
        ("train/loss", None),
        ("other[epoch]", None),
        ("last_epoch", None),
        ("[epoch]", None),
    ],
)
def test_means_belong_to_a_series_that_is_there(name: str, base: str | None) -> None:
    names = ["train/loss", "train/loss[epoch]", "train_loss_step", "train_loss_epoch", "other[epoch]", "last"]
    assert means_of(name, names) == base


@pytest.mark.parametrize(
    "name",
    ["epoch", "lr", "lr/opt_g", "lr[1]", "lr-Adam/pg1", "train/lr", "learning_rate", "train/samples_per_s"],
)
def test_how_a_training_was_done_is_background(name: str) -> None:
    assert is_background(name)


@pytest.mark.parametrize("name", ["epochs_left", "lrap", "train/loss", "colr", "samples_per_s/loss"])
def test_what_only_looks_like_it_is_not(name: str) -> None:
    assert not is_background(name)


def test_a_training_loop_is_read_from_its_losses_on() -> None:
    logged = [
        "epoch",
        "lr",
        "train/loss",
        "train/loss[epoch]",
        "train/samples_per_s",
        "train/grad_norm",
        "valid/loss",
        "valid/accuracy",
        "test/loss",
        "train/accuracy",
    ]
    assert in_order(logged) == [
        "valid/loss",
        "test/loss",
        "train/loss",
        "train/loss[epoch]",
        "valid/accuracy",
        "train/accuracy",
        "train/grad_norm",
        "lr",
        "train/samples_per_s",
        "epoch",
    ]


def test_of_many_losses_the_parts_come_after_what_is_held_out() -> None:
    logged = [*(f"train/loss_{number}" for number in range(4)), "free", "val_map", "val_loss"]
    expected = ["val_loss", "train/loss_0", "val_map", "free"]
    assert in_order(logged) == [*expected, "train/loss_1", "train/loss_2", "train/loss_3"]


def test_otherwise_names_stay_as_they_were_logged() -> None:
    logged = ["test/accuracy", "lr", "train/loss[epoch]", "train/f1", "train/loss"]
    assert as_logged(logged) == ["test/accuracy", "train/f1", "train/loss", "train/loss[epoch]", "lr"]
