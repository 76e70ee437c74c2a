"""What the gate adds to the import of a framework: its version, what the matrix says of it, signatures."""

FRAMEWORKS = ("sklearn", "xgboost", "lightgbm", "torch", "keras")
MODULES = {"sklearn": "sklearn.linear_model"}


def describe():
    from benchmarks.model import Row, Workload

    return Workload(
        title="the gate at the import of a framework: versions, ranges, signatures",
        rows=[
            Row(f"CPU, {name}{', the first' if name == FRAMEWORKS[0] else ''}", name, "ms", "value", 1, 1000)
            for name in FRAMEWORKS
        ],
        tools=("fitscribe",),
        repeats=9,
    )


def work(tool, clock):
    import os
    from importlib import import_module
    from importlib.util import find_spec
    from time import process_time

    import fitscribe
    from fitscribe.engine import patching
    from fitscribe.engine.framework import Framework

    spent = {}

    def timed(function, name_of):
        def call(*args, **kwargs):
            started = process_time()
            try:
                return function(*args, **kwargs)
            finally:
                name = name_of(args[0])
                spent[name] = spent.get(name, 0.0) + process_time() - started

        return call

    # All that decides: which version is there and what the matrix says, each verdict, and what is relied on.
    Framework.look_up = timed(Framework.look_up, lambda framework: framework.name)
    Framework.judge = timed(Framework.judge, lambda framework: framework.name)
    patching._probe = timed(patching._probe, lambda point: point.framework)
    if find_spec("tensorflow") is None and find_spec("torch") is not None:
        os.environ.setdefault("KERAS_BACKEND", "torch")
    fitscribe.autolog()
    clock.start()
    for name in FRAMEWORKS:
        if find_spec(name) is not None:
            import_module(MODULES.get(name, name))
            clock.report(**{name: spent[name]})
    clock.stop()
