"""What a run has of the data that its model was used on: metrics, records, the data and where it is from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fitscribe import capture
from fitscribe.tracking import lineages
from fitscribe.tracking.kept_data import keep_columns, parquet_writer
from fitscribe_sklearn.comparing import Compared

if TYPE_CHECKING:
    from fitscribe.lineage import Node
    from fitscribe.tracking.trained import Trained


def record(found: Trained, role: str, data: Node, method: str, compared: Compared) -> None:
    """Record what came of a comparison: as far as the run does not have it yet.

    Args:
        found: the training of the model.
        role: of the data.
        data: what is known of it.
        method: what predicted.
        compared: what came of comparing that with the labels.
    """
    run, use, result = found.run, found.use(role, data), compared.result
    if method in use.methods:
        return
    use.methods.add(method)
    if compared.reason:
        found.note_once(compared.reason, f"evaluation of {method} on {role} data", compared.reason)
        return
    added = {name: value for name, value in result.metrics.items() if name not in use.metrics}
    is_sampled = compared.taken < compared.rows
    if added:
        step = 0 if is_sampled and found.step is None else found.step
        named = {run.beside_curves(f"{role}/{name}"): value for name, value in added.items()}
        run.log_metrics(named, step)
        use.metrics.update(added)
        if is_sampled and step is not None:
            use.sampled.update(dict.fromkeys(added, step))
    for name, values in result.records.items():
        if name not in use.records:
            run.log_record(f"{role}/{name}", name, values)
            if not is_sampled:
                use.records.add(name)
    for name, why in result.omitted.items():
        if name not in use.metrics:
            found.note_once(f"{role}/{name}", f"{role}/{name}", why)
    if is_sampled:
        why = f"taken from {compared.taken:,} evenly spaced rows of {compared.rows:,}"
        found.note_once(f"rows of {role}", f"{role} metrics on all rows", why)


def describe_for_later(found: Trained, role: str, node: Node, data: Any) -> None:
    """Describe data of which the labels are not known, so that the run can list it when they are.

    Args:
        found: the training of the model.
        role: of the data.
        node: what is known of it.
        data: what the model was used on; nothing of it is held.
    """
    use = found.use(role, node)
    if (
        use.described is None
        and role != "train"
        and _key(role) not in found.said
        and found.run.options.datasets
    ):
        use.described = capture.describe_data(data)


def describe_data(found: Trained, role: str, data: Any, labels: Any) -> None:
    """Describe data on the run that its model was used on, once, and what it descends from.

    Args:
        found: the training of the model.
        role: of the data.
        data: what the model was used on; None where that has been described for later.
        labels: of the data; None where there are none.
    """
    if _key(role) in found.said or not found.run.options.datasets:
        return
    found.said[_key(role)] = ""
    described = found.uses[role].described if data is None else None
    if described is not None:
        found.run.log_description({**described, "target": capture.describe_target(labels)}, role)
    elif data is not None and role != "train":
        found.run.log_dataset(data, role=role, target=labels)
    log_lineage(found)


def _key(role: str) -> str:
    return f"data {role}"


def log_lineage(found: Trained) -> None:
    """Record what the data of a run descends from, of all roles so far."""
    nodes = {"train": found.data, "train target": found.target}
    for role, use in found.uses.items():
        if use.data is not None and role not in nodes:
            nodes |= {role: use.data, f"{role} target": use.data.target}
    with found.run.section("lineage"):
        lineages.log_lineage(found.run, nodes)


def keep(found: Trained, role: str, method: str, values: Any, labels: Any, classes: Any) -> None:
    """Keep predictions on data that was held out, beside the labels, as a table of the run.

    What was kept without labels is replaced when these are known.

    Args:
        found: the training of the model.
        role: of the data.
        method: what predicted.
        values: what was predicted.
        labels: of the data; None where they are not known.
        classes: the classes that the model knows; None where it has none.
    """
    key = f"predictions {role} {method} {found.generation}"
    kept = "without labels" if labels is None else "with labels"
    if role == "train" or found.said.get(key) in (kept, "with labels"):
        return
    found.said[key] = kept
    columns: dict[str, Any] = {} if labels is None else {"true": labels}
    if getattr(values, "ndim", 1) == 1:
        columns[method] = values
    else:
        names = range(values.shape[1]) if classes is None else classes.tolist()
        columns |= {f"{method} {name}": values[:, index] for index, name in enumerate(names)}
    name = f"predictions/{role}" if method == "predict" else f"predictions/{role}_{method}"
    if parquet_writer() is not None:
        keep_columns(found.run, name, columns, what=f"predictions on {role} data")
    else:
        found.run.log_table(columns, name)
