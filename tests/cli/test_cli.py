"""The command line, in process."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from scenic_iot import __version__
from scenic_iot.cli import cli
from scenic_iot.runtime.bundle import PACKAGED


def run(*arguments: str, text: str | bytes = "") -> str:
    result = CliRunner().invoke(cli, arguments, input=text, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def scenic(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a process, for exit status and standard error."""
    code = "from scenic_iot.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


def test_run() -> None:
    assert run("run", "把客厅的灯关了") == "light@living_room power=off\n"
    assert run("run", "turn off the fan", "打开窗帘") == "fan power=off\ncurtain position=open\n"


def test_run_reads_lines_where_no_text_is_given() -> None:
    assert run("run", text="turn off the fan\n打开窗帘") == "fan power=off\ncurtain position=open\n"


def test_top_and_say() -> None:
    lines = run("run", "--top", "3", "--say", "把客厅的灯关了").splitlines()
    assert lines[0].endswith("%  light@living_room power=off")
    assert lines[-1] == "好的，已关闭客厅灯。"


def test_jsonl_answers_every_line_in_order() -> None:
    lines = ["把客厅的灯关了", "", "turn on the fan", "hi\x07there"]
    data = "\n".join(lines).encode() + b"\n\xff\xfe\r\n" + b"x" * 100_000
    answers = [json.loads(line) for line in run("run", "--jsonl", text=data).splitlines()]
    assert [a["text"] for a in answers[:4]] == lines
    assert len(answers) == 6
    assert answers[0]["command"] == "light@living_room power=off"
    action = {"device": "light", "area": "living_room", "except": [], "attribute": "power", "op": "set", "value": "off"}
    assert answers[0]["actions"] == [{**action, "schedule": None}]
    assert answers[1]["rejected"] == "out_of_scope"
    assert answers[5]["text"] == "x" * 100_000


def test_version_and_help() -> None:
    assert __version__ in run("--version")
    for command in ("run", "eval", "home", "data", "train", "model", "bench", "demo"):
        assert command in run("--help")
        assert "Usage" in run(command, "--help")


def test_help_imports_nothing_heavy() -> None:
    code = "import sys\nfrom scenic_iot.cli import cli\ntry: cli(['train', '--help'])\nexcept SystemExit: pass\n"
    code += "assert not {'torch', 'onnxruntime', 'numpy'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_demo() -> None:
    output = run("demo")
    assert "light@living_room power=off" in output
    assert "好的，已关闭客厅灯。" in output


def test_eval(tmp_path: Path) -> None:
    rows = [
        ("关掉厨房的灯", "light@kitchen power=off"),
        ("turn on the fan", "fan power=off"),
        ("讲个笑话", "reject out_of_scope"),
    ]
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(json.dumps({"text": t, "command": c}) for t, c in rows), encoding="utf-8")
    output = run("eval", str(path), "--misses", "5")
    assert "66.67%" in output
    assert "wanted fan power=off" in output
    (score,) = json.loads(run("eval", str(path), "--json"))
    assert score["em1"]["hits"] == 2


def test_home_check(tmp_path: Path) -> None:
    path = tmp_path / "home.yaml"
    path.write_text("devices:\n  lamp_one: {type: light, names: [zorb]}\n", encoding="utf-8")
    assert "1 devices (1 with names of their own)" in run("home", "check", str(path))
    path.write_text("devices:\n  lamp_one: {type: lihgt}\n", encoding="utf-8")
    done = scenic("home", "check", str(path))
    assert done.returncode == 2
    assert f"{path}:2" in done.stderr
    assert "did you mean 'light'" in done.stderr


def test_preview_and_generate(tmp_path: Path) -> None:
    assert "; " in run("data", "preview", "--kind", "several", "--pairs", "3", "--seed", "5")
    path = tmp_path / "pairs.jsonl"
    run("data", "generate", str(path), "--pairs", "500", "--processes", "1")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 500
    assert {"text", "command", "language", "difficulty", "kinds", "phrases"} == set(rows[0])
    run("data", "generate", str(tmp_path / "pairs.parquet"), "--pairs", "500", "--processes", "1")
    import pyarrow.parquet

    assert pyarrow.parquet.read_table(tmp_path / "pairs.parquet")["text"].to_pylist() == [row["text"] for row in rows]


@pytest.mark.parametrize("harm", ["missing", "cut", "altered", "no file"])
def test_a_bad_bundle_is_one_clear_line(tmp_path: Path, harm: str) -> None:
    bundle = tmp_path / "bundle"
    if harm != "missing":
        shutil.copytree(PACKAGED, bundle)
    encoder = bundle / "encoder.onnx"
    if harm == "cut":
        encoder.write_bytes(encoder.read_bytes()[:1000])
    elif harm == "altered":
        data = bytearray(encoder.read_bytes())
        data[5000] ^= 1
        encoder.write_bytes(data)
    elif harm == "no file":
        encoder.unlink()
    done = scenic("run", "--model", str(bundle), "lights off")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert str(bundle) in done.stderr


def test_mistakes_in_the_call() -> None:
    assert scenic("run", "--jsonl", "text").returncode == 2
    assert scenic("train", "no-such.yaml").returncode == 2
    assert scenic("eval", "no-such.jsonl").returncode == 2


def test_every_family_has_every_preset() -> None:
    lines = [line.split() for line in run("model", "list").splitlines()[1:]]
    assert len({(family, preset) for family, preset, *_ in lines}) == len(lines) == 3 * 7
    assert all(int(parameters.replace(",", "")) > 300_000 for _, _, parameters, *_ in lines)


def test_a_checkpoint_that_is_none_is_an_error(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("name: none\ndata: {pairs: 20, held_out: 0}\n")
    done = scenic("train", str(recipe), "--out", str(tmp_path / "run"), "--init", str(tmp_path), "--workers", "1")
    assert done.returncode != 0
    assert "is no checkpoint: config.json" in done.stderr
    assert "Traceback" not in done.stderr
