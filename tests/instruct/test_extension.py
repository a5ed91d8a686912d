"""A device type that only YAML adds is generated too."""

from __future__ import annotations

from pathlib import Path

from scenic_iot.home.catalogue import PACKAGED, load_catalogue
from scenic_iot.instruct.generate import pairs
from scenic_iot.instruct.mix import Mix


def test_a_new_device_is_said(tmp_path: Path) -> None:
    text = PACKAGED.read_text(encoding="utf-8")
    path = tmp_path / "catalogue.yaml"
    path.write_text(
        text + "  pool_pump: {zh: [泳池泵], en: [pool pump/pool pumps], attributes: {power: *power}}\n",
        encoding="utf-8",
    )
    catalogue = load_catalogue(path)
    mix = Mix(out_of_scope=0, unsupported=0, ambiguous=0)
    made = [pair for pair in pairs(1, 20_000, ("en",), mix, catalogue) if "pool_pump power=" in pair.command]
    assert made
    assert all("pump" in pair.text or "slip" in pair.kinds for pair in made)
