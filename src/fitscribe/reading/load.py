"""Loading the model of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fitscribe import models
from fitscribe.models.loaded import remember
from fitscribe.reading.checked_model import CheckedModel
from fitscribe.reading.paths import path_inside

if TYPE_CHECKING:
    from fitscribe.reading.run import Run
    from fitscribe.store import RunRecord


def load_model(run: Run, name: str, *, trust: bool) -> Any:
    """Load a model of a run; arguments and errors are those of :meth:`fitscribe.reading.Run.load_model`."""
    seen = run.snapshot()
    records = [seen.own] if seen.training is None else [seen.own, seen.training]
    for record in records:
        if name in record.models:
            return _load(run, record, record.models[name], trust=trust)
    raise LookupError(_why_none(run, name))


def _load(run: Run, record: RunRecord, model: dict[str, Any], *, trust: bool) -> Any:
    path = path_inside(run.store.run_folder(record.folder_id), model.get("path"))
    if path is None:
        raise models.UntrustedModel(
            f"the model of run {record.id} is said to be {model.get('path')!r}, which is not in the run's "
            "folder; somebody has changed the run's files"
        )
    given = model.get("mac")
    mac = given if isinstance(given, str) else None
    facts = model.get("native")
    kept: dict[str, Any] = {
        "mac": mac,
        "trust": trust,
        "origin": _origin(record),
        "bound_to": models.binding(record.id, str(model["name"]), facts),
    }
    loaded: Any
    is_native = False
    if model.get("format") == "pickle":
        loaded = models.load_pickle(path, **kept)
    elif model.get("format") == "skops":
        loaded = models.load_skops(path, **kept)
    elif model.get("format") == "onnx":
        loaded = models.OnnxModel(path)
    elif isinstance(model.get("format"), str) and "/" in model["format"]:
        is_native = True
        loaded = models.load_native(path, model["format"], facts or {}, **kept)
    else:
        raise models.ModelNotLoadable(
            f"the model of run {record.id} has the format {model.get('format')!r}, which this version of "
            "fitscribe does not know; a newer one may"
        )
    remember(loaded, record.id)
    signature = model.get("signature")
    inputs = signature.get("inputs") if isinstance(signature, dict) else None
    return CheckedModel(loaded, inputs) if inputs and _predicts_from_data(loaded, is_native) else loaded


def _predicts_from_data(model: Any, is_native: bool) -> bool:
    """Whether it has scikit-learn's ``predict``. Another native model is what its framework takes, bare."""
    if not hasattr(model, "predict"):
        return False
    return hasattr(model, "get_params") or not (is_native or models.native_format(model) is not None)


def _origin(record: RunRecord) -> str:
    hosts = sorted({writer.identity.host for writer in record.writers if writer.identity is not None})
    name = record.header.get("name")
    return f"run {record.id} {name!r}" + (f", recorded on {', '.join(hosts)}" if hosts else "")


def _why_none(run: Run, name: str) -> str:
    missed = [each for each in run.unseen if str(each.get("what", "")).startswith("model")]
    if missed:
        return f"run {run.id} holds no model {name!r}: {models.shown(str(missed[0].get('why', '')))}"
    names = [str(each.get("name")) for each in run.models]
    if names:
        return f"run {run.id} holds no model {name!r}; there is {', '.join(map(repr, names))}"
    trainings = [child.id for child in run.children if child.models]
    if trainings:
        return f"run {run.id} is a group; load the model of one of its trainings: {', '.join(trainings[:5])}"
    return f"run {run.id} holds no model; log_model keeps one, and so does autolog() unless models are off"
