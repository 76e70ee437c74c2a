"""How data was split into rows to train on and rows held out: by ``train_test_split`` or a splitter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fitscribe import lineage
from fitscribe.engine import Call, guarded
from fitscribe_sklearn.parameters import shown
from fitscribe_sklearn.rows import row_count

if TYPE_CHECKING:
    from fitscribe.lineage import Node

_TRAIN = " (train)"


def record_split(call: Call, parts: Any) -> None:
    """Take note of a call of ``train_test_split``.

    Args:
        call: the observed call.
        parts: what it gave: of each array its two parts.
    """
    arrays = call.arguments["arrays"]
    if type(parts) is not list or len(parts) != 2 * len(arrays):
        return
    pairs = list(zip(parts[::2], parts[1::2], strict=True))
    given = call.arguments
    facts = {
        "test_size": given.get("test_size"),
        "train_size": given.get("train_size"),
        "random_state": given.get("random_state"),
        "shuffle": given.get("shuffle", True),
        "stratified": given.get("stratify") is not None,
        "train_rows": row_count(pairs[0][0]),
        "test_rows": row_count(pairs[0][1]),
    }
    if facts["test_size"] is None and facts["train_size"] is None:
        facts["test_size"] = 0.25
    lineage.split(call.name, arrays, pairs, **plain_facts(facts))


def plain_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that say something, as plain values: all but the sizes that were left to the split."""
    sizes = ("test_size", "train_size", "train_rows", "test_rows", "max_train_size")
    with guarded("facts of a split"):
        return {
            name: shown(value)
            for name, value in facts.items()
            if not name.startswith("_") and (value is not None or name not in sizes)
        }
    return {}


def split_parameters(data: Node) -> dict[str, Any]:
    """The splits that training data is a part of, as parameters of the run.

    Args:
        data: what is known of the training data.

    Returns:
        ``split`` (by what), ``split__test_size``, ``split__random_state``, ...; of a second split of the
        first one's training part ``split2``, ``split2__test_size``, ...
    """
    splits = []
    node: Node | None = data
    while node is not None:
        if node.by.endswith(_TRAIN):
            splits.append((node.by.removesuffix(_TRAIN), node.facts))
        node = node.of[0] if node.of else None
    if not splits:
        # What was computed from it by hand is of these rows as well, if they had these labels.
        splits = [(each.by, each.facts) for each in lineage.splits_of(data)]
    parameters: dict[str, Any] = {}
    for number, (by, facts) in enumerate(reversed(splits), start=1):
        name = "split" if number == 1 else f"split{number}"
        parameters[name] = by.removesuffix(".split")
        parameters.update({f"{name}__{fact}": value for fact, value in facts.items()})
    return parameters
