"""The whole way: a recipe in, a bundle out."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scenic_iot.compress.quantize import quantize
from scenic_iot.instruct.pairfile import Progress, silent
from scenic_iot.train.corpus import Source
from scenic_iot.train.loop import Machine
from scenic_iot.train.pairs import TrainedText
from scenic_iot.train.pipeline import Trained, train_recipe
from scenic_iot.train.recipe import Recipe

from .bundle import Contents, write_bundle
from .calibrate import calibrate
from .onnx import Exported, export_onnx
from .parity import changed_rate, check_parity, require_parity


def make_bundle(
    recipe: Recipe,
    work: Path,
    bundle: Path,
    machine: Machine,
    *,
    source: Source | None = None,
    catalogue: Path | None = None,
    workers: int = 1,
    show: bool = True,
    progress: Progress = silent,
) -> Path:
    """Train in the folder `work` and write the bundle to `bundle`; arguments and errors as in `train_recipe`.

    It is calibrated on generated pairs, so not where pairs come from a `source` of one's own. Of several processes the
    first exports.

    Raises ParityError when the exported graphs do not compute what the model does, besides the errors of training.
    """
    trained = train_recipe(recipe, work, machine, source=source, catalogue=catalogue, workers=workers, show=show)
    if machine.processes.main:
        export_bundle(trained, bundle)
        if recipe.export.calibration and source is None:
            calibrate(bundle, recipe.export.calibration, recipe.export.caution, progress=progress)
    return bundle


def export_bundle(trained: Trained | TrainedText, bundle: Path) -> Path:
    """Export, check, quantize where the recipe says so, and write the bundle.

    Raises ParityError, QuantizeError, BundleError, OSError.
    """
    settings = trained.recipe.export
    sentences = _sentences(trained, settings.sentences)
    scores: dict[str, Any] = {}
    if trained.summary.exact is not None:
        scores["held out"] = {"exact": trained.summary.exact, "loss": trained.summary.held_out}
    with tempfile.TemporaryDirectory() as folder:
        exported = export_onnx(trained.model, Path(folder))
        parity = check_parity(trained.model, exported, sentences)
        require_parity(parity, settings.tolerance)
        scores["parity"] = {
            "sentences": parity.sentences,
            "largest logit difference": parity.difference,
            "same symbols": parity.agreement,
        }
        if settings.int8:
            small = _quantized(exported, Path(folder), settings.embeddings, settings.reduce_range)
            scores["int8"] = {
                "changed sentences": changed_rate(exported, small, sentences),
                "bytes": small.bytes(),
                "bytes in float32": exported.bytes(),
            }
            exported = small
        return write_bundle(bundle, trained, exported, Contents("int8" if settings.int8 else "float32", scores))


def _quantized(exported: Exported, folder: Path, embeddings: bool, reduce_range: bool) -> Exported:
    targets = [folder / f"int8-{path.name}" for path in exported.files()]
    for source, target in zip(exported.files(), targets, strict=True):
        quantize(source, target, embeddings=embeddings, reduce_range=reduce_range)
    return Exported(targets[0], targets[1] if len(targets) > 1 else None)


def _sentences(trained: Trained | TrainedText, count: int) -> Sequence[Sequence[int]]:
    """Token ids of held-out sentences, spread evenly over all of them."""
    pairs = trained.held_out
    chosen = np.unique(np.linspace(0, len(pairs) - 1, min(count, len(pairs))).astype(int))
    return [pairs[int(index)][0][: trained.model.config.max_source].tolist() for index in chosen]
