"""What the data of a pass is for, by what the script calls its loader."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from types import FrameType

from fitscribe.engine.variables import locals_of
from fitscribe.engine.written import call_in

TRAIN, VALID, TEST = "train", "valid", "test"
EVALUATION = "eval"
"""The role of data of which nothing in the script says what it is."""

_WORDS = {
    **dict.fromkeys(("train", "training", "trn", "tr"), TRAIN),
    **dict.fromkeys(("val", "va", "valid", "validation", "validate", "validating", "vld", "dev"), VALID),
    **dict.fromkeys(("test", "testing", "tst", "holdout", "heldout"), TEST),
}
# These say only that nothing is trained on it: another word goes before them.
_WEAK = dict.fromkeys(("eval", "evaluation", "evaluate", "evaluating"), VALID)
_CONTAINERS = frozenset(
    "dataloader dataloaders loader loaders dl dls data dataset datasets set sets ds iterator iter it gen "
    "generator batches batch batched split splits fold pbar bar tqdm enumerate zip list self cls x y".split()
)
_SPLIT = re.compile(r"[^a-zA-Z0-9]+|_|(?<=[a-z0-9])(?=[A-Z])|(?<=[a-zA-Z])(?=[0-9])")
_JOINED = re.compile(
    rf"({'|'.join([*_WORDS, *_WEAK])})(?:dataloader|loader|dataset|data|set|dl|ds|iter|gen|batches)s?"
)
_MOST_CALLS = 3
# Variables that hold the name of a part of the data.
_TELLING = ("split", "phase", "mode", "stage", "subset", "partition", "part")


def role_of(name: str) -> str:
    """The role that the name of a loader tells.

    Args:
        name: as the script writes it: a variable, or an expression such as ``loaders["val"]``.

    Returns:
        ``train``, ``valid`` or ``test``; else the name itself without what only says that it is a loader;
        ``eval`` where nothing is left of it then.
    """
    return next(filter(None, map(_told, _parts(name))), "") or own_name(name)


def own_name(name: str) -> str:
    """The name of a loader without what only says that it is one: ``val_b`` of ``self.val_loader_b``.

    It tells the second loader from the first one where both have one role.

    Args:
        name: as for :func:`role_of`.
    """
    return _cleaned(next(_parts(name), "")) or EVALUATION


def role_of_loss(name: str) -> str:
    """The role that the name of a loss tells: ``valid`` of ``val_loss``; ``eval`` where it tells none."""
    return _told(name) or EVALUATION


def role_of_variables(frame: FrameType | None) -> str:
    """The role that a variable of the script names, as ``split = "val"`` in a function that estimates losses.

    Args:
        frame: of the function that computes a loss, or of torch's own code below it.

    Returns:
        The role; empty where no variable tells it.
    """
    looked = 0
    while frame is not None and looked < _MOST_CALLS:
        if not _is_of_torch(frame):
            looked += 1
            names = frame.f_globals if frame.f_code.co_name == "<module>" else locals_of(frame)
            for name in _TELLING:
                value = names.get(name)
                if type(value) is str and (role := _told(value)):
                    return role
        frame = frame.f_back
    return ""


def without_role(name: str, role: str) -> str:
    """The name of a loss beside its role: ``loss`` of ``val_loss`` in ``valid``, and of ``valid`` alone.

    Args:
        name: what the script calls the loss.
        role: of the data that it was computed of.
    """
    words = name.split("_")
    kept = [word for word in words if word.lower() != role and _told(word) != role]
    return "_".join(kept) if any(kept) else "loss"


def role_in(frame: FrameType | None, name: str) -> str:
    """The role of a loader that a function goes over, which may have been told by who called it.

    In ``evaluate(model, test_loader)`` the parameter ``loader`` of the function is of the role ``test``.

    Args:
        frame: of the function that goes over the loader.
        name: what it calls the loader.

    Returns:
        As :func:`role_of`; where the loader has no name of its own, not with any caller, the role that the
        name of the function speaks of.
    """
    of_function = ""
    for _ in range(_MOST_CALLS):
        role = role_of(name)
        if role != EVALUATION or frame is None:
            return role
        of_function = of_function or _of_function(frame.f_code.co_name)
        written = _written_for(frame, name)
        if written is None:
            break
        frame, name = written
    return of_function or EVALUATION


def _of_function(name: str) -> str:
    told = _told(name)
    return told if told != TRAIN else ""


def name_told_by_callers(frame: FrameType, name: str) -> str:
    """What those who call a function have written for its parameter, the outermost who says it.

    Args:
        frame: of the function.
        name: of its parameter, or of any other variable, which nobody has written anything for.
    """
    at: FrameType = frame
    for _ in range(_MOST_CALLS):
        written = _written_for(at, name)
        if written is None or not written[1].isidentifier():
            break
        at, name = written
    return name


def _written_for(frame: FrameType, name: str) -> tuple[FrameType, str] | None:
    """What the caller of a function wrote for one of its parameters, and the caller's frame."""
    code = frame.f_code
    parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    caller = frame.f_back
    # A decorator, such as torch.no_grad(), is between a function and its caller.
    while caller is not None and _is_of_torch(caller):
        caller = caller.f_back
    if name not in parameters or caller is None:
        return None
    call = call_in(caller, code.co_name)
    if call is None or call.function != code.co_name:
        return None
    text = call.by_keyword.get(name)
    if text is None and call.positional is not None:
        position = parameters.index(name) - int(parameters[0] in ("self", "cls"))
        text = call.positional[position] if 0 <= position < len(call.positional) else None
    return None if text is None else (caller, text)


def _is_of_torch(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] == "torch"


def _parts(name: str) -> Iterator[str]:
    """The names within an expression, the one that says most of it first."""
    try:
        node = ast.parse(name.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        yield name
        return
    yield from _names(node)


def _names(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
        yield from _names(node.value)
    elif isinstance(node, ast.Subscript):
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            yield node.slice.value
        yield from _names(node.value)
    elif isinstance(node, ast.Call):
        for argument in node.args:
            yield from _names(argument)
        yield from _names(node.func)


def _words(name: str) -> list[str]:
    words = [word.lower() for word in _SPLIT.split(name) if word]
    return [_JOINED.sub(r"\1", word) if _JOINED.fullmatch(word) else word for word in words]


def _told(name: str) -> str:
    words = _words(name)[::-1]
    return next((known[word] for known in (_WORDS, _WEAK) for word in words if word in known), "")


def _cleaned(name: str) -> str:
    words = [word for word in _words(name) if word not in _CONTAINERS]
    return "_".join(words) if any(word.isalpha() for word in words) else ""
