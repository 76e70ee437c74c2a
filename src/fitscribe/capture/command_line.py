"""The parameters that a script got from its command line or configuration, as they are by now."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from fitscribe.capture.configurations import attributes_of, fields_of, flat
from fitscribe.capture.masking import MASK, mask_secrets
from fitscribe.capture.secret_names import is_secret_name
from fitscribe.capture.values import plain_value

# A program may parse in a loop, each time with a parser of its own.
_MOST_PARSES = 64

Read = Callable[[], Mapping[str, Any] | None]


class _Parse(NamedTuple):
    source: str | weakref.ref[Any]
    values: dict[str, Any]
    defaults: dict[str, Any] | None
    now: Read | None


# The last one comes last. Replaced as a whole, so that other threads may read it meanwhile.
_parses: tuple[_Parse, ...] = ()


def parsed(
    source: Any, values: Mapping[str, Any], defaults: Mapping[str, Any] | None, now: Read | None = None
) -> None:
    """Take note of what a parser gave the script.

    Args:
        source: the parser, which is not kept alive, or a text that stands for it; what the same one gave
            before counts no more.
        values: what it gave, by name; only a plain form of them is kept. Objects that hold configuration,
            such as dataclass instances, are taken apart.
        defaults: the parser's own values for those it knows, by name; None where nobody knows them.
        now: gives the values as they are when a run opens, or None where they are gone. It must keep none of
            them alive. By default they stay as they were.
    """
    global _parses
    known = None if defaults is None else _plain(defaults)
    parse = _Parse(source if isinstance(source, str) else weakref.ref(source), _plain(values), known, now)
    others = [each for each in _parses if not _is_of(each, source)]
    _parses = (*others[1 - _MOST_PARSES :], parse)


def _is_of(parse: _Parse, source: Any) -> bool:
    if isinstance(parse.source, str):
        return isinstance(source, str) and parse.source == source
    return parse.source() is source


def script_parameters() -> tuple[dict[str, Any], set[str] | None]:
    """Return the parameters of the script: what it was started with, and what it has made of that since.

    Where no parse was seen, as recording was switched on after it, configuration objects among the variables
    of the script's functions stand in; see :func:`fitscribe.capture.script_frames.configuration`.

    Returns:
        The values by name, as plain data with secrets masked, and the names of those that differ from the
        parser's defaults; None instead of the names where no defaults are known.
    """
    parses = _parses
    values: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    for parse in parses:
        now = parse.now() if parse.now is not None else None
        values.update(parse.values if now is None else _plain(now))
        defaults.update(parse.defaults or {})
    if not parses:
        from fitscribe.capture.script_frames import configuration

        values = _plain(configuration())
    changed = {name for name in values if name in defaults and _differ(values[name], defaults[name])}
    known = any(parse.defaults is not None for parse in parses)
    return {name: _masked(name, value) for name, value in values.items()}, changed if known else None


def reader(holder: Any, names: Collection[str] = ()) -> Read | None:
    """Return what reads the object that a parser has filled, and does not keep it alive.

    Args:
        holder: a configuration object as :func:`fitscribe.capture.configurations.fields_of` knows them, or
            any other one.
        names: of an object of another kind, the attributes that the parser has set.

    Returns:
        None where the object cannot be referred to weakly.
    """
    try:
        reference = weakref.ref(holder)
    except TypeError:
        return None
    return lambda: held(reference(), names)


def held(holder: Any, names: Collection[str] = ()) -> dict[str, Any] | None:
    """Return what such an object holds by now; of None, nothing.

    Args:
        holder: as above.
        names: as above.
    """
    if holder is None:
        return None
    fields = fields_of(holder)
    if fields is not None:
        return fields
    return {name: value for name, value in attributes_of(holder).items() if name in names}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain_value(value) for name, value in flat(values).items()}


def _differ(value: Any, default: Any) -> bool:
    if value is default or value == default:
        return False
    if isinstance(default, str) and isinstance(value, (int, float)):
        try:
            return float(default) != value
        except ValueError:
            return str(value).lower() != default.lower()
    return str(value) != str(default)


def _masked(name: str, value: Any) -> Any:
    if is_secret_name(name, strict=True) and value not in (None, "", True, False):
        return MASK
    if isinstance(value, str):
        return mask_secrets(value)
    if type(value) in (list, tuple):
        return type(value)(_masked("", each) for each in value)
    if type(value) is dict:
        return {key: _masked(str(key), each) for key, each in value.items()}
    return value
