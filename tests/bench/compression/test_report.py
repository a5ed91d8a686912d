"""The report's figures, goals and files, from rows made here."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from scenic_iot.bench.compression.figures import completed, pooled, set_names
from scenic_iot.bench.compression.goals import PAPER_SET, goals
from scenic_iot.bench.compression.plan import SHRUNK, Variant, full_plan, left_of, short_plan
from scenic_iot.bench.compression.sweep import PAPER, planned
from scenic_iot.bench.compression.write import people, text_table, write_report
from scenic_iot.bench.metrics import Rate
from scenic_iot.compress.prune import METHODS
from scenic_iot.export.precision import PRECISIONS
from tests.model.tiny import FAMILIES, tiny


def row(variant: Variant, precision: str, hits: int, size: int, **more: Any) -> dict[str, Any]:
    rate = Rate(hits, 200).to_json()
    name = more.pop("on", PAPER_SET)
    return {
        "subject": PAPER,
        "family": "encoder_decoder",
        "method": variant.method,
        "sparsity": variant.sparsity,
        "schedule": variant.schedule,
        "precision": precision,
        "name": f"{variant.name}-{precision}",
        "steps": 10,
        "date": "2026-01-02",
        "device": "a GPU",
        "parameters": 1000,
        "zeros of targeted": variant.sparsity / 100,
        "zeros of whole": variant.sparsity / 200,
        "logit difference": 1e-6,
        "beams in order": 1.0,
        "bytes": size,
        "files": {"encoder.onnx": size},
        "kinds": {"linear": size - 10, "graph": 10},
        "packed": size // 2,
        "scores": {name: {"EM@1": rate, "EM@5": Rate(min(hits + 2, 200), 200).to_json()}},
        "tops": [1, 2, 3, hits],
        **more,
    }


AT = {"machine": "a core"}
DENSE, HALF, MOST = Variant("dense"), Variant("gradient", 50, "cubic"), Variant("gradient", 90, "cubic")
ROWS = [
    row(DENSE, "fp32", 199, 4000, ms=AT | {"encoder": 1.2, "step": 0.5, "sentence": 3.0}),
    row(DENSE, "fp16", 199, 2100),
    row(DENSE, "int8", 199, 1100, ms=AT | {"encoder": 0.6, "step": 0.4, "sentence": 2.0}),
    row(HALF, "fp32", 199, 4000),
    row(HALF, "int8", 198, 1100),
    row(MOST, "int8", 190, 1100),
    row(
        Variant("shrink layers", schedule="distilled"),
        "int8",
        198,
        700,
        ms=AT | {"encoder": 0.3, "step": 0.3, "sentence": 1},
    ),
    row(DENSE, "int4", 0, 0) | {"error": "decoder.onnx: no weight was quantized"},
]


def of(name: str) -> dict[str, Any]:
    return next(entry for entry in completed(ROWS) if entry["name"] == name)


def test_every_percentage_has_its_base() -> None:
    half = of("gradient-50-cubic-int8")
    assert half["fewer bytes than dense FP32, %"] == 72.5
    assert half["fewer bytes than dense FP16, %"] == pytest.approx(100 * (1 - 1100 / 2100), abs=0.01)
    assert half["packed, fewer bytes than dense FP32, %"] == 86.25
    assert half["changed from dense FP32, %"] == 25
    assert half["changed from its own FP32, %"] == 25
    assert of("dense-0-none-int8")["encoder, times as fast as dense FP32"] == 2
    assert "tops" not in half


def test_goals_are_told_from_the_rows() -> None:
    one, two, three, four = goals(completed(ROWS), [])
    assert one.reached
    assert "gradient-50-cubic-int8, best of 1: EM@1 99.00%" in one.found
    assert two.reached is False  # 4.5 points
    assert three.reached
    assert "4.0 times as fast" in three.found
    assert four.reached is None


def test_the_bundled_model_is_picked_by_the_benchmark_and_told_from_peoples_sentences() -> None:
    rows = []
    for benchmark, asked, size in (
        (190, 191, 3_000_000),
        (180, 199, 3_000_000),
        (195, 193, 7_000_000),
        (199, 200, 20_000_000),
    ):
        made = row(DENSE, f"fp{len(rows)}", benchmark, size, on="benchmark")
        made["scores"] |= row(DENSE, "", asked, size, on="logs.en")["scores"]
        rows.append(made)
    found = goals(completed(rows), ["logs.en"])[-1]
    assert found.reached is False  # 1 point: 191 of 200 where at most 2 MB are packed, 193 at most 5 MB
    assert "95.50% with 1,500,000 bytes" in found.found
    assert people(completed([*rows, *ROWS])) == ["logs.en"]


def test_files(tmp_path: Path) -> None:
    paths = write_report(ROWS, tmp_path / "out")
    told = "Measured 2026-01-02; trained on a GPU, times on one core of a core."
    assert told in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert len(paths) <= 8
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in paths)
    text = (tmp_path / "out" / "report.md").read_text()
    assert "**decoder.onnx: no weight was quantized**" in text
    assert "86.2% fewer" in text or "86.3% fewer" in text
    table = list(csv.DictReader(io.StringIO((tmp_path / "out" / "report.csv").read_text())))
    assert len(table) == len(ROWS)
    assert table[4]["paper, decontaminated EM@1 hits"] == "198"
    assert table[0]["encoder, ms"] == "1.2"
    assert json.loads((tmp_path / "out" / "report.json").read_text())["rows"][0]["bytes"] == 4000
    assert all((tmp_path / "out" / name).read_bytes().startswith(b"\x89PNG") for name in ("sparsity.png", "bytes.png"))
    assert "no weight was quantized" in text_table(ROWS)


def test_sets_are_pooled() -> None:
    first = row(DENSE, "fp32", 100, 1, on="a")
    first["scores"] |= row(DENSE, "fp32", 50, 1, on="b")["scores"]
    assert set_names([first]) == ["a", "b"]
    found = pooled(first, ["a", "b", "c"], "EM@1")
    assert found is not None
    assert (found.hits, found.total) == (150, 400)
    assert pooled(first, ["c"], "EM@1") is None


def test_the_plan_holds_what_the_report_promises() -> None:
    plan = full_plan()
    names = [variant.name for variant in plan]
    assert len(set(names)) == len(names)
    assert {variant.method for variant in plan} >= {*METHODS, *SHRUNK, "dense", "control"} - {"2:4-wanda"}
    for method in ("magnitude", "magnitude-global", "wanda", "gradient", "sparsegpt"):
        assert {v.sparsity for v in plan if v.method == method} == {30, 50, 70, 90}
    assert {precision for variant in plan for precision in variant.precisions} == set(PRECISIONS)
    assert all("/" not in name and " " not in name and ":" not in name for name in names)
    assert {v.name for v in short_plan()} <= set(names)
    assert [v.name for v in planned("x", ("control-0-none",))] == ["control-0-none"]
    with pytest.raises(ValueError, match="no variant 'all'"):
        planned("x", ("all",))


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_left_can_be_asked_for(family) -> None:
    from scenic_iot.compress.shrink import shrink
    from tests.compress.models import batches

    model = tiny(family, heads=4, **({"kv_heads": 2} if family == "decoder" else {}))
    for shares in SHRUNK.values():
        small = shrink(model, left_of(model, shares), batches(1))
        assert small.size() < model.size()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("wanda", 50, "none"), "none of one-shot"),
        (("2:4", 30, "one-shot"), "is 0.5"),
        (("dense", 0, "none", ("int2",)), "precision"),
    ],
)
def test_variants_that_cannot_be(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Variant(*arguments)


@pytest.mark.parametrize("family", FAMILIES)
def test_models_travel_between_processes(family) -> None:
    import pickle

    import torch

    model = tiny(family)
    other = pickle.loads(pickle.dumps(model))
    source, target = torch.tensor([[3, 9, 30]]), torch.tensor([[6, 13, 22, 2]])
    assert torch.equal(other(source, target).logits, model(source, target).logits)
