"""What the name of a series tells: whose data it was measured on, of what it is, and how much it matters."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

EPOCH = "epoch"
"""The series that maps steps to epochs: no metric, but what others are read by."""

SYSTEM = "system/"
"""What the names of the machine's own series begin with."""

# By how PyTorch's users, Lightning and Keras begin the names of what they log.
_ROLES = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("valid", "val", "validation", "eval", "dev"), "valid"),
    "test": "test",
    "cv": "cv",
}
_HELD_OUT = frozenset({"valid", "test", "cv"})
_KINDS = _HELD_OUT | {"train"}
_NUMBER = re.compile(r"_\d+$")
_ROLE = re.compile(r"([a-z]+)[_.\-]", re.IGNORECASE)
_OF_EPOCH, _OF_STEP = ("[epoch]", "_epoch"), "_step"
_RATE = re.compile(r"(?:^|[/_.\-])(?:lr|learning_rate)(?:$|[/_.\-\[\d])", re.IGNORECASE)
_SPEED = frozenset({"samples_per_s", "data_wait_share", "epoch_seconds"})
_DURATIONS = frozenset({"fit_s", "score_s", "refit_s"})
# Keras' mean over an epoch so far, beside the one of the whole epoch.
_OF_BATCHES = re.compile(r"(?:^|/)batch_")
_WORDS = re.compile(r"[a-z]+")
# Of many losses that are added up to one only these are put before all else.
_LOSSES_FIRST = 2


@lru_cache(maxsize=256)
def split(name: str) -> tuple[str, str]:
    """Tell on which data something was measured, and what.

    Args:
        name: of a series.

    Returns:
        The role (``train``, ``valid``, ``test``, ``cv``, another one that stands before a slash, or empty)
        and the metric: of ``val_loss`` these are ``valid`` and ``loss``, as of ``valid/loss``. Means over
        epochs are of the same metric as what they are the means of. Of several slashes the last one counts,
        as data may be called ``fold/1``, but where these names are before the first one.
    """
    role, slash, metric = name.partition("/")
    if "/" in metric and kind_of(role) not in _KINDS and not name.startswith(SYSTEM):
        role, slash, metric = name.rpartition("/")
    if slash:
        role = _ROLES.get(role.lower(), role)
    else:
        found = _ROLE.match(name)
        role = _ROLES.get(found[1].lower(), "") if found is not None else ""
        metric = name[found.end() :] if found is not None and role else name
    for ending in (*_OF_EPOCH, _OF_STEP):
        metric = metric.removesuffix(ending) or metric
    return role, metric


def kind_of(role: str) -> str:
    """Return the role of data without the number that libraries give several sets: ``valid`` of ``valid_0``.

    Args:
        role: as :func:`split` tells it, or as it is written.
    """
    return _ROLES.get(_NUMBER.sub("", role).lower(), role)


def means_of(name: str, names: Collection[str]) -> str | None:
    """Return the series whose means over epochs a series is; None for one that stands for itself.

    Args:
        name: of the series.
        names: of all series of the run.
    """
    base = name.removesuffix("[epoch]")
    if base == name:
        stem = name.removesuffix("_epoch")
        base = f"{stem}{_OF_STEP}" if stem != name else name
    return base if base != name and base in names else None


def is_rate(name: str) -> bool:
    """Whether it is a learning rate: set and not measured, a value holds until the next one."""
    return _RATE.search(name) is not None


def furthest(last_steps: Mapping[str, int]) -> str | None:
    """Return which series went on for longest, by their last steps; up to there the last rate holds."""
    steps = {name: step for name, step in last_steps.items() if not name.startswith(SYSTEM)}
    return max(steps, key=steps.__getitem__, default=None)


def is_speed(name: str) -> bool:
    """Whether it says how fast a training was: that differs from one time to the next."""
    return name.rpartition("/")[2] in _SPEED


def is_duration(name: str) -> bool:
    """Whether it says how long a fit or its scoring took, as those of searches and folds do."""
    return name.rpartition("/")[2] in _DURATIONS


def is_background(name: str) -> bool:
    """Whether it says how a training went on, not how good it was: learning rates, speed, single batches."""
    return name == EPOCH or is_speed(name) or is_rate(name) or bool(_OF_BATCHES.search(name))


def in_order(names: Iterable[str]) -> list[str]:
    """Sort series by how much they matter: those of one metric beside each other.

    First losses, two at most, then what was measured on held-out data, what is of no known data, and what
    only says how the training itself went; learning rates, speed and the epoch in the end; each as they were
    logged. Of one metric, held-out data comes before what was trained on, and means over epochs after their
    series.
    """
    metrics: dict[str, list[str]] = {}
    background = []
    for name in names:
        if is_background(name):
            background.append(name)
        else:
            metrics.setdefault(split(name)[1], []).append(name)
    groups = [_group(each) for each in metrics.values()]
    groups.sort(key=lambda group: min(map(_place, group)))
    losses = [each for each in groups if "loss" in _WORDS.findall(split(each[0])[1].lower())][:_LOSSES_FIRST]
    groups = losses + [each for each in groups if each not in losses]
    background.sort(key=lambda name: (name == EPOCH, is_speed(name)))
    return [name for group in groups for name in group] + background


def as_logged(names: Collection[str]) -> list[str]:
    """Return series in their order, but means after what they are the means of, and the background last."""
    alone = [name for name in names if means_of(name, names) is None]
    alone.sort(key=is_background)
    return _with_means(alone, names)


def _with_means(alone: Iterable[str], names: Collection[str]) -> list[str]:
    means: dict[str, list[str]] = {}
    for name in names:
        base = means_of(name, names)
        if base is not None:
            means.setdefault(base, []).append(name)
    return [each for name in alone for each in (name, *means.get(name, ()))]


def _group(names: Sequence[str]) -> list[str]:
    alone = [name for name in names if means_of(name, names) is None]
    alone.sort(key=_place)
    return _with_means(alone, names)


def _place(name: str) -> int:
    """Held-out data says most of a model, and what it was trained on least."""
    role, _ = split(name)
    return 0 if role in _HELD_OUT else 2 if role == "train" else 1
