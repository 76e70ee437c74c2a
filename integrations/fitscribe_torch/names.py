"""What the script calls a loss: by the statement that computes it, or calls `backward` on it."""

from __future__ import annotations

import ast
import re
import weakref
from types import CodeType, FrameType

from fitscribe.engine.statements import Going, called, going_on

LOSS = "loss"
"""What a loss is called that the script gives no name."""

# Code that passes a loss on: what it calls the loss is not what the script does.
_TRANSPARENT = frozenset(
    "torch fitscribe fitscribe_torch fitscribe_lightning wrapt accelerate lightning pytorch_lightning "
    "lightning_fabric deepspeed apex".split()
)
# These give the same value in another form, or that of several as one.
_SAME = frozenset(
    "item mean sum detach clone cpu cuda to float double half squeeze unsqueeze view reshape contiguous "
    "numpy tolist requires_grad_ backward".split()
)
# Whose `backward` takes the loss, unlike that of a tensor.
_ENGINE = re.compile(r"accelerator|fabric|engine|autograd|^self$|scaler|optimi[sz]er|^amp$", re.IGNORECASE)
_LOSS_WORD = re.compile(r"loss|objective|(?:^|_)(?:mse|mae|bce|nll|kl|ce)(?:_|$)", re.IGNORECASE)
# What a criterion is called as such, which says nothing of which one it is.
_CRITERION = re.compile(
    r"^(?:_*)(?:compute_|calc_|get_)?(?:criterion|criteria|crit|loss|losses|objective|cost)"
    r"(?:_?(?:fn|func|function|f))?$",
    re.IGNORECASE,
)
# What a call that is looked for is of, where several are on a line: `backward`, or what computes a loss.
_LIKELY = (
    re.compile(r"backward$"),
    re.compile(r"loss|crit|entropy|objective|(?:\b|_)(?:mse|mae|bce|nll|kl)", re.IGNORECASE),
)
_TOTAL = re.compile(r"total|running|sum|cum|epoch|acc|avg|mean", re.IGNORECASE)
_MOST_KEPT = 4_096
_MOST_FRAMES = 24

# None stands for "look at the frame that called". By identity, as code objects compare by what they do,
# wherever they stand; weakly, as notebooks make many.
known_names: dict[tuple[int, int], tuple[weakref.ref[CodeType], str | None]] = {}


def name_of_value(frame: FrameType | None) -> str:
    """How the script calls the loss that is being computed, or on which ``backward`` is being called.

    ``loss_d.backward()`` and ``scaler.scale(loss_d).backward()`` are about ``loss_d``, and so is
    ``loss_d = criterion(out, y)``; ``losses["d"]`` is called ``d``. A value that a function returns at once
    has the name that it gets where the function is called.

    Args:
        frame: of the script, or of torch's own code below it.

    Returns:
        The name; ``loss`` where the script gives none, or there is no source.
    """
    for _ in range(_MOST_FRAMES):
        if frame is None:
            break
        code = frame.f_code
        key = id(code), frame.f_lasti
        known = known_names.get(key)
        if known is None or known[0]() is not code:
            if len(known_names) >= _MOST_KEPT:
                known_names.clear()
            known = known_names[key] = weakref.ref(code), _name_in(frame)
        if known[1] is not None:
            return known[1]
        frame = frame.f_back
    return LOSS


def _name_in(frame: FrameType) -> str | None:
    if str(frame.f_globals.get("__name__", "")).partition(".")[0] in _TRANSPARENT:
        return None
    going = going_on(frame, _LIKELY)
    if going is None:
        return LOSS
    if called(going.call) in ("backward", "manual_backward"):
        return _loss_of_backward(going.call) or LOSS
    return _name_of_result(going)


def _loss_of_backward(call: ast.Call) -> str | None:
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    given = call.args[0] if call.args else _keyword(call, "tensors", "loss")
    if given is None:
        return None if owner is None else _name(owner)
    inner = _name(given)
    # The argument of a tensor's own `backward` is a gradient.
    if owner is None or _ENGINE.search(_last_name(owner)) or (inner and _LOSS_WORD.search(inner)):
        return inner
    return _name(owner)


