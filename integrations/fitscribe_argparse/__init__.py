"""The argparse companion of fitscribe: what a script got from its command line.

Parsers that are built on it come along: transformers' HfArgumentParser, simple_parsing, jsonargparse and the
command line interface of Lightning.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable, Mapping
from typing import Any

from fitscribe.engine import Call, Integration, observes

__all__ = ["integration"]

# argparse's own word for an argument that is not there unless it is given.
_SUPPRESS = "==SUPPRESS=="


# Nested: a parser with sub-commands calls theirs.
@observes("argparse:ArgumentParser", id="parse", methods=("parse_args", "parse_known_args"), nested=True)
def parse(call: Call) -> Generator[None, Any, None]:
    """Note the values and the defaults, where it is the script that parses its arguments."""
    from fitscribe.capture import command_line
    from fitscribe.capture.script_code import is_called_by_script, roots_of

    parser = call.instance
    libraries = roots_of(type(parser))
    # tyro has argparse give it texts, and makes values of them itself: its companion sees those.
    if "tyro" in libraries or not is_called_by_script(call.callers(), libraries):
        return
    given = call.arguments.get("args")
    result = yield
    filled = result[0] if isinstance(result, tuple) else result
    names = [action.dest for action in parser._actions]
    values = command_line.held(filled, names) or {}
    words = sys.argv[1:] if given is None else given
    defaults = _defaults(parser, values, words if isinstance(words, (list, tuple)) else ())
    command_line.parsed(parser, values, defaults, command_line.reader(filled, names))


def _defaults(parser: Any, values: Mapping[str, Any], words: Iterable[Any]) -> dict[str, Any]:
    """The parser's defaults by name, read as its ``get_default`` does: that of a subclass may do more."""
    found = dict(parser._defaults)
    for action in parser._actions:
        default = found.get(action.dest) if action.default is None else action.default
        if type(default) is str:
            if default == _SUPPRESS:
                default = None
            elif action.type is not None and not _is_given(action, words):
                # It was converted as if it were given: by code of the script's, perhaps.
                default = values.get(action.dest)
        found[action.dest] = default
    return found


def _is_given(action: Any, words: Iterable[Any]) -> bool:
    """Whether one of the words is, or abbreviates, an option of the action; a positional's cannot be told."""
    names = [str(word).partition("=")[0] for word in words]
    return not action.option_strings or any(
        option == name or (len(name) > 2 and option.startswith(name))
        for option in action.option_strings
        for name in names
    )


integration = Integration("argparse", [parse])
