"""docs/store-format.md: its reader reads what fitscribe wrote; its tables name what there is."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path

from fitscribe.store import ChildWriter, RunWriter, Store, read_all_series, read_run, values
from fitscribe.store.events import ADD
from fitscribe.store.layout import FORMAT

PAGE = Path(__file__).parents[2] / "docs" / "store-format.md"
LONGEST = 85

USE = """
import json, sys
assert not any(name.startswith("fitscribe") for name in sys.modules)
events, points = read_run(sys.argv[1])
kinds = [event["event"] for event in events]
children = {
    child: {"params": read_params(inner), "points": rows, "kinds": [event["event"] for event in inner]}
    for child, (inner, rows) in read_children(events).items()
}
read = {"params": read_params(events), "points": points, "kinds": kinds, "children": children}
print(json.dumps(read))
"""


def reader() -> str:
    found = re.search(r"<!-- reader -->\n```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_reader_on_the_page_reads_what_fitscribe_wrote(store: Store, tmp_path: Path) -> None:
    assert len(reader().splitlines()) <= LONGEST
    writer, other = (RunWriter(store.run_folder("run1")) for _ in range(2))
    writer.event("run", id="run1", name="n\ud800")
    writer.event("params", values={"C": 1.0, "shape": (1, 2), "nan": math.nan})
    for step in range(1_000):
        (writer if step % 3 else other).point("loss/ä", step / 7, step)
    other.event("params", values={"$later": 2, "C": 3.0})
    other.close()
    rows = {"score": [[0, None, 0.5], [1, 7.25, math.inf]], "$cost": [[0, None, 1.0]]}
    writer.child("kid", [("run", {"id": "kid", "time": 5.0}), ("points", {"time": 6.5, "values": rows})])
    kid = ChildWriter(writer, "kid")
    kid.event("params", values={"C": 1.0})
    kid.point("score", 0.75, 2)
    writer.event("end", status="finished", error=None)
    with next(writer.folder.glob("w-*-0.jsonl")).open("ab") as torn:
        torn.write(b'{"event":"not')
    script = tmp_path / "reader.py"
    script.write_text(reader() + USE, encoding="utf-8")
    command = [sys.executable, "-I", "-S", str(script), str(writer.folder)]
    read = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    record = read_run(writer.folder)
    series = read_all_series(writer.folder)["loss/ä"]
    assert read["params"] == record.params
    assert {name: values.decode(value) for name, value in record.params.items()}["$later"] == 2
    assert list(read["points"]) == ["loss/ä"]
    rows = zip(series.steps, series.times, series.values, strict=True)
    assert read["points"]["loss/ä"] == [[int(step), float(time), float(value)] for step, time, value in rows]
    assert read["kinds"].count("end") == 1 and read["kinds"].count("sealed") == 1
    child = read["children"].pop("kid")
    assert not read["children"]
    assert child["params"] == record.children["kid"].params
    assert child["kinds"] == ["run", "points", "params", "points"]
    score, cost = (child["points"][name] for name in ("score", "$cost"))
    assert score[:2] == [[0, 6.5, 0.5], [1, 7.25, {"$float": "inf"}]] and cost == [[0, 6.5, 1.0]]
    in_full = read_all_series(writer.folder, "kid")
    assert [row[:2] for row in score] == [
        [step, time] for step, time in zip(in_full["score"].steps, in_full["score"].times, strict=True)
    ]
    writer.close()


def test_the_page_names_every_event_and_every_tag() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert f"Format version **{FORMAT}**" in text
    named = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert {*ADD, "child", "points", "writer", "metrics", "sealed"} <= named
    tags = set(re.findall(r"`(\$\w+)`", text))
    assert tags == set(values._DECODERS)
