"""What is left of an event once its secrets are masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fitscribe.capture.masking import mask_encoded, mask_said
from fitscribe.store.values import AsIs, encode

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
