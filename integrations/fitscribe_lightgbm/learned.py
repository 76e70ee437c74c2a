"""What a trained booster is: its trees, what its features count for, and the model itself."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from time import thread_time
from typing import TYPE_CHECKING, Any

from fitscribe.tracking.weakly import WeakTable
from fitscribe_lightgbm import trees, versions
from fitscribe_lightgbm.models import TEXT, text_of

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun

# What looking at the trees may take: this much, or this share of the training.
_TREES_S = 0.02
_TREES_SHARE = 0.01
# Leaves that take less than that: a timing of few of them says something else on a busy machine, and of two
# runs of a script one would tell of its trees. LightGBM makes 31 per tree unless it is told otherwise.
_LEAVES, _LEAVES_PER_TREE = 10_000, 31
# Trees by which it is judged how long all of them take.
_TRIAL = 5
# Features that are kept.
_FEATURES = 100
_IMPORTANCES = ("split", "gain")
# What has been said to be unseen, by run.
_said: WeakTable[set[str]] = WeakTable()


def record(run: ActiveRun, booster: Any, trained_s: float, signature: Mapping[str, Any] | None) -> None:
    """Record a booster that was trained in a run of its own.

    Args:
        run: the run.
        booster: a `Booster`.
        trained_s: CPU seconds that its training took.
        signature: the columns and types that it takes and gives.
    """
    text = None
    with run.section("text of the model"):
        if run.options.models not in (False, "pickle"):
            # Written once: that takes longer than all the rest.
            text = text_of(booster)
    record_trees(run, booster, trained_s, "", text)
    if run.options.models:
        with run.section("model"):
            _keep(run, booster, "model", signature, text=text, of_training=True)


def record_trees(
    run: ActiveRun, booster: Any, trained_s: float, prefix: str, text: bytes | None = None
) -> None:
    """Record how large the trees of a booster are, and what its features count for.

    Args:
        run: the run.
        booster: a `Booster`.
        trained_s: CPU seconds that its training took.
        prefix: what the names begin with.
        text: the model as text, where that is there already.
    """
    with run.section("trees"):
        run.log_facts({f"{prefix}trees": booster.num_trees()})
        allowed_s = max(_TREES_S, _TREES_SHARE * trained_s)
        estimated_s = 0.0 if _has_few_leaves(booster) else _estimate(booster, text)
        if estimated_s > allowed_s:
            why = f"would take about {estimated_s * 1000:.0f} ms"
            _note_once(run, f"{prefix}depth and leaves of the trees", why)
        else:
            found = trees.shape((text_of(booster) if text is None else text).decode("utf-8"))
            run.log_facts({f"{prefix}depth": found.depth, f"{prefix}leaves": found.leaves})
    with run.section("importances"):
        for name, data in _importances(booster):
            run.log_record(f"{prefix}{name}", "feature_importance", data)


def keep_checkpoint(run: ActiveRun, booster: Any, name: str) -> None:
    """Keep a booster as it is while it trains.

    Args:
        run: the run.
        booster: a `Booster`.
        name: what it is called.
    """
    _keep(run, booster, name, None)


def keep_state(booster: Any, run: ActiveRun, *, signature: Mapping[str, Any] | None) -> None:
    """Record a booster whose training goes on, in place of an earlier state of it.

    Args:
        booster: as it is now.
        run: its run.
        signature: the columns and types that it takes and gives.
    """
    record(run, booster, 0.0, signature)


def _keep(
    run: ActiveRun,
    booster: Any,
    name: str,
    signature: Mapping[str, Any] | None,
    *,
    text: bytes | None = None,
    of_training: bool = False,
) -> None:
    wanted = run.options.models
    if wanted in ("skops", "onnx"):
        _note_once(run, f"model as {wanted}", "boosters of LightGBM are kept as its own text")
    native = None if wanted == "pickle" or not TEXT.takes(booster) else TEXT
    if native is not None and text is not None:
        native = native._replace(save=lambda _: text)
    run.log_model(booster, name, native=native, signature=signature, of_training=of_training)


def _note_once(run: ActiveRun, what: str, why: str) -> None:
    """Say it of the first of several states of a model alone."""
    said = _said.get(run) or set()
    if what not in said:
        run.note_unseen(what, why)
        _said.set(run, {*said, what})


def _has_few_leaves(booster: Any) -> bool:
    names = versions.aliases()["num_leaves"]
    leaves = [booster.params[name] for name in names if name in booster.params] or [_LEAVES_PER_TREE]
    return all(isinstance(each, int) and booster.num_trees() * each <= _LEAVES for each in leaves)


def _estimate(booster: Any, text: bytes | None) -> float:
    """Seconds that it will take to look at all trees, by the first ones of them."""
    count: int = booster.num_trees()
    started = thread_time()
    if text is None:
        rounds = max(1, _TRIAL // max(1, booster.num_model_per_iteration()))
        looked_at: int = rounds * booster.num_model_per_iteration()
        trees.shape(booster.model_to_string(num_iteration=rounds))
    else:
        looked_at = _TRIAL
        trees.shape(trees.beginning(text, _TRIAL).decode("utf-8"))
    seconds = thread_time() - started
    return seconds / max(1, min(looked_at, count)) * count


def _importances(booster: Any) -> list[tuple[str, dict[str, Any]]]:
    """What each feature counts for, by each type that LightGBM knows, as records."""
    np = sys.modules["numpy"]
    names = booster.feature_name()
    found = []
    for kind in _IMPORTANCES:
        values = booster.feature_importance(importance_type=kind)
        chosen = range(len(values))
        if len(values) > _FEATURES:
            chosen = np.sort(np.argpartition(-values, _FEATURES)[:_FEATURES]).tolist()
        record = {
            "features": [str(names[index]) for index in chosen],
            "values": [values[index].item() for index in chosen],
            "of": len(values),
        }
        found.append((f"feature_importance/{kind}", record))
    return found
