"""Where TensorFlow and Keras are watched for training loops of the script's own.

What a graph may be written through is patched inside of the framework only: AutoGraph, which rewrites the
script's own functions, warns of any wrapper that these call by themselves, and leaves it unconverted.
"""

from __future__ import annotations

from fitscribe.engine import PatchPoint, watches
from fitscribe_keras.loops import loops, losses, members, metrics, passes
from fitscribe_keras.packages import is_keras_2

# Keras' own classes only: one of the script's may be converted for a graph. Others are derived from these.
_METRICS = {
    "mean": "reduction_metrics:Mean",
    "sum": "reduction_metrics:Sum",
    "root_mean_squared_error": "regression_metrics:RootMeanSquaredError",
    "r2_score": "regression_metrics:R2Score",
    "precision": "confusion_metrics:Precision",
    "recall": "confusion_metrics:Recall",
    "auc": "confusion_metrics:AUC",
    "counts": "confusion_metrics:_ConfusionMatrixConditionCount",
    "f_beta_score": "f_score_metrics:FBetaScore",
    "iou": "iou_metrics:IoU",
}


def points_of(root: str) -> tuple[PatchPoint, ...]:
    """Return the patch points of a package.

    Args:
        root: ``tensorflow``, or one of those that Keras comes in.
    """
    return _of_tensorflow() if root == "tensorflow" else (*_of_optimizers(root), *_of_metrics(root))


def _of_tensorflow() -> tuple[PatchPoint, ...]:
    python = "tensorflow.python"
    function = f"{python}.eager.polymorphic_function.polymorphic_function:Function.__call__"
    return (
        # What `GradientTape.gradient` comes to.
        watches(f"{python}.eager.imperative_grad:imperative_grad", id="gradient")(losses.differentiated),
        watches(function, id="function")(loops.called),
        watches(f"{python}.data.ops.dataset_ops:DatasetV2.__iter__", id="pass")(passes.began),
        watches(f"{python}.distribute.input_lib:DistributedDataset.__iter__", id="distributed_pass")(
            passes.began
        ),
    )


def _of_optimizers(root: str) -> tuple[PatchPoint, ...]:
    # Each is what `apply_gradients` comes to once it has something to apply.
    if is_keras_2(root):
        optimizers = f"{root}.src.optimizers.optimizer"
        legacy = f"{root}.src.optimizers.legacy.optimizer_v2:OptimizerV2"
        return (
            watches(f"{optimizers}:Optimizer._internal_apply_gradients", id="step")(loops.stepped),
            watches(f"{optimizers}:_BaseOptimizer.__init__", id="optimizer")(members.built),
            watches(f"{legacy}._transform_gradients", id="legacy_step")(loops.stepped),
            watches(f"{legacy}.__init__", id="legacy_optimizer")(members.built),
        )
    optimizer = f"{root}.src.optimizers.base_optimizer:BaseOptimizer"
    return (
        watches(optimizer, id="step", methods=("_backend_apply_gradients",))(loops.stepped),
        watches(f"{optimizer}.__init__", id="optimizer")(members.built),
    )


def _of_metrics(root: str) -> tuple[PatchPoint, ...]:
    return tuple(
        watches(f"{root}.src.metrics.{_module_of(root, target)}.result", id=f"metric_{name}")(
            metrics.computed
        )
        for name, target in _METRICS.items()
    )


def _module_of(root: str, target: str) -> str:
    return target.replace("reduction_metrics", "base_metric") if is_keras_2(root) else target
