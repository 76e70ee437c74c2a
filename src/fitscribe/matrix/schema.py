"""What a compatibility matrix says, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from fitscribe.engine.compat import FrameworkCompat, KnownBad, PointCompat
from fitscribe.engine.versions import is_among, matches
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
        core: the environments for the core alone.
    """

    frameworks: tuple[Framework, ...]
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
    fields = read_document(path).fields(["frameworks"], ["core"])
    frameworks = tuple(_framework(name, value) for name, value in fields["frameworks"].table().items())
    if not frameworks:
        raise fields["frameworks"].error("frameworks holds none")
    return Matrix(frameworks, _core(fields["core"]) if "core" in fields else ())


def _framework(name: str, value: Value) -> Framework:
    from packaging.version import Version

    if not name.isidentifier():
        raise value.error(f"{name!r} cannot be the name of a module")
    fields = value.fields(["title", "distributions", "supported", "tested", "points"], ["known_bad"])
    distributions = tuple(_distribution(entry) for entry in fields["distributions"].items())
    if not distributions:
        raise fields["distributions"].error(f"{name} needs the name of a distribution")
    supported = _range(fields["supported"])
    known_bad = _known_bad(fields)
    cells: list[Cell] = []
    for entry in fields["tested"].items():
        cell = _cell(entry, name, distributions[0])
        if is_among(cell.version, (other.version for other in cells)):
            raise entry.error(f"{name} {cell.version} is tested twice: one environment per version")
        if not matches(cell.version, supported):
            raise entry.error(f"{name} {cell.version} is tested, but not supported ({supported})")
        if any(matches(cell.version, bad.versions) for bad in known_bad):
            raise entry.error(f"{name} {cell.version} is tested, and known to be bad")
        cells.append(cell)
    points = {point: _point(point, entry) for point, entry in fields["points"].table().items()}
    tested = tuple(sorted((cell.version for cell in cells), key=Version))
    compat = FrameworkCompat(distributions, supported, tested, known_bad, points)
    return Framework(name, fields["title"].text(), compat, tuple(cells))


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


def _cell(entry: Value, framework: str, distribution: str) -> Cell:
    fields = entry.fields(["version", "python"], ["with"])
    version = _version(fields["version"])
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
