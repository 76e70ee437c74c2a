"""Whether a prediction is what the whole of a model predicts: the integration of the model's package tells.

On request the ``predict`` of some models gives other values, such as leaves, or those of some rounds only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Rule = Callable[[Any, Mapping[str, Any]], bool]
_rules: dict[str, Rule] = {}


def tell(package: str, rule: Rule) -> None:
    """Have a rule decide for the models of a package, and for those of classes that derive from them.

    Args:
        package: the name that it is imported by.
        rule: called with the model that predicted and the arguments by parameter, the data being the first.
    """
    _rules[package] = rule


def is_of_all(model: Any, arguments: Mapping[str, Any]) -> bool:
    """Whether a prediction is what the whole model predicts; where nobody tells, it is.

    Args:
        model: that predicted.
        arguments: of the call, by parameter.
    """
    if len(arguments) < 2:
        return True
    packages = (cls.__module__.partition(".")[0] for cls in type(model).__mro__)
    rule = next((_rules[package] for package in packages if package in _rules), None)
    return rule is None or rule(model, arguments)
