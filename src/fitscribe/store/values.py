"""Python values as strict JSON, and back.

What JSON lacks is an object with one key that starts with "$": `{"$tuple": [1, 2]}`. Reading builds only the
types listed here, imports nothing that a file names, and never fails on a tag it does not know.
"""

from __future__ import annotations

import binascii
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from fitscribe.store.plain import text_of
from fitscribe.store.repeats import Walk

Json: TypeAlias = Any
"""None, bool, int, float, str, or lists and string-keyed dicts of those."""

_MAX_DEPTH = 60
_REPEATS = 100_000
_ARRAY_ITEMS = 100_000
_LEAST, _MOST = -(1 << 63), (1 << 64) - 1
_CONTAINERS = (list, dict, tuple, set, frozenset)
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_FRACTION = re.compile(r"-?[0-9]+(/[0-9]+)?")
_NUMPY_KINDS = "biufcSUMm"
_NUMPY_NAME = re.compile(r"bool|(u?int|float|complex)[0-9]+|[SU]|[Mm]8(\[[0-9]*[a-zA-Zμ]+\])?")


class Opaque:
    """A value that was kept as its type and its `repr` because JSON and the tags cannot hold it.

    Attributes:
        type: dotted name of the original type.
        text: the original's `repr`, without memory addresses.
    """

    __slots__ = ("text", "type")

    def __init__(self, type: str, text: str) -> None:  # noqa: A002 - the word of the docs
        self.type = type
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Opaque) and (self.type, self.text) == (other.type, other.text)

    def __hash__(self) -> int:
        return hash((self.type, self.text))


class AsIs:
    """The value of a field that is strict JSON data already, as one that many events have in common.

    Attributes:
        data: the data.
    """

    __slots__ = ("data",)

    def __init__(self, data: Json) -> None:
        self.data = data


def encode(value: object) -> Json:
    """Return `value` as strict JSON data; never raises for an `Exception` of the value's own methods."""
    return _encode(value, None)


def encode_fields(fields: Mapping[str, object]) -> dict[str, Json]:
    """Return the fields of an event with each value as `encode` has it; their names are Python's."""
    return {
        name: value.data
        if type(value) is AsIs
        else (value if type(value) is str or value is None else _encode(value, None))
        for name, value in fields.items()
    }


def decode(data: Json) -> Any:
    """Return the Python value that `encode` was given, or an `Opaque` where only its `repr` was kept."""
    if isinstance(data, list):
        return [decode(item) for item in data]
    if isinstance(data, dict):
        if len(data) == 1:
            ((tag, body),) = data.items()
            if tag.startswith("$"):
                return _decode_tag(tag, body)
        return {key: decode(item) for key, item in data.items()}
    return data


def _name_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _encode(value: Any, walk: Walk | None) -> Json:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is int:
        # Beyond 64 bits other readers lose digits, and Python refuses to print very long ones.
        return value if _LEAST <= value <= _MOST else {"$int": hex(value)}
    if kind is float:
        return value if value - value == 0.0 else {"$float": repr(value)}
    if (kind is list or kind is dict) and not value:
        return kind()
    if walk is None:
        walk = Walk(_REPEATS)
    try:
        if isinstance(value, _CONTAINERS):
            return _encode_container(value, kind, walk)
        return _encode_other(value, kind, walk)
    except Exception as error:
        from fitscribe.engine import is_from_outside  # what reads a store needs no engine

        if is_from_outside(error):
            raise
        return _opaque(value)  # a user's type may raise anything from any method: its repr can be kept


def _encode_container(value: Any, kind: type, walk: Walk) -> Json:
    if len(walk.around) > _MAX_DEPTH or not walk.goes_on(value):
        return {"$repr": [_name_of(kind), "..."]}  # its repr may take as long as going on would
    walk.around.append(id(value))
    try:
        if kind is dict:
            return _encode_dict(value.items(), walk)
        return _encode_other(value, kind, walk)
    finally:
        walk.around.pop()


