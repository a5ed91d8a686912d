"""trtexec's files and lines, as its documentation shows them; the tool itself is played by a script."""

from __future__ import annotations

import json
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from scenic_iot.bench.profile import tensorrt
from scenic_iot.bench.profile.tensorrt import TensorRTError, command, profile, read_times, sparse_layers
from scenic_iot.compress.prune import Pruning, prune
from scenic_iot.export.onnx import export_onnx
from scenic_iot.runtime.bundle import Bundle
from tests.model.tiny import tiny

# What trtexec --exportTimes writes: moments and durations of every run, in milliseconds.
RUNS = [
    {
        "startInMs": 1000.5 + index,
        "endInMs": 1000.6 + index,
        "startComputeMs": 1000.7 + index,
        "endComputeMs": 1000.9 + index,
        "startOutMs": 1001.0 + index,
        "endOutMs": 1001.1 + index,
        "inMs": 0.1,
        "computeMs": 0.2 + 0.01 * index,
        "outMs": 0.1,
        "latencyMs": 0.4,
        "endToEndMs": 0.6,
    }
    for index in range(5)
]
LAYERS = {
    "Layers": [
        {
            "Name": "/encoder/0/qkv",
            "LayerType": "gemm",
            "TacticName": "sm90_xmma_gemm_f16f16_sparse_tn_n_tilesize128x64",
        },
        {"Name": "/encoder/0/norm", "LayerType": "PointWise", "TacticName": "pointwise_v2"},
        {"Name": "/encoder/0/out", "LayerType": "gemm", "TacticName": "ampere_h16816_spgemm_128x64"},
    ],
    "Bindings": ["input_ids", "attention_mask", "cross"],
}
DENSE = {"Layers": [{"Name": "/encoder/0/qkv", "TacticName": "sm90_xmma_gemm_f16f16_f16f32_f32_tn_n"}]}
PRINTED = """[I] [TRT] (Sparsity) Layers eligible for sparse math: /encoder/0/qkv, /encoder/0/feed/up
[I] [TRT] (Sparsity) TRT inference plan picked sparse implementation for layers: /encoder/0/feed/up
"""


def written(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content))
    return path


def bundle_of(folder: Path, *, pruned: bool, precision: str = "float32") -> Bundle:
    model = tiny("encoder_decoder")
    if pruned:
        prune(model, Pruning("2:4", 0.5), [])
        for layer in model.decoder:  # its keys and values are made by the encoder's graph
            assert bool((layer.cross.key_value.weight == 0).any())
    folder.mkdir(exist_ok=True)
    export_onnx(model, folder)
    return Bundle(folder, None, None, (), {"family": model.family, "precision": precision})  # type: ignore[arg-type]


def test_durations_are_read_and_no_moments(tmp_path: Path) -> None:
    assert read_times(written(tmp_path / "times.json", RUNS)) == pytest.approx([0.2, 0.21, 0.22, 0.23, 0.24])


@pytest.mark.parametrize(
    "content",
    [[], {}, [{"startComputeMs": 1.0, "endComputeMs": 2.0}], [{"computeMs": "0.2"}], [{"computeMs": -1}], ["x"]],
)
def test_another_form_is_an_error(tmp_path: Path, content: object) -> None:
    with pytest.raises(TensorRTError, match=r"times\.json"):
        read_times(written(tmp_path / "times.json", content))


def test_evidence_is_what_was_picked_and_not_what_was_eligible(tmp_path: Path) -> None:
    assert sparse_layers("", written(tmp_path / "layers.json", LAYERS)) == ("/encoder/0/qkv", "/encoder/0/out")
    assert sparse_layers(PRINTED, written(tmp_path / "layers.json", DENSE)) == ("/encoder/0/feed/up",)
    assert sparse_layers("", written(tmp_path / "layers.json", DENSE)) == ()


@pytest.mark.parametrize("pruned", [False, True])
def test_dense_and_sparse_engines(tmp_path: Path, pruned: bool) -> None:
    asked: list[Sequence[str]] = []

    def run(arguments: Sequence[str]) -> str:
        asked.append(arguments)
        options = dict(argument.lstrip("-").partition("=")[::2] for argument in arguments)
        written(Path(options["exportTimes"]), RUNS)
        written(Path(options["exportLayerInfo"]), DENSE if options["sparsity"] == "disable" else LAYERS)
        return ""

    dense, sparse = profile(bundle_of(tmp_path / "b", pruned=pruned), tmp_path / "out", 4, 24, run)
    assert (dense.asked, sparse.asked) == ("disable", "enable" if pruned else "force")
    assert dense.median == pytest.approx(0.22)
    assert dense.sparse_layers == ()
    assert len(sparse.sparse_layers) == 2
    assert "--optShapes=input_ids:4x24,attention_mask:4x24" in asked[0]
    assert json.loads(json.dumps(sparse.to_json()))["runs"] == 5


def test_int8_files_are_not_given_to_tensorrt(tmp_path: Path) -> None:
    with pytest.raises(TensorRTError, match="float32 files"):
        profile(bundle_of(tmp_path / "b", pruned=False, precision="int8"), tmp_path, 1, 24, lambda arguments: "")


def test_a_missing_tool_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TensorRTError, match="trtexec is not installed or not on the PATH"):
        profile(bundle_of(tmp_path / "b", pruned=False), tmp_path, 1, 24)


def test_a_tool_that_fails_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / tensorrt.TOOL
    script.write_text("#!/bin/sh\necho '[I] begun'; echo '[E] Error[4]: no such shape' >&2; exit 1\n")
    script.chmod(script.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(TensorRTError, match=r"trtexec failed: \[E\] Error\[4\]: no such shape"):
        command(tensorrt.TOOL)(["--onnx=x"])


def test_patterns_are_told_from_the_files_weights(tmp_path: Path) -> None:
    torch.manual_seed(0)
    for pruned in (True, False):
        bundle = bundle_of(tmp_path / str(pruned), pruned=pruned)
        assert tensorrt.weights_are_two_of_four(bundle.path / "encoder.onnx") == pruned
