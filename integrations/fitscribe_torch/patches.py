"""Where PyTorch is watched, and which part of fitscribe is told of what happens there.

Nothing is patched that a step of the model goes through, and no optimizer: torch calls a hook of its own
after each step.
"""

from __future__ import annotations

import sys

from fitscribe.engine import Watched, registers, watches
from fitscribe_torch import checkpoints, compiling, evaluating, loops, losses, optimizers, passes

_REGISTRY = "torch.optim.optimizer:register_optimizer_step_post_hook"
# After each step of any optimizer.
step = registers(_REGISTRY, id="step", relies_on=["hook"], given=compiling.pass_over)(loops.stepped)
# What `loss.backward()` comes to.
backward = watches("torch.autograd:backward", id="backward", lean=True)(losses.went_backwards)
# What mixed precision multiplies the loss by is not to be seen in its series.
scale = watches("torch.amp.grad_scaler:GradScaler.scale", id="scale")(losses.scaled)


@watches("torch.amp.grad_scaler:GradScaler.step", id="scaled_step")
def scaled_step(call: Watched) -> None:
    """Where gradients overflow, mixed precision makes no step."""
    if call.error is None:
        loops.scaler_stepped(call.argument(0, "optimizer"))


@watches("torch.optim.optimizer:Optimizer.__init__", id="optimizer")
def optimizer(call: Watched) -> None:
    """When an optimizer was built tells which training it belongs to."""
    if call.error is None:
        loops.built(call.instance)


@watches("torch.optim.lr_scheduler:LRScheduler", methods=("__init__",), id="scheduler")
def scheduler(call: Watched) -> None:
    """Which schedulers an optimizer has."""
    optimizer = call.args[0] if call.args else call.kwargs.get("optimizer")
    if call.error is None and optimizer is not None:
        optimizers.scheduled(call.instance, optimizer, call.args, call.kwargs)


@watches("torch.utils.data.dataloader:DataLoader.__iter__", id="pass")
def each_pass(call: Watched) -> None:
    """A pass over a loader begins."""
    if call.error is None:
        evaluating.passes_over(passes.began(call.instance, call.result, sys._getframe(1)))
        loops.pass_begins(call.instance)


@watches("torch.utils.data.dataloader:_BaseDataLoaderIter.__next__", id="batch")
def batch(call: Watched) -> None:
    """The next batch, or the end of the pass."""
    ended = passes.asked(call.instance, call.result, call.seconds, more=call.error is None)
    if ended:
        evaluating.passes_over(ended)


@watches(
    "torch.nn.functional:*_loss,cross_entropy,binary_cross_entropy,binary_cross_entropy_with_logits,kl_div",
    id="criterion",
    only=evaluating.may_be_one,
    lean=True,
)
def criterion(call: Watched) -> None:
    """Losses, of which those of passes without a step are evaluations."""
    evaluating.criterion_gave(call)


POINTS = (
    step,
    backward,
    scale,
    scaled_step,
    optimizer,
    scheduler,
    each_pass,
    batch,
    criterion,
    *checkpoints.POINTS,
)
