import pytest

from scenic_iot.export.onnx import Exported, export_onnx
from scenic_iot.model.base import Model
from tests.model.tiny import FAMILIES, tiny


@pytest.fixture(scope="session", params=FAMILIES)
def model(request: pytest.FixtureRequest) -> Model:
    return tiny(request.param)


@pytest.fixture(scope="session")
def exported(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return export_onnx(model, tmp_path_factory.mktemp("onnx"))
