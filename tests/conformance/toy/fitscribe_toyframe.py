"""The integration of the toy framework: a function with an injected callback, and methods."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from fitscribe.engine import Call, Integration, observes
from fitscribe.tracking import training_run


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


integration = Integration("toyframe", [train, fit])
