"""Framework-neutral facts: data, values, signatures, source, environment, system; loaded when used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fitscribe.capture.command_line import script_parameters
    from fitscribe.capture.data import describe_data
    from fitscribe.capture.example import first_rows
    from fitscribe.capture.host import allowed_environment, environment
    from fitscribe.capture.masking import mask_secrets
    from fitscribe.capture.program import program_name
    from fitscribe.capture.provenance import diff, script_text, source
    from fitscribe.capture.signatures import signature
    from fitscribe.capture.stopping import early_stopping_fact
    from fitscribe.capture.system import read_system
    from fitscribe.capture.targets import describe_target
    from fitscribe.capture.values import plain_value, type_name

__all__ = [
    "allowed_environment",
    "describe_data",
    "describe_target",
    "diff",
    "early_stopping_fact",
    "environment",
    "first_rows",
    "mask_secrets",
    "plain_value",
    "program_name",
    "read_system",
    "script_parameters",
    "script_text",
    "signature",
    "source",
    "type_name",
]

# No module is called as a function is: importing it would put the module in the function's place.
_HOMES = {
    "allowed_environment": "host",
    "describe_data": "data",
    "describe_target": "targets",
    "diff": "provenance",
    "early_stopping_fact": "stopping",
    "environment": "host",
    "first_rows": "example",
    "mask_secrets": "masking",
    "plain_value": "values",
    "program_name": "program",
    "read_system": "system",
    "script_text": "provenance",
    "script_parameters": "command_line",
    "signature": "signatures",
    "source": "provenance",
    "type_name": "values",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fitscribe.capture' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"fitscribe.capture.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
