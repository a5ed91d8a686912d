from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from scenic_iot.export.onnx import Exported, export_onnx
from scenic_iot.model.encoder_decoder import BOS, EncoderDecoder

from .conftest import random_model

Run = Callable[[Path, dict[str, np.ndarray]], list[np.ndarray]]
SOURCE = torch.randint(3, 60, (3, 9), generator=torch.Generator().manual_seed(0))
TARGET = torch.randint(3, 30, (3, 6), generator=torch.Generator().manual_seed(1))


def run(path: Path, feed: dict[str, np.ndarray]) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, feed)


def decode(exported: Exported, source: torch.Tensor, target: torch.Tensor, cuts: list[int]) -> np.ndarray:
    """Logits of all places, fed in parts that end at `cuts`."""
    mask = (source != 0).long().numpy()
    (cross,) = run(exported.encoder, {"input_ids": source.numpy(), "attention_mask": mask})
    symbols = np.concatenate([np.full((len(target), 1), BOS), target[:, :-1].numpy()], axis=1)
    past = np.zeros((len(target), cross.shape[1], 0, cross.shape[3]), dtype=np.float32)
    parts = []
    for first, last in zip([0, *cuts], [*cuts, symbols.shape[1]], strict=True):
        feed = {"symbol_ids": symbols[:, first:last], "past": past, "cross": cross, "attention_mask": mask}
        logits, past = run(exported.decoder, feed)
        parts.append(logits)
    return np.concatenate(parts, axis=1)


def difference(model: EncoderDecoder, source: torch.Tensor, target: torch.Tensor, found: np.ndarray) -> float:
    with torch.no_grad():
        return float(np.abs(model(source, target).numpy() - found).max())


@pytest.mark.parametrize("cuts", [[], [1, 2, 3, 4, 5], [3, 4]])
def test_steps_of_any_length_give_the_models_logits(model: EncoderDecoder, exported: Exported, cuts: list[int]) -> None:
    assert difference(model, SOURCE, TARGET, decode(exported, SOURCE, TARGET, cuts)) < 1e-4


def test_padding_is_not_seen(model: EncoderDecoder, exported: Exported) -> None:
    source = SOURCE.clone()
    source[1, 4:] = 0
    assert difference(model, source, TARGET, decode(exported, source, TARGET, [2])) < 1e-4
    alone = decode(exported, source[1:2, :4], TARGET[1:2], [2])
    assert np.abs(alone - decode(exported, source, TARGET, [2])[1:2]).max() < 1e-4


def test_several_hypotheses_about_one_sentence(model: EncoderDecoder, exported: Exported) -> None:
    found = decode(exported, SOURCE[:1], TARGET, [1, 3])
    assert difference(model, SOURCE[:1].expand(3, -1), TARGET, found) < 1e-4


@pytest.mark.parametrize(
    "changes",
    [{"activation": "gelu"}, {"activation": "swiglu"}, {"decoder_layers": 1}, {"heads": 1}],
    ids=lambda changes: "-".join(map(str, changes.values())),
)
def test_every_shape_of_model(changes: dict[str, object], tmp_path: Path) -> None:
    model = random_model(**changes)
    assert difference(model, SOURCE, TARGET, decode(export_onnx(model, tmp_path), SOURCE, TARGET, [2])) < 1e-4


def test_graphs_are_plain(exported: Exported) -> None:
    for path, most in ((exported.encoder, 85), (exported.decoder, 125)):
        model = onnx.load(path)
        assert [entry.domain for entry in model.opset_import] == [""]
        assert len(model.graph.node) < most
        assert not {node.op_type for node in model.graph.node} & {"Loop", "If", "Identity", "Expand", "Tile"}


def test_names_and_sizes_that_vary(exported: Exported) -> None:
    decoder = onnx.load(exported.decoder).graph
    assert [entry.name for entry in decoder.input] == ["symbol_ids", "past", "cross", "attention_mask"]
    assert [entry.name for entry in decoder.output] == ["logits", "present"]
    past = [dim.dim_param or dim.dim_value for dim in decoder.input[1].type.tensor_type.shape.dim]
    assert past == ["beams", 8, "past", 16]


def test_exporting_twice_gives_the_same_bytes(model: EncoderDecoder, exported: Exported, tmp_path: Path) -> None:
    again = export_onnx(model, tmp_path)
    assert again.encoder.read_bytes() == exported.encoder.read_bytes()
    assert again.decoder.read_bytes() == exported.decoder.read_bytes()
