"""Writing a bundle: the folder that holds a model ready to use, whole or not at all. `runtime.bundle` reads it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scenic_iot.home.catalogue import PACKAGED as PACKAGED_CATALOGUE
from scenic_iot.runtime.bundle import FORMAT, LAYOUT, BundleError, digest
from scenic_iot.train.pipeline import Trained

from .card import model_card
from .onnx import Exported

_MARK = ".scenic-bundle-"  # begins the names of folders in the making


@dataclass(frozen=True, slots=True)
class Contents:
    """What a bundle says of itself, beside what follows from the trained model."""

    precision: str
    """"int8" or "float32"."""
    scores: Mapping[str, Any]
    """What was measured, by name: numbers, or objects of numbers."""


def write_bundle(folder: Path, trained: Trained, exported: Exported, contents: Contents) -> Path:
    """Write the bundle of a trained model to `folder`, in place of a bundle that is there already.

    Raises BundleError when `folder` exists and is no bundle; OSError.
    """
    with _replacing(folder) as made:
        shutil.copyfile(exported.encoder, made / LAYOUT.encoder)
        shutil.copyfile(exported.decoder, made / LAYOUT.decoder)
        shutil.copyfile(trained.catalogue or PACKAGED_CATALOGUE, made / LAYOUT.catalogue)
        trained.tokenizer.save(made / LAYOUT.tokenizer)
        _finish(made, _config(trained, contents))
    return folder


def add_scores(folder: Path, scores: Mapping[str, Any]) -> None:
    """Add scores to a bundle's configuration and model card, measured after it was written.

    Raises BundleError when there is none at `folder`.
    """
    try:
        config = json.loads((folder / LAYOUT.config).read_text(encoding="utf-8"))
    except (OSError, ValueError) as reason:
        raise BundleError(f"{folder} is no bundle: {reason}") from reason
    with _replacing(folder) as made:
        for name in LAYOUT.listed():
            shutil.copyfile(folder / name, made / name)
        _finish(made, config | {"scores": config["scores"] | dict(scores)})


def _config(trained: Trained, contents: Contents) -> dict[str, Any]:
    recipe = trained.recipe
    return {
        "format": FORMAT,
        "name": recipe.name,
        "about": recipe.about,
        "family": recipe.model.family,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "precision": contents.precision,
        "parameters": trained.summary.parameters,
        "seed": recipe.seed,
        "model": asdict(trained.model.config),
        "data": {"pairs": recipe.data.pairs, "sha256": trained.data_digest},
        "training": {key: getattr(trained.summary, key) for key in ("steps", "samples", "device", "torch")},
        "scores": dict(contents.scores),
        "recipe": recipe.to_json(),
        "symbols": list(trained.symbols.tokens),
    }


def _finish(made: Path, config: dict[str, Any]) -> None:
    """Write the card, then the configuration with the sizes and hashes of all files."""
    sizes = {name: (made / name).stat().st_size for name in LAYOUT.listed() if name != LAYOUT.card}
    (made / LAYOUT.card).write_text(model_card(config, sizes), encoding="utf-8")
    files = {name: {"bytes": (made / name).stat().st_size, "sha256": digest(made / name)} for name in LAYOUT.listed()}
    text = json.dumps(config | {"files": files}, ensure_ascii=False, indent=1)
    (made / LAYOUT.config).write_text(text + "\n", encoding="utf-8")


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """A temporary folder that takes the place of `folder` when all went well, and is removed otherwise."""
    if folder.exists() and not (folder / LAYOUT.config).exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BundleError(f"{folder} exists and is no bundle: it is not overwritten")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=_MARK, dir=folder.parent) as workshop:
        made, old = Path(workshop) / "made", Path(workshop) / "old"
        made.mkdir()
        yield made
        if folder.exists():
            os.rename(folder, old)
        os.rename(made, folder)
