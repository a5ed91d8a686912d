from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from scenic_iot.command.tokens import BOS
from scenic_iot.export.onnx import Exported, export_onnx
from scenic_iot.model.base import Family, Model
from scenic_iot.model.encoder import Encoder
from tests.model.tiny import GRID, tiny

SOURCE = torch.randint(3, 50, (3, 9), generator=torch.Generator().manual_seed(0))
TARGET = torch.randint(3, 30, (3, 6), generator=torch.Generator().manual_seed(1))
LONG = torch.zeros(3, 64, dtype=torch.long)  # rows that can reach every cell of a grid


def run(path: Path, feed: dict[str, np.ndarray]) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, feed)


def write(exported: Exported, source: torch.Tensor, target: torch.Tensor, cuts: list[int]) -> np.ndarray:
    """Logits of all places, fed in parts that end at `cuts`; of an encoder, its log-probabilities."""
    mask = (source != 0).long().numpy()
    read = run(exported.encoder, {"input_ids": source.numpy(), "attention_mask": mask})[0]
    if exported.decoder is None:
        return read
    symbols = np.concatenate([np.full((len(target), 1), BOS), target[:, :-1].numpy()], axis=1)
    past = np.zeros((len(target), read.shape[1], 0, read.shape[3]), dtype=np.float32)
    parts = []
    for first, last in zip([0, *cuts], [*cuts, symbols.shape[1]], strict=True):
        feed = {"symbol_ids": symbols[:, first:last], "past": past, "cross": read, "attention_mask": mask}
        logits, past = run(exported.decoder, feed)
        parts.append(logits)
    return np.concatenate(parts, axis=1)


def difference(model: Model, source: torch.Tensor, target: torch.Tensor, found: np.ndarray) -> float:
    with torch.no_grad():
        if isinstance(model, Encoder):
            wanted = model(source, LONG[: len(source)]).logits.log_softmax(-1)
        else:
            wanted = model(source, target).logits
    return float(np.abs(wanted.numpy() - found).max())


@pytest.mark.parametrize("cuts", [[], [1, 2, 3, 4, 5], [3, 4]])
def test_steps_of_any_length_give_the_models_logits(model: Model, exported: Exported, cuts: list[int]) -> None:
    assert difference(model, SOURCE, TARGET, write(exported, SOURCE, TARGET, cuts)) < 1e-4


def test_padding_is_not_seen(model: Model, exported: Exported) -> None:
    source = SOURCE.clone()
    source[1, 4:] = 0
    assert difference(model, source, TARGET, write(exported, source, TARGET, [2])) < 1e-4
    alone = write(exported, source[1:2, :4], TARGET[1:2], [2])
    assert np.abs(alone - write(exported, source, TARGET, [2])[1:2]).max() < 1e-4


def test_several_hypotheses_about_one_sentence(model: Model, exported: Exported) -> None:
    found = write(exported, SOURCE[:1], TARGET, [1, 3])
    assert difference(model, SOURCE[:1].expand(3, -1), TARGET, found) < 1e-4


def test_one_vector_a_sentence(model: Model, exported: Exported) -> None:
    source = SOURCE.clone()
    source[1, 4:] = 0
    feed = {"input_ids": source.numpy(), "attention_mask": (source != 0).long().numpy()}
    assert onnx.load(exported.encoder).graph.output[1].name == "pooled"
    with torch.no_grad():
        assert np.abs(model.pool(source).numpy() - run(exported.encoder, feed)[1]).max() < 1e-4


def shapes(family: Family, *changes: dict[str, object]) -> list[object]:
    return [pytest.param(family, c, id=f"{family}-{'-'.join(map(str, c.values()))}") for c in changes]


@pytest.mark.parametrize(
    ("family", "changes"),
    [
        *shapes("encoder", {"activation": "swiglu"}, {"slot_layers": 1}, {"heads": 1}, {"style": "bert"}),
        *shapes("decoder", {"activation": "geglu"}, {"layers": 1}, {"kv_heads": 2}, {"head": 12}),
        *shapes("decoder", {"qkv_bias": True}, {"qk_norm": True}, {"tied": False}, {"heads": 4, "kv_heads": 2}),
        *shapes("encoder_decoder", {"activation": "gelu"}, {"activation": "swiglu"}, {"activation": "geglu"}),
        *shapes("encoder_decoder", {"decoder_layers": 1}, {"heads": 1}, {"head": 12}, {"scaled": False, "tied": False}),
    ],
)
def test_every_shape_of_model(family: Family, changes: dict[str, object], tmp_path: Path) -> None:
    model = tiny(family, **changes)
    assert difference(model, SOURCE, TARGET, write(export_onnx(model, tmp_path), SOURCE, TARGET, [2])) < 1e-4


MOST = {"encoder": (200,), "decoder": (135, 155), "encoder_decoder": (90, 125)}


def test_graphs_are_plain(model: Model, exported: Exported) -> None:
    for path, most in zip(exported.files(), MOST[model.family], strict=False):
        graph = onnx.load(path)
        assert [entry.domain for entry in graph.opset_import] == [""]
        assert len(graph.graph.node) < most
        assert not {node.op_type for node in graph.graph.node} & {"Loop", "If", "Identity", "Expand", "Tile"}


def test_names_and_sizes_that_vary(model: Model, exported: Exported) -> None:
    if exported.decoder is None:
        (grid, _) = onnx.load(exported.encoder).graph.output
        sizes = [dim.dim_param or dim.dim_value for dim in grid.type.tensor_type.shape.dim]
        assert (grid.name, sizes) == ("grid", ["batch", GRID.slots * GRID.places, 30])
        return
    decoder = onnx.load(exported.decoder).graph
    assert [entry.name for entry in decoder.input] == ["symbol_ids", "past", "cross", "attention_mask"]
    assert [entry.name for entry in decoder.output] == ["logits", "present"]
    past = [dim.dim_param or dim.dim_value for dim in decoder.input[1].type.tensor_type.shape.dim]
    assert past == ["beams", 4 if model.family == "decoder" else 8, "past", 16]


def test_exporting_twice_gives_the_same_bytes(model: Model, exported: Exported, tmp_path: Path) -> None:
    again = export_onnx(model, tmp_path)
    assert [path.read_bytes() for path in again.files()] == [path.read_bytes() for path in exported.files()]
