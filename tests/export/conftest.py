from pathlib import Path

import pytest
import torch

from scenic_iot.export.onnx import Exported, export_onnx
from scenic_iot.model.encoder_decoder import EncoderDecoder, EncoderDecoderConfig


def random_model(**changes: object) -> EncoderDecoder:
    """A model with random weights everywhere, positions and norms included."""
    torch.manual_seed(1)
    shape = {"width": 32, "heads": 2, "hidden": 48, "encoder_layers": 2, "decoder_layers": 2} | changes
    model = EncoderDecoder(EncoderDecoderConfig(60, 30, **shape))  # type: ignore[arg-type]
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "positions" in name:
                parameter.normal_()
            elif "norm" in name:
                parameter.uniform_(0.5, 1.5)
    return model.eval()


@pytest.fixture(scope="session")
def model() -> EncoderDecoder:
    return random_model()


@pytest.fixture(scope="session")
def exported(model: EncoderDecoder, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    folder: Path = tmp_path_factory.mktemp("onnx")
    return export_onnx(model, folder)
