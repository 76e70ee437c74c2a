"""The torchmetrics companion of fitscribe: what metrics come to, each time that the script computes them."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

from fitscribe.engine import Call, Integration, observes
from fitscribe.engine.frames import calling, root_of

__all__ = ["integration"]


def _computed_by_script(instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether the script computes it: ``forward`` does so for each batch, a collection for each part."""
    frame = calling(sys._getframe(2))
    if root_of(frame) == "torchmetrics" and frame is not None and frame.f_code.co_name == "wrapped_func":
        frame = calling(frame.f_back)  # every metric puts that around its own method
    return root_of(frame) != "torchmetrics"


@observes("torchmetrics.metric:Metric", id="compute", methods=("compute",), only=_computed_by_script)
def compute(call: Call) -> Generator[None, Any, None]:
    """Take the value of a metric. One that it has computed before, and remembers, is none."""
    from fitscribe_torchmetrics import results

    metric = call.instance
    result = yield
    results.computed(call, metric, result)


@observes("torchmetrics.collections:MetricCollection.compute", id="collection", only=_computed_by_script)
def collection(call: Call) -> Generator[None, Any, None]:
    """Take the values of all metrics of a collection, under the names that it has for them."""
    from fitscribe_torchmetrics import results

    metrics = call.instance
    result = yield
    results.computed(call, metrics, result, has_names=bool(metrics.prefix or metrics.postfix))


integration = Integration("torchmetrics", [compute, collection])
