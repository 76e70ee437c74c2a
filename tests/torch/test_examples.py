"""The scripts of examples/ as they stand: what is in their runs, beside the numbers that they print.

Printed are six digits after the point, and runs have float32 results in double precision: they differ by half
of the last digit, and by what sums of a hundred of them lose.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil

import pytest
import torch
from tests.torch.scripts import Examples, at_step, execute, near, record, runner, values

pytestmark = pytest.mark.timeout(900)

HAS_COMPILER = any(map(shutil.which, ("c++", "g++", "clang++")))
BACKEND = "inductor" if HAS_COMPILER else "aot_eager"
PREDICTING = """
import torch
from torch_digits import DigitNet, evaluate, load_data
import fitscribe

model = fitscribe.get_run("latest").load_model()
assert type(model) is DigitNet
*_, test_loader = load_data(50)
loss, accuracy, _ = evaluate(model, test_loader, torch.nn.CrossEntropyLoss(), torch.device("cpu"))
print(loss, accuracy)
"""


SCRIPTS = [
    ("torch_digits.py", "--epochs", "6", "--batch-size", "50"),
    ("torch_gan.py",),
    ("torch_folds.py",),
    ("torch_text.py", "--backend", BACKEND, "--steps", "60"),
]
DIGITS, GAN, FOLDS, TEXT = SCRIPTS


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    """Run an example."""
    return runner(tmp_path_factory)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script[0])
def test_the_script_prints_what_it_prints_without_fitscribe(
    example: Examples, script: tuple[str, ...]
) -> None:
    done = example(*script)
    assert done.printed == done.bare
    assert not (done.folder / "bare" / "store").exists()


# -- digits: mixed precision, a scheduler, argparse, a checkpoint


def test_digits_has_the_losses_of_its_epochs(example: Examples) -> None:
    done = example(*DIGITS)
    run = done.run
    printed = done.numbers(r"epoch# +train loss# +val loss# +val accuracy# +lr#")
    epochs, train_loss, val_loss, val_accuracy, rates = zip(*printed, strict=True)
    steps = 1200 // 50
    assert run.status == "finished" and run.facts["epochs"] == len(epochs) == 6
    assert run.facts["planned_epochs"] == 6 and "early_stopping" not in run.facts
    assert run.facts["steps"] == len(values(run, "train/loss")) == steps * 6
    assert list(run.series("epoch").values) == list(epochs)
    assert list(run.series("epoch").steps) == [1 + steps * each for each in range(6)]
    assert values(run, "train/loss[epoch]") == near(train_loss)
    assert values(run, "valid/loss") == near(val_loss)
    assert values(run, "valid/accuracy") == near(val_accuracy)
    assert list(run.series("valid/loss").steps) == [steps * int(each) for each in epochs]
    # What the scheduler gives after an epoch is the rate of the next step.
    after = [at_step(run, "lr", steps * epoch + 1) for epoch in epochs[:-1]]
    assert after == pytest.approx(rates[:-1], rel=1e-6)


def test_digits_has_the_means_of_each_epochs_steps(example: Examples) -> None:
    run = example(*DIGITS).run
    losses = values(run, "train/loss")
    means = [sum(losses[start : start + 24]) / 24 for start in range(0, len(losses), 24)]
    assert values(run, "train/loss[epoch]") == pytest.approx(means, rel=1e-12)


def test_digits_has_its_parameters_and_which_of_them_are_defaults(example: Examples) -> None:
    run = example(*DIGITS).run
    given = {"epochs": 6, "batch_size": 50}
    defaults = {"lr": 3e-3, "weight_decay": 1e-2, "width": 16, "dropout": 0.2, "seed": 0}
    assert run.params.items() >= (given | defaults | {"checkpoint": "digits.pt"}).items()
    assert set(run.changed) & {*given, *defaults} == set(given)
    assert run.params["optimizer"] == "AdamW" and run.params["optimizer__weight_decay"] == 1e-2
    assert run.params["scheduler"] == "OneCycleLR" and run.params["scheduler__total_steps"] == 6 * 24
    loader = {"batch_size": 50, "shuffle": True, "num_workers": 0, "dataset_size": 1200}
    assert run.params.items() >= {f"loader__{name}": value for name, value in loader.items()}.items()


def test_digits_has_the_evaluation_on_test_data_with_its_confusion_matrix(example: Examples) -> None:
    done = example(*DIGITS)
    run = done.run
    ((_, loss, accuracy),) = done.numbers(r"best epoch# +test loss# +test accuracy#")
    assert [run.metrics["test/loss"], run.metrics["test/accuracy"]] == near([loss, accuracy])
    printed = [list(map(int, row.split())) for row in re.findall(r"\d taken for (.+)", done.printed)]
    assert record(run, "test/confusion_matrix")["counts"] == printed


def test_digits_has_its_checkpoint(example: Examples) -> None:
    done = example(*DIGITS)
    checkpoint = record(done.run, "checkpoint/digits.pt")
    file = done.folder / "digits.pt"
    ((best, *_),) = done.numbers(r"best epoch# ")
    accuracies = [accuracy for (accuracy,) in done.numbers(r"val accuracy#")]
    saves = [epoch for epoch, each in enumerate(accuracies) if each > max([0.0, *accuracies[:epoch]])]
    assert checkpoint["path"] == "digits.pt" and checkpoint["saves"] == len(saves)
    assert checkpoint["step"] == 24 * int(best) and checkpoint["first_step"] == 24
    assert checkpoint["size"] == file.stat().st_size
    assert checkpoint["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert checkpoint["holds"]["keys"]["epoch"] == best


def test_the_model_of_digits_is_the_one_that_was_tested(example: Examples) -> None:
    done = example(*DIGITS)
    # The best one, which the script has loaded again; by now its function has returned, and it is gone.
    assert done.run.unseen == []
    (done.folder / "predict.py").write_text(PREDICTING)
    loss, accuracy = map(float, execute(done.folder, "predict.py").splitlines()[0].split())
    ((_, printed_loss, printed_accuracy),) = done.numbers(r"best epoch# +test loss# +test accuracy#")
    assert [loss, accuracy] == near([printed_loss, printed_accuracy])


# -- a GAN: two optimizers


def test_the_gan_is_one_run_with_the_losses_of_both_networks(example: Examples) -> None:
    done = example(*GAN)
    run = done.run
    printed = done.numbers(r"\[(\d+)/12\] batch# +loss_d# +loss_g#")
    steps = [int((epoch - 1) * 32 + batch + 1) for epoch, batch, *_ in printed]
    assert run.facts["epochs"] == 12 and run.facts["steps"] == 12 * 32
    for name, place in (("train/loss_d", 2), ("train/loss_g", 3)):
        series = run.series(name)
        assert list(series.steps) == list(range(1, 12 * 32 + 1))
        assert [series.values[step - 1] for step in steps] == near(each[place] for each in printed)
    assert not [name for name in run.metrics if name.startswith(("valid/", "test/"))]


def test_the_gan_has_both_optimizers_and_both_networks(example: Examples) -> None:
    done = example(*GAN)
    run = done.run
    assert run.params["optimizerD"] == run.params["optimizerG"] == "Adam"
    assert [run.params["optimizerD__lr"], run.params["optimizerG__lr"]] == [1e-3, 5e-4]
    assert "optimizerD__lr" not in run.changed and "optimizerG__lr" in run.changed  # 1e-3 is Adam's own
    assert values(run, "lr/optimizerD") == [1e-3] and values(run, "lr/optimizerG") == [5e-4]
    ((of_d, of_g),) = done.numbers(r"discriminator (\d+) parameters, generator (\d+) parameters")
    assert [run.facts["optimizerD/parameters"], run.facts["optimizerG/parameters"]] == [of_d, of_g]


def test_the_networks_of_the_gan_come_back(example: Examples) -> None:
    networks = example(*GAN).run.load_model()
    assert set(networks) == {"netD", "netG"}
    # After training in a ring of radius 2 the points that are drawn are about there.
    torch.manual_seed(1)
    drawn = networks["netG"](torch.randn(1000, 8)).norm(dim=1).mean().item()
    ((printed,),) = example(*GAN).numbers(r"drawn points are (\S+) from the centre")
    assert drawn == pytest.approx(printed, abs=0.1)


# -- folds: a new model and a new optimizer each


def test_each_fold_is_a_run_and_all_are_a_sweep(example: Examples) -> None:
    done = example(*FOLDS)
    (sweep,) = [run for run in done.runs if run.parent is None]
    folds = sorted(sweep.children, key=lambda run: run.started)
    assert len(done.runs) == 5 and len(folds) == 4
    printed = done.numbers(r"fold# +epoch# +val loss# +val accuracy#")
    best = done.numbers(r"fold# +best +val loss# +val accuracy#")
    for number, run in enumerate(folds):
        rows = [each for each in printed if each[0] == number]
        epochs = len(rows)
        assert run.facts["epochs"] == epochs < run.facts["planned_epochs"] == 40
        assert run.facts["early_stopping"]["last_iteration"] == epochs
        assert list(run.series("valid/loss").steps) == [*range(14, 14 * epochs + 1, 14), 14 * epochs]
        assert values(run, "valid/loss") == near([*(each[2] for each in rows), best[number][1]])
        assert values(run, "valid/accuracy") == near([*(each[3] for each in rows), best[number][2]])
        assert run.params["optimizer"] == "SGD" and run.params["optimizer__momentum"] == 0.9
    assert values(sweep, "valid/accuracy") == near(each[2] for each in best)
    ((mean,),) = done.numbers(r"4 folds +mean accuracy#")
    assert [sum(values(sweep, "valid/accuracy")) / 4] == near([mean])


def test_the_model_of_the_last_fold_predicts_what_it_has_predicted(example: Examples) -> None:
    from sklearn.datasets import load_breast_cancer
    from sklearn.model_selection import KFold

    done = example(*FOLDS)
    (sweep,) = [run for run in done.runs if run.parent is None]
    newest = max(sweep.children, key=lambda run: run.started)
    X, y = load_breast_cancer(return_X_y=True)
    X = torch.tensor((X - X.mean(axis=0)) / X.std(axis=0), dtype=torch.float32)
    *_, (_, rows) = KFold(4, shuffle=True, random_state=0).split(X)
    model = newest.load_model().eval()
    with torch.no_grad():
        loss = torch.nn.functional.cross_entropy(model(X[rows]), torch.tensor(y[rows]))
    *_, (_, printed, _) = done.numbers(r"fold# +best +val loss# +val accuracy#")
    assert [loss.item()] == near([printed])


# -- a language model: accumulation, clipping, torch.compile, no loader


def test_a_step_of_the_language_model_has_the_loss_of_all_its_batches(example: Examples) -> None:
    done = example(*TEXT)
    run = done.run
    steps, losses, rates, _ = zip(*done.numbers(r"step# +loss# +lr# +gradient norm#"), strict=True)
    assert run.facts["steps"] == len(values(run, "train/loss")) == 60
    assert run.facts["backward_calls_per_step"] == 4
    assert [at_step(run, "train/loss", step) for step in steps] == near(losses)
    assert [at_step(run, "lr", step) for step in steps] == pytest.approx(rates, rel=1e-6)
    steps, losses = zip(*done.numbers(r"step# +val loss#"), strict=True)
    assert list(run.series("valid/loss").steps) == list(steps)
    assert values(run, "valid/loss") == near(losses)
    assert "epoch" not in run.metrics  # there is no loader that it could be told from
    ((parameters,),) = done.numbers(r"^(\d+) parameters")
    assert run.facts["parameters"] == parameters
    assert run.params["steps"] == 60 and "steps" in run.changed and "warmup" not in run.changed
    assert run.params["scheduler"] == "LambdaLR"


def test_what_is_compiled_is_compiled_as_without_fitscribe(example: Examples) -> None:
    done = example(*TEXT)
    with_it, without = (json.loads(text.splitlines()[-1]) for text in (done.printed, done.bare))
    assert with_it == without
    assert with_it["graph_break"] == {} and with_it["stats"]["unique_graphs"] >= 2
    assert example(*TEXT).run.params["backend"] == BACKEND
