"""What is to be known of a metric function once: its parameters, and how its values are named."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

_PREDICTIONS = frozenset(
    "y_pred y_score y_scores y_prob y_probs y_proba y_hat yhat y_predicted probas_pred pred_decision "
    "labels_pred pred preds predicted prediction predictions prob probs proba probas probabilities score "
    "scores output outputs logits forecast".split()
)
_TRUTHS = frozenset(
    "y_true labels_true y y_test y_valid y_val target targets truth true actual actuals expected observed "
    "label labels ground_truth".split()
)
_OF_THE_FORM = frozenset({"output_dict", "target_names", "digits", "drop_intermediate"})
_SCALARS = (str, int, float, bool)
_SHOWN = 40
_ITEMS = 5


class Record(NamedTuple):
    """A result that is no number, as data to be drawn when someone looks.

    Attributes:
        name: without the role.
        kind: such as ``confusion_matrix`` or ``table``.
        data: plain values, bounded in size.
    """

    name: str
    kind: str
    data: Mapping[str, Any]


Reader = Callable[[Mapping[str, Any], Any], Record | Mapping[str, Any] | None]


class Inputs(NamedTuple):
    """The names of those arguments that are data."""

    predictions: list[str]
    truths: list[str]


@dataclass(eq=False, slots=True)
class MetricFunction:
    """One metric function.

    Attributes:
        name: what its values are called.
        defaults: the default of each parameter that has one.
        predictions: the parameters that by their names take predictions.
        truths: those that take the true labels.
        signature: its parameters; None of a builtin function that does not tell them.
        read: how to read results of a form of their own: ``read(arguments, result)`` gives a record, or named
            numbers, or None for any other result.
        record: the name of the record that it always gives, if fitscribe's own evaluation gives it, too.
        unreadable: whether it was said that a result is neither a number nor a table.
        of_the_form: parameters that change what the result looks like, not what it is.
    """

    name: str
    defaults: dict[str, Any] = field(default_factory=dict)
    predictions: tuple[str, ...] = ()
    truths: tuple[str, ...] = ()
    signature: inspect.Signature | None = None
    read: Reader | None = None
    record: str = ""
    unreadable: bool = False
    of_the_form: frozenset[str] = _OF_THE_FORM
    _inputs: dict[tuple[str, ...], Inputs] = field(default_factory=dict)
    """By the names of arguments, where these say enough."""

    def arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Argument by parameter name; of more than the function names, by position.

        Args:
            args: what it was called with.
            kwargs: what it was called with by name.
        """
        if self.signature is None:
            return {**{str(index): value for index, value in enumerate(args)}, **kwargs}
        found: dict[str, Any] = {}
        for name, value in self.signature.bind(*args, **kwargs).arguments.items():
            kind = self.signature.parameters[name].kind
            if kind is inspect.Parameter.VAR_POSITIONAL:
                found.update((f"{name}[{index}]", each) for index, each in enumerate(value))
            elif kind is inspect.Parameter.VAR_KEYWORD:
                found.update(value)
            else:
                found[name] = value
        return found

    def inputs(self, arguments: Mapping[str, Any]) -> Inputs:
        """Which arguments may be predictions, the likeliest first, and which the true labels."""
        known = self._inputs.get(tuple(arguments))
        if known is not None:
            return known
        predictions = [name for name in self.predictions if name in arguments]
        truths = [name for name in self.truths if name in arguments]
        if predictions and truths:
            known = self._inputs[tuple(arguments)] = Inputs(predictions, truths)
            return known
        first_two = [name for name, value in arguments.items() if not isinstance(value, _SCALARS)][:2]
        if not predictions:
            predictions = [name for name in reversed(first_two) if name not in truths]
        if not truths:
            truths = [name for name in first_two if name not in predictions[:1]]
        return Inputs(predictions, truths)

    def reshaped(self, arguments: Mapping[str, Any]) -> bool:
        """Whether something was chosen of what the result looks like."""
        return not self.of_the_form.isdisjoint(arguments)

    def named(self, arguments: Mapping[str, Any], inputs: Inputs, mark: str = "") -> str:
        """The name of a value, with the averaging and what else was chosen: ``f1_macro[weighted]``.

        Args:
            arguments: by parameter.
            inputs: which of these are data.
            mark: what to say of the data, in the same brackets.
        """
        predictions, truths = inputs
        averaging = ""
        chosen = []
        for name, value in arguments.items():
            if name in predictions or name in truths or self._says_nothing(name, value):
                continue
            if name == "sample_weight":
                chosen.append("weighted")
            elif name == "average":
                averaging = "_per_class" if value is None else "" if value == "binary" else f"_{value}"
            else:
                shown = _shown(value)
                if shown is not None or name in self.defaults:
                    chosen.append(f"{name}={shown or '...'}")
        if mark:
            chosen.append(mark)
        brackets = f"[{', '.join(chosen)}]" if chosen else ""
        return f"{self.name}{averaging}{brackets}"

    def _says_nothing(self, name: str, value: Any) -> bool:
        if name in self.of_the_form or (name == "sample_weight" and value is None):
            return True
        default = self.defaults.get(name, inspect.Parameter.empty)
        if name == "zero_division" and isinstance(default, str):
            default = 0  # which it warns of
        if value is default:
            return True
        value = _plain(value)
        return isinstance(value, _SCALARS) and isinstance(default, _SCALARS) and value == default


def describe(function: Callable[..., Any], name: str | None = None) -> MetricFunction:
    """Look at a metric function.

    Args:
        function: the function.
        name: what its values are called; by default its own name without ``_score``.
    """
    if name is None:
        name = str(getattr(function, "__name__", type(function).__name__)).removesuffix("_score")
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # a builtin function that tells nothing
        return MetricFunction(name)
    empty = inspect.Parameter.empty
    parameters = [
        each
        for each in signature.parameters.values()
        if each.kind not in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    ]
    defaults = {each.name: each.default for each in parameters if each.default is not empty}
    names = [each.name for each in parameters]
    predictions = [each for each in names if each in _PREDICTIONS]
    truths = [each for each in names if each in _TRUTHS and not (each == "labels" and each in defaults)]
    if not predictions and names[:1] == ["X"] and "labels" in truths:
        # Of clusters: data, and the labels that were found.
        predictions, truths = ["labels"], []
    return MetricFunction(name, defaults, tuple(predictions), tuple(truths), signature)


def _plain(value: Any) -> Any:
    """A NumPy scalar as the Python object that it is, a small array as a list."""
    if type(value).__module__ == "numpy" and getattr(value, "size", _ITEMS + 1) <= _ITEMS:
        return value.tolist()
    return value


def _shown(value: Any) -> str | None:
    """A short text for an argument; None for what has none."""
    value = _plain(value)
    if isinstance(value, str):
        text = " ".join(value.split())
    elif value is None or isinstance(value, bool):
        text = repr(value)
    elif isinstance(value, (int, float)):
        text = f"{value:g}"
    elif isinstance(value, (list, tuple)) and len(value) <= _ITEMS:
        items = [_shown(item) for item in value]
        if None in items:
            return None
        text = f"({', '.join(map(str, items))})"
    elif callable(value) and hasattr(value, "__name__"):
        text = str(value.__name__)
    else:
        return None
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
