"""Records of an evaluation drawn with matplotlib: what was kept as data at training time, looked at later."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Data = Mapping[str, Any]

_FEATURES = 20
_LABELS_INSIDE = 20
_GREY = "0.6"


def draw(kind: str, data: Data, axes: Any, label: str = "") -> None:
    """Draw one record.

    Args:
        kind: one of `KINDS`.
        data: as it was kept: see docs/ui-api.md for the form of each kind.
        axes: of matplotlib.
        label: what stands in the legend for it, such as the name of a run; empty for nothing.

    Raises:
        ValueError: it is of another kind, or the data has another form.
    """
    if kind not in KINDS:
        raise ValueError(f"a record of the kind {kind!r} has no drawing; there is {', '.join(KINDS)}")
    try:
        KINDS[kind](data, axes, label)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"the data of this {kind} cannot be read") from error


def _roc(data: Data, axes: Any, label: str) -> None:
    curves = data["curves"]
    for curve in curves:
        name = _joined(label, curve["label"] if len(curves) > 1 or not label else "")
        axes.plot(curve["fpr"], curve["tpr"], label=f"{name} (AUC {curve['auc']:.4g})".strip())
    _once(axes, "diagonal", lambda: axes.plot([0, 1], [0, 1], color=_GREY, linestyle=":", zorder=0))
    _square(axes, "false positive rate", "true positive rate")


def _pr(data: Data, axes: Any, label: str) -> None:
    curves = data["curves"]
    for curve in curves:
        name = _joined(label, curve["label"] if len(curves) > 1 or not label else "")
        axes.plot(
            curve["recall"],
            curve["precision"],
            drawstyle="steps-pre",
            label=f"{name} (AP {curve['average_precision']:.4g})".strip(),
        )
    _square(axes, "recall", "precision")


def _calibration(data: Data, axes: Any, label: str) -> None:
    of = data.get("of")
    name = label or ("" if of is None else str(of))
    axes.plot(data["predicted"], data["observed"], marker="o", label=name or None)
    _once(axes, "diagonal", lambda: axes.plot([0, 1], [0, 1], color=_GREY, linestyle=":", zorder=0))
    _square(axes, "predicted probability", "observed frequency")


def _residuals(data: Data, axes: Any, label: str) -> None:
    residuals = [true - predicted for true, predicted in zip(data["true"], data["predicted"], strict=True)]
    axes.scatter(data["predicted"], residuals, s=12, alpha=0.6, label=label or None)
    _once(axes, "zero", lambda: axes.axhline(0, color=_GREY, linestyle=":", zorder=0))
    axes.set_xlabel("predicted")
    axes.set_ylabel("true - predicted")


def _confusion_matrix(data: Data, axes: Any, label: str) -> None:
    counts, labels = data["counts"], [str(each) for each in data["labels"]]
    if len(counts) != len(labels) or any(len(row) != len(labels) for row in counts):
        raise TypeError("no square matrix")
    # Colours are shares of each true class: a rare class is seen as well as a frequent one.
    shares = [[each / sum(row) if sum(row) else 0.0 for each in row] for row in counts]
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    axes.set_xticks(range(len(labels)), labels, rotation=90 if max(map(len, labels)) > 3 else 0)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    if len(labels) <= _LABELS_INSIDE:
        for true, row in enumerate(counts):
            for predicted, count in enumerate(row):
                colour = "white" if shares[true][predicted] > 0.5 else "black"
                axes.text(predicted, true, f"{count:g}", ha="center", va="center", color=colour)
    if label:
        axes.set_title(label)


def _weights(data: Data, axes: Any, label: str) -> None:
    features, values = [str(each) for each in data["features"]], data["values"]
    lists: Sequence[Sequence[float]] = values if values and isinstance(values[0], list) else [values]
    classes = data.get("classes") or range(len(lists))
    order = sorted(range(len(features)), key=lambda i: -max(abs(each[i]) for each in lists))[:_FEATURES][::-1]
    height = 0.8 / len(lists)
    for number, (name, each) in enumerate(zip(classes, lists, strict=True)):
        places = [place + (number - (len(lists) - 1) / 2) * height for place in range(len(order))]
        axes.barh(
            places,
            [each[i] for i in order],
            height,
            label=_joined(label, str(name) if len(lists) > 1 else "") or None,
        )
    axes.set_yticks(range(len(order)), [features[i] for i in order])
    axes.axvline(0, color=_GREY, linewidth=0.8)


def _curve(data: Data, axes: Any, label: str) -> None:
    places = data["x"]
    numeric = all(isinstance(each, int | float) for each in places)
    x: Sequence[Any] = places if numeric else [str(each) for each in places]
    for name, series in data["series"].items():
        mean, spread = series["mean"], series.get("std")
        (line,) = axes.plot(x, mean, marker="o", label=_joined(label, str(name)))
        if spread:
            low = [m - s for m, s in zip(mean, spread, strict=True)]
            high = [m + s for m, s in zip(mean, spread, strict=True)]
            axes.fill_between(x, low, high, alpha=0.2, color=line.get_color())
    axes.set_xlabel(str(data.get("x_name") or "x"))


def _joined(first: str, second: Any) -> str:
    return " ".join(str(each) for each in (first, second) if each not in ("", None))


def _once(axes: Any, name: str, draw_it: Callable[[], Any]) -> None:
    """Draw what several records that lie over each other have in common."""
    gid = f"fitscribe-{name}"
    if not any(line.get_gid() == gid for line in axes.lines):
        found = draw_it()
        (found[0] if isinstance(found, list) else found).set_gid(gid)


def _square(axes: Any, x: str, y: str) -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_aspect("equal")


KINDS: dict[str, Callable[[Data, Any, str], None]] = {
    "roc": _roc,
    "pr": _pr,
    "calibration": _calibration,
    "residuals": _residuals,
    "confusion_matrix": _confusion_matrix,
    "feature_importance": _weights,
    "coefficients": _weights,
    "curve": _curve,
}
"""The kinds of records that have a drawing."""

ALONE = frozenset({"confusion_matrix", "feature_importance", "coefficients"})
"""Those of which several do not lie over each other."""
