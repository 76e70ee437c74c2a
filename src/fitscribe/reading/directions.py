"""Which way a metric gets better: as its library has said, else as its name tells, else nobody knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, Literal

from fitscribe.reading.series_names import is_background, split
from fitscribe.reading.stored_numbers import real
from fitscribe.reading.text import plain_text

Direction = Literal["min", "max"]

FACT: Final = "directions"
"""The fact that holds what libraries have said: by series, ``min`` or ``max``."""
RANKED_BY: Final = "ranked_by"
"""The fact of a run that names the metric by which its children are ranked, where that is known."""
STOPPING: Final = "early_stopping"
"""What the facts that say how a training ended are called, whatever stands before it."""

_FLIPPED: Final[dict[Direction, Direction]] = {"min": "max", "max": "min"}
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z][a-z0-9])")
_WORDS = re.compile(r"[a-z]+\d*")
# What follows the name itself: the parameters of XGBoost's and LightGBM's metrics, marks of a series.
_ENDING = re.compile(r"@.*$|\[.*$")

# Whole names, whose words say nothing or something else elsewhere; XGBoost's, LightGBM's, scikit-learn's.
_LOWER_NAMES = frozenset(
    "l1 l2 huber fair poisson quantile expectile gamma tweedie mphe ber pinball inertia".split()
)
_HIGHER_NAMES = frozenset("pre ams lower_bound d2 hits".split())
# What is a loss of some score is a loss: these go before the words below.
_LOWER = frozenset(
    (
        "loss losses logloss error errors err mse rmse mae mape smape wape wmape mase rmsle msle rmspe rse "
        "medae deviance perplexity ppl nll nloglik crossentropy xent xentropy xentlambda kullback kldiv kld "
        "bce brier regret cost wer cer ter mer eer ece mce bpc bpb bpd fid kid lpips hinge emd "
        "wasserstein chamfer hausdorff fpr fnr fdr aic bic bouldin impurity distortion"
    ).split()
)
_HIGHER = frozenset(
    (
        "accuracy acc auc aucpr auroc auprc aupr ap map mrr ndcg dcg precision recall sensitivity "
        "specificity tpr tnr ppv npv f1 f2 fbeta fscore iou miou giou jaccard dice bleu sacrebleu rouge "
        "rougel rougelsum meteor chrf cider bertscore psnr ssim r2 d2 mcc matthews corrcoef kappa gini "
        "silhouette harabasz mallows rand ari nmi homogeneity completeness correlation pearson pearsonr "
        "spearman spearmanr kendall concordance cindex likelihood loglik elbo reward rewards return "
        "returns throughput"
    ).split()
)
# Words that only say together what they say apart of something else.
_LOWER_PAIRS = (("cross", "entropy"), ("zero", "one"), ("hamming", "distance"), ("edit", "distance"))
_HIGHER_PAIRS = (
    ("explained", "variance"),
    ("average", "precision"),
    ("exact", "match"),
    ("win", "rate"),
    ("success", "rate"),
    ("hit", "rate"),
    ("mutual", "info"),
    ("v", "measure"),
)
# What ends with one of these is about a metric, and is none.
_OTHERWISE = frozenset("std rank scale weight norm count".split())
_TIMES = frozenset("latency time duration seconds wait".split())
# In one word with what stands before them, as in XGBoost's ``mlogloss`` and ``merror``.
_LOWER_ENDS = ("loss", "error", "nloglik", "perplexity")
_HIGHER_ENDS = ("accuracy", "auroc", "precision", "recall")


def direction_of(name: str, stated: Mapping[str, str] | None = None) -> Direction | None:
    """Tell which way a metric gets better.

    Args:
        name: of the series.
        stated: what libraries have said, as :func:`stated_in` returns it; it goes before the name.

    Returns:
        ``min``, ``max``, or None where nobody knows.
    """
    found = (stated or {}).get(name)
    return ("min" if found == "min" else "max") if found in _FLIPPED else _by_name(name)


def stated_in(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return what libraries have said in a run's facts, by series.

    Args:
        facts: decoded or as they lie in the files.
    """
    found: dict[str, str] = {}
    for name, fact in facts.items():
        if not isinstance(fact, Mapping):
            continue
        if name.endswith(STOPPING) and isinstance(fact.get("watched"), str):
            found[fact["watched"]] = plain_text(fact.get("direction"))
    said = facts.get(FACT)
    if isinstance(said, Mapping):
        found.update((name, each) for name, each in said.items() if isinstance(each, str))
    return {name: each for name, each in found.items() if each in _FLIPPED}


def best_in(facts: Mapping[str, Any]) -> dict[str, float]:
    """Return the best values that early stopping has seen, by the series that it watched.

    Args:
        facts: decoded or as they lie in the files.
    """
    return {
        fact["watched"]: best
        for name, fact in facts.items()
        if name.endswith(STOPPING)
        and isinstance(fact, Mapping)
        and isinstance(fact.get("watched"), str)
        and (best := real(fact.get("best"))) is not None
    }


def is_time(name: str) -> bool:
    """Whether a metric says how long something took: less of it is better, but no model is better for it."""
    return bool(_TIMES.intersection(_words(name))) or name.endswith("_s")


@lru_cache(maxsize=4096)
def _by_name(name: str) -> Direction | None:
    if is_background(name):
        return None
    words = _words(name)
    whole = "_".join(words)
    if not words or words[-1] in _OTHERWISE:
        return None
    if whole in _LOWER_NAMES:
        return "min"
    if whole in _HIGHER_NAMES:
        return "max"
    if "false" in words:  # rates and counts of positives and negatives
        return "min"
    if "true" in words:
        return "max"
    turned = [word for word in words if word in ("neg", "negative")]
    found = _by_words([word for word in words if word not in turned])
    for _ in turned:
        found = _FLIPPED[found] if found is not None else None
    # What scikit-learn calls ``neg_...`` is a score, whatever it is of.
    return "max" if found is None and "neg" in turned else found


def _by_words(words: list[str]) -> Direction | None:
    known = {*words, *(word.rstrip("0123456789") for word in words)}
    pairs = set(pairwise(words))
    if "d2" in known:  # the share of a loss that is explained
        return "max"
    if (
        known & _LOWER
        or not pairs.isdisjoint(_LOWER_PAIRS)
        or any(each.endswith(_LOWER_ENDS) for each in known)
    ):
        return "min"
    if (
        known & _HIGHER
        or not pairs.isdisjoint(_HIGHER_PAIRS)
        or any(each.endswith(_HIGHER_ENDS) for each in known)
    ):
        return "max"
    if known & _TIMES:
        return "min"
    return "max" if known & {"score", "scores"} else None


def _words(name: str) -> list[str]:
    _, metric = split(_ENDING.sub("", _last_parts(name)))
    return _WORDS.findall(_CAPITAL.sub("_", metric).lower())


def _last_parts(name: str) -> str:
    """The data and the metric, without what names the part of a training that they are of."""
    return "/".join(name.split("/")[-2:])
