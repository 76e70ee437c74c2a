"""fitscribe's integration of MiniSom: each training of a self-organizing map is a run."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from fitscribe.engine import Call, Integration, observes
from fitscribe.tracking import training_run

__all__ = ["integration"]


# `train_batch` and `train_random` train by the first of them.
@observes(
    "minisom:MiniSom",
    id="train",
    methods=("train", "train_batch_offline"),
    relies_on=("data", "num_iteration"),
)
def train(call: Call) -> Generator[None, Any, None]:
    """Record the training of a map."""
    from fitscribe_minisom import reading

    som, data = call.instance, call.arguments.get("data")
    with training_run(call, name=call.class_name, params=reading.parameters(som, call)) as run:
        with run.section("data"):
            run.log_dataset(data, name=call.written("data"))
        yield
        with run.section("quantization error"):
            run.log_metrics(reading.quantization_error(som, data))
        with run.section("model"):
            run.log_model(som, of_training=True)


integration = Integration("minisom", [train])
