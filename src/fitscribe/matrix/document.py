"""A YAML file as tables and lists that know their lines, so that an error can point at the place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yaml import MappingNode, Node, ScalarNode


class MatrixError(ValueError):
    """A compatibility matrix cannot be read; the message names the file, the line and what is expected."""


class Value:
    """One value of the file.

    Args:
        path: the file, for errors.
        node: what YAML made of it.
        name: for errors, such as ``frameworks.sklearn.supported``; nothing for the whole file.
    """

    def __init__(self, path: Path, node: Node, name: str) -> None:
        self._path = path
        self._node = node
        self.name = name or "the file"
        self._prefix = f"{name}." if name else ""

    def error(self, problem: str) -> MatrixError:
        """An error that points at this value."""
        return MatrixError(f"{self._path}:{self._node.start_mark.line + 1}: {problem}")

    def text(self) -> str:
        """The value as text.

        Raises:
            MatrixError: it is empty, a list or a table.
        """
        from yaml import ScalarNode

        if not isinstance(self._node, ScalarNode) or not self._node.value.strip():
            raise self._unexpected("a value")
        return str(self._node.value).strip()

    def items(self) -> list[Value]:
        """The entries of this list.

        Raises:
            MatrixError: it is no list.
        """
        from yaml import SequenceNode

        if not isinstance(self._node, SequenceNode):
            raise self._unexpected("a list")
        return [
            Value(self._path, node, f"{self.name}[{index}]") for index, node in enumerate(self._node.value)
        ]

    def table(self) -> dict[str, Value]:
        """The entries of this table, whatever their keys.

        Raises:
            MatrixError: it is no table, or a key stands twice.
        """
        return {key.value: value for key, value in self._entries()}

    def fields(self, required: Iterable[str], optional: Iterable[str] = ()) -> dict[str, Value]:
        """The entries of this table, whose keys are known.

        Args:
            required: keys that must be there.
            optional: keys that may be there.

        Raises:
            MatrixError: it is no table, or a key is unknown, missing, or stands twice.
        """
        needed = tuple(required)
        known = (*needed, *optional)
        entries = list(self._entries())
        for key, _ in entries:
            if key.value not in known:
                raise Value(self._path, key, self.name).error(_unknown(key.value, self.name, known))
        found = {key.value: value for key, value in entries}
        for name in needed:
            if name not in found:
                raise self.error(f"{self.name} has no {name!r}, which is required")
        return found

    def _entries(self) -> Iterator[tuple[ScalarNode, Value]]:
        from yaml import ScalarNode

        seen: dict[str, int] = {}
        for key, node in self._mapping().value:
            at = Value(self._path, key, self.name)
            if not isinstance(key, ScalarNode):
                raise at.error(f"a key of {self.name} must be a plain word")
            if key.value in seen:
                raise at.error(f"{key.value!r} stands twice in {self.name}, first in line {seen[key.value]}")
            seen[key.value] = key.start_mark.line + 1
            yield key, Value(self._path, node, f"{self._prefix}{key.value}")

    def _mapping(self) -> MappingNode:
        from yaml import MappingNode

        if not isinstance(self._node, MappingNode):
            raise self._unexpected("a table of `key: value`")
        return self._node

    def _unexpected(self, wanted: str) -> MatrixError:
        from yaml import MappingNode, SequenceNode

        if isinstance(self._node, MappingNode):
            found = "a table"
        elif isinstance(self._node, SequenceNode):
            found = "a list"
        else:
            found = repr(self._node.value) if self._node.value else "nothing"
        return self.error(f"{self.name} must be {wanted}, and is {found}")


def read_document(path: Path) -> Value:
    """Read a YAML file.

    Args:
        path: the file.

    Returns:
        What the file holds; every plain value in it is text, so that 3.10 is not taken for 3.1.

    Raises:
        MatrixError: it cannot be read, is empty, or is not YAML.
    """
    import yaml

    try:
        node = yaml.compose(path.read_text("utf-8"), Loader=yaml.BaseLoader)
    except OSError as error:
        raise MatrixError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise MatrixError(f"{path} is not UTF-8: {error.reason} at byte {error.start}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark is not None else ""
        raise MatrixError(f"{path}{line}: this is not YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise MatrixError(f"{path}: this is not YAML: {error}") from error
    if node is None:
        raise MatrixError(f"{path}:1: the file is empty: it must hold 'frameworks'")
    return Value(path, node, "")


def _unknown(key: str, table: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, known, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"its keys are {', '.join(known)}"
    return f"{table} has no key {key!r}: {hint}"