def _encode_other(value: Any, kind: type, walk: Walk) -> Json:
    if kind is list:
        return _encode_items(value, walk)
    if kind is tuple:
        return {"$tuple": _encode_items(value, walk)}
    if kind is set or kind is frozenset:
        # Sets have no order of their own: sorted by text, so that equal sets make equal records.
        items = sorted((_encode(item, walk) for item in value), key=text_of)
        return {"$set" if kind is set else "$frozenset": items}
    if kind is bytes or kind is bytearray:
        return {f"${kind.__name__}": binascii.b2a_base64(value, newline=False).decode("ascii")}
    if kind is complex:
        return {"$complex": [_encode(value.real, walk), _encode(value.imag, walk)]}
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, getattr(numpy, "generic", ())):
        return _encode_numpy(value)
    encoder = _library_encoder(kind)
    if encoder is not None:
        return {encoder[0]: encoder[1](value)}
    path = _encode_path(value)
    if path is not None:
        return path
    base = _encode_base(value, walk)
    return _opaque(value) if base is None else {"$subclass": [_name_of(kind), base]}


def _encode_items(items: Iterable[Any], walk: Walk) -> list[Json]:
    # Numbers and names without a call: a curve has hundreds.
    return [
        item if (type(item) is float and item - item == 0.0) or type(item) is str else _encode(item, walk)
        for item in items
    ]


def _encode_dict(items: Iterable[tuple[Any, Any]], walk: Walk) -> Json:
    pairs = list(items)
    encoded: dict[str, Json] = {}
    for place, (key, item) in enumerate(pairs):
        kind = type(item)
        if type(key) is not str or key.startswith("$"):
            rest = ([_encode(key, walk), _encode(item, walk)] for key, item in pairs[place:])
            return {"$dict": [*map(list, encoded.items()), *rest]}
        # Leaves without a call: a run has many more parameters than anything else.
        is_leaf = (
            kind is str
            or item is None
            or kind is bool
            or (kind is int and _LEAST <= item <= _MOST)
            or (kind is float and item - item == 0.0)
        )
        encoded[key] = item if is_leaf else _encode(item, walk)
    return encoded


def _encode_base(value: Any, walk: Walk) -> Json | None:
    """Encode an instance of a subclass by what its builtin base holds, past any method it overrides."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return _encode(int.__index__(value), walk)
    if isinstance(value, float):
        return _encode(float.__float__(value), walk)
    if isinstance(value, list):
        return [_encode(item, walk) for item in list.__iter__(value)]
    if isinstance(value, tuple):
        return {"$tuple": [_encode(item, walk) for item in tuple.__iter__(value)]}
    if isinstance(value, dict):
        return _encode_dict(dict.items(value), walk)
    return None


def _encode_numpy(value: Any) -> Json:
    dtype = value.dtype
    if dtype.kind not in _NUMPY_KINDS:
        return _opaque(value)
    if dtype.kind in "Mm":
        # The count since the epoch is exact and also holds NaT; text would need a parser.
        return {"$numpy": [dtype.str[1:], int(value.view("i8"))]}
    name = dtype.name if dtype.kind in "biufc" else dtype.kind
    item = value.item()
    if type(item) is type(value):  # longdouble: Python has nothing as wide
        return {"$numpy": [name, str(value)]}
    return {"$numpy": [name, _encode(item, None)]}


def _library_encoder(kind: type) -> tuple[str, Callable[[Any], Json]] | None:
    module, name = kind.__module__, kind.__name__
    if module == "datetime":
        if name in ("date", "datetime", "time"):
            return f"${name}", lambda value: value.isoformat()
        if name == "timedelta":
            return "$timedelta", lambda value: [value.days, value.seconds, value.microseconds]
    if (module, name) in (("decimal", "Decimal"), ("uuid", "UUID"), ("fractions", "Fraction")):
        return f"${name.lower()}", str
    return None


def _encode_path(value: Any) -> Json | None:
    pathlib = sys.modules.get("pathlib")
    if pathlib is None or not isinstance(value, pathlib.PurePath):
        return None
    flavour = "windows" if isinstance(value, pathlib.PureWindowsPath) else "posix"
    pure = "" if isinstance(value, pathlib.Path) else "pure "
    return {"$path": [pure + flavour, str(value)]}


def _opaque(value: object) -> Json:
    if isinstance(value, Opaque):
        return {"$repr": [value.type, value.text]}
    try:
        text = _ADDRESS.sub("", _whole_repr(value))
    except Exception as error:  # a broken or endless repr must not lose the other values beside it
        text = f"<{type(value).__qualname__} whose repr raised {type(error).__name__}>"
    return {"$repr": [_name_of(type(value)), text]}


def _whole_repr(value: Any) -> str:
    """The `repr`, of an array with all its items, which NumPy's own leaves out beyond a thousand."""
    numpy = sys.modules.get("numpy")
    if numpy is None or type(value) is not numpy.ndarray or value.size > _ARRAY_ITEMS:
        return str(repr(value))
    items = numpy.array2string(value, separator=", ", threshold=sys.maxsize, max_line_width=sys.maxsize)
    return f"array({items}, dtype={value.dtype})"


