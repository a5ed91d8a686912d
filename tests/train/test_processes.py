"""Two processes with half a batch each learn what one learns with the whole."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("accelerate")
ROOT = Path(__file__).parents[2]
CODE = """
import sys
from dataclasses import replace
from pathlib import Path
from scenic_iot.train.loop import Machine
from scenic_iot.train.pipeline import train_recipe
from scenic_iot.train.recipe import TrainSettings
from tests.train.test_pipeline import RECIPE
from tests.train.toy import toy_pairs

settings = TrainSettings(samples=1200, batch=int(sys.argv[2]), learning_rate=0.01, warmup=2, dropout=0.0, evaluations=1)
trained = train_recipe(
    replace(RECIPE, train=settings), Path(sys.argv[1]), Machine.detect("cpu", threads=1), source=toy_pairs, show=False
)
print(float(sum(parameter.abs().sum() for parameter in trained.model.parameters())))
"""


def test_two_processes_learn_as_one_with_twice_the_batch(tmp_path: Path) -> None:
    (tmp_path / "learn.py").write_text(CODE)
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    plain = {name: value for name, value in os.environ.items() if name not in ("RANK", "WORLD_SIZE", "LOCAL_RANK")}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])

    def start(name: str, batch: int, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(tmp_path / "learn.py"), str(tmp_path / name), str(batch)],
            env={**plain, "PYTHONPATH": path, **environment},
            stdout=subprocess.PIPE,
            text=True,
        )

    shared = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    runs = [start("two", 16, RANK=str(r), LOCAL_RANK=str(r), **shared) for r in range(2)] + [start("one", 32)]
    ends = [run.communicate(timeout=240)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0]
    first, second, alone = (float(end.splitlines()[-1]) for end in ends)
    assert first == second  # processes stay equal to the last bit
    assert first == pytest.approx(alone, rel=1e-3)
    curves = [json.loads((tmp_path / name / "summary.json").read_text()) for name in ("two", "one")]
    two, one = ([(point["step"], point["loss"]) for point in curve["history"]] for curve in curves)
    assert [step for step, _ in two] == [step for step, _ in one]
    assert [loss for _, loss in two] == pytest.approx([loss for _, loss in one], rel=1e-3)
    assert curves[0]["exact"] == pytest.approx(curves[1]["exact"], abs=0.05)
