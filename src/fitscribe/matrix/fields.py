"""The single values of a compatibility matrix, checked: ranges, versions, requirements, names."""

from __future__ import annotations

import re

from fitscribe.matrix.document import Value

# Older Pythons do not run fitscribe.
_OLDEST_PYTHON = 10


def range_of(value: Value) -> str:
    """A range of versions, such as ``>=1.2,<3``.

    Raises:
        MatrixError: it is none.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    text = value.text()
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        raise value.error(f"{value.name} is {text!r}, and must be a range such as '>=1.2,<3'") from None
    return text


def version_of(value: Value) -> str:
    """One version, such as ``1.4.2``.

    Raises:
        MatrixError: it is none.
    """
    from packaging.version import InvalidVersion, Version

    text = value.text()
    try:
        Version(text)
    except InvalidVersion:
        raise value.error(f"{value.name} is {text!r}, and must be one version such as 1.4.2") from None
    return text


def python_of(value: Value) -> str:
    """A version of Python that runs fitscribe, such as ``3.10``.

    Raises:
        MatrixError: it is none.
    """
    text = value.text()
    if not re.fullmatch(r"3\.\d+", text):
        raise value.error(f"{value.name} is {text!r}, and must be a Python such as 3.10")
    if int(text.partition(".")[2]) < _OLDEST_PYTHON:
        raise value.error(f"{value.name} is {text!r}, and fitscribe needs 3.{_OLDEST_PYTHON} or newer")
    return text


def requirements_of(value: Value, but: tuple[str, ...] = ()) -> tuple[str, ...]:
    """A list of requirements, one per distribution.

    Args:
        value: the list.
        but: distributions that must not be among them, as they are named elsewhere.

    Raises:
        MatrixError: one of them is no requirement, or of a distribution that is named already.
    """
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    named = {canonicalize_name(name) for name in but}
    found = []
    for entry in value.items():
        text = entry.text()
        try:
            name = canonicalize_name(Requirement(text).name)
        except InvalidRequirement:
            problem = f"{entry.name} is {text!r}, and must be a requirement such as numpy<2"
            raise entry.error(problem) from None
        if name in named:
            raise entry.error(f"{entry.name} is {text!r}, and {name} is named already: one requirement each")
        named.add(name)
        found.append(text)
    return tuple(found)


def distribution_of(value: Value) -> str:
    """The name of a distribution, such as ``scikit-learn``.

    Raises:
        MatrixError: it cannot be one.
    """
    text = value.text()
    if not re.fullmatch(r"(?i)[a-z0-9]([a-z0-9._-]*[a-z0-9])?", text):
        raise value.error(f"{value.name} is {text!r}, and must be the name of a distribution")
    return text
