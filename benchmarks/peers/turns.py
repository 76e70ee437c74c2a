"""A training as it is and with a tracker, in turns within one process. Imports nothing at the top."""


def turns_rows(scale, unit, per):
    """The rows of what `in_turns` reports."""
    from benchmarks.model import Row

    return [
        Row(f"CPU above bare, {per}", "above_cpu_s", unit, "value", None, scale),
        Row("wall above bare, likewise", "above_wall_s", unit, "value", None, scale),
        Row("CPU of bare, likewise", "bare_cpu_s", unit, "value", None, scale),
    ]


def in_turns(tool, clock, code, scope, by_hand, *, blocks, count=1, parts=1):
    """Report what a training costs with the tool above what it costs without, on average over a block.

    Args:
        tool: the tool.
        clock: of the child.
        code: the bare training.
        scope: the names in it.
        by_hand: the same training with the calls that have to be written, by tool.
        blocks: how often each has its turn; the median is reported. One more comes before, unmeasured.
        count: the trainings of a turn.
        parts: what each of them is divided by: its rounds, its steps.
    """
    import threading
    from statistics import median

    from benchmarks.tools import activate, deactivate

    # A call site each: trainings from one line of a loop are a sweep, which is allowed to leave work out.
    sites = iter(
        [compile(code, f"<training {number}>", "eval") for number in range(2 * (blocks + 1) * count)]
    )

    def bare():
        eval(next(sites), scope)

    recorded = by_hand.get(tool, bare)
    with_tool, without = [], []
    clock.start()
    for block in range(-1, blocks):
        activate(tool)
        costs = spent(recorded, count)
        deactivate(tool)
        bare_costs = spent(bare, count)
        if block < 0:
            for thread in threading.enumerate():
                if thread.name == "fitscribe-launch":
                    thread.join()  # it asks git once per launch
        else:
            with_tool.append(costs)
            without.append(bare_costs)
    clock.stop()
    need_record(tool)
    pairs = list(zip(with_tool, without, strict=True))
    clock.report(
        above_cpu_s=median(one[0] - other[0] for one, other in pairs) / parts,
        above_wall_s=median(one[1] - other[1] for one, other in pairs) / parts,
        bare_cpu_s=median(cpu for cpu, _ in without) / parts,
    )


def spent(function, count=1):
    """CPU seconds of the process and of all below it, and wall seconds, of one call on average."""
    from time import perf_counter

    from benchmarks.child import tree_cpu

    running = running_cpu()  # looking for them costs CPU itself: outside of what is measured
    cpu, wall = tree_cpu(), perf_counter()
    for _ in range(count):
        function()
    wall = perf_counter() - wall
    cpu = tree_cpu() - cpu
    return (cpu + running_cpu() - running) / count, wall / count


def running_cpu():
    """CPU seconds of the processes below this one that it has not waited for: what a tracker has started."""
    import psutil

    total = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue  # it ended while it was looked for
        total += times.user + times.system + times.children_user + times.children_system
    return total


def record_files(tool):
    """The files that a tracker has written."""
    import os
    from pathlib import Path

    folders = {
        "bare": [],
        "fitscribe": [".fitscribe/runs"],
        "wandb": ["wandb", os.environ["WANDB_DATA_DIR"], os.environ["WANDB_CACHE_DIR"]],
        "dvclive": ["dvclive"],
        "trackio": [os.environ["TRACKIO_DIR"]],
    }
    found = [file for folder in folders[tool] for file in Path(folder).rglob("*")]
    return [file for file in found if file.is_file() and not file.is_symlink()]


def need_record(tool):
    """A tracker that wrote nothing would cost nothing, and be measured as such."""
    if tool != "bare" and not any(file.stat().st_size for file in record_files(tool)):
        raise RuntimeError(f"{tool} has written nothing")
