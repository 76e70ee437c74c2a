"""Passes over the batches of a DataLoader: how many there were, and how long the training waited for them.

What a pass is for shows in what happens during it: a pass in which an optimizer steps is one of training, any
other is one of evaluation.
"""

from __future__ import annotations

import threading
import weakref
from time import time
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.engine.frames import root_of
from fitscribe.tracking.weakly import WeakTable
from fitscribe_torch.batches import described
from fitscribe_torch.evaluation import PassEvaluation
from fitscribe_torch.loaders import length_of, loader_settings
from fitscribe_torch.roles import EVALUATION, TEST, TRAIN, VALID, own_name, role_in, role_of
from fitscribe_torch.variables import reachable

if TYPE_CHECKING:
    from fitscribe_torch.training import Training

# A loader that no variable of the script holds is one that a `for` statement made.
_UNNAMED = ""
_DEPTH = 1
_MOST_TOLD_APART = 16
_PASSING = ("torch", "tqdm", "rich", "accelerate")
_ROLES = (TRAIN, VALID, TEST)


class Pass:
    """One pass over the batches of a loader.

    Args:
        loader: the ``DataLoader``, known weakly.
        iterator: what it gave to iterate with, known weakly.
    """

    def __init__(self, loader: Any, iterator: Any) -> None:
        self.loader = weakref.ref(loader)
        self.batches = 0
        self.waited_s = 0.0
        self.began = self.touched = time()
        self.is_over = self.has_run_out = False
        self.trains = False
        """Whether an optimizer has stepped during it."""
        self.of: Training | None = None
        """The training of the model that is evaluated, where that could be told."""
        self.stranger = ""
        """The name of the model that is evaluated, if it was not trained."""
        self.evaluation: PassEvaluation | None = None
        """What the criterion said during it, as long as it may be one of evaluation."""
        self.around: tuple[Pass, ...] = (self,)
        """The passes that went on as it gave its first batch, the outermost first; the last is itself."""
        self.first: dict[str, Any] | None = None
        """What its first batch is made of."""
        self.in_step = False
        """Whether another one goes on beside it, a batch of each at a time, as in ``zip``."""
        self.is_endless = False
        """Whether it went on when one ended that it was in step with, as ``itertools.cycle`` does."""
        self._beside: tuple[Pass | None, int] = None, 0
        self.step = 0
        """How far the training had come when the criterion was called last."""
        self.settings: dict[str, Any] = {}
        """What the loader was told: one that a `for` statement makes is gone when the pass has begun."""
        self.rows: int | None = None
        """How many samples a whole pass has; None where nobody knows."""
        self.name = _UNNAMED
        self.role = ""
        self._iterator = weakref.ref(iterator)

    @property
    def is_abandoned(self) -> bool:
        """Whether nothing can come of it any more: it was left by a ``break``, or by an exception."""
        return self._iterator() is None

    def stepped(self, at: float) -> None:
        """Take that an optimizer has stepped during it, at a time in seconds since the epoch."""
        self.touched = max(self.touched, at)

    def got(self, seconds: float, *, more: bool) -> None:
        """Take that the script asked for a batch.

        Args:
            seconds: how long it waited.
            more: whether it got one; else the pass is over.
        """
        self.waited_s += seconds
        self.touched = time()
        if more:
            self.batches += 1
        else:
            self.is_over = self.has_run_out = True

    def goes_on_beside(self, other: Pass) -> None:
        """Take that the script asked another pass for a batch, and now this one again.

        Both are in step where it has asked each for one. Not so a pass within this one that was left, of
        which an iterator with persistent workers lives on: that had any number of batches.
        """
        before, batches = self._beside
        in_turn = other.batches == self.batches or (before is other and other.batches == batches + 1)
        if in_turn and other.evaluation is None:
            self.in_step = other.in_step = True
        self._beside = other, other.batches

    @property
    def seconds(self) -> float:
        """How long it went on: to its end or, where it was left before, to its last batch or step."""
        return max(self.touched - self.began, 0.0)

    @property
    def batch_size(self) -> int | None:
        """How many samples a batch has; None where the loader does not say."""
        size = self.settings.get("batch_size")
        return size if type(size) is int else None

    @property
    def samples(self) -> int | None:
        """How many samples its batches had; None where the loader does not say."""
        size = self.batch_size
        if size is None:
            return None
        found = self.batches * size
        is_whole = self.is_over and self.rows is not None and not self.settings["drop_last"]
        return min(found, self.rows) if is_whole and self.rows is not None else found


class _Known(NamedTuple):
    """What is known of a loader: what the script calls it, its role, and what it was told."""

    name: str
    role: str
    settings: dict[str, Any]
    rows: int | None


class _OfThread(threading.local):
    def __init__(self) -> None:
        self.going_on: list[Pass] = []
        """The passes of this thread that are not over, the innermost last."""
        self.in_criterion = False
        """Whether a criterion is being called that may be of an evaluation."""
        self.given: list[dict[str, Any]] | None = None
        """What the criteria are given until the next step, as long as nobody knows what a model gives."""


