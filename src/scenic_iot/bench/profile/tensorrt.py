"""TensorRT through its own tool, `trtexec`: dense and 2:4 engines of a bundle's encoder, their times, and the evidence.

Each engine is built and timed by one call. Times are read from the file of `--exportTimes`, a list with one object a
run; `computeMs` is how long the GPU computed, `latencyMs` the whole with copies. `startComputeMs` and the like are
moments, not durations, and are not read. That sparse tactics were chosen is told from the layers of
`--exportLayerInfo`, whose tactics' names say so, and from trtexec's own lines "(Sparsity)". Without such evidence an
engine is called dense, whatever it was asked to be.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from scenic_iot.compress.mask import is_two_of_four
from scenic_iot.runtime.bundle import Bundle

Sparsity = Literal["disable", "enable", "force"]
TOOL = "trtexec"
_PICKED = re.compile(
    r"\(Sparsity\).*(?:picked sparse implementation for layers|Chose sparse).*?:\s*(.*)", re.IGNORECASE
)
_SPARSE = re.compile(r"spars|spgemm|sp_gemm", re.IGNORECASE)
_RUN = 1800
"""Seconds after which a build is given up."""


class TensorRTError(RuntimeError):
    """trtexec is missing, failed, or wrote something that is not what its documentation says."""


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine, timed. Milliseconds of the GPU's computing: median and 95th percentile of `runs`."""

    asked: Sparsity
    batch: int
    length: int
    median: float
    p95: float
    runs: int
    sparse_layers: tuple[str, ...]
    """Layers that sparse tactics were chosen for; none: the engine is dense."""

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


Runner = Callable[[Sequence[str]], str]
"""Runs a command and gives what it printed. Raises TensorRTError."""


def profile(bundle: Bundle, folder: Path, batch: int, length: int, run: Runner | None = None) -> list[Engine]:
    """Dense and 2:4 engines of a bundle's encoder; what trtexec writes stays in `folder`.

    Where the encoder's weights are not 2:4, trtexec is told to make them so (`force`): then times mean something and
    answers do not. Raises TensorRTError.
    """
    if run is None:
        run = command(TOOL)
    path = bundle.path / bundle.layout.encoder
    if bundle.config.get("packed") or bundle.config.get("precision") not in ("float32", "fp32"):
        raise TensorRTError(f"{bundle.path}: TensorRT is given float32 files; this bundle's are not")
    sparse: Sparsity = "enable" if weights_are_two_of_four(path) else "force"
    folder.mkdir(parents=True, exist_ok=True)
    return [engine(path, folder, asked, batch, length, run) for asked in ("disable", sparse)]


def command(tool: str) -> Runner:
    """A runner of an installed tool. Raises TensorRTError where there is none."""
    found = shutil.which(tool)
    if found is None:
        raise TensorRTError(f"{tool} is not installed or not on the PATH: it comes with TensorRT, in its bin folder")

    def run(arguments: Sequence[str]) -> str:
        try:
            done = subprocess.run([found, *arguments], capture_output=True, text=True, timeout=_RUN, check=False)
        except (OSError, subprocess.TimeoutExpired) as reason:
            raise TensorRTError(f"{tool} did not finish: {reason}") from reason
        printed = done.stdout + done.stderr
        if done.returncode:
            lines = [line for line in printed.splitlines() if "[E]" in line] or printed.splitlines()[-1:]
            raise TensorRTError(f"{tool} failed: {' '.join(lines[:2]).strip()}")
        return printed

    return run


def engine(path: Path, folder: Path, asked: Sparsity, batch: int, length: int, run: Runner) -> Engine:
    """Build and time one engine."""
    times, layers = folder / f"times-{asked}.json", folder / f"layers-{asked}.json"
    shape = ",".join(f"{name}:{batch}x{length}" for name in ("input_ids", "attention_mask"))
    printed = run(
        [
            f"--onnx={path}",
            f"--saveEngine={folder / f'encoder-{asked}.engine'}",
            "--fp16",
            f"--sparsity={asked}",
            f"--minShapes={shape}",
            f"--optShapes={shape}",
            f"--maxShapes={shape}",
            "--profilingVerbosity=detailed",
            f"--exportTimes={times}",
            f"--exportLayerInfo={layers}",
            "--verbose",
        ]
    )
    spent = read_times(times)
    evidence = () if asked == "disable" else sparse_layers(printed, layers)
    median, p95 = float(np.median(spent)), float(np.percentile(spent, 95))
    return Engine(asked, batch, length, median, p95, len(spent), evidence)


def read_times(path: Path) -> list[float]:
    """Milliseconds that the GPU computed in each run. Raises TensorRTError on anything but `--exportTimes`' file."""
    runs = _read(path)
    if not isinstance(runs, list) or not runs:
        raise TensorRTError(f"{path.name} holds no runs")
    spent = []
    for index, entry in enumerate(runs):
        value = entry.get("computeMs") if isinstance(entry, dict) else None
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1e6:
            raise TensorRTError(f"{path.name}: run {index} has no duration computeMs, but {value!r}")
        spent.append(float(value))
    return spent


def sparse_layers(printed: str, path: Path) -> tuple[str, ...]:
    """Names of the layers that were given sparse tactics, told from the layers' file and from what was printed."""
    content = _read(path)
    layers = content.get("Layers", []) if isinstance(content, dict) else content
    found = [
        str(layer.get("Name", ""))
        for layer in layers
        if isinstance(layer, dict) and _SPARSE.search(str(layer.get("TacticName", "")))
    ]
    for line in _PICKED.findall(printed):
        found += [name.strip() for name in line.split(",") if name.strip()]
    return tuple(dict.fromkeys(found))


def weights_are_two_of_four(path: Path) -> bool:
    """Whether all matrices of linear layers in an ONNX file have two zeros in every four inputs."""
    graph = onnx.load(path).graph
    factors = {node.input[1] for node in graph.node if node.op_type == "MatMul"}
    matrices = [numpy_helper.to_array(tensor) for tensor in graph.initializer if tensor.name in factors]
    return bool(matrices) and all(_is_two_of_four(matrix) for matrix in matrices)


def _is_two_of_four(matrix: np.ndarray[Any, Any]) -> bool:
    """As `is_two_of_four`, for (inputs, outputs), which is how MatMul has them."""
    return is_two_of_four(torch.from_numpy(matrix.T.copy()))


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as reason:
        raise TensorRTError(f"{path.name} cannot be read: {reason}") from reason
