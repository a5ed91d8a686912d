"""`scenic profile`: how fast components are, where speed is claimed."""

from __future__ import annotations

import json
from pathlib import Path

import click

from scenic_iot.cli.errors import UsageError, need_extra

_json = click.option(
    "--json", "json_file", type=click.Path(path_type=Path), metavar="FILE", help="Also write the figures here."
)


@click.group("profile")
def command() -> None:
    """Time a model's components: on one core, on a GPU with 2:4 sparse products, under TensorRT."""


@command.command("core")
@click.argument("bundles", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--length", type=click.IntRange(1, 128), default=24, show_default=True, help="Tokens of a sentence.")
@_json
def core(bundles: tuple[Path, ...], length: int, json_file: Path | None) -> None:
    """Milliseconds of BUNDLES on one core: the encoder, a step of the decoder, a sentence with five beams."""
    from scenic_iot.bench.latency import SENTENCES
    from scenic_iot.bench.profile.core import time_bundle
    from scenic_iot.bench.report import table
    from scenic_iot.cli.progress import bars
    from scenic_iot.runtime.bundle import load_bundle
    from scenic_iot.runtime.pipeline import Interpreter

    found = {}
    with bars() as progress:
        for index, path in enumerate(bundles):
            progress("bundles", index, len(bundles))
            bundle = load_bundle(path)
            found[str(path)] = time_bundle(bundle, Interpreter(bundle), SENTENCES, length)
    rows = [
        (path, f"{t.encoder:.3f}", "-" if t.step is None else f"{t.step:.3f}", f"{t.sentence:.3f}")
        for path, t in found.items()
    ]
    click.echo(table(("bundle", "encoder, ms", "step, ms", "sentence, ms"), rows))
    _write(json_file, {path: times.to_json() for path, times in found.items()})


@command.command("sparse")
@click.option("--family", default="encoder_decoder", show_default=True, help="encoder, decoder or encoder_decoder.")
@click.option("--preset", "size", default="paper", show_default=True, help="Size; see `scenic model list`.")
@click.option("--batch", "batches", type=click.IntRange(1), multiple=True, default=(1, 32, 256), show_default=True)
@click.option("--length", "lengths", type=click.IntRange(1, 192), multiple=True, default=(24, 96), show_default=True)
@click.option("--device", default="cuda", show_default=True)
@_json
def sparse(
    family: str, size: str, batches: tuple[int, ...], lengths: tuple[int, ...], device: str, json_file: Path | None
) -> None:
    """Dense beside 2:4 sparse on a GPU, through cuSPARSELt, over batch and length, with the relative error.

    Weights are random: speed does not depend on them.
    """
    try:
        import torch

        from scenic_iot.bench.profile.sparse import profile
        from scenic_iot.model.presets import FAMILIES, build, preset
    except ImportError as error:
        raise need_extra("train", error) from error
    from scenic_iot.bench.report import table
    from scenic_iot.cli.progress import bars
    from scenic_iot.command.grid import Grid
    from scenic_iot.command.symbols import Symbols
    from scenic_iot.home.catalogue import load_catalogue

    if device.startswith("cuda") and not torch.cuda.is_available():
        raise UsageError("there is no GPU here: 2:4 sparse products need one of NVIDIA's, Ampere or later")
    catalogue = load_catalogue()
    chosen = next((known for known in FAMILIES if known == family), None)
    if chosen is None:
        raise UsageError(f"no family {family!r}; there are {', '.join(FAMILIES)}")
    try:
        config = preset(chosen, size, 3000, Grid.of(Symbols(catalogue), catalogue))
    except ValueError as error:
        raise UsageError(str(error)) from error
    torch.manual_seed(0)
    with bars() as progress:
        found = profile(build(config), batches, lengths, torch.device(device), progress)
    head = ("part", "precision", "batch", "length", "dense, ms", "2:4, ms", "times as fast", "relative error", "note")
    click.echo(
        table(
            head,
            [
                (t.part, t.precision, str(t.batch), str(t.length), f"{t.dense:.4f}")
                + (("", "") if t.sparse is None else (f"{t.sparse:.4f}", f"{t.speed:.2f}"))
                + ("" if t.error is None else f"{t.error:.1e}", t.note)
                for t in found
            ],
        )
    )
    about = f"{torch.cuda.get_device_name() if torch.cuda.is_available() else 'cpu'}, torch {torch.__version__}"
    click.echo(about)
    _write(json_file, {"about": about, "family": family, "preset": size, "timings": [t.to_json() for t in found]})


@command.command("tensorrt")
@click.argument("path", metavar="BUNDLE", type=click.Path(path_type=Path))
@click.option("--batch", type=click.IntRange(1), default=1, show_default=True)
@click.option("--length", type=click.IntRange(1, 192), default=24, show_default=True, help="Tokens of a sentence.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("runs/tensorrt"),
    show_default=True,
    metavar="FOLDER",
    help="Keeps the engines and what trtexec wrote.",
)
@_json
def tensorrt(path: Path, batch: int, length: int, out: Path, json_file: Path | None) -> None:
    """Build dense and 2:4 engines of a BUNDLE's encoder with trtexec, time them, and show that sparse tactics ran."""
    try:
        from scenic_iot.bench.profile.tensorrt import TensorRTError, profile
    except ImportError as error:
        raise need_extra("train", error) from error
    from scenic_iot.runtime.bundle import load_bundle

    try:
        found = profile(load_bundle(path), out, batch, length)
    except TensorRTError as error:
        raise UsageError(str(error)) from error
    for engine in found:
        kind = f"{len(engine.sparse_layers)} sparse layers" if engine.sparse_layers else "no sparse layer"
        spent = f"median {engine.median:.4f} ms, 95% {engine.p95:.4f} ms of {engine.runs} runs"
        click.echo(f"--sparsity={engine.asked}: {spent}; {kind}")
    _write(json_file, [engine.to_json() for engine in found])


def _write(path: Path | None, figures: object) -> None:
    if path is not None:
        path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
