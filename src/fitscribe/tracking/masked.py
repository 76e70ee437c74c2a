"""What is left of an event once its secrets are masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fitscribe.capture.masking import MASK, mask_said, mask_secrets
from fitscribe.capture.secret_names import can_be_secret, is_secret_name, may_be_of_a_model
from fitscribe.store.values import AsIs, encode

# The log calls of a script are not to wait for more of one text.
_LOOKED_AT = 20_000
# Without a call: a curve has hundreds.
_NUMBERS = frozenset({float, int, bool, type(None)})
_NAMED = frozenset({"params", "tags", "facts"})
_SAID = {"unseen": "why", "problem": "error"}


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


def mask_encoded(data: Any, name: str = "") -> Any:
    """Return data as the store encodes it with its secrets replaced: told by their names, on every level.

    Of a long text only the beginning is looked through.

    Args:
        data: what :func:`fitscribe.store.values.encode` gave.
        name: what it goes by.
    """
    if isinstance(data, str):
        if data and is_secret_name(name) and can_be_secret(data, name):
            return MASK
        return mask_secrets(data[:_LOOKED_AT]) + data[_LOOKED_AT:]
    if isinstance(data, list):
        return [each if type(each) in _NUMBERS else mask_encoded(each, name) for each in data]
    if not isinstance(data, dict):
        return data
    tag = next(iter(data), "")
    if len(data) != 1 or not tag.startswith("$"):
        return {
            key: each if type(each) in _NUMBERS else mask_encoded(each, key) for key, each in data.items()
        }
    body = data[tag]
    if tag in ("$bytes", "$bytearray") and is_secret_name(name) and not may_be_of_a_model(name):
        return MASK
    if tag == "$path":
        return data  # where a secret lies is none
    if tag == "$dict":
        return {tag: [[key, mask_encoded(each, key if isinstance(key, str) else "")] for key, each in body]}
    if tag in ("$repr", "$subclass"):
        return {tag: [body[0], mask_encoded(body[1], name)]}
    return {tag: mask_encoded(body, name)} if tag in ("$tuple", "$set", "$frozenset") else data
