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

from scenic_iot.compress.store import pack
from scenic_iot.home.catalogue import PACKAGED as PACKAGED_CATALOGUE
from scenic_iot.runtime.bundle import FORMAT, LAYOUT, TEXT, BundleError, digest, layout_of
from scenic_iot.train.pairs import TrainedText
from scenic_iot.train.pipeline import Trained

from .card import model_card
from .onnx import Exported

_MARK = ".scenic-bundle-"  # begins the names of folders in the making


@dataclass(frozen=True, slots=True)
class Contents:
    """What a bundle says of itself, beside what follows from the trained model."""

    precision: str
    """How weights are stored: "int8", "float32" …"""
    scores: Mapping[str, Any]
    """What was measured, by name: numbers, or objects of numbers."""
    packed: bool = False
    """Whether the files are packed: see `compress.store`."""


def write_bundle(folder: Path, trained: Trained | TrainedText, exported: Exported, contents: Contents) -> Path:
    """Write the bundle of a trained model to `folder`, in place of a bundle that is there already.

    Raises BundleError when `folder` exists and is no bundle; OSError.
    """
    config = _config(trained, contents)
    with _replacing(folder) as made:
        for path, name in zip(exported.files(), layout_of(config).graphs, strict=True):
            shutil.copyfile(path, made / name)
        if isinstance(trained, TrainedText):
            trained.pieces.save(made / layout_of(config).pieces)
        else:
            shutil.copyfile(trained.catalogue or PACKAGED_CATALOGUE, made / LAYOUT.catalogue)
        trained.tokenizer.save(made / LAYOUT.tokenizer)
        _finish(made, config)
    return folder


def add_scores(folder: Path, scores: Mapping[str, Any]) -> None:
    """Add scores to a bundle's configuration and model card, measured after it was written.

    Raises BundleError when there is none at `folder`.
    """
    config = _read(folder)
    with _replacing(folder) as made:
        for name in layout_of(config).listed():
            shutil.copyfile(folder / name, made / name)
        _finish(made, config | {"scores": config["scores"] | dict(scores)})


def add_calibration(folder: Path, calibration: Mapping[str, Any], space: bytes) -> None:
    """Add what `calibrate` found, in place of what was there; `space` is the content of `space.npz`.

    Raises BundleError when there is no bundle at `folder`.
    """
    config = _read(folder) | {"calibration": dict(calibration)}
    layout = layout_of(config)
    with _replacing(folder) as made:
        for name in layout.listed():
            if name != layout.space:
                shutil.copyfile(folder / name, made / name)
        (made / layout.space).write_bytes(space)
        _finish(made, config)


def pack_bundle(folder: Path, target: Path) -> Path:
    """Write a bundle again with its graphs packed, to `target`; they are unpacked whenever it is loaded.

    Raises BundleError when there is no bundle at `folder`, when it is packed already, or when `target` is no bundle.
    """
    config = _read(folder)
    if config.get("packed"):
        raise BundleError(f"{folder} is packed already")
    stored = config | {"packed": True, "format": FORMAT}
    kept = set(layout_of(config).listed()) - set(layout_of(config).graphs)
    with _replacing(target) as made:
        for source, name in zip(layout_of(config).graphs, layout_of(stored).graphs, strict=True):
            pack(folder / source, made / name)
        for name in kept:
            shutil.copyfile(folder / name, made / name)
        _finish(made, stored)
    return target


def _read(folder: Path) -> dict[str, Any]:
    try:
        config: dict[str, Any] = json.loads((folder / LAYOUT.config).read_text(encoding="utf-8"))
    except (OSError, ValueError) as reason:
        raise BundleError(f"{folder} is no bundle: {reason}") from reason
    return config


def _config(trained: Trained | TrainedText, contents: Contents) -> dict[str, Any]:
    recipe = trained.recipe
    if isinstance(trained, TrainedText):
        kind, pairs, symbols = {"writes": TEXT}, trained.pairs, trained.pieces.tokens
    else:
        kind, pairs, symbols = {}, recipe.data.pairs, trained.symbols.tokens
    return {
        "format": FORMAT if contents.packed else 1,  # older software reads what is not packed
        "packed": contents.packed,
        "name": recipe.name,
        "about": recipe.about,
        "family": trained.model.family,
        **kind,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "precision": contents.precision,
        "parameters": trained.summary.parameters,
        "seed": recipe.seed,
        "tokenizer": trained.tokenizer.kind,
        "model": asdict(trained.model.config),
        "data": {"pairs": pairs, "sha256": trained.data_digest},
        "training": {key: getattr(trained.summary, key) for key in ("steps", "samples", "device", "torch")},
        "scores": dict(contents.scores),
        "recipe": recipe.to_json(),
        "symbols": list(symbols),
    }


def _finish(made: Path, config: dict[str, Any]) -> None:
    """Write the card, then the configuration with the sizes and hashes of all files."""
    listed = layout_of(config).listed()
    sizes = {name: (made / name).stat().st_size for name in listed if name != LAYOUT.card}
    (made / LAYOUT.card).write_text(model_card(config, sizes), encoding="utf-8")
    files = {name: {"bytes": (made / name).stat().st_size, "sha256": digest(made / name)} for name in listed}
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
