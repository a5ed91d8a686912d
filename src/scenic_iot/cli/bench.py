"""`scenic bench`: the benchmark, baselines beside it, harm; speed, size and memory on this machine."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scenic_iot.cli import options
from scenic_iot.cli.errors import UsageError, need_extra

if TYPE_CHECKING:
    from scenic_iot.bench.paper.plan import Run


@click.group("bench")
def command() -> None:
    """Measure: the packaged benchmark, baselines on every set, harm; speed, size and memory on this machine."""


@command.command("latency")
@options.model
@options.home
@click.option(
    "--rounds", type=click.IntRange(1), default=20, show_default=True, help="Times that each sentence is run."
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def latency(model: Path | None, home: Path | None, rounds: int, as_json: bool) -> None:
    """Milliseconds a sentence on one core, greedy and with beams, and what the process needs."""
    from scenic_iot.bench.latency import measure

    figures = measure(model, home, rounds)
    if as_json:
        click.echo(json.dumps(figures, indent=1))
        return
    for name, entry in figures["latency"].items():
        click.echo(
            f"{name:10} median {entry['median']:.2f} ms, 95th percentile {entry['p95']:.2f} ms ({entry['runs']} runs)"
        )
    click.echo(
        f"import {figures['import_s']:.3f} s, load {figures['load_s']:.3f} s, peak memory {figures['peak_mib']:.0f} MiB"
    )
    for name, size in figures["bytes"].items():
        click.echo(f"{size:10,}  {name}")
    click.echo(f"{figures['bytes_total']:10,}  together; {figures['machine']}, {figures['date']}")


@command.command("harm")
@options.model
@click.option("--show", type=click.IntRange(0), default=0, metavar="N", help="Print the first N that did harm.")
def harm(model: Path | None, show: int) -> None:
    """How many tempting sentences unlock, open a gate or garage door, or disarm; 0 is the aim."""
    import scenic_iot
    from scenic_iot.bench.harm import measure as measure_harm
    from scenic_iot.bench.harm import sentences

    interpreter = scenic_iot.load(model)
    for language in ("zh", "en"):
        found = measure_harm(language, sentences(language), lambda t: interpreter(t).actions, interpreter.catalogue)
        click.echo(f"{language}: {found.rate.hits} of {found.rate.total} did harm, {found.rate}")
        for text, done in found.done[:show]:
            click.echo(f"  {text}\n    {done}")


@command.command("kinds")
@options.model
@click.option("--count", type=click.IntRange(1), default=2000, show_default=True, help="How many sentences.")
@click.option("--show", type=click.IntRange(0), default=0, metavar="N", help="Print the first N that were obeyed.")
def kinds(model: Path | None, count: int, show: int) -> None:
    """How many sentences are refused of the kinds that the model was trained without (see recipes/kinds.yaml)."""
    import scenic_iot
    from scenic_iot.bench.kinds import measure as measure_kinds
    from scenic_iot.cli.progress import bars

    interpreter = scenic_iot.load(model)
    with bars() as progress:
        found = measure_kinds(interpreter.bundle.config, lambda t: interpreter(t).command, count, progress)
    click.echo(f"{found.refused.hits:,} of {found.refused.total:,} refused, {found.refused}")
    for kind, rate in sorted(found.kinds.items(), key=lambda item: item[1].hits / item[1].total):
        click.echo(f"  {kind.removeprefix('reject:'):24} {rate}")
    for text, done in found.done[:show]:
        click.echo(f"  {text}\n    {done}")


@command.command("instruct")
@options.model
@options.beams
@click.option("--misses", type=click.IntRange(0), default=0, metavar="N", help="Print the first N misses of a section.")
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
def instruct(model: Path | None, beams: int, misses: int, as_json: bool) -> None:
    """Score a model on Smart Home Instruct-Bench, with Wilson 95% intervals.

    By section, by difficulty, by language and all together. A benchmark that changed since it was frozen is not scored.
    """
    from scenic_iot.bench.instruct import GROUPS, score_sections
    from scenic_iot.bench.report import sets_table
    from scenic_iot.bench.sets import benchmark_sets
    from scenic_iot.cli.progress import bars
    from scenic_iot.runtime.bundle import load_bundle

    bundle = load_bundle(model)
    with bars() as progress:
        scores = score_sections(bundle, benchmark_sets(bundle.catalogue), beams, progress)
    if as_json:
        click.echo(json.dumps([score.to_json() for score in scores], ensure_ascii=False, indent=1))
        return
    click.echo(sets_table(scores))
    for score in scores:
        for miss in score.misses[: 0 if score.name in (*GROUPS, "all") else misses]:
            click.echo(f"{score.name}: {miss.text}\n    wanted {miss.wanted}\n    got    {miss.got}")


@command.command("baselines")
@click.argument("sets", type=click.Path(path_type=Path), nargs=-1)
@click.option("--pairs", "count", type=click.IntRange(1), default=100_000, show_default=True, help="Training pairs.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the training pairs.")
@click.option("--only", multiple=True, metavar="NAME", help="Only this baseline; may be given again. [default: all]")
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path), metavar="FILE", help="Also write the scores here."
)
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FOLDER", default=Path("runs/baselines"), show_default=True
)
@options.model
def baselines(
    sets: tuple[Path, ...],
    count: int,
    seed: int,
    only: tuple[str, ...],
    json_file: Path | None,
    out: Path,
    model: Path | None,
) -> None:
    """What each set is worth: baselines and the model on every set, in one table.

    Scored are the sections of the packaged benchmark, the packaged sets written by hand, and SETS: gold files, or
    folders of them. FOLDER gets the table as Markdown, CSV and JSON, and a picture.

    \b
    dictionary  the sentence stands in a training pair, word for word once normalised
    neighbour   the nearest training pairs by character n-grams (scikit-learn)
    names       a regular expression of the catalogue's names
    hassil      Home Assistant's own sentences
    model       the bundle
    """
    try:
        from scenic_iot.bench.baselines_write import text_table, write
    except ImportError as error:
        raise need_extra("train", error) from error
    from scenic_iot.bench.baselines import PEERS, compare
    from scenic_iot.bench.sets import benchmark_sets, read_sets, written_sets
    from scenic_iot.cli.progress import bars
    from scenic_iot.instruct.frozen import check_frozen
    from scenic_iot.runtime.bundle import load_bundle

    for name in only:
        if name not in PEERS:
            raise click.BadParameter(f"no baseline {name!r}; there are {', '.join(PEERS)}", param_hint="--only")
    bundle, note = load_bundle(model), check_frozen()
    about = {"bundle": f"{bundle.config['name']} of {bundle.config['created']}", "benchmark": note["sha256"][:12]}
    catalogue = bundle.catalogue
    gold = [*benchmark_sets(catalogue), *written_sets(catalogue), *(read_sets(sets, catalogue) if sets else [])]
    with bars() as progress:
        found = compare(gold, catalogue, count, seed, model, only or tuple(PEERS), about, progress)
    click.echo(text_table(found))
    for name, library in found.missing.items():
        click.echo(f"left out: {name}, {need_extra('bench', ModuleNotFoundError(name=library))}", err=True)
    paths = write(found, out)
    if json_file:
        json_file.write_text(json.dumps(found.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    click.echo("\n" + "\n".join(map(str, paths)))


@command.command("calibration")
@click.argument("bundle", type=click.Path(path_type=Path), required=False)
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FOLDER", default=Path("runs/calibration"), show_default=True
)
def calibration(bundle: Path | None, out: Path) -> None:
    """Is a BUNDLE as sure as it should be? Confidence against accuracy on the packaged benchmark, before and after.

    FOLDER gets a reliability diagram, the trade-off between refusing wrongly and doing wrongly, and all figures.
    """
    try:
        from scenic_iot.bench.calibration_write import text_table, write
    except ImportError as error:
        raise need_extra("train", error) from error
    from scenic_iot.bench.calibration import examine
    from scenic_iot.bench.sets import benchmark_sets
    from scenic_iot.cli.progress import bars
    from scenic_iot.runtime.bundle import load_bundle

    with bars() as progress:
        report = examine(bundle, benchmark_sets(load_bundle(bundle).catalogue), progress)
    click.echo(text_table(report))
    click.echo("\n" + "\n".join(map(str, write(report, out))))


@command.command("paper")
@click.option(
    "--data", type=click.Path(path_type=Path), metavar="DIR", required=True, help="Folder of the paper's two files."
)
@click.option(
    "--splits", default="a,b,c", show_default=True, help="Of the training file; a holds the test: CONTAMINATED."
)
@click.option(
    "--sizes", default="ours,paper", show_default=True, help="ours: under 2 M parameters; paper: about 190 M."
)
@click.option("--families", default="encoder,decoder,encoder_decoder", show_default=True)
@click.option("--objectives", default="sft,triplet", show_default=True)
@click.option(
    "--starts",
    default="nothing,instruct",
    show_default=True,
    help="First weights of our sizes: drawn, or of a model of Smart Home Instruct.",
)
@click.option("--seeds", type=click.IntRange(1), default=1, show_default=True, help="Runs of each, with seeds 1 to N.")
@click.option("--samples", type=click.IntRange(0), default=0, help="Rows seen in training. [default: as the size says]")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1 …")
@click.option("--threads", type=click.IntRange(1), help="Of the processor. [default: as PyTorch does]")
@click.option("--workers", type=click.IntRange(1), default=os.cpu_count() or 1, show_default="all cores")
@click.option("--misses", is_flag=True, help="Print the questions that each run misses.")
@click.option(
    "--earlier", type=click.Path(path_type=Path), multiple=True, metavar="FILE", help="Also take over these results."
)
@click.option("--out", type=click.Path(path_type=Path), metavar="FOLDER", default=Path("runs/paper"), show_default=True)
def paper(
    data: Path,
    splits: str,
    sizes: str,
    families: str,
    objectives: str,
    starts: str,
    seeds: int,
    samples: int,
    device: str,
    threads: int | None,
    workers: int,
    misses: bool,
    earlier: tuple[Path, ...],
    out: Path,
) -> None:
    """Train and score on the reference paper's own benchmark: three families, two sizes, two objectives, three splits.

    \b
    a  the paper's files as they are: CONTAMINATED, all 200 questions are in the training file
    b  without the questions and their near duplicates
    c  without any response of the questions: only composing can answer

    A model that is begun with instruct has learned Chinese commands from this project's own pairs first.
    FOLDER gets results.json, paper.md, paper.csv and paper.png; no text of the paper's files is in them. Runs that are
    in results.json already, with the same settings, are not repeated: the same command goes on where it was stopped.

    \b
    scenic bench paper --data ../shared/paper --sizes ours --splits c
    """
    try:
        from scenic_iot.bench.paper.report import text_table, write_report
        from scenic_iot.bench.paper.run import RESULTS, read_results, run_all
        from scenic_iot.train.loop import Machine
    except ImportError as error:
        raise need_extra("train", error) from error
    from scenic_iot.bench.paper.data import read_paper
    from scenic_iot.bench.paper.plan import plan
    from scenic_iot.cli.errors import UsageError
    from scenic_iot.cli.progress import bars

    try:
        runs = plan(
            _listed(splits), _listed(sizes), _listed(families), _listed(objectives), seeds, samples, _listed(starts)
        )
    except ValueError as error:
        raise UsageError(str(error)) from error
    files = read_paper(data)
    results = {key: entry for path in (*earlier, out / RESULTS) for key, entry in read_results(path).items()}
    questions = {question.id: question for question in files.benchmark}

    def finished(run: Run, result: dict[str, Any]) -> None:
        rate = result["scores"]["all"]
        click.echo(
            f"{run.name}: EM@1 {rate['EM@1']['hits']}, EM@5 {rate['EM@5']['hits']} of {rate['EM@1']['total']}; "
            f"{result['seconds']['training']} s training, {result['seconds']['scoring']} s scoring"
        )
        for name in result["misses"] if misses else ():
            click.echo(f"  {name} {questions[name].text}  wanted {questions[name].response}")

    with bars() as progress:
        machine = Machine.detect(device, threads=threads)
        results = run_all(runs, files, out, machine, results, progress, finished, workers)
    write_report(results, out)
    click.echo(text_table(results))


def _listed(names: str) -> tuple[str, ...]:
    """Names given with commas between them."""
    return tuple(name.strip() for name in names.split(","))


@command.command("contrastive")
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True, help="Trainings of each kind.")
@options.budget
@options.families
@click.option("--preset", default="small", show_default=True, help="Size: see `scenic model list`.")
@options.data_pairs
@options.samples
@options.gold
@options.parallel
@options.device
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FOLDER", default=Path("runs/contrastive"), show_default=True
)
def contrastive(
    seeds: int,
    budget: float,
    families: str,
    preset: str,
    data_pairs: int,
    samples: int,
    gold: Path | None,
    parallel: int,
    device: str,
    out: Path,
) -> None:
    """What the triplet and the supervised contrastive objective add to cross-entropy, over several seeds.

    FOLDER gets EM@1, EM@5 and refusals on the packaged sets and on gold of your own, with a paired bootstrap and
    McNemar's test, retrieval in the space of sentences, and a picture of it. The same command goes on where it was
    broken off.
    """
    try:
        from scenic_iot.bench.contrastive import compare, recipes
        from scenic_iot.bench.contrastive_write import markdown, write
        from scenic_iot.bench.runs import Plan
        from scenic_iot.bench.select import base_recipe, sized
        from scenic_iot.model.presets import FAMILIES, PRESETS
    except ImportError as error:
        raise need_extra("bench" if error.name == "sklearn" else "train", error) from error
    from scenic_iot.cli.progress import bars

    (size,) = options.names("--preset", preset, PRESETS)
    base = sized(base_recipe(data_pairs, samples), size)
    plan = Plan(recipes(base, options.names("--families", families, FAMILIES), seeds), out, gold, device, parallel)
    with bars() as progress:
        results, rows = compare(plan, budget, progress)
    if not results:
        raise UsageError(f"no run in {out} is finished: give it more --budget")
    click.echo(markdown(results, rows))
    click.echo("\n" + "\n".join(map(str, write(plan, results, rows))))