def _decode_tag(tag: str, body: Json) -> Any:
    try:
        decoder = _DECODERS.get(tag)
        if decoder is not None:
            return decoder(body)
    except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError):
        return Opaque(tag, str(body))  # a damaged value, shown as it lies in the file
    return Opaque(tag, str(body))


def _decode_numpy(body: Json) -> Any:
    name, item = body
    if not (isinstance(name, str) and _NUMPY_NAME.fullmatch(name)):
        raise ValueError(name)
    value = decode(item)
    try:
        import numpy
    except ImportError:
        return value
    dtype = numpy.dtype(name)
    if dtype.kind not in _NUMPY_KINDS:
        raise ValueError(name)
    if dtype.kind in "Mm":
        return numpy.int64(value).view(dtype)
    if dtype.kind == "S" and not isinstance(value, bytes):
        raise ValueError(value)  # of a number NumPy makes as many zeros
    return dtype.type(value)


def _decode_path(body: Json) -> Any:
    import os
    import pathlib

    flavour, text = body
    if flavour == ("windows" if os.name == "nt" else "posix"):
        return pathlib.Path(text)
    return pathlib.PureWindowsPath(text) if flavour.endswith("windows") else pathlib.PurePosixPath(text)


def _decode_date(kind: str) -> Callable[[Json], Any]:
    def build(body: Json) -> Any:
        import datetime

        if kind == "timedelta":
            return datetime.timedelta(*body)
        return getattr(datetime, kind).fromisoformat(body)

    return build


def _decode_decimal(body: Json) -> Any:
    from decimal import Decimal

    return Decimal(body)


def _decode_uuid(body: Json) -> Any:
    from uuid import UUID

    return UUID(body)


def _decode_fraction(body: Json) -> Any:
    from fractions import Fraction

    if not _FRACTION.fullmatch(body):
        raise ValueError(body)  # of 1e999999999 it would take the power
    return Fraction(body)


_DECODERS: dict[str, Callable[[Json], Any]] = {
    "$float": float,
    "$int": lambda body: int(body, 16),
    "$tuple": lambda body: tuple(map(decode, body)),
    "$set": lambda body: set(map(decode, body)),
    "$frozenset": lambda body: frozenset(map(decode, body)),
    "$dict": lambda body: {decode(key): decode(item) for key, item in body},
    "$bytes": binascii.a2b_base64,
    "$bytearray": lambda body: bytearray(binascii.a2b_base64(body)),
    "$complex": lambda body: complex(*map(decode, body)),
    "$numpy": _decode_numpy,
    "$path": _decode_path,
    "$date": _decode_date("date"),
    "$datetime": _decode_date("datetime"),
    "$time": _decode_date("time"),
    "$timedelta": _decode_date("timedelta"),
    "$decimal": _decode_decimal,
    "$uuid": _decode_uuid,
    "$fraction": _decode_fraction,
    "$subclass": lambda body: decode(body[1]),
    "$repr": lambda body: Opaque(str(body[0]), str(body[1])),
}
