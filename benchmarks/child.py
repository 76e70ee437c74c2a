"""Run one workload under one tool in this process and write what it took: `child.py MODULE TOOL ANSWER`.

Started as a plain file and importing next to nothing, so that the cost of an import is not hidden by what
this file has imported already. The parent adds what only it can see: the CPU time that the process and its
children took up to their very end, background threads and exit handlers included.
"""

import resource
import sys
import time


def tree_cpu():
    """CPU seconds of this process and of the children it has waited for."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


class Clock:
    """`start()` before the measured part; `stop()` after it, or never: then it lasts until `work` returns."""

    def __init__(self):
        self.figures = {}

    def start(self):
        self.figures["started_rss_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self._wall = time.perf_counter()
        self.figures["started_cpu_s"] = self._cpu = tree_cpu()

    def stop(self):
        self.figures["cpu_s"] = tree_cpu() - self._cpu
        self.figures["wall_s"] = time.perf_counter() - self._wall

    def report(self, **figures):
        """Add figures of the workload's own."""
        self.figures.update(figures)


def need_integrations():
    """An integration that does not load would cost nothing, and be measured as such."""
    from fitscribe import engine

    broken = [status.reason for status in engine.coverage(look=False) if "does not load" in status.reason]
    if broken:
        raise RuntimeError("; ".join(broken))


def main():
    name, tool, answer = sys.argv[1:]
    clock = Clock()
    module = __import__(name, fromlist=["work"])
    module.work(tool, clock)
    if "wall_s" not in clock.figures:
        clock.figures["wall_s"] = time.perf_counter() - clock._wall
    if tool == "fitscribe":
        need_integrations()
    import json

    with open(answer, "w", encoding="utf-8") as file:
        json.dump(clock.figures, file)


if __name__ == "__main__":
    main()
