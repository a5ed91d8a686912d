import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scenic_iot.home import catalogue
from scenic_iot.runtime.bundle import FORMAT, LAYOUT, BundleError, digest, load_bundle
from scenic_iot.text.tokenizer import Tokenizer, base_alphabet, special_tokens


def write_config(folder: Path, **changes: Any) -> None:
    files = {
        name: {"bytes": (folder / name).stat().st_size, "sha256": digest(folder / name)} for name in LAYOUT.listed()
    }
    config = {
        "format": FORMAT,
        "name": "hand-made",
        "family": "encoder_decoder",
        "model": {"max_source": 64, "max_target": 32},
        "symbols": ["<pad>", "<bos>", "<eos>"],
        "files": files,
    }
    (folder / LAYOUT.config).write_text(json.dumps(config | changes))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    folder.mkdir()
    for name in (LAYOUT.encoder, LAYOUT.decoder, LAYOUT.card):
        (folder / name).write_bytes(name.encode() * 100)
    shutil.copyfile(catalogue.PACKAGED, folder / LAYOUT.catalogue)
    types = tuple(catalogue.load_catalogue().devices)
    Tokenizer([*special_tokens(types), *base_alphabet()], [], types, "character").save(folder / LAYOUT.tokenizer)
    write_config(folder)
    return folder


def test_a_whole_bundle(bundle: Path) -> None:
    read = load_bundle(bundle)
    assert (read.name, read.max_source, read.max_target) == ("hand-made", 64, 32)
    assert read.layout == LAYOUT
    assert read.symbols == ("<pad>", "<bos>", "<eos>")
    assert "light" in read.catalogue.devices
    assert "config" not in repr(read)


def test_no_bundle_there(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no such folder"):
        load_bundle(tmp_path / "nowhere")
    with pytest.raises(BundleError, match=r"no config\.json in it"):
        load_bundle(tmp_path)


@pytest.mark.parametrize("name", LAYOUT.listed())
def test_a_file_missing_cut_short_or_altered(bundle: Path, name: str) -> None:
    whole = (bundle / name).read_bytes()
    (bundle / name).write_bytes(whole[:-1])
    with pytest.raises(BundleError, match=rf"{name} has .* bytes where .* are due"):
        load_bundle(bundle)
    (bundle / name).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(BundleError, match=rf"{name} was altered or damaged"):
        load_bundle(bundle)
    (bundle / name).unlink()
    with pytest.raises(BundleError, match=rf"{name} is missing"):
        load_bundle(bundle)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": FORMAT + 1}, "update scenic-iot"),
        ({"format": "1"}, "no format number"),
        ({"symbols": None}, "'symbols' is missing"),
        ({"model": {"max_source": 64}}, r"'model\.max_target' is missing"),
        ({"files": {}}, r"does not list encoder\.onnx"),
        ({"files": {name: {} for name in LAYOUT.listed()}}, "does not list"),
    ],
)
def test_a_wrong_configuration(bundle: Path, changes: dict[str, Any], message: str) -> None:
    write_config(bundle, **changes)
    with pytest.raises(BundleError, match=message):
        load_bundle(bundle)


@pytest.mark.parametrize("text", ["", "[]", "{", "\x00"])
def test_a_configuration_that_is_none(bundle: Path, text: str) -> None:
    (bundle / LAYOUT.config).write_text(text)
    with pytest.raises(BundleError):
        load_bundle(bundle)


def test_a_wrong_catalogue_or_tokenizer_is_named(bundle: Path) -> None:
    (bundle / LAYOUT.tokenizer).write_text("{}")
    write_config(bundle)
    with pytest.raises(BundleError, match="not a tokenizer"):
        load_bundle(bundle)


def test_nothing_heavy_is_imported() -> None:
    code = "import scenic_iot.runtime.bundle, sys; print(sorted({'torch', 'onnx', 'onnxruntime'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_an_encoder_needs_no_decoder(bundle: Path) -> None:
    (bundle / LAYOUT.decoder).rename(bundle / "elsewhere")
    config = json.loads((bundle / LAYOUT.config).read_text())
    (bundle / LAYOUT.config).write_text(json.dumps(config | {"family": "encoder"}))
    assert load_bundle(bundle).layout.graphs == (LAYOUT.encoder,)
