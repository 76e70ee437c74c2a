"""What is left of an event once its secrets are masked."""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from fitscribe.capture.masking import MASK, mask_said, mask_secrets
from fitscribe.capture.secret_names import (
    MIXED,
    can_be_held,
    can_be_secret,
    holds_secrets,
    is_secret_name,
    may_be_of_a_model,
)
from fitscribe.store.values import AsIs, encode

# The log calls of a script are not to wait for more of one text.
_LOOKED_AT = 20_000  # a multiple of four, as base64 is cut there, too
# Without a call: a curve has hundreds.
_NUMBERS = frozenset({float, int, bool, type(None)})
_NAMED = frozenset({"params", "tags", "facts"})
_SAID = {"unseen": "why", "problem": "error"}
# Nothing shorter is a token.
_TOKEN_LENGTH = 20


def masked(event: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields of an event without the secrets that can be told in them.

    Args:
        event: what it is. Of parameters, tags and facts names count, of what was not seen, or went wrong,
            the words; others stay as they are.
        fields: its fields, not encoded yet.
    """
    if event in _NAMED:
        return {**fields, "values": AsIs(mask_encoded(encode(fields["values"])))}
    if event in _SAID:
        return {**fields, _SAID[event]: mask_said(fields[_SAID[event]])}
    return fields


def mask_encoded(data: Any, name: str = "", holder: str = "") -> Any:
    """Return data as the store encodes it with its secrets replaced: told by their names, on every level.

    Of a long text only the beginning is looked through.

    Args:
        data: what :func:`fitscribe.store.values.encode` gave.
        name: what it goes by.
        holder: the name of a mapping around it that says that what it holds is secret.
    """
    if isinstance(data, str):
        if data and is_secret_name(name) and can_be_secret(data, name):
            return MASK
        if holder and can_be_held(data, name, holder):
            return MASK
        return _masked_text(data)
    if isinstance(data, dict):
        if len(data) == 1:
            ((tag, body),) = data.items()
            if tag.startswith("$"):
                return _masked_tag(tag, body, name, holder)
        if name:  # the names of parameters themselves are no data
            data = _masked_names(data)
            if holds_secrets(name):
                holder = name
        return {
            key: each if type(each) in _NUMBERS else mask_encoded(each, key, holder)
            for key, each in data.items()
        }
    if not isinstance(data, list):
        return data
    if data and type(data[0]) is str:
        data = _without_arguments(data)
    return [each if type(each) in _NUMBERS else mask_encoded(each, name, holder) for each in data]


def _masked_text(text: str) -> str:
    if len(text) <= _LOOKED_AT:
        return mask_secrets(text)
    return mask_secrets(text[:_LOOKED_AT]) + text[_LOOKED_AT:]


def _masked_names(data: dict[str, Any]) -> dict[str, Any]:
    """Mask tokens among the names, and the value of what is a name and a value."""
    if any(len(key) >= _TOKEN_LENGTH for key in data):
        data = {mask_secrets(key): each for key, each in data.items()}
    if "value" not in data:
        return data
    name, value = data.get("name", data.get("key")), data["value"]
    if type(name) is type(value) is str and is_secret_name(name) and MIXED.fullmatch(value):
        return {**data, "value": MASK}
    return data


def _masked_tag(tag: str, body: Any, name: str, holder: str) -> Any:
    if tag in ("$bytes", "$bytearray"):
        return _masked_bytes(tag, body, name, holder)
    if tag == "$numpy" and not isinstance(body[1], int | float):
        item = mask_encoded(body[1], name, holder)
        # What is no number any more is no item of its type.
        return item if item == MASK else {tag: [body[0], item]}
    if tag == "$uuid" and is_secret_name(name) and can_be_secret(body, name):
        return MASK
    if tag == "$dict":
        if name and holds_secrets(name):
            holder = name
        return {tag: [_masked_pair(key, each, holder) for key, each in body]}
    if tag in ("$repr", "$subclass"):
        return {tag: [body[0], mask_encoded(body[1], name, holder)]}
    # Others are dates, numbers, and paths: where a secret lies is none.
    return {tag: mask_encoded(body, name, holder) if tag in ("$tuple", "$set", "$frozenset") else body}


def _masked_pair(key: Any, value: Any, holder: str) -> list[Any]:
    return [mask_encoded(key), mask_encoded(value, key if isinstance(key, str) else "", holder)]


def _masked_bytes(tag: str, body: str, name: str, holder: str) -> Any:
    if is_secret_name(name) and not may_be_of_a_model(name):
        return MASK
    text = binascii.a2b_base64(body[:_LOOKED_AT]).decode("latin-1")
    if holder and can_be_held(text, name, holder):
        return MASK
    left = mask_secrets(text)
    if left == text:
        return {tag: body}
    rest = binascii.a2b_base64(body[_LOOKED_AT:])
    return {tag: binascii.b2a_base64(left.encode("latin-1") + rest, newline=False).decode("ascii")}


def _without_arguments(items: list[Any]) -> list[Any]:
    """Mask the values in a command line, and in a pair of a name and a value."""
    if len(items) == 2 and type(items[1]) is str and MIXED.fullmatch(items[1]) and is_secret_name(items[0]):
        return [items[0], MASK]
    left = [*items]
    for place, (item, after) in enumerate(pairwise(items), start=1):
        if (
            type(item) is type(after) is str
            and item[:1] == "-" != after[:1]
            and is_secret_name(item)
            and can_be_secret(after, item)
        ):
            left[place] = MASK
    return left
