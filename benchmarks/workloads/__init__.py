"""One module per workload: `describe()` says which rows it gives, `work(tool, clock)` does it.

`work` runs in a process of its own, started by `benchmarks/child.py`. A workload imports nothing at its top,
nor does this package: what is loaded already costs nothing, and imports are among what is measured.
"""
