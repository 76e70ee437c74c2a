"""The words of a filter, and the error that points into it."""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST_QUERY = 10_000
_SHOWN = 110


class QueryError(ValueError):
    """A filter, or a sort order, that cannot be understood; the message shows the place.

    Attributes:
        problem: what is wrong, and what was expected there.
        query: the whole text.
        position: where in the text, from 0.
        end: where the place ends.
    """

    def __init__(self, problem: str, query: str, position: int, end: int | None = None) -> None:
        self.problem = problem
        self.query = query
        self.position = position
        self.end = end or position + 1
        super().__init__(f"{problem}\n{_pointed_at(query, position, self.end)}")


def _pointed_at(query: str, start: int, end: int) -> str:
    """The query on one line, and a second line with carets below the place."""
    # One character for one, so that the carets stay where they belong.
    line = "".join(each if each.isprintable() else " " for each in query)
    left = max(0, start - _SHOWN // 2) if len(line) > _SHOWN else 0
    shown = line[left : left + _SHOWN]
    width = max(1, min(end, left + len(shown)) - start)
    return f"  {shown}\n  {' ' * (start - left)}{'^' * width}"


class Token(NamedTuple):
    """One word of a query.

    Attributes:
        kind: "word", "number", "text" (in quotes), "name" (in backticks), "symbol" or "end".
        text: what it stands for, without its quotes.
        start: where it begins.
        end: where it ends.
    """

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The token as a keyword is compared: in lower case, and empty for what is no word."""
        return self.text.lower() if self.kind == "word" else ""


# There is no arithmetic, so that names may hold these without quotes: train/accuracy, val-loss, top.5.
_INNER = "[./:@-]+"
PLAIN_NAME = re.compile(rf"\w+(?:{_INNER}\w+)*")
"""A name that needs no quotes after ``params.``"""

_TOKEN = re.compile(
    rf"""
    \s*(?:
      (?P<word>[^\W\d]\w*(?:{_INNER}\w+)*)
    | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-](?:inf|nan)\b)
    | "(?P<double>(?:[^"]|"")*)" | '(?P<single>(?:[^']|'')*)' | `(?P<name>(?:[^`]|``)*)`
    | (?P<symbol>==|!=|<=|>=|<>|[=<>~(),.])
    | (?P<end>\Z)
    )""",
    re.VERBOSE,
)


def tokens_of(query: str) -> list[Token]:
    """Split a query into words.

    Args:
        query: the text.

    Returns:
        Its tokens; the last one is of kind "end".

    Raises:
        QueryError: a quote is not closed, or a character has no meaning here.
    """
    if len(query) > LONGEST_QUERY:
        raise QueryError(f"the filter is longer than {LONGEST_QUERY:,} characters", query, LONGEST_QUERY)
    found: list[Token] = []
    position = 0
    while True:
        match = _TOKEN.match(query, position)
        if match is None:
            raise _no_token(query, position)
        kind, position = match.lastgroup or "end", match.end()
        token = _token(kind, match[kind], match.start(kind), match.end(kind))
        found.append(token)
        if kind == "end":
            return found


def _token(kind: str, text: str, start: int, end: int) -> Token:
    if kind == "double":
        return Token("text", text.replace('""', '"'), start - 1, end + 1)
    if kind == "single":
        return Token("text", text.replace("''", "'"), start - 1, end + 1)
    if kind == "name":
        return Token("name", text.replace("``", "`"), start - 1, end + 1)
    return Token(kind, text, start, end)


def _no_token(query: str, position: int) -> QueryError:
    while query[position].isspace():
        position += 1
    odd = query[position]
    if odd in "\"'`":
        return QueryError(f"this {odd} is never closed", query, position, len(query))
    hint = {"&": "; write and", "|": "; write or", "!": "; write not, or !=", "[": "; write in (…)"}.get(
        odd, ""
    )
    if odd == "-":
        hint = "; a name that ends so goes into backticks"
    return QueryError(f"{odd!r} has no meaning here{hint}", query, position)


class Cursor:
    """A place among the tokens of a query, and the errors that point there."""

    def __init__(self, query: str) -> None:
        self._query = query
        self._tokens = tokens_of(query)
        self._at = 0

    @property
    def next(self) -> Token:
        """The token that is to be read next."""
        return self._tokens[self._at]

    def take(self) -> Token:
        """Read the next token; the end stays the end."""
        token = self._tokens[self._at]
        if token.kind != "end":
            self._at += 1
        return token

    def back(self, token: Token) -> None:
        """Unread the token that was taken last."""
        if token.kind != "end":
            self._at -= 1

    def accept(self, text: str) -> bool:
        """Read the next token if it is this keyword or symbol, and tell whether it was."""
        token = self.next
        found = token.word == text or (token.kind == "symbol" and token.text == text)
        if found:
            self.take()
        return found

    def error(self, problem: str, place: Token | None = None) -> QueryError:
        """An error at a token, the next one by default."""
        token = place or self.next
        return QueryError(problem, self._query, token.start, token.end)

    def expected(self, what: str) -> QueryError:
        """An error that says what should have stood where the next token is."""
        token = self.next
        if token.kind == "end":
            return self.error(f"the text ends where {what} is expected")
        return self.error(f"expected {what}, not {token.text!r}")
