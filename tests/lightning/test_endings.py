"""How a training ends: as it was to, early, twice, by an exception or by Ctrl-C; and what is kept of it."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from tests.lightning.examples import loader, recorded, regression


def callbacks_of(pl: Any) -> Any:
    return importlib.import_module(f"{pl.__name__}.callbacks")


def raising(pl: Any, error: BaseException, epoch: int) -> Any:
    """A callback that raises in the middle of an epoch."""

    class Raising(callbacks_of(pl).Callback):  # type: ignore[misc]
        def on_train_batch_end(self, trainer: Any, module: Any, *args: Any) -> None:
            if trainer.current_epoch == epoch and args[-1] == 2:
                raise error

    return Raising()


def test_a_crash_in_the_third_epoch_keeps_two(
    pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any]
) -> None:
    crash = raising(pl, RuntimeError("out of luck"), epoch=2)
    with pytest.raises(RuntimeError, match="out of luck"):
        trainer(max_epochs=5, callbacks=[crash]).fit(regression(pl)(), loader(), loader(8))
    run = only_run()
    assert run.status == "failed"
    assert run.error["message"] == "out of luck"
    points = recorded(run)
    assert [step for step, _ in points["train_loss_epoch"]] == [4, 9]
    assert [step for step, _ in points["val_loss"]] == [4, 9]
    assert [step for step, _ in points["train_loss_step"]] == list(range(12))
    assert run.params["optimizer"] == "SGD"
    assert run.facts["epochs"] == 2
    assert run.problems == []


def test_a_crash_in_a_validation_keeps_the_batch_before_it(
    pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any]
) -> None:
    class Failing(regression(pl)):  # type: ignore[misc]
        def validation_step(self, batch: Any, batch_idx: int) -> None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        trainer(num_sanity_val_steps=0).fit(Failing(), loader(), loader(8))
    assert [step for step, _ in recorded(only_run())["train_loss_step"]] == list(range(5))


def test_a_crash_before_the_loop(pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any]) -> None:
    class Failing(regression(pl)):  # type: ignore[misc]
        def configure_optimizers(self) -> Any:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        trainer().fit(Failing(width=7), loader())
    run = only_run()
    assert run.status == "failed"
    assert run.params["width"] == 7


def test_ctrl_c(pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any]) -> None:
    handler = signal.getsignal(signal.SIGINT)
    interrupt = raising(pl, KeyboardInterrupt(), epoch=1)
    try:
        trainer(max_epochs=5, callbacks=[interrupt]).fit(regression(pl)(), loader(), loader(8))
    except SystemExit:  # newer versions end the process, older ones return
        pass
    finally:
        signal.signal(signal.SIGINT, handler)
    run = only_run()
    assert run.status == "interrupted"
    assert run.error["type"] == "KeyboardInterrupt"
    assert [step for step, _ in recorded(run)["train_loss_epoch"]] == [4]
    assert run.problems == []


@pytest.mark.skipif(sys.platform == "win32", reason="Lightning handles no signals there")
def test_sigterm(pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any]) -> None:
    class Terminating(callbacks_of(pl).Callback):  # type: ignore[misc]
        def on_train_epoch_end(self, trainer: Any, module: Any) -> None:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(SystemExit):
        trainer(max_epochs=5, callbacks=[Terminating()]).fit(regression(pl)(), loader())
    run = only_run()
    assert run.status == "interrupted"
    assert run.error["message"] == "SIGTERM"
    assert [step for step, _ in recorded(run)["train_loss_step"]] == list(range(5))


def test_ctrl_c_in_a_validation(pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any]) -> None:
    class Failing(regression(pl)):  # type: ignore[misc]
        def validation_step(self, batch: Any, batch_idx: int) -> None:
            raise KeyboardInterrupt

    handler = signal.getsignal(signal.SIGINT)
    try:
        trainer().validate(Failing(), loader(), verbose=False)
    except SystemExit:
        pass
    finally:
        signal.signal(signal.SIGINT, handler)
    assert only_run().status == "interrupted"


def scripted(pl: Any, scores: list[float]) -> Any:
    """A module whose validations come to given values."""

    class Scripted(regression(pl)):  # type: ignore[misc]
        def validation_step(self, batch: Any, batch_idx: int) -> None:
            self.log("score", scores[self.current_epoch])

    return Scripted()


def test_early_stopping(pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any]) -> None:
    stopper = callbacks_of(pl).EarlyStopping("score", mode="max", patience=2, min_delta=0.05)
    module = scripted(pl, [0.1, 0.5, 0.52, 0.3, 0.9])
    trainer(max_epochs=5, callbacks=[stopper], num_sanity_val_steps=0).fit(module, loader(), loader(8))
    found = only_run().facts["early_stopping"]
    told = found.pop("stopping_reason", None)
    assert found == {
        "watched": "score",
        "direction": "max",
        "patience": 2,
        "tolerance": 0.05,
        "best_iteration": 1,
        "best": pytest.approx(0.5),
        "last_iteration": 3,
        "wasted_iterations": 2,
        "stopped_early": True,
        "reason": "no improvement for 2 iterations",
        "wait_count": 2,
        "stopped_epoch": 3,
    }
    assert told == getattr(stopper, "stopping_reason_message", None)


def test_early_stopping_that_did_not(
    pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any]
) -> None:
    stopper = callbacks_of(pl).EarlyStopping("score", patience=3)
    module = scripted(pl, [0.5, 0.4, 0.6])
    trainer(max_epochs=3, callbacks=[stopper], num_sanity_val_steps=0).fit(module, loader(), loader(8))
    found = only_run().facts["early_stopping"]
    assert found["stopped_early"] is False
    assert found["reason"] == "ran out of iterations (max_epochs=3)"
    assert (found["best_iteration"], found["best"]) == (1, pytest.approx(0.4))


def test_early_stopping_by_a_value_that_is_not_finite(
    pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any]
) -> None:
    stopper = callbacks_of(pl).EarlyStopping("score", patience=3)
    module = scripted(pl, [0.5, float("nan")])
    trainer(max_epochs=5, callbacks=[stopper], num_sanity_val_steps=0).fit(module, loader(), loader(8))
    found = only_run().facts["early_stopping"]
    assert found["stopped_early"] is True
    assert "finite" in found["reason"]
    assert found["last_iteration"] == 1


def test_early_stopping_that_stopped_an_earlier_training(
    pl: Any, trainer: Callable[..., Any], runs: Any
) -> None:
    stopper = callbacks_of(pl).EarlyStopping("score", patience=1)
    scores = [0.5, 0.6, 0.4, 0.3]
    one, module = trainer(max_epochs=4, callbacks=[stopper], num_sanity_val_steps=0), scripted(pl, scores)
    one.fit(module, loader(), loader(8))
    stopper.wait_count, one.should_stop = 0, False  # which older versions leave set
    one.fit(module, loader(), loader(8))
    first, second = (run.facts["early_stopping"] for run in runs())
    assert (first["stopped_early"], first["last_iteration"]) == (True, 1)
    assert (second["stopped_early"], second["last_iteration"], second["best_iteration"]) == (False, 3, 3)


def test_something_else_that_stops(pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any]) -> None:
    class Stopping(callbacks_of(pl).Callback):  # type: ignore[misc]
        def on_train_epoch_end(self, trainer: Any, module: Any) -> None:
            trainer.should_stop = True

    trainer(max_epochs=5, callbacks=[Stopping()]).fit(regression(pl)(), loader())
    run = only_run()
    assert run.facts["early_stopping"]["stopped_early"] is True
    assert run.facts["early_stopping"]["reason"] == "trainer.should_stop was set"
    assert run.facts["epochs"] == 1


def test_one_trainer_twice_makes_two_whole_runs(pl: Any, trainer: Callable[..., Any], runs: Any) -> None:
    one = trainer(max_epochs=2)
    module = regression(pl)()
    one.fit(module, loader(), loader(8))
    one.fit_loop.max_epochs = 4
    one.fit(module, loader(), loader(8))
    first, second = runs()
    assert [step for step, _ in recorded(first)["train_loss_epoch"]] == [4, 9]
    assert [step for step, _ in recorded(second)["train_loss_epoch"]] == [14, 19]
    assert [step for step, _ in recorded(second)["train_loss_step"]] == list(range(10, 20))
    for run in (first, second):
        assert run.status == "finished"
        assert run.params["optimizer__lr"] == 0.05
        assert run.facts["parameters"] == 21
        assert [each["role"] for each in run.datasets] == ["train", "valid"]


def test_a_fast_dev_run(pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any]) -> None:
    trainer(fast_dev_run=True).fit(regression(pl)(), loader(), loader(8))
    run = only_run()
    assert run.params["trainer__fast_dev_run"] is True or run.params["trainer__fast_dev_run"] == 1
    assert [step for step, _ in recorded(run)["train_loss_step"]] == [0]


def test_a_search_for_a_learning_rate_is_no_run(pl: Any, trainer: Callable[..., Any], runs: Any) -> None:
    tuner = importlib.import_module(f"{pl.__name__}.tuner").Tuner(trainer(max_epochs=1))
    tuner.lr_find(regression(pl)(), loader(), num_training=5, update_attr=False)
    assert runs() == []


def test_the_result_is_the_same_as_without(pl: Any, trainer: Callable[..., Any], runs: Any) -> None:
    import fitscribe

    def weights() -> list[Any]:
        torch.manual_seed(0)
        module = regression(pl)()
        trainer().fit(module, loader(), loader(8))
        return [each.detach().clone() for each in module.parameters()] + [torch.get_rng_state()]

    recorded_weights = weights()
    with fitscribe.suppress():
        plain = weights()
    assert all(torch.equal(a, b) for a, b in zip(recorded_weights, plain, strict=True))
    assert len(runs()) == 1
