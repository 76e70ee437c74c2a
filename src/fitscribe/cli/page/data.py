"""What the run was trained on and what came out: datasets, signature, models, artifacts, facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fitscribe.cli.find import SHORT_ID
from fitscribe.cli.page.checkpoints import KINDS, print_checkpoints, print_kept_checkpoints
from fitscribe.cli.page.modules import print_sizes
from fitscribe.cli.page.numbers import print_pairs
from fitscribe.cli.page.parts import part
from fitscribe.cli.screen import Screen, joined
from fitscribe.cli.table import Cell, Column, table
from fitscribe.cli.text import listing, number, plural, shape, shortened, size
from fitscribe.reading.directions import FACT, RANKED_BY
from fitscribe.reading.progress import COUNTS, PLANNED, progress
from fitscribe.reading.stored_numbers import real, whole
from fitscribe.reading.text import plain_text

if TYPE_CHECKING:
    from fitscribe.reading import Run

_CLASSES_SHOWN = 6
_COLUMNS_SHOWN = 6
_FIELDS_SHOWN = 8
_FINGERPRINT = 8


def print_data(screen: Screen, run: Run, *, full: bool) -> None:
    """Print datasets, signature, models, checkpoints, artifacts and fitted facts."""
    with part(screen, "the data"):
        _print_datasets(screen, run.datasets, full=full)
    with part(screen, "the signature"):
        _print_signature(screen, run.signature, full=full)
    with part(screen, "the models"):
        _print_models(screen, run)
    with part(screen, "the checkpoints"):
        print_checkpoints(screen, run, full=full)
    with part(screen, "the artifacts"):
        _print_artifacts(screen, run)
    with part(screen, "the fitted facts"):
        _print_facts(screen, run, full=full)


def _print_facts(screen: Screen, run: Run, *, full: bool) -> None:
    facts = dict(run.facts)
    facts.pop("early_stopping", None)
    for name in (FACT, RANKED_BY):  # they say which of the values that are shown are the best
        facts.pop(name, None)
    if print_sizes(screen, facts, full=full):
        for name in ("modules", "parameters", "trainable_parameters"):
            facts.pop(name)
    if print_kept_checkpoints(screen, run, facts.get("checkpoints"), full=full):
        facts.pop("checkpoints")
    if not full and progress(run.snapshot()):  # the head of the page says it
        facts = {name: each for name, each in facts.items() if name not in (*COUNTS, PLANNED)}
    if not facts.get("varying"):  # a loop whose trainings do not differ
        facts.pop("varying", None)
    if facts:
        screen.heading("Fitted")
        print_pairs(screen, facts, full=full)


def _print_datasets(screen: Screen, datasets: Sequence[Mapping[str, Any]], *, full: bool) -> None:
    if not datasets:
        return
    screen.heading("Data")
    rows: list[list[Cell]] = []
    for dataset in datasets:
        description = dataset.get("description") or {}
        role = str(dataset.get("role") or "")
        rows.append([joined((role, "bold")), _what(description), joined((_fingerprint(description), "dim"))])
        rows += [["", each, ""] for each in _details(description, full=full)]
        target = description.get("target")
        if target:
            rows.append(["  target", _what(target), joined((_fingerprint(target), "dim"))])
            rows += [["", each, ""] for each in _details(target, full=full)]
    columns = [Column("", shrinks=False), Column(""), Column("", shrinks=False)]
    width = None if full else screen.width
    screen.lines(table(columns, rows, width=width, indent=2, titles=False))


def _what(description: Mapping[str, Any]) -> str:
    container = str(description.get("container", "")).rpartition(".")[2]
    parts = [f"{container} {shape(description.get('shape'))}".strip()]
    if description.get("name"):
        parts.insert(0, str(description["name"]))
    types = description.get("dtypes") or ([description["dtype"]] if description.get("dtype") else [])
    if types:
        counts = Counter(map(str, types)).most_common()
        parts.append(listing((kind if len(counts) == 1 else f"{count} {kind}" for kind, count in counts), 4))
    density = real(description.get("density"))
    if density is not None:
        parts.append(f"sparse, {density:.2%} filled")
    if description.get("bytes") is not None:
        parts.append(size(description["bytes"]))
    return ", ".join(part for part in parts if part)


def _details(description: Mapping[str, Any], *, full: bool) -> list[str]:
    """What is worth a line of its own: holes, classes, range, and why there is no more."""
    found = []
    if description.get("missing"):
        by_column = description.get("missing_by_column") or {}
        where = listing((f"{name} {count:,}" for name, count in by_column.items()), 10_000 if full else 4)
        found.append(f"{description['missing']:,} missing" + (f": {where}" if where else ""))
    if description.get("classes"):
        found.append(_balance(description["classes"], full=full))
    if description.get("distinct"):
        found.append(f"{description['distinct']:,} different labels")
    if description.get("min") is not None and description.get("max") is not None:
        mean = f", mean {number(description['mean'])}" if description.get("mean") is not None else ""
        found.append(f"from {number(description['min'])} to {number(description['max'])}{mean}")
    if description.get("not_read"):
        found.append(f"not read: {description['not_read']}")
    if full and description.get("columns"):
        found.append("columns " + ", ".join(map(str, description["columns"])))
    return found


def _balance(classes: Mapping[str, int], *, full: bool) -> str:
    counts = {label: count for label, each in classes.items() if (count := whole(each)) is not None}
    if len(counts) < len(classes):
        raise ValueError("a class without a number")
    total = sum(counts.values())
    shares = [f"{label}: {count:,} ({count / total:.0%})" for label, count in counts.items()]
    return f"{plural(len(classes), 'class', 'classes')}: " + listing(
        shares, 10_000 if full else _CLASSES_SHOWN
    )


def _fingerprint(description: Mapping[str, Any]) -> str:
    return str(description.get("fingerprint") or "")[:_FINGERPRINT]


def _print_signature(screen: Screen, signature: Mapping[str, Any] | None, *, full: bool) -> None:
    if not signature:
        return
    screen.heading("Signature")
    rows = [
        [side, _specification(signature[key], full=full)]
        for side, key in (("in", "inputs"), ("out", "outputs"))
        if signature.get(key)
    ]
    if isinstance(signature.get("batch"), Mapping):
        rows += _batch(signature["batch"], full=full)
    width = None if full else screen.width
    screen.lines(table([Column(""), Column("")], rows, width=width, indent=2, titles=False))


def _specification(specification: Any, *, full: bool) -> str:
    if isinstance(specification, Mapping):
        dimensions = ["n" if each is None else each for each in specification.get("shape") or ()]
        notes = [word for word in ("sparse", "missing") if specification.get(word)]
        return " ".join([shape(dimensions), str(specification.get("type", "")), *notes]).strip()
    fields = [
        _field(field)  # one of several tensors
        if "shape" in field
        else f"{field.get('name')}: {field.get('type')}{'?' if field.get('missing') else ''}"
        for field in specification
    ]
    if full or len(fields) <= _COLUMNS_SHOWN:
        return ", ".join(fields)
    return f"{plural(len(fields), 'column')}: " + ", ".join(fields[: _COLUMNS_SHOWN // 2]) + ", …"


def _batch(batch: Mapping[str, Any], *, full: bool) -> list[list[str]]:
    """What a batch is, and below it what is in it, with ``n`` for the dimension of the samples."""
    fields = batch.get("fields") or ()
    shown = fields if full else fields[:_FIELDS_SHOWN]
    container = str(batch.get("container", "")).rpartition(".")[2]
    samples = whole(batch.get("batch_size"))
    first = container if samples is None else f"{container} of {samples:,}"
    alone = len(shown) == 1 and not shown[0].get("name")
    rows = [["batch", f"{first}: {_field(shown[0])}" if alone else first]]
    rows += [["", f"  {_field(field)}"] for field in ([] if alone else shown)]
    if len(fields) > len(shown):
        rows.append(["", f"  {len(fields) - len(shown)} more with --full"])
    if batch.get("cut"):
        rows.append(["", "  and more, not described"])
    return rows


def _field(field: Mapping[str, Any]) -> str:
    name = f"{field['name']}: " if field.get("name") else ""
    return f"{name}{_specification(field, full=True)}"


def _print_models(screen: Screen, run: Run) -> None:
    if not run.models:
        return
    screen.heading("Model" if len(run.models) == 1 else "Models")
    rows: list[list[Cell]] = []
    for model in run.models:
        name = str(model.get("name") or "model")
        call = (
            f'fitscribe.load_model("{run.id[:SHORT_ID]}")' if name == "model" else f'run.load_model("{name}")'
        )
        rows.append([name, f"{model.get('format', '')}, {size(model.get('size'))}", joined((call, "dim"))])
        if model.get("type"):
            rows.append(["", str(model["type"]), ""])
    screen.lines(
        table(
            [Column(""), Column(""), Column("", shrinks=False)],
            rows,
            width=screen.width,
            indent=2,
            titles=False,
        )
    )


def _print_artifacts(screen: Screen, run: Run) -> None:
    artifacts = [each for each in run.artifacts if plain_text(each.get("kind")) not in KINDS]
    if not artifacts:
        return
    place = str(run.path / "artifacts")
    room = screen.prose_width - len("Artifacts  ")
    screen.heading("Artifacts", shortened(place, room) if screen.width else place)
    rows: list[list[Cell]] = [
        [
            str(artifact.get("name", "")),
            joined((str(artifact.get("kind", "")), "dim")),
            "data" if "data" in artifact else size(artifact.get("size")),
        ]
        for artifact in artifacts
    ]
    columns = [Column(""), Column("", shrinks=False), Column("", right=True, shrinks=False)]
    screen.lines(table(columns, rows, width=screen.width, indent=2, titles=False))
