from pathlib import Path

import pytest
import torch

from scenic_iot.command.grid import Grid
from scenic_iot.command.symbols import Symbols
from scenic_iot.compress.aware import rounding
from scenic_iot.compress.calibrate import Calibration, calibration
from scenic_iot.compress.distill import Distillation
from scenic_iot.compress.observe import mean_loss
from scenic_iot.compress.prune import Pruning, prune
from scenic_iot.compress.recover import Lessons, Pruner, recover
from scenic_iot.compress.schedule import SHAPES, Schedule, Shape
from scenic_iot.compress.scope import count_zeros
from scenic_iot.compress.shrink import shrink
from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.model.base import Family, Model
from scenic_iot.model.presets import build, preset
from scenic_iot.text.tokenizer import Tokenizer
from scenic_iot.train.corpus import Corpus
from scenic_iot.train.loop import Machine
from scenic_iot.train.recipe import ModelSettings, Recipe, TrainSettings

CPU = Machine(torch.device("cpu"))
SETTINGS = TrainSettings(batch=32, learning_rate=0.02, warmup=5, ema=0.9)


class School:
    """A model of a family trained on the toy language, what it can be calibrated on, and lessons."""

    def __init__(
        self, family: Family, corpus: Corpus, tokenizer: Tokenizer, symbols: Symbols, samples: int = 1280
    ) -> None:
        catalogue = load_catalogue()
        recipe = Recipe("toy", model=ModelSettings(family=family, preset="nano"), train=SETTINGS)
        torch.manual_seed(0)
        layers = "encoder_layers" if family == "encoder_decoder" else "layers"
        shape = {"width": 32, "hidden": 32, layers: 2}
        self.model = build(preset(family, "nano", len(tokenizer), Grid.of(symbols, catalogue), shape))
        self.lessons = Lessons.of(recipe, corpus, tokenizer, self.model.config, CPU, samples)
        recover(self.model, self.lessons)
        self.data: Calibration = calibration(corpus, tokenizer, symbols.ids[";"], self.model, 200)

    def loss(self, model: Model) -> float:
        return mean_loss(model, self.data.batches)

    def copy(self) -> Model:
        model = build(self.model.config)
        model.load_state_dict(self.model.state_dict())
        return model.eval()


@pytest.fixture(scope="module")
def school(corpus: Corpus, tokenizer: Tokenizer, symbols: Symbols) -> School:
    return School("encoder_decoder", corpus, tokenizer, symbols)


@pytest.mark.parametrize("shape", SHAPES)
def test_recovery_recovers_and_leaves_zeros_zero(school: School, shape: Shape) -> None:
    pruning = Pruning("magnitude", 0.8)
    pruned, recovered = school.copy(), school.copy()
    prune(pruned, pruning, school.data.batches)
    pruner = Pruner(recovered, pruning, Schedule(shape, 0.8, school.lessons.steps), school.data.batches)
    recover(recovered, school.lessons, pruner=pruner)
    assert count_zeros(recovered).of_targeted == pytest.approx(0.8, abs=0.002)
    assert school.loss(recovered) < 0.5 * school.loss(pruned)


@pytest.mark.parametrize("family", ["encoder", "decoder"])
def test_other_families_recover_too(family: Family, corpus: Corpus, tokenizer: Tokenizer, symbols: Symbols) -> None:
    school = School(family, corpus, tokenizer, symbols, samples=320)
    pruned = school.copy()
    pruner = Pruner(pruned, Pruning("gradient", 0.7), Schedule("cubic", 0.7, school.lessons.steps), school.data.batches)
    recover(pruned, school.lessons, pruner=pruner)
    assert count_zeros(pruned).of_targeted == pytest.approx(0.7, abs=0.002)


def test_a_small_model_learns_from_a_large_one(school: School) -> None:
    small = shrink(school.model, {"encoder_layers": 1, "hidden": 8}, school.data.batches)
    before = school.loss(small)
    recover(small, school.lessons, objective=Distillation(school.model))
    assert school.loss(small) < 0.5 * before


def test_distillation_asks_for_what_the_teacher_thinks(school: School) -> None:
    """With no weight on the commands, the loss of the teacher itself is 0, and that of another model is not."""
    batch = school.data.batches[0]
    distillation = Distillation(school.model, weight=1.0)
    assert distillation(school.model, batch.source, batch.target).item() == pytest.approx(0, abs=1e-5)
    other = shrink(school.model, {"hidden": 4}, school.data.batches)
    assert distillation(other, batch.source, batch.target).item() > 0.01


def test_training_that_knows_of_rounding_helps(school: School) -> None:
    def rounded(model: Model) -> float:
        with rounding(model, 4), torch.no_grad():
            return school.loss(model)

    before, tuned = rounded(school.copy()), school.copy()
    with rounding(tuned, 4):
        recover(tuned, school.lessons)
    assert rounded(tuned) < before
    assert set(tuned.state_dict()) == set(school.model.state_dict())


def test_nothing_is_left_behind(school: School, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    recover(school.copy(), school.lessons)
    assert not list(tmp_path.iterdir())
