"""What a compatibility matrix says, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fitscribe.engine.compat import FrameworkCompat, KnownBad, PointCompat
from fitscribe.engine.versions import PYTHON, is_among, matches
from fitscribe.matrix.document import Value, read_document
from fitscribe.matrix.fields import distribution_of, python_of, range_of, requirements_of, version_of


@dataclass(frozen=True)
class Cell:
    """One environment in which the tests run.

    Attributes:
        name: such as ``sklearn-1.4.2``, or ``core-3.10``. Of several Pythons with one version those after the
            first are in the name: ``lightgbm-4.6.0-py3.12``.
        framework: its name; empty for the core alone.
        version: of the framework; empty for the core alone.
        python: such as ``3.10``.
        requirements: what to install beside fitscribe and its tests; the framework comes first.
        environ: variables of the environment that the tests need, each with its value.
    """

    name: str
    framework: str
    version: str
    python: str
    requirements: tuple[str, ...]
    environ: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Framework:
    """One framework of the matrix.

    Attributes:
        name: of its root module.
        title: what people call it.
        compat: what the running fitscribe needs to know.
        cells: the environments it is tested in, in the order of the file.
        candidates: those that it is run in without being claimed; what is green there may be.
    """

    name: str
    title: str
    compat: FrameworkCompat
    cells: tuple[Cell, ...]
    candidates: tuple[Cell, ...] = ()


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
    def tested(self) -> list[Cell]:
        """The environments that are claimed: the core's, then the frameworks'."""
        return [*self.core, *(cell for framework in self.frameworks for cell in framework.cells)]

    @property
    def cells(self) -> list[Cell]:
        """Every environment, candidates included; those of one framework beside each other."""
        of_frameworks = (cell for each in self.frameworks for cell in (*each.cells, *each.candidates))
        return [*self.core, *of_frameworks]


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
    fields = _fields(name, value, ["candidates"])
    distributions = _distributions(name, fields)
    if PYTHON in distributions:
        raise fields["distributions"].error(f"{name} is a part of Python: only a companion can be that")
    tested = fields["tested"].items()
    entries = [*tested, *(fields["candidates"].items() if "candidates" in fields else ())]
    cells = _cells(entries, name, distributions)
    compat = _compat(name, fields, entries, [cell.version for cell in cells], claimed=len(tested))
    return Framework(
        name, fields["title"].text(), compat, tuple(cells[: len(tested)]), tuple(cells[len(tested) :])
    )


def _companion(name: str, value: Value, installed: set[str]) -> Framework:
    fields = _fields(name, value)
    distribution = _distributions(name, fields)[0]
    entries = fields["tested"].items()
    tested = [version_of(entry) for entry in entries]
    for index, (entry, version) in enumerate(zip(entries, tested, strict=True)):
        if f"{distribution}=={version}" not in installed:
            raise entry.error(f"{name} {version} is tested, and installed in no environment of a framework")
        if is_among(version, tested[:index]):
            raise entry.error(f"{name} {version} is tested twice")
    return Framework(name, fields["title"].text(), _compat(name, fields, entries, tested), ())


def _fields(name: str, value: Value, optional: Sequence[str] = ()) -> dict[str, Value]:
    if not name.isidentifier():
        raise value.error(f"{name!r} cannot be the name of a module")
    required = ["title", "distributions", "supported", "tested", "points"]
    return value.fields(required, ["known_bad", *optional])


def _distributions(name: str, fields: dict[str, Value]) -> tuple[str, ...]:
    distributions = tuple(distribution_of(entry) for entry in fields["distributions"].items())
    if not distributions:
        raise fields["distributions"].error(f"{name} needs the name of a distribution")
    return distributions


def _compat(
    name: str,
    fields: dict[str, Value],
    entries: Sequence[Value],
    versions: Sequence[str],
    claimed: int | None = None,
) -> FrameworkCompat:
    """What the running fitscribe needs to know of a framework.

    Args:
        name: of the framework.
        fields: its keys.
        entries: where each of the versions stands.
        versions: those that it is tested with, and those that it is to be run with.
        claimed: how many of them are tested; by default all.
    """
    from packaging.version import Version

    supported = range_of(fields["supported"])
    known_bad = _known_bad(fields)
    for entry, version in zip(entries, versions, strict=True):
        if not matches(version, supported):
            raise entry.error(f"{name} {version} is tested, but not supported ({supported})")
        if any(matches(version, bad.versions) for bad in known_bad):
            raise entry.error(f"{name} {version} is tested, and known to be bad")
    points = {point: _point(point, entry, versions) for point, entry in fields["points"].table().items()}
    tested = tuple(sorted(dict.fromkeys(versions[:claimed]), key=Version))
    return FrameworkCompat(_distributions(name, fields), supported, tested, known_bad, points)


def _point(name: str, value: Value, versions: Sequence[str]) -> PointCompat:
    if not name.isidentifier():
        raise value.error(f"{name!r} is no id of a patch point: it is written without its framework")
    fields = value.fields([], ["supported", "known_bad"])
    supported = range_of(fields["supported"]) if "supported" in fields else ""
    if versions and not any(matches(version, supported) for version in versions):
        raise fields["supported"].error(f"{name} is supported by none of the versions that it is tested with")
    return PointCompat(supported, _known_bad(fields))


def _known_bad(fields: dict[str, Value]) -> tuple[KnownBad, ...]:
    if "known_bad" not in fields:
        return ()
    entries = [entry.fields(["versions", "reason"]) for entry in fields["known_bad"].items()]
    return tuple(KnownBad(range_of(entry["versions"]), entry["reason"].text()) for entry in entries)


def _cells(entries: Sequence[Value], framework: str, distributions: tuple[str, ...]) -> list[Cell]:
    cells: list[Cell] = []
    for entry in entries:
        cells.append(_cell(entry, framework, distributions, cells))
    return cells


def _cell(entry: Value, framework: str, distributions: tuple[str, ...], before: Sequence[Cell]) -> Cell:
    fields = entry.fields(["version", "python"], ["distribution", "with", "environ"])
    version, python = version_of(fields["version"]), python_of(fields["python"])
    alike = [cell for cell in before if is_among(cell.version, [version])]
    if any(cell.python == python for cell in alike):
        raise entry.error(f"{framework} {version} is tested twice on Python {python}: one environment each")
    distribution = distributions[0]
    if "distribution" in fields:
        distribution = fields["distribution"].text()
        if distribution not in distributions:
            raise fields["distribution"].error(
                f"{framework} {version} is tested as {distribution!r}, which is none of its distributions"
            )
    beside = requirements_of(fields["with"], distributions) if "with" in fields else ()
    variables = fields["environ"].table().items() if "environ" in fields else ()
    return Cell(
        f"{framework}-{version}-py{python}" if alike else f"{framework}-{version}",
        framework,
        version,
        python,
        (f"{distribution}=={version}", *beside),
        tuple((name, value.text()) for name, value in variables),
    )


def _core(value: Value) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for entry in value.items():
        fields = entry.fields(["python"], ["with"])
        python = python_of(fields["python"])
        if any(cell.python == python for cell in cells):
            raise entry.error(f"core has two environments for Python {python}: one per Python")
        beside = requirements_of(fields["with"]) if "with" in fields else ()
        cells.append(Cell(f"core-{python}", "", "", python, beside))
    return tuple(cells)