def _keyword(call: ast.Call, *names: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg in names), None)


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _name(node: ast.AST) -> str | None:
    """The name of the one loss that an expression is about."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.NamedExpr):
        return node.target.id
    if isinstance(node, ast.Subscript):
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        return key if isinstance(key, str) and key else _name(node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        return _factor(node)
    if isinstance(node, (ast.List, ast.Tuple)) and len(node.elts) == 1:
        return _name(node.elts[0])
    if isinstance(node, ast.Call):
        function = node.func
        if called(node) == "scale" and node.args:
            return _name(node.args[0])
        if isinstance(function, ast.Attribute) and function.attr in _SAME:
            # As a function, torch.mean(loss), or as a method.
            return _name(
                node.args[0] if _last_name(function.value) == "torch" and node.args else function.value
            )
    return None


def _factor(node: ast.BinOp) -> str | None:
    """Which of two factors is the loss: the other one is its weight, or a number of steps."""
    left, right = _name(node.left), _name(node.right)
    if isinstance(node.op, ast.Div) or right is None:
        return left
    if left is None or (_LOSS_WORD.search(right) and not _LOSS_WORD.search(left)):
        return right
    return left if _LOSS_WORD.search(left) and not _LOSS_WORD.search(right) else None


def _name_of_result(going: Going) -> str | None:
    """The name that what a call returns is given, None where the function around it returns it.

    What is a summand of a value, or is multiplied by a number for it, is not that value.
    """
    is_summand = is_scaled = False
    for node, around in going.outwards():
        is_part = is_summand or is_scaled
        if isinstance(around, ast.NamedExpr):
            return _own_name(going.call) if is_part else around.target.id
        if isinstance(around, (ast.Return, ast.Lambda)):
            return _own_name(going.call) if is_part else None
        if isinstance(around, (ast.Assign, ast.AnnAssign)):
            targets = around.targets if isinstance(around, ast.Assign) else [around.target]
            return _own_name(going.call) if is_part else _name(targets[0]) or LOSS
        if isinstance(around, ast.AugAssign):
            return _own_name(going.call) if is_summand else _of_sum(_name(around.target) or "")
        if isinstance(around, ast.Dict) and node in around.values:
            key = around.keys[around.values.index(node)]
            return str(key.value) if isinstance(key, ast.Constant) else LOSS
        if isinstance(around, (ast.List, ast.Tuple)):
            return _of_element(node, around, going) or _own_name(going.call)
        if isinstance(around, ast.BinOp):
            is_summand |= isinstance(around.op, (ast.Add, ast.Sub))
            is_scaled |= isinstance(around.op, ast.Mult) and _has_number(around)
        elif isinstance(around, (ast.GeneratorExp, ast.ListComp)) and node is around.elt:
            # Tensors are the parts of one loss, numbers are the losses of batches.
            return LOSS if ".item(" in ast.unparse(node) else _own_name(going.call)
        elif not _is_passed_on(node, around):
            break
    return _own_name(going.call) if is_summand else LOSS


def _has_number(node: ast.BinOp) -> bool:
    return any(
        isinstance(each, ast.Constant) and type(each.value) in (int, float)
        for each in (node.left, node.right)
    )


def _is_passed_on(node: ast.AST, around: ast.AST) -> bool:
    if isinstance(around, ast.Call):
        is_argument = node in around.args
        return called(around) in (("scale", "float", *_SAME) if is_argument else _SAME)
    return isinstance(around, (ast.Attribute, ast.IfExp))


def _of_element(node: ast.AST, around: ast.List | ast.Tuple, going: Going) -> str | None:
    """The name of one of several values that are assigned at once."""
    statement = going.parents.get(around)
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    if isinstance(target, (ast.List, ast.Tuple)) and len(target.elts) == len(around.elts):
        return next(_name(to) for to, each in zip(target.elts, around.elts, strict=True) if each is node)
    return None


def _of_sum(target: str) -> str:
    """The name of what is added to a running sum: ``test_loss += ...``, unlike ``total_loss += ...``."""
    return target if _LOSS_WORD.search(target) and not _TOTAL.search(target) else LOSS


def _own_name(call: ast.Call) -> str:
    """The name of a criterion that is one of several, such as ``mse`` in ``mse(a, b) + bce(c, d)``."""
    name = called(call)
    if name and name != "backward" and not _CRITERION.match(name):
        return name
    given = _name(call.args[0]) if call.args and name != "backward" else None
    return f"{LOSS}_{given}" if given else LOSS
