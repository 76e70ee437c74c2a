"""What is small in a store and would be large in memory, or take for ever, is not made large."""

from __future__ import annotations

import contextlib
import json
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from tests.ui.conftest import serving

from fitscribe import models
from fitscribe.cli import main
from fitscribe.models import ModelNotLoadable
from fitscribe.reading import QueryError, export, get_run, search_runs
from fitscribe.reading.latex import to_latex
from fitscribe.store import Store
from fitscribe.store.values import Opaque, decode

from .hostile import artifact_event, payloads, run_of, write_raw, zipped

DIGITS = "f" * 5000


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


# What decoding it must give, or that it must give anything at all.
VALUES: dict[str, tuple[Any, Any]] = {
    "the power of a fraction": ({"$fraction": "1e999999999"}, Opaque("$fraction", "1e999999999")),
    "a fraction of a power": ({"$fraction": "1e-999999999"}, Opaque("$fraction", "1e-999999999")),
    "as many zeros": ({"$numpy": ["S", 1 << 40]}, Opaque("$numpy", f"['S', {1 << 40}]")),
    "a decimal": ({"$decimal": "1e999999999"}, None),
    "digits": ({"$int": DIGITS}, int(DIGITS, 16)),
    "digits in a set": ({"$set": [{"$int": DIGITS}]}, None),
    "digits as a name": ({"$dict": [[{"$int": DIGITS}, 1]]}, None),
    "digits in a tuple": ({"$tuple": [{"$int": DIGITS}]}, None),
    "digits in a fraction": ({"$fraction": "9" * 5000}, None),
    "a signal": ({"$set": [{"$decimal": "sNaN"}]}, None),
    "no such day": ({"$date": "9999-99-99"}, Opaque("$date", "9999-99-99")),
    "too long": ({"$timedelta": [10**18, 0, 0]}, Opaque("$timedelta", f"[{10**18}, 0, 0]")),
    "no hash": ({"$set": [[1]]}, Opaque("$set", "[[1]]")),
    "a type": ({"$numpy": ["O", "x"]}, Opaque("$numpy", "['O', 'x']")),
    "a type of its own": ({"$numpy": ["V9999999999", 1]}, Opaque("$numpy", "['V9999999999', 1]")),
    "a date of numpy": ({"$numpy": ["M8[999999999Y]", 1 << 62]}, None),
    "unknown": ({"$eval": "1+1"}, Opaque("$eval", "1+1")),
    "a number beyond": (1e308, 1e308),
}


@pytest.mark.parametrize("name", VALUES)
def test_values(own_store: Path, name: str) -> None:
    data, expected = VALUES[name]
    if expected is not None:
        assert decode(data) == expected
    store = Store(own_store)
    values = {"a": data, "b": [data], "c": {"x": data}}
    events = [{"event": kind, "values": values} for kind in ("params", "tags", "facts")]
    run_of(store, "run", *events, {"event": "artifact", "name": "d", "kind": "table", "data": values})
    run_of(store, "other", *events[1:])
    read_everything(store)


def read_everything(store: Store) -> None:
    """Every reader answers."""
    runs = search_runs(store=store)
    repr(runs), runs._repr_html_(), export(runs, "csv"), to_latex(runs)
    json.dumps(export(runs, "json", series=True))
    for run in runs:
        assert isinstance(run.params, dict) and isinstance(run.artifacts, list)
        run._repr_html_()
    ids = [run.id for run in runs]
    for line in (["ls"], ["ls", "--json"], ["show", ids[0]], ["show", ids[0], "--json"], ["compare", *ids]):
        assert main([*line, "--store", str(store.root)]) in (0, 1, 2), line


def test_lines_of_every_size_and_depth(own_store: Path) -> None:
    store = Store(own_store)
    folder = run_of(store, "run", {"event": "params", "values": {"C": 1}})
    run_of(store, "other")
    lines = [
        f'{{"event":"params","time":1.0,"values":{{"deep":{nested(100_000)}}}}}',
        f'{{"event":"params","time":1.0,"values":{{"deep":{nested(900)}}}}}',
        f'{{"event":"params","time":1.0,"values":{{"long":{"9" * 100_000}}}}}',
        '{"event":"params","time":1e999,"values":{"a":1}}',
        f'{{"event":"params","time":{"9" * 4000},"values":{{"a":1}}}}',
        f'{{"event":"notes","time":1.0,"text":"{"x" * 2_000_000}"}}',
        f'{{"event":"metrics","time":1.0,"first":{1 << 80},"names":["far"]}}',
        f'{{"event":"metrics","time":1.0,"first":-{1 << 80},"names":{json.dumps(["m"] * 50_000)}}}',
        f'{{"event":"child","time":1.0,"id":"deep","events":{nested(100_000)}}}',
        "\x00" * 1_000_000,
    ]
    (folder / "w-evil-2-1-0.jsonl").write_text("\n".join(lines) + "\n")
    record = struct.pack("<qqdd", 1 << 62, -(1 << 63), float("nan"), float("inf"))
    (folder / "w-evil-2-1-0.bin").write_bytes(record * 5000 + b"\xff" * 31)
    run = get_run("run", store=store)
    assert run.params["C"] == 1 and len(run.notes) == 2_000_000 and run.damage
    read_everything(store)


