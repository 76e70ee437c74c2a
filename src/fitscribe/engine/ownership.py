"""Who owns what is going on: the outermost observed call, per thread and per asyncio task."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, Token
from functools import wraps
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    from fitscribe.engine.calls import Call

P = ParamSpec("P")
T = TypeVar("T")

# The innermost observed call of this context. Each call knows the outermost one as its owner.
current: ContextVar[Call | None] = ContextVar("fitscribe_call", default=None)
suppressed: ContextVar[bool] = ContextVar("fitscribe_suppressed", default=False)
# By the user: what else suppresses, such as an owned call's worker, has no say in what a person logs by hand.
silenced: ContextVar[bool] = ContextVar("fitscribe_silenced", default=False)


def current_owner() -> Call | None:
    """The outermost observed call that is running in this context, or None.

    A call that has ended owns nothing, though a task or thread that outlives it may have inherited its
    context.
    """
    call = current.get()
    if call is None:
        return None
    owner = call.owner or call
    return None if owner.finished else owner


def is_suppressed() -> bool:
    """Whether calls are not observed in this context."""
    return suppressed.get()


def is_silenced() -> bool:
    """Whether this context is inside of a ``suppress()`` block."""
    return silenced.get()


class suppress:  # noqa: N801 - read as a statement: ``with suppress():``
    """Record nothing inside of the block, in this thread or task. Blocks nest, also one object in itself.

    As a decorator, ``@suppress()``, it has each call of a function in a block of its own.

    Trainings are not observed, ``fitscribe.log_metric`` and the like do nothing, and a run that is started
    here records nothing. What is logged to a run by its name, ``run.log_metric``, is recorded.
    """

    __slots__ = ("_tokens",)

    def __init__(self) -> None:
        self._tokens: list[Token[bool]] = []  # two of each block

    def __call__(self, function: Callable[P, T]) -> Callable[P, T]:
        """Have each call of a function in a block of its own, those of a coroutine until it is done.

        Raises:
            TypeError: it is a class, a generator function or not to be called at all.
        """
        import inspect

        if isinstance(function, type) or not callable(function):
            raise TypeError(f"suppress() decorates functions, not {function!r}")
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(f"suppress() decorates no generator functions: use it within {function!r}")
        if inspect.iscoroutinefunction(function):

            async def silent_task(*args: Any, **kwargs: Any) -> Any:
                with suppress():
                    return await function(*args, **kwargs)

            return cast("Callable[P, T]", wraps(function)(silent_task))

        @wraps(function)
        def silent(*args: P.args, **kwargs: P.kwargs) -> T:
            with suppress():
                return function(*args, **kwargs)

        return silent

    def __enter__(self) -> None:
        self._tokens += (suppressed.set(True), silenced.set(True))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for variable in (silenced, suppressed):
            token = self._tokens.pop()
            try:
                variable.reset(token)
            except ValueError:
                # Left in another context than it was entered in: an async generator, closed elsewhere.
                variable.set(token.old_value is True)
