"""Parts of a page, each of which is shown whatever the files say in the others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fitscribe.cli.screen import Screen, joined
from fitscribe.engine.guard import reraises

# What a value raises that is not what fitscribe writes: a file may hold anything.
_UNREADABLE = (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, RecursionError)


@contextmanager
def part(screen: Screen, name: str) -> Iterator[None]:
    """Say in the place of a part why it cannot be shown, if it cannot.

    Args:
        screen: where to.
        name: what is printed in the block.
    """
    try:
        yield
    except _UNREADABLE as error:
        if reraises():
            raise
        told = f"  {name} cannot be shown, since the files say something unheard of"
        screen.line(joined((f"{told} ({type(error).__name__}: {error})", "red")))