def test_names_without_end(own_store: Path) -> None:
    pytest.importorskip("starlette")
    store = Store(own_store)
    many = {f"name{number}": number for number in range(20_000)}
    events = [{"event": kind, "values": many} for kind in ("params", "tags", "facts")]
    children = [
        {"event": "child", "id": f"c{i}", "events": [{"event": "run", "parent": f"c{i + 1}"}]}
        for i in range(500)
    ]
    run_of(store, "run", *events, *children, {"event": "notes", "text": "x"})
    run_of(store, "other", events[0])
    with serving(store) as (_, client):
        for path in (
            "runs",
            "columns",
            "runs/run",
            "compare?run=run&run=other",
            "complete?text=params.&cursor=7",
        ):
            assert client.send("GET", f"/api/{path}").status == 200
    assert len(get_run("run", store=store).params) == 20_000


def test_families_that_go_round(own_store: Path) -> None:
    store = Store(own_store)
    run_of(store, "a", parent="b", role="group")
    run_of(store, "b", parent="a", role="group")
    run_of(store, "self", parent="self", role="group")
    child = {"event": "child", "id": "a", "events": [{"event": "run", "parent": "holder"}]}
    run_of(store, "holder", child, {"event": "joined", "parent": "holder"}, parent="a")
    for run in search_runs(store=store):
        repr(run.children), repr(run.parent), run.params
    for line in (["ls"], ["ls", "--all"], ["show", "a"], ["show", "self"], ["show", "holder"]):
        assert main([*line, "--store", str(store.root)]) == 0, line
    assert sorted(store.trash(["a"])) == ["a", "b"] and store.trash(["self", "holder"]) == ["self", "holder"]
    assert sorted(store.purge()) == ["a", "b", "holder", "self"]


# -- files


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1_000_000)))
        + chunk(b"IEND", b"")
    )


FILES = {
    "huge.png": png(2**31 - 1, 2**31 - 1),
    "long.csv": b"a," * 2_000_000,
    "quote.csv": b'"' + b"x" * 4_000_000,
    "rows.csv": b"a,b\n" * 1_000_000,
    "deep.json": nested(100_000).encode(),
    "long.json": b'{"a": ' + b"9" * 100_000 + b"}",
    "nan.json": b'{"a": NaN, "a": Infinity}',
    "billion.svg": b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
    + b"]><svg xmlns='http://www.w3.org/2000/svg'><text>&j;</text><script>alert(1)</script></svg>",
    "page.xhtml": b"<html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>",
    "data.xml": b"<?xml-stylesheet href='javascript:alert(1)'?><a/>",
    "page.html.gz": zlib.compress(b"<script>alert(1)</script>" * 100_000),
    "app.js": b"alert(1)",
    "style.css": b"@import url(http://evil)",
    "report.pdf": b"%PDF-1.4 /JS (app.alert(1))",
    "fake.png": b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
    "fake.gif": b"GIF89a/*<script>*/=1;alert(1)",
    "empty": b"",
    "\x1b[2J\u202e\nx.txt": b"x",
}


def test_files_in_the_browser_view(own_store: Path) -> None:
    pytest.importorskip("starlette")
    from fitscribe.ui.report import report

    store = Store(own_store)
    folder = run_of(store, "run", *(artifact_event(f"artifacts/{name}", name) for name in FILES))
    (folder / "artifacts").mkdir()
    for name, content in FILES.items():
        (folder / "artifacts" / name).write_bytes(content)
    with serving(store) as (_, client):
        for name, content in FILES.items():
            shown = client.get("runs/run/preview", name=name)
            assert len(json.dumps(shown)) < 1_500_000, name
            for inline in ("0", "1"):
                answer = client.answer("runs/run/file", name=name, inline=inline)
                assert answer.status == 200 and answer.content == content, name
                assert answer.headers["x-content-type-options"] == "nosniff"
                assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
                assert "content-encoding" not in answer.headers
                kind = answer.headers["content-type"]
                is_image = kind.startswith("image/")
                assert is_image or kind == "application/octet-stream"
                assert answer.headers["content-disposition"].startswith(
                    "inline" if is_image and inline == "1" else "attach"
                )
    page = report(store, [get_run("run", store=store)])
    assert page.count("</script") == 2


