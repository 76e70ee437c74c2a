"""The same trainings under each tracker, with all that has to be written for it in one place.

`describe()` says what was written and what is measured, `work(tool, clock)` runs it in a process of its own.
As in `benchmarks/workloads`, nothing is imported at the top.
"""
