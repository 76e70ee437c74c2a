"""What a compatibility matrix says, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from fitscribe.engine.compat import FrameworkCompat, KnownBad, PointCompat
from fitscribe.engine.versions import PYTHON, is_among, matches
from fitscribe.matrix.document import Value, read_document


@dataclass(frozen=True)
class Cell:
    """One environment in which the tests run.

    Attributes:
        name: such as ``sklearn-1.4.2``, or ``core-3.10``.
        framework: its name; empty for the core alone.
        version: of the framework; empty for the core alone.
        python: such as ``3.10``.
        requirements: what to install beside fitscribe and its tests.
    """

    name: str
    framework: str
    version: str
    python: str
    requirements: tuple[str, ...]


@dataclass(frozen=True)
class Framework:
    """One framework of the matrix.

    Attributes:
        name: of its root module.
        title: what people call it.
        compat: what the running fitscribe needs to know.
        cells: the environments it is tested in, in the order of the file.
    """

    name: str
    title: str
    compat: FrameworkCompat
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Matrix:
    """A whole compatibility matrix.

    Attributes:
        frameworks: in the order of the file.
        companions: the libraries beside them that data comes from; they have no environments of their own.
        core: the environments for the core alone.
    """

    frameworks: tuple[Framework, ...]
    companions: tuple[Framework, ...]
    core: tuple[Cell, ...]

    @property
    def cells(self) -> list[Cell]:
        """Every environment: the core's, then the frameworks'."""
        return [*self.core, *(cell for framework in self.frameworks for cell in framework.cells)]


def load(path: Path) -> Matrix:
    """Read and check a compatibility matrix.

    Args:
        path: the YAML file; the one of fitscribe says at its top what each key means.

    Raises:
        MatrixError: for the first thing that is wrong: the file, the line, and what is expected there.
    """
    fields = read_document(path).fields(["frameworks"], ["companions", "core"])
    frameworks = tuple(_framework(name, value) for name, value in fields["frameworks"].table().items())
    if not frameworks:
        raise fields["frameworks"].error("frameworks holds none")
    cells = [cell for framework in frameworks for cell in framework.cells]
    installed = {each for cell in cells for each in (*cell.requirements, f"{PYTHON}=={cell.python}")}
    companions = fields["companions"].table().items() if "companions" in fields else ()
    return Matrix(
        frameworks,
        tuple(_companion(name, value, installed) for name, value in companions),
        _core(fields["core"]) if "core" in fields else (),
    )


def _framework(name: str, value: Value) -> Framework:
    fields = _fields(name, value)
    distributions = _distributions(name, fields)
    if PYTHON in distributions:
        raise fields["distributions"].error(f"{name} is a part of Python: only a companion can be that")
    cells = [_cell(entry, name, distributions) for entry in fields["tested"].items()]
    compat = _compat(name, fields, [cell.version for cell in cells])
    return Framework(name, fields["title"].text(), compat, tuple(cells))


def _companion(name: str, value: Value, installed: set[str]) -> Framework:
    fields = _fields(name, value)
    distribution = _distributions(name, fields)[0]
    tested = [_version(entry) for entry in fields["tested"].items()]
    for entry, version in zip(fields["tested"].items(), tested, strict=True):
        if f"{distribution}=={version}" not in installed:
            raise entry.error(f"{name} {version} is tested, and installed in no environment of a framework")
    return Framework(name, fields["title"].text(), _compat(name, fields, tested), ())


def _fields(name: str, value: Value) -> dict[str, Value]:
    if not name.isidentifier():
        raise value.error(f"{name!r} cannot be the name of a module")
    return value.fields(["title", "distributions", "supported", "tested", "points"], ["known_bad"])


def _distributions(name: str, fields: dict[str, Value]) -> tuple[str, ...]:
    distributions = tuple(_distribution(entry) for entry in fields["distributions"].items())
    if not distributions:
        raise fields["distributions"].error(f"{name} needs the name of a distribution")
    return distributions


def _compat(name: str, fields: dict[str, Value], tested: list[str]) -> FrameworkCompat:
    from packaging.version import Version

    supported = _range(fields["supported"])
    known_bad = _known_bad(fields)
    for index, (entry, version) in enumerate(zip(fields["tested"].items(), tested, strict=True)):
        if is_among(version, tested[:index]):
            raise entry.error(f"{name} {version} is tested twice: one environment per version")
        if not matches(version, supported):
            raise entry.error(f"{name} {version} is tested, but not supported ({supported})")
        if any(matches(version, bad.versions) for bad in known_bad):
            raise entry.error(f"{name} {version} is tested, and known to be bad")
    points = {point: _point(point, entry) for point, entry in fields["points"].table().items()}
    ordered = tuple(sorted(tested, key=Version))
    return FrameworkCompat(_distributions(name, fields), supported, ordered, known_bad, points)


def _point(name: str, value: Value) -> PointCompat:
    if not name.isidentifier():
        raise value.error(f"{name!r} is no id of a patch point: it is written without its framework")
    fields = value.fields([], ["supported", "known_bad"])
    return PointCompat(_range(fields["supported"]) if "supported" in fields else "", _known_bad(fields))


def _known_bad(fields: dict[str, Value]) -> tuple[KnownBad, ...]:
    if "known_bad" not in fields:
        return ()
    entries = [entry.fields(["versions", "reason"]) for entry in fields["known_bad"].items()]
    return tuple(KnownBad(_range(entry["versions"]), entry["reason"].text()) for entry in entries)


def _cell(entry: Value, framework: str, distributions: tuple[str, ...]) -> Cell:
    fields = entry.fields(["version", "python"], ["distribution", "with"])
    version = _version(fields["version"])
    distribution = distributions[0]
    if "distribution" in fields:
        distribution = fields["distribution"].text()
        if distribution not in distributions:
            raise fields["distribution"].error(
                f"{framework} {version} is tested as {distribution!r}, which is none of its distributions"
            )
    requirements = (f"{distribution}=={version}", *_companions(fields))
    return Cell(f"{framework}-{version}", framework, version, _python(fields["python"]), requirements)


def _core(value: Value) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for entry in value.items():
        fields = entry.fields(["python"], ["with"])
        python = _python(fields["python"])
        if any(cell.python == python for cell in cells):
            raise entry.error(f"core has two environments for Python {python}: one per Python")
        cells.append(Cell(f"core-{python}", "", "", python, _companions(fields)))
    return tuple(cells)


def _companions(fields: dict[str, Value]) -> tuple[str, ...]:
    return tuple(_requirement(entry) for entry in fields["with"].items()) if "with" in fields else ()


def _range(value: Value) -> str:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    text = value.text()
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        raise value.error(f"{value.name} is {text!r}, and must be a range such as '>=1.2,<3'") from None
    return text


def _version(value: Value) -> str:
    from packaging.version import InvalidVersion, Version

    text = value.text()
    try:
        Version(text)
    except InvalidVersion:
        raise value.error(f"{value.name} is {text!r}, and must be one version such as 1.4.2") from None
    return text


def _python(value: Value) -> str:
    text = value.text()
    if not re.fullmatch(r"3\.\d+", text):
        raise value.error(f"{value.name} is {text!r}, and must be a Python such as 3.10")
    return text


def _requirement(value: Value) -> str:
    from packaging.requirements import InvalidRequirement, Requirement

    text = value.text()
    try:
        Requirement(text)
    except InvalidRequirement:
        raise value.error(f"{value.name} is {text!r}, and must be a requirement such as numpy<2") from None
    return text


def _distribution(value: Value) -> str:
    text = value.text()
    if not re.fullmatch(r"(?i)[a-z0-9]([a-z0-9._-]*[a-z0-9])?", text):
        raise value.error(f"{value.name} is {text!r}, and must be the name of a distribution")
    return text
