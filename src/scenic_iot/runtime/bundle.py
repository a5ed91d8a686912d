"""A bundle: the folder that holds a model ready to use. Reading it and making sure that it is whole; no models here.

`config.json` names every other file with its size and SHA-256, so that a download cut short or a file altered by hand
is found before anything is loaded. `scenic_iot.export.bundle` writes what is read here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from scenic_iot.home.catalogue import Catalogue, CatalogueError, load_catalogue
from scenic_iot.text.foreign import load_tokenizer
from scenic_iot.text.tokenizer import Tokenizer, TokenizerError

from .packed import SUFFIX

FORMAT = 2
"""The newest that is read; 2 has packed graphs, which `config["packed"]` tells."""
PACKAGED = Path(__file__).parents[1] / "bundle"
"""The default bundle, inside the package."""


TEXT = "text"
"""What `writes` is in the configuration of a bundle that answers with text; others write commands."""


class BundleError(ValueError):
    """A bundle that cannot be used: missing, cut short, altered, or newer than this software."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The names of a bundle's files."""

    encoder: str = "encoder.onnx"
    decoder: str = "decoder.onnx"
    """"" where a model has none, because it only encodes."""
    tokenizer: str = "tokenizer.json"
    catalogue: str = "catalogue.yaml"
    card: str = "README.md"
    config: str = "config.json"
    pieces: str = ""
    """The symbols of responses, `pieces.json`, in place of the catalogue; "" where a model writes commands."""
    space: str = ""
    """Centroids of commands, `space.npz`; "" where a bundle is not calibrated."""

    @property
    def graphs(self) -> tuple[str, ...]:
        """The ONNX files."""
        return (self.encoder, self.decoder) if self.decoder else (self.encoder,)

    def listed(self) -> tuple[str, ...]:
        """The files that the configuration lists: all but itself."""
        return (*self.graphs, *filter(None, (self.tokenizer, self.catalogue, self.pieces, self.card, self.space)))


LAYOUT = Layout()


def layout_of(config: Mapping[str, Any]) -> Layout:
    """The files of a bundle with this configuration."""
    suffix = SUFFIX if config.get("packed") else ""
    decoder = "" if config["family"] == "encoder" else LAYOUT.decoder + suffix
    space = "space.npz" if config.get("calibration") else ""
    if config.get("writes") == TEXT:
        return Layout(LAYOUT.encoder + suffix, decoder, catalogue="", pieces="pieces.json", space=space)
    return Layout(LAYOUT.encoder + suffix, decoder, space=space)


class Loadable(Protocol):
    """What a session needs of a bundle of any kind."""

    @property
    def path(self) -> Path: ...

    @property
    def layout(self) -> Layout: ...

    @property
    def config(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Bundle:
    """A checked bundle. `config` is all of `config.json`; `symbols` are the tokens that the model writes."""

    path: Path
    catalogue: Catalogue = field(repr=False)
    tokenizer: Tokenizer = field(repr=False)
    symbols: tuple[str, ...] = field(repr=False)
    config: Mapping[str, Any] = field(repr=False)

    @property
    def layout(self) -> Layout:
        """The names of its files."""
        return layout_of(self.config)

    @property
    def name(self) -> str:
        """What the recipe called the model."""
        return str(self.config["name"])

    @property
    def max_source(self) -> int:
        """The most tokens that the encoder reads; longer rows must be cut."""
        return int(self.config["model"]["max_source"])

    @property
    def max_target(self) -> int:
        """The most symbols that the decoder writes, the end symbol counted."""
        return int(self.config["model"]["max_target"])


def load_bundle(path: Path | None = None) -> Bundle:
    """Read and check a bundle; None is the one inside the package.

    Raises BundleError with one message that says which file is wrong and how.
    """
    folder = PACKAGED if path is None else Path(path)
    config = read_config(folder)
    if config.get("writes") == TEXT:
        raise BundleError(f"{folder} answers with text, which only `scenic run` can do; here commands are needed")
    try:
        catalogue = load_catalogue(folder / LAYOUT.catalogue)
        kind = config.get("tokenizer", Tokenizer.kind)
        tokenizer = load_tokenizer(folder / LAYOUT.tokenizer, kind, tuple(catalogue.devices))
    except (OSError, CatalogueError, TokenizerError) as reason:
        raise BundleError(f"{folder}: {reason}") from reason
    return Bundle(folder, catalogue, tokenizer, tuple(config["symbols"]), config)


def writes_text(path: Path) -> bool:
    """Whether a bundle answers with text. Raises BundleError where there is none."""
    return bool(_read(path).get("writes") == TEXT)


def read_config(folder: Path) -> dict[str, Any]:
    """The configuration of a bundle of any kind, all of whose files are as it says. Raises BundleError."""
    config = _read(folder)
    for name in layout_of(config).listed():
        _check(folder / name, config["files"].get(name))
    return config


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(folder: Path) -> dict[str, Any]:
    path = folder / LAYOUT.config
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        what = f"no {LAYOUT.config} in it" if folder.is_dir() else "no such folder"
        raise BundleError(f"{folder} is no bundle: {what}") from None
    except (OSError, ValueError) as reason:
        raise BundleError(f"{path} cannot be read: {reason}") from reason
    if not isinstance(config, dict) or not isinstance(config.get("format"), int):
        raise BundleError(f"{path} is not a bundle's configuration: it has no format number")
    if config["format"] > FORMAT:
        newer = f"{folder} has bundle format {config['format']}; this software reads up to {FORMAT}"
        raise BundleError(f"{newer}: update scenic-iot")
    wanted = {"name": str, "family": str, "files": dict, "model": dict, "symbols": list}
    for key, kind in wanted.items():
        if not isinstance(config.get(key), kind):
            raise BundleError(f"{path} is damaged: {key!r} is missing or of the wrong kind")
    for key in ("max_source", "max_target"):
        if not isinstance(config["model"].get(key), int):
            raise BundleError(f"{path} is damaged: 'model.{key}' is missing or no whole number")
    return config


def _check(path: Path, listed: Any) -> None:
    """Compare one file with what the configuration says of it."""
    if not isinstance(listed, dict) or not {"bytes", "sha256"} <= listed.keys():
        raise BundleError(f"{path.parent / LAYOUT.config} is damaged: it does not list {path.name}")
    try:
        size = path.stat().st_size
        if size != listed["bytes"]:
            raise BundleError(f"{path} has {size:,} bytes where {listed['bytes']:,} are due: fetch the bundle again")
        if digest(path) != listed["sha256"]:
            raise BundleError(f"{path} was altered or damaged (its SHA-256 differs): fetch the bundle again")
    except FileNotFoundError:
        raise BundleError(f"{path} is missing: fetch the bundle again") from None
    except OSError as reason:
        raise BundleError(f"{path} cannot be read: {reason.strerror or reason}") from reason