own = _OfThread()
wanting: set[int] = set()
"""The threads that have a list of what criteria are given: nearly always none, which is quickly seen."""
_by_iterator: WeakTable[Pass] = WeakTable()
_loaders: WeakTable[_Known] = WeakTable()
# Of each role, the loader that had it first, and what the script calls that one.
_first_of_role: dict[str, tuple[weakref.ref[Any], str]] = {}


def began(loader: Any, iterator: Any, frame: FrameType | None) -> list[Pass]:
    """Take that a pass over a loader begins.

    Args:
        loader: the loader.
        iterator: what it gave to iterate with.
        frame: of the code that iterates.

    Returns:
        The passes that cannot go on now that this one has begun: of the same loader, and abandoned ones.
    """
    found = Pass(loader, iterator)
    known = _loaders.get(loader)
    if known is None:
        name, role = _named(loader, frame)
        rows = length_of(getattr(loader, "sampler", None))
        known = _Known(name, _told_apart(loader, name, role), loader_settings(loader), rows)
        _loaders.set(loader, known)
    found.name, found.role, found.settings, found.rows = known
    ended = [each for each in own.going_on if each.is_abandoned or each.loader() is loader]
    for each in ended:
        each.is_over = True
    own.going_on = [each for each in own.going_on if not each.is_over][-_MOST_TOLD_APART:]
    own.going_on.append(found)
    _by_iterator.set(iterator, found)
    return ended


def _named(loader: Any, frame: FrameType | None) -> tuple[str, str]:
    """What the script calls a loader, and the role that this tells."""
    while frame is not None and (root_of(frame) in _PASSING or root_of(frame).startswith("fitscribe")):
        frame = frame.f_back
    name, role = _UNNAMED, EVALUATION
    for variable in reachable(frame, depth=_DEPTH, passing=_PASSING):
        if variable.value is not loader:
            continue
        found = role_in(frame if variable.frame == 0 else None, variable.name)
        if name == _UNNAMED or (found in _ROLES and role not in _ROLES):
            name, role = variable.name, found
        if role in _ROLES and role_of(variable.name) == role:
            # Not as the function calls it that evaluates one loader after the other.
            return variable.name, role
    return name, role


def _told_apart(loader: Any, name: str, role: str) -> str:
    """The role of a loader; where the script has another one of it, the name that tells it from that one."""
    known = _first_of_role.get(role)
    other = None if known is None else known[0]()
    if role_of(name) != role or role == TRAIN:
        # What only the function is called that goes over it tells nothing beside a loader that is named so.
        return role if role == TRAIN or other is None or other is loader else EVALUATION
    if known is None or other is None:
        known = _first_of_role[role] = weakref.ref(loader), name
    return role if own_name(known[1]) == own_name(name) else own_name(name)


def has_another(role: str, than: Pass) -> bool:
    """Whether the script has a loader of a role, as it names it, beside that of a pass."""
    known = _first_of_role.get(role)
    loader = None if known is None else known[0]()
    return loader is not None and loader is not than.loader()


def asked(iterator: Any, batch: Any, seconds: float, *, more: bool) -> list[Pass]:
    """Take that the script asked for the next batch.

    Args:
        iterator: of the pass.
        batch: what it got.
        seconds: how long it waited.
        more: whether it got one.

    Returns:
        The passes that are over by that: this one, or those within it that have been left.
    """
    found = _by_iterator.get(iterator)
    if found is None:
        return []
    ended = []
    if own.going_on and own.going_on[-1] is not found and found in own.going_on:
        ended = left()
        # An iterator with persistent workers lives on when it is left.
        own.going_on = [*(each for each in own.going_on if each is not found), found]
        if len(own.going_on) > 1:
            found.goes_on_beside(own.going_on[-2])
    found.got(seconds, more=more)
    going_on = own.going_on
    if found.in_step:
        beside = going_on[-2:]  # this one, and the one that was asked before it
        found.around = tuple(each for each in going_on if each.batches and (each.in_step or each in beside))
    if found.is_over:
        if found in going_on:
            going_on.remove(found)
        return [*ended, found]
    if found.batches == 1:
        found.around = tuple(each for each in going_on if each.batches and not each.is_abandoned)
        found.first = described(batch, found.batch_size)
    return ended


def left(*, at_end: bool = False) -> list[Pass]:
    """Take the passes of this thread that have been left, by a ``break`` or an exception, to be over.

    Args:
        at_end: also those of which nobody can tell, as the workers of their iterators live on.

    Returns:
        These passes.
    """
    ended = [each for each in own.going_on if each.is_abandoned or at_end]
    for each in ended:
        each.is_over = True
    own.going_on = [each for each in own.going_on if not each.is_over]
    return ended


def innermost() -> Pass | None:
    """The innermost pass of this thread that goes on."""
    for each in reversed(own.going_on):
        if each.batches and not each.is_abandoned:
            return each
    return None
