"""A packed bundle answers as the one it was made from."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import scenic_iot
from scenic_iot.cli import cli
from scenic_iot.export.bundle import add_scores, pack_bundle
from scenic_iot.runtime.bundle import PACKAGED, BundleError, load_bundle
from scenic_iot.runtime.session import Session

SENTENCES = ["把客厅的灯关了", "turn off the kitchen light and open the curtain", "what is the weather like"]


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack_bundle(PACKAGED, tmp_path_factory.mktemp("packed") / "bundle")


def test_it_answers_alike_and_is_smaller(packed: Path) -> None:
    home, other = scenic_iot.load(), scenic_iot.load(packed)
    for sentence in SENTENCES:
        one, two = home(sentence), other(sentence)
        assert (one.command, one.confidence, one.alternatives) == (two.command, two.confidence, two.alternatives)
    sizes = [
        sum((each.path / name).stat().st_size for name in each.layout.graphs)
        for each in map(load_bundle, (PACKAGED, packed))
    ]
    assert sizes[1] < 0.95 * sizes[0]
    assert [path.suffix for path in packed.iterdir()].count(".onnx") == 0
    assert "encoder.onnx.packed" in (packed / "README.md").read_text()


def test_scores_can_be_added(packed: Path, tmp_path: Path) -> None:
    shutil.copytree(packed, tmp_path / "b")
    add_scores(tmp_path / "b", {"new": {"EM@1": 1}})
    assert load_bundle(tmp_path / "b").config["packed"]


def test_what_does_not_unpack_is_an_error(packed: Path, tmp_path: Path) -> None:
    shutil.copytree(packed, tmp_path / "b")
    bundle = load_bundle(tmp_path / "b")
    (tmp_path / "b" / "encoder.onnx.packed").write_bytes(b"scenic-packed-1\n1234")
    with pytest.raises(BundleError, match=r"encoder\.onnx\.packed is damaged"):
        Session(bundle)
    with pytest.raises(BundleError, match="is packed already"):
        pack_bundle(packed, tmp_path / "c")


def test_the_command(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["compress", "pack", str(PACKAGED), str(tmp_path / "b")], catch_exceptions=False)
    assert result.exit_code == 0
    assert "% fewer than the" in result.output