def test_a_name_that_is_no_text_is_downloaded(own_store: Path) -> None:
    pytest.importorskip("starlette")
    store = Store(own_store)
    name = b"caf\xe9.txt".decode("utf-8", "surrogateescape")
    folder = run_of(store, "run", artifact_event(f"artifacts/{name}", "a"))
    (folder / "artifacts").mkdir()
    try:
        (folder / "artifacts" / name).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    with serving(store) as (_, client):
        answer = client.answer("runs/run/file", name="a")
        assert (answer.status, answer.content) == (200, b"x")


def test_a_model_that_unpacks_to_far_more_is_not_unpacked(tmp_path: Path) -> None:
    pytest.importorskip("skops.io")
    content = bytearray(zipped({"schema.json": b"{}", "x.npy": b"x"}))
    entry = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 1)
    content[entry + 24 : entry + 28] = struct.pack("<I", 0xF000_0000)
    (tmp_path / "m.skops").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "m.skops") as file:
        assert sum(each.file_size for each in file.infolist()) > 1 << 30
    with pytest.raises(ModelNotLoadable, match="claim to unpack to"):
        models.load_skops(tmp_path / "m.skops", None)


@pytest.mark.parametrize("content", [b"", b"x", b"\x08\x07" * 1000], ids=["empty", "text", "noise"])
def test_what_is_no_graph(tmp_path: Path, content: bytes) -> None:
    pytest.importorskip("onnxruntime")
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(ModelNotLoadable):
        models.OnnxModel(tmp_path / "m.onnx")


def test_a_graph_that_says_nonsense_of_itself(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from onnx import TensorProto, helper

    tensor = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", tensor[:1], tensor[1:])
    for said in ("[]", "5", "no json", nested(100_000)):
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        entry = model.metadata_props.add()
        entry.key, entry.value = "fitscribe", said
        (tmp_path / "m.onnx").write_bytes(onnx.ModelProto.SerializeToString(model))
        with pytest.raises(ModelNotLoadable):
            models.OnnxModel(tmp_path / "m.onnx")


# -- filters

FILTERS = [
    "(" * 5000 + "params.a = 1" + ")" * 5000,
    " and ".join(["params.a = 1"] * 5000),
    "not " * 5000 + "params.a = 1",
    "params.a like '" + "%_" * 3000 + "'",
    "params.a like '" + "%a" * 3000 + "b'",
    "params.a ~ '" + "(a+)+" * 1500 + "$'",
    "params.`" + "`" * 9000 + "` = 1",
    "params.a in (" + "1," * 4000 + "1)",
    "params." + "a." * 4000 + "a = 1",
    "params." + "a" * 9000 + "! = 1",
    "'" * 9001,
    "params.a = " + "9" * 9000,
    "params.a = 1e" + "9" * 4000,
    "x" * 20_000,
    "started > '" + "9" * 9000 + "'",
    "started > now - " + "9" * 5000 + "d",
    "params.a = 1; DROP TABLE runs",
    "params.a = '' OR load_extension('x')",
    "name = '\x00'",
]


@pytest.mark.parametrize("query", FILTERS, ids=lambda query: query[:24])
def test_filters(own_store: Path, query: str) -> None:
    store = Store(own_store)
    run_of(store, "run", {"event": "params", "values": {"a": "a" * 20_000, "b": 1}})
    with contextlib.suppress(QueryError):
        assert len(search_runs(query, store=store)) <= 1
    with contextlib.suppress(QueryError):
        assert len(search_runs(order_by=query, store=store)) == 1
    assert [run.id for run in search_runs(store=store)] == ["run"]


def test_the_filters_above_end(own_store: Path) -> None:
    """In a process of their own, which is ended where one takes for ever."""
    code = (
        "import sys\nfrom fitscribe.reading import search_runs, QueryError\n"
        "from tests.chaos.test_hostile_bombs import FILTERS\n"
        "for query in FILTERS:\n"
        "    try:\n        search_runs(query)\n"
        "    except QueryError:\n        pass\n"
    )
    run_of(Store(own_store), "run", {"event": "params", "values": {"a": "a" * 20_000}})
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True, timeout=120, capture_output=True)


def test_payloads_are_made(tmp_path: Path) -> None:
    """The payloads of this suite are what they say: those that can be loaded here do explode."""
    import pickle

    mark = tmp_path / "exploded"
    pickle.loads(payloads(mark)["model.pkl"])
    assert mark.is_dir()
    write_raw(tmp_path / "run", {"event": "x"})
    assert (tmp_path / "run" / "w-evil-1-1-0.jsonl").is_file()
