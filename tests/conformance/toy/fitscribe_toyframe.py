"""The integration of the toy framework: one point of each kind."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any
from weakref import WeakKeyDictionary

from fitscribe.engine import Call, Integration, observes
from fitscribe.tracking import ActiveRun, active_run, training_run

_trained: WeakKeyDictionary[Any, ActiveRun] = WeakKeyDictionary()


@observes("toyframe.engine:train", id="train", relies_on=["params", "data"], injects=["callbacks"])
def train(call: Call) -> Generator[None, Any, None]:
    with training_run(call, name="train", params=call.arguments["params"]) as run:
        call.add_to_list("callbacks", lambda step, loss: run.log_metric("train/loss", loss, step))
        booster = yield
        with run.section("model"):
            run.log_model(booster)


@observes("toyframe.models:Model", id="fit", methods=["fit", "fit_predict"], relies_on=["X"])
def fit(call: Call) -> Generator[None, Any, None]:
    model = call.instance
    params = {name: value for name, value in vars(model).items() if isinstance(value, float)}
    with training_run(call, name=type(model).__name__, params=params) as run:
        yield
        run.log_facts({"seen": model.seen_})
        _trained[model] = run


@observes("toyframe.models:fit_step", id="step", nested=True)
def step(call: Call) -> Generator[None, Any, None]:
    yield
    run = active_run()
    if run is not None:
        run.log_facts({"step": type(call.arguments["step"]).__name__})


def _is_trained(model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return model in _trained


@observes("toyframe.models:Model", id="predict", methods=["predict"], only=_is_trained)
def predict(call: Call) -> Generator[None, Any, None]:
    run = _trained[call.instance]
    found = yield
    run.log_metrics({"test/predicted": sum(found)})


@observes("toyframe.metrics:*", id="metric", from_outside=True, but=["make_*"])
def metric(call: Call) -> Generator[None, Any, None]:
    run = _trained.get(call.arguments["model"])
    value = yield
    if run is not None:
        run.log_metrics({f"test/{call.name}": value})


integration = Integration("toyframe", [train, fit, step, predict, metric])
