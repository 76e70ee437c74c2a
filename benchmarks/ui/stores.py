"""The stores that are looked at, made through the public API: many runs, a million points, ten long runs."""

from __future__ import annotations

import math
import random

import fitscribe

RUNS = 10_000
LONG = 1_000_000
SEVERAL, POINTS = 10, 100_000

_MODELS = ("RandomForestClassifier", "LogisticRegression", "XGBClassifier", "MLPClassifier")


def many_runs() -> None:
    """10,000 runs with 10 parameters, 10 metrics and 2 tags each."""
    generator = random.Random(0)
    for number in range(RUNS):
        rate = 10 ** generator.uniform(-5, -1)
        accuracy = 0.9 - 0.02 * abs(math.log10(rate) + 3) + generator.gauss(0, 0.01)
        with fitscribe.start_run(
            generator.choice(_MODELS),
            experiment=f"experiment {number % 7}",
            tags={"stage": generator.choice(("dev", "prod")), "number": number},
        ) as run:
            run.log_params(
                {"learning_rate": rate, "max_depth": generator.randint(1, 12), "seed": number % 5}
                | {f"p{place}": generator.random() for place in range(7)}
            )
            run.log_metrics(
                {"test/accuracy": accuracy, "test/f1": accuracy - 0.02, "train/loss": 1 - accuracy}
                | {f"m{place}": generator.random() for place in range(7)}
            )


def long_run() -> str:
    """One run with a million points, of which one is a spike and some are NaN; its id."""
    return _curve("a million points", LONG, 0)


def several_runs() -> list[str]:
    """Ten runs of 100,000 points; their ids."""
    return [_curve(f"curve {number}", POINTS, number) for number in range(SEVERAL)]


def _curve(name: str, points: int, seed: int) -> str:
    generator = random.Random(seed)
    with fitscribe.start_run(name) as run:
        for step in range(points):
            value = math.exp(-4 * step / points) + generator.gauss(0, 0.02) + 0.01 * seed
            if step == points // 3:
                value = 5.0
            elif points // 2 < step < points // 2 + points // 2000:
                value = math.nan
            run.log_metric("train/loss", value, step)
        return run.id
