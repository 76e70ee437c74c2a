"""What a script gives to a summary writer, TensorBoard's of torch or of tensorboardX alike."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from functools import partial
from typing import Any

from fitscribe.capture.values import plain_value
from fitscribe.tracking.reporting import Reporter, Target, report
from fitscribe.tracking.scalars import device_of, scalar
from fitscribe.tracking.weakly import WeakTable

_PNG = b"\x89PNG"
_MOST_FILES = 1_000
_LARGEST_FILE = 5 << 20
_NO_STEP = 1 << 63
_NOT_A_FILE = {"histo": "histograms", "audio": "audio"}


def scalar_added(writer: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Take what ``add_scalar`` was called with."""
    if len(args) == 3:
        tag, value, step = args
    else:
        tag, value, step = _given(args, kwargs, ("tag", "scalar_value", "global_step"))
    number = scalar(value)
    if number is None and getattr(_made, "tag", None) == tag:
        number, _made.tag = _made.value, None  # the writer has waited for the device already
    if number is not None:
        report(partial(_points, _reporter(writer), {str(tag): number}, _step(step)))


def scalars_added(writer: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Take what ``add_scalars`` was called with."""
    main, values, step = _given(args, kwargs, ("main_tag", "tag_scalar_dict", "global_step"))
    if not isinstance(values, dict):
        return
    found = {}
    for name, value in values.items():
        number = scalar(value)
        if number is not None:
            found[f"{main}/{name}"] = number
        elif device_of(value):
            _reporter(writer).device(f"{main}/{name}", value, _step(step))
    report(partial(_points, _reporter(writer), found, _step(step)))


def parameters_added(
    writer: Any, parameters: Mapping[str, Any], metrics: Mapping[str, Any], step: Any
) -> None:
    """Take what ``add_hparams`` was called with: parameters of the run, and metrics."""
    plain = {str(name): _plain(value) for name, value in parameters.items()}
    report(partial(_parameters, plain))
    found = {str(name): number for name, value in metrics.items() if (number := scalar(value)) is not None}
    report(partial(_points, _reporter(writer), found, _step(step)))


def summary_made(file_writer: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Take what a writer has made of a call: pictures, texts, and numbers that it read off a device."""
    values = getattr(args[0] if args else kwargs.get("summary"), "value", None)
    if values is None or len(values) != 1:
        return
    (made,) = values
    kind = made.WhichOneof("value")
    if kind == "simple_value":
        _made.tag, _made.value = made.tag, made.simple_value
    elif kind == "image":
        content = made.image.encoded_image_string
        if content[:4] == _PNG:
            report(partial(_file, _reporter(file_writer), made.tag, ".png", "figure", content))
    elif kind == "tensor" and made.metadata.plugin_data.plugin_name == "text":
        content = b"\n".join(made.tensor.string_val)
        report(
            partial(
                _file, _reporter(file_writer), made.tag.removesuffix("/text_summary"), ".txt", "text", content
            )
        )
    elif kind in _NOT_A_FILE:
        report(partial(_left_out, _reporter(file_writer), _NOT_A_FILE[kind]))


def _given(args: tuple[Any, ...], kwargs: Mapping[str, Any], names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(
        args[position] if position < len(args) else kwargs.get(name) for position, name in enumerate(names)
    )


def _step(step: Any) -> int | None:
    """The step as the writer takes it: a whole number."""
    if step is None:
        return None
    number = step if type(step) is int else scalar(step)
    return int(number) if number is not None and abs(number) < _NO_STEP else None


def _plain(value: Any) -> Any:
    number = None if type(value) in (bool, int, str) else scalar(value)
    return plain_value(value) if number is None else number


def _reporter(writer: Any) -> Reporter:
    found = _writers.get(writer)
    if found is None:
        folder = os.fspath(writer.logdir if hasattr(writer, "logdir") else writer.get_logdir())
        found = Reporter(("writer", folder), os.path.basename(os.path.normpath(folder)) or "writer")
        _writers.set(writer, found)
    return found


def _points(reporter: Reporter, values: Mapping[str, float], step: int | None, to: Target) -> None:
    reporter.points(to, values, step)


def _parameters(values: Mapping[str, Any], to: Target) -> None:
    known = to.run.params
    # What the training itself says of its parameters stands beside what the script calls by the same name.
    new = {
        name if name not in known else f"hparams/{name}": value
        for name, value in values.items()
        if name not in known or known[name] != value
    }
    if new:
        to.run.log_params(new)


def _file(reporter: Reporter, tag: str, ending: str, kind: str, content: bytes, to: Target) -> None:
    run = to.run
    number = _files.get(run) or 0
    if number >= _MOST_FILES or len(content) > _LARGEST_FILE:
        why = f"the run has had {_MOST_FILES}" if number >= _MOST_FILES else "larger than 5 MB"
        reporter.unseen(run, f"pictures and texts of a summary writer, {why}", why)
        return
    _files.set(run, number + 1)
    name = reporter.name_in(run, f"{tag.strip('/')}{ending}")
    if name:
        run._write(name, ending, kind, content)


def _left_out(reporter: Reporter, what: str, to: Target) -> None:
    reporter.unseen(to.run, f"{what} of a summary writer", "fitscribe does not record them")


# By a writer, or by one of the writers of files within it.
_writers: WeakTable[Reporter] = WeakTable()
_files: WeakTable[int] = WeakTable()
# The number that a writer has made of what it was given, in this thread.
_made = threading.local()
