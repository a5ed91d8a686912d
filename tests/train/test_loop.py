import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from scenic_iot.command.grid import Grid
from scenic_iot.command.symbols import Symbols
from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.model.base import Family
from scenic_iot.model.presets import FAMILIES, build, preset
from scenic_iot.text.tokenizer import Tokenizer
from scenic_iot.train import loop
from scenic_iot.train.checkpoint import CheckpointError
from scenic_iot.train.corpus import Corpus
from scenic_iot.train.dataset import Layout, bucketed, encode
from scenic_iot.train.epochs import Epochs, Speller
from scenic_iot.train.loop import Machine, Trainer, TrainingError
from scenic_iot.train.objectives import Objective
from scenic_iot.train.optim import Average, learning_rate
from scenic_iot.train.recipe import TrainSettings

SETTINGS = TrainSettings(
    batch=32, learning_rate=0.01, warmup=5, ema=0.9, evaluations=2, label_smoothing=0.05, token_dropout=0.05
)
OBJECTIVE = Objective.of(SETTINGS, "encoder_decoder", 60)
LAYOUT = Layout(32, (64, 32), torch.device("cpu"))


class Killed(Exception):
    """Stands for the end of the process."""


@pytest.fixture
def make(corpus: Corpus, tokenizer: Tokenizer, symbols: Symbols, tmp_path: Path):
    def trainer(name: str, steps: int = 40, family: Family = "encoder_decoder", **changes: object) -> Trainer:
        torch.manual_seed(0)
        grid = Grid.of(symbols, load_catalogue())
        shape = {"width": 32, "hidden": 32, "encoder_layers" if family == "encoder_decoder" else "layers": 1}
        model = build(preset(family, "nano", len(tokenizer), grid, shape))
        pairs = encode(corpus, tokenizer)
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        options = {"fingerprint": "toy", "show": False, "objective": OBJECTIVE} | changes
        return Trainer(
            model,
            Epochs(Speller(corpus, tokenizer, LAYOUT, 3, 0.1), 2),
            options.pop("settings", SETTINGS),  # type: ignore[arg-type]
            steps=steps,
            folder=folder,
            machine=options.pop("machine", Machine(torch.device("cpu"))),  # type: ignore[arg-type]
            held_out=bucketed(pairs, LAYOUT),
            **options,  # type: ignore[arg-type]
        )

    return trainer


@pytest.mark.parametrize("family", FAMILIES)
def test_learns_and_leaves_its_record(make, tmp_path: Path, family: Family) -> None:
    summary = make("whole", 150, family).run()
    assert summary.exact is not None
    assert summary.exact > 0.9
    assert summary.history[-1].loss < summary.history[0].loss
    written = json.loads((tmp_path / "whole" / "summary.json").read_text())
    assert written["steps"] == 150
    assert written["exact"] == summary.exact
    assert (tmp_path / "whole" / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_a_kill_changes_nothing(make, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = make("whole")
    whole.run()
    saving = Machine(torch.device("cpu"), checkpoint_seconds=0.0)
    broken = make("broken", machine=saving)
    step = broken._step

    def killed(batch: object) -> torch.Tensor:
        if broken.position.step == 27:
            raise Killed
        return step(batch)  # type: ignore[arg-type]

    monkeypatch.setattr(broken, "_step", killed)
    with pytest.raises(Killed):
        broken.run()
    torch.manual_seed(99)
    resumed = make("broken", machine=saving)
    resumed.run()
    assert resumed.position == whole.position
    for mine, theirs in zip(resumed.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_finished_training_is_not_repeated(make) -> None:
    first = make("done", 12)
    first.run()
    again = make("done", 12)
    assert again.run().samples == first.position.samples
    assert all(torch.equal(a, b) for a, b in zip(first.model.parameters(), again.model.parameters(), strict=True))


def test_a_checkpoint_of_something_else_is_refused(make, tmp_path: Path) -> None:
    make("one", 3).run()
    with pytest.raises(CheckpointError, match="another recipe"):
        make("one", 3, fingerprint="other").run()
    (tmp_path / "one" / loop.CHECKPOINT).write_bytes(b"half a file")
    with pytest.raises(CheckpointError, match="cannot be read"):
        make("one", 3).run()


def test_a_loss_that_is_no_number_stops(make) -> None:
    with pytest.raises(TrainingError, match="no number at step"):
        make("nan", 20, settings=replace(SETTINGS, learning_rate=float("inf"))).run()


def test_padding_rows_count_for_nothing(make) -> None:
    trainer = make("padding")
    batch = next(trainer.data.batches(0))
    empty = (
        torch.zeros(5, batch.source.shape[1], dtype=torch.long),
        torch.zeros(5, batch.target.shape[1], dtype=torch.long),
    )
    trainer.model.eval()
    filled = torch.cat([batch.source, empty[0]]), torch.cat([batch.target, empty[1]])
    objective = Objective()
    torch.testing.assert_close(objective(trainer.model, *filled), objective(trainer.model, batch.source, batch.target))


@pytest.mark.parametrize("schedule", ["cosine", "linear", "constant"])
def test_the_rate_rises_then_falls(schedule: str) -> None:
    settings = TrainSettings(learning_rate=1.0, warmup=10, schedule=schedule, final=0.1)  # type: ignore[arg-type]
    rates = [learning_rate(settings, step, 200) for step in range(200)]
    assert rates[0] < rates[5] < rates[10] == 1.0
    assert rates == sorted(rates[:10]) + sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(1.0 if schedule == "constant" else 0.1, abs=0.01)


def test_the_average_follows_and_can_be_applied_for_a_while() -> None:
    model = torch.nn.Linear(2, 1, bias=False)
    torch.nn.init.zeros_(model.weight)
    average = Average(model, 0.5)
    torch.nn.init.ones_(model.weight)
    average.update(100)
    with average.applied():
        assert model.weight.tolist() == [[0.5, 0.5]]
    assert model.weight.tolist() == [[1.0, 1.0]]


def test_a_single_bad_step_moves_nothing(make, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = make("bad", 30)
    objective, seen = trainer._loss, []

    def bad(model: torch.nn.Module, source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        seen.append([parameter.detach().clone() for parameter in model.parameters()])
        return objective(model, source, target) * (float("nan") if len(seen) == 10 else 1.0)

    monkeypatch.setattr(trainer, "_loss", bad)
    summary = trainer.run()
    assert all(torch.equal(before, after) for before, after in zip(seen[9], seen[10], strict=True))
    assert not all(torch.equal(before, after) for before, after in zip(seen[10], seen[11], strict=True))
    assert summary.loss == summary.loss
