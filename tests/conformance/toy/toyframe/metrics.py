"""How good a model is."""

__all__ = ["bias", "error", "make_metric"]


def bias(model, X, y) -> float:
    """The mean difference from what is wanted."""
    return sum(found - wanted for found, wanted in zip(model.predict(X), y, strict=True)) / len(y)


def error(model, X, y) -> float:
    """The absolute bias."""
    return abs(bias(model, X, y))


def make_metric(function):
    """What makes metrics is none."""
    return function
