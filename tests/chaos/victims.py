"""A warm process that forks victims, which log by hand and say what they have logged, and kills them.

Run as a script: a seed, the first round and the one after the last, and a folder for what the victims said.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fitscribe
from fitscribe.tracking.run import ActiveRun

BURST = 150
"""Points of which a victim says only that all of them were logged: enough for a mapped chunk."""


class Victim:
    """Logs until it is killed, and says what it has logged; of the end of a run, before it too."""

    def __init__(self, dice: random.Random, pipe: int, file: Path) -> None:
        self.dice = dice
        self.pipe = pipe
        self.file = file
        self.number = 0
        self.open: list[ActiveRun] = []
        self.over: list[ActiveRun] = []
        self.acts: dict[Callable[[], None], float] = {
            self.begin: 1,
            self.point: 20,
            self.points: 5,
            self.burst: 3,
            self.param: 5,
            self.tag: 5,
            self.child: 4,
            self.text: 2,
            self.table: 2,
            self.keep_file: 2,
            self.record: 3,
            self.model: 1,
            self.end: 1.5,
            self.late: 2,
        }
        """What it does, the first thing first, and how often."""

    def say(self, run: ActiveRun, what: str, *details: Any) -> None:
        os.write(self.pipe, json.dumps([run.id, what, *details]).encode() + b"\n")

    def live(self) -> None:
        while True:
            self.number += 1
            if not self.open:
                self.begin()
                continue
            (act,) = self.dice.choices([*self.acts], [*self.acts.values()])
            act()

    def begin(self) -> None:
        run = fitscribe.start_run(f"victim {self.number}", tags={"number": self.number})
        self.open.append(run)
        self.say(run, "began", self.number)

    def end(self) -> None:
        run = self.open.pop()
        self.say(run, "ending")
        run.end()
        self.say(run, "ended")
        self.over.append(run)

    def point(self) -> None:
        run, name = self.open[-1], self.dice.choice("abc")
        run.log_metric(name, float(self.number), self.number)
        self.say(run, "points", {name: [self.number]})

    def points(self) -> None:
        run, names = self.open[-1], self.dice.sample("abcdef", 3)
        run.log_metrics(dict.fromkeys(names, float(self.number)), self.number)
        self.say(run, "points", {name: [self.number] for name in names})

    def burst(self) -> None:
        run, first = self.open[-1], self.number
        self.number += BURST
        for step in range(first, self.number):
            run.log_metric("a", float(step), step)
        self.say(run, "points", {"a": list(range(first, self.number))})

    def param(self) -> None:
        run, value = self.open[-1], self.dice.choice([self.number, [1, (2, 3)], "x" * 5000])
        run.log_params({f"p{self.number}": value, "same": 1})
        self.say(run, "param", f"p{self.number}")

    def tag(self) -> None:
        run = self.open[-1]
        run.set_tags({f"t{self.number}": self.number})
        self.say(run, "tag", f"t{self.number}", self.number)

    def child(self) -> None:
        run = self.open[-1]
        scores = [float(self.number)] * 3
        child = run.log_child("child", params={"n": self.number}, series={"score": scores})
        self.say(run, "child", child, self.number)

    def text(self) -> None:
        self.artifact(lambda run, name: run.log_text("x" * self.dice.choice([10, 30_000]), name), "text.txt")

    def table(self) -> None:
        self.artifact(lambda run, name: run.log_table({"n": list(range(100))}, name), "table.csv")

    def keep_file(self) -> None:
        self.artifact(lambda run, name: run.log_artifact(self.file, name), "file.bin")

    def artifact(self, log: Callable[[ActiveRun, str], None], name: str) -> None:
        run, name = self.open[-1], f"{self.dice.choice(['', 'deep/'])}{self.number}-{name}"
        log(run, name)
        self.say(run, "artifact", name)

    def record(self) -> None:
        run, name = self.open[-1], f"{self.number}/curve"
        run.log_record(name, "roc", {"x": [0.0, 0.5, 1.0], "y": [0.0, 0.9, 1.0]})
        self.say(run, "artifact", name)

    def model(self) -> None:
        run, name = self.open[-1], f"m{self.number}"
        run.log_model({"n": self.number, "weights": [0.5] * 500}, name)
        self.say(run, "model", name, self.number)

    def late(self) -> None:
        if not self.over:
            return
        run = self.dice.choice(self.over)
        run.set_tags({"late": self.number})
        run.log_metric("late", float(self.number), self.number)
        self.say(run, "points", {"late": [self.number]})


def play(seed: str, file: Path) -> bytes:
    """One round: what the victim said before it was killed."""
    dice = random.Random(seed)
    said, pipe = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(said)
        Victim(random.Random(f"{seed} of the victim"), pipe, file).live()
    os.close(pipe)
    lines = dice.choice([0, dice.randint(1, 10), dice.randint(10, 80)])
    heard = b""
    while heard.count(b"\n") < lines:
        heard += os.read(said, 1 << 16)
    instant = time.perf_counter() + dice.random() * dice.choice([0.0005, 0.005])
    while time.perf_counter() < instant:
        continue
    os.kill(pid, signal.SIGKILL)
    while more := os.read(said, 1 << 16):
        heard += more
    os.close(said)
    os.waitpid(pid, 0)
    return heard


def warm_up(file: Path) -> None:
    """Import all that a victim needs, in a store that is left at once."""
    before = os.environ["FITSCRIBE_STORE"]
    os.environ["FITSCRIBE_STORE"] = before + "-warm"
    victim = Victim(random.Random(0), os.open(os.devnull, os.O_WRONLY), file)
    for act in victim.acts:
        act()
    os.environ["FITSCRIBE_STORE"] = before


def main(seed: str, first: str, end: str, folder: str) -> None:
    file = Path(folder, "file.bin")
    file.write_bytes(bytes(50_000))
    warm_up(file)
    for number in range(int(first), int(end)):
        Path(folder, f"{number}.said").write_bytes(play(f"{seed} {number}", file))


if __name__ == "__main__":
    main(*sys.argv[1:])
