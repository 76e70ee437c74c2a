"""What differs between runs, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from fitscribe.reading.bare_code import is_switched_on_alone, without_switch
from fitscribe.reading.plain_data import plain_data
from fitscribe.reading.run import Run
from fitscribe.reading.series_names import is_duration, is_speed
from fitscribe.reading.snapshot import Snapshot, decoded

# What these say is different each time, as the time is.
_SYSTEM = "system/"
_OWN_VARIABLES = "FITSCRIBE_"

Differences = dict[str, dict[str, Any]]
"""By name, the value of each run by its id; a run that has no such value is left out."""


@dataclass(frozen=True)
class Comparison:
    """What differs between runs; times, speeds, costs and the system's series are not compared.

    Each section maps a name to the values of the runs by their ids. Names of what lies deeper are joined by
    dots: ``train.shape``, ``git.commit``.

    Attributes:
        run_ids: the runs, in the order given.
        run: name, experiment, status, framework and its version, notes.
        params: parameters.
        metrics: last values.
        tags: tags.
        facts: what the fitted objects say of themselves.
        datasets: by role: container, shape, columns, types, missing values, fingerprint.
        signature: columns and types that the models take and give.
        environment: Python, platform, machine, environment variables.
        packages: versions of the distributions in use.
        source: script, arguments, commit, branch, uncommitted changes; the code of a script that git does not
            have, without blank lines. Statements that only switch fitscribe on are in neither.
    """

    run_ids: tuple[str, ...]
    run: Differences = field(default_factory=dict)
    params: Differences = field(default_factory=dict)
    metrics: Differences = field(default_factory=dict)
    tags: Differences = field(default_factory=dict)
    facts: Differences = field(default_factory=dict)
    datasets: Differences = field(default_factory=dict)
    signature: Differences = field(default_factory=dict)
    environment: Differences = field(default_factory=dict)
    packages: Differences = field(default_factory=dict)
    source: Differences = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any(self.sections().values())

    def sections(self) -> dict[str, Differences]:
        """The differences by section, in the order in which they are worth reading."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "run_ids"}

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for strict JSON: ``runs``, then the sections, empty where nothing differs."""
        return {"runs": list(self.run_ids), **plain_data(self.sections())}


def compare(runs: Iterable[Run]) -> Comparison:
    """Compare runs.

    Args:
        runs: two or more; one that is given twice counts once.

    Returns:
        What differs. Two runs that differ only in time give a comparison that is false.

    Raises:
        ValueError: these are fewer than two runs.
    """
    chosen = list({run.id: run for run in runs}.values())
    if len(chosen) < 2:
        raise ValueError("comparing takes two different runs or more")
    described = {run.id: _describe(run) for run in chosen}
    sections = {
        name: _differences({run_id: sections[name] for run_id, sections in described.items()})
        for name in described[chosen[0].id]
    }
    return Comparison(tuple(described), **sections)


def _differences(values: Mapping[str, Mapping[str, Any]]) -> Differences:
    """The names under which not all runs have the same encoded value."""
    found: Differences = {}
    for name in dict.fromkeys(name for each in values.values() for name in each):
        keys = [_key(each[name]) if name in each else None for each in values.values()]
        if any(key != keys[0] for key in keys):
            found[name] = {run_id: decoded(each[name]) for run_id, each in values.items() if name in each}
    return found


def _key(data: Any) -> Any:
    """What equal values have in common: 1 is 1.0, with or without NumPy, and NaN is NaN."""
    if isinstance(data, int | float) and not isinstance(data, bool):
        return ("number", data)
    if isinstance(data, dict) and data.keys() == {"$numpy"}:
        body = data["$numpy"]
        if isinstance(body, list) and len(body) == 2 and not str(body[0]).startswith(("m8", "M8")):
            return _key(body[1])
    try:
        return ("text", json.dumps(data, sort_keys=True))
    except RecursionError:  # nested as deeply as JSON allows: the same only as itself
        return ("object", id(data))


def _describe(run: Run) -> dict[str, dict[str, Any]]:
    """What is compared, section by section; values are encoded, so that equal ones look the same."""
    seen = run.snapshot()
    environment = dict(run.environment)
    packages = environment.pop("distributions", None)
    variables = environment.pop("variables", None)
    if isinstance(variables, dict):
        environment.update(
            (name, value) for name, value in variables.items() if not name.startswith(_OWN_VARIABLES)
        )
    signature = next((each.signature for each in reversed(seen.records) if each.signature), {})
    return {
        "run": _of_run(run, seen),
        "params": seen.encoded("params"),
        "metrics": {
            name: _number(each.last)
            for name, each in seen.summaries.items()
            if not (name.startswith(_SYSTEM) or is_speed(name) or is_duration(name))
        },
        "tags": seen.own.tags,
        "facts": {name: each for name, each in seen.encoded("facts").items() if not is_duration(name)},
        "datasets": _flat(_by_role(seen)),
        "signature": _flat(signature),
        "environment": _flat(environment),
        "packages": packages if isinstance(packages, dict) else {},
        "source": _flat(_source(run)),
    }


def _source(run: Run) -> dict[str, Any]:
    source = dict(run.source)
    if "code" in source:
        source["code"] = without_switch(str(source["code"]))
    if is_switched_on_alone(str(source.get("diff", ""))):
        del source["diff"]
        if isinstance(source.get("git"), dict):
            source["git"] = {**source["git"], "dirty": False}
    return source


def _of_run(run: Run, seen: Snapshot) -> dict[str, Any]:
    facts = {
        "name": run.name,
        "experiment": run.experiment,
        "status": run.status,
        "framework": run.framework,
        "framework_version": run.framework_version,
        "notes": run.notes,
    }
    return {name: value for name, value in facts.items() if value}


def _by_role(seen: Snapshot) -> dict[str, Any]:
    """The descriptions of datasets by role; further ones of a role are numbered."""
    found: dict[str, Any] = {}
    for dataset in seen.encoded_datasets:
        role = str(dataset.get("role") or "data")
        number = 1
        name = role
        while name in found:
            number += 1
            name = f"{role} {number}"
        found[name] = dataset.get("description")
    return found


def _flat(data: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in data.items():
        if (
            isinstance(value, dict)
            and not any(str(key).startswith("$") for key in value)
            and before.count(".") < 5
        ):
            found.update(_flat(value, f"{before}{name}."))
        else:
            found[before + name] = value
    return found


def _number(value: float) -> Any:
    return value if value - value == 0 else {"$float": repr(value)}
