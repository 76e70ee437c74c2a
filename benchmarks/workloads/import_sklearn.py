"""Importing scikit-learn after the one line: what the post-import patching adds."""


def describe():
    from benchmarks.model import Row, Workload

    return Workload(
        title="`import sklearn.linear_model` after it; under bare, wrapt is imported before",
        rows=[
            Row("CPU", "cpu_s", "ms", "ratio", 1.05, 1000),
            Row("wall", "wall_s", "ms", "ratio", None, 1000),
        ],
        repeats=9,
    )


def work(tool, clock):
    from benchmarks.tools import activate

    if tool == "bare":
        # scikit-learn would have to import by itself what wrapt brings (asyncio, importlib.metadata): without
        # this line the import would look cheaper under fitscribe than it is.
        import wrapt  # noqa: F401
    else:
        activate(tool)
    clock.start()
    import sklearn.linear_model  # noqa: F401

    clock.stop()
