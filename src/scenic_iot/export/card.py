"""The model card: a bundle's README, every figure of which comes from its configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def model_card(config: Mapping[str, Any], sizes: Mapping[str, int]) -> str:
    """The card as Markdown. `config` is the bundle's, `sizes` the bytes of its files."""
    return "\n".join(_lines(config, sizes)) + "\n"


def _lines(config: Mapping[str, Any], sizes: Mapping[str, int]) -> Iterator[str]:
    model, recipe, training = config["model"], config["recipe"], config["training"]
    languages = ", ".join({"zh": "Chinese", "en": "English"}.get(code, code) for code in recipe["data"]["languages"])
    yield f"# {config['name']}"
    yield ""
    if config["about"]:
        yield from (config["about"], "")
    text = config.get("writes") == "text"
    yield from _use(text)
    yield from ("", "## What it is", "")
    yield from ("| | |", "| --- | --- |")
    kind = config["family"].replace("_", "-")
    yield f"| model | {kind}, {_layers(model)}, width {model['width']}, {model['heads']} heads |"
    yield f"| parameters | {config['parameters']:,} |"
    yield f"| weights | {config['precision']} |"
    listed = ", ".join(f"{name} {size:,}" for name, size in sizes.items())
    yield f"| size | {sum(sizes.values()):,} bytes ({listed}) |"
    if not text:
        yield f"| languages | {languages} |"
    yield f"| reads | up to {model['max_source']} tokens, vocabulary of {model['vocabulary']:,} |"
    most = f"up to {model['grid']['slots']} actions" if "grid" in model else f"up to {model['max_target']} symbols"
    yield f"| writes | {most} out of {model['symbols']:,} symbols |"
    yield f"| made | {config['created']}, seed {config['seed']} |"
    yield from ("", "## What it was trained on", "")
    if text:
        yield f"{config['data']['pairs']:,} pairs of a prompt and a response, from a file and out of its rows"
    else:
        yield f"{config['data']['pairs']:,} generated pairs of an instruction and its command, none written down from"
        yield "real people"
    yield f"(SHA-256 `{config['data']['sha256'][:16]}…`). It saw {training['samples']:,} of them, repeats counted, in"
    yield f"{training['steps']:,} steps on {training['device']}. The whole recipe is in `config.json`."
    if config["scores"]:
        yield from ("", "## Scores", "", "| | |", "| --- | --- |")
        yield from (f"| {name} | {_figure(value)} |" for name, value in _flat(config["scores"]))
    yield from ("", "## Limits", "")
    if text:
        yield "It answers in the way of the file that it learned, whatever it is asked, and refuses nothing."
        return
    yield "It knows the devices, attributes and areas of `catalogue.yaml` and judges each sentence alone. It was"
    yield "trained on generated sentences: what people say in ways that nobody thought of may be misread or refused."
    yield "What could do harm (unlocking, opening a gate, disarming) should be confirmed before it is done."


def _use(text: bool) -> Iterator[str]:
    """What the bundle is for, and how it is used."""
    if text:
        yield "Answers a prompt with a response. Made and read by scenic-iot:"
        yield from ("", "```sh", "scenic run --model path/of/this/folder 'a prompt'", "```")
        return
    yield "Turns an instruction to a home into a command, or refuses it. Made and read by scenic-iot:"
    yield from ("", "```python", "import scenic_iot", "", 'home = scenic_iot.load("path/of/this/folder")')
    yield from ('print(home("turn off the kitchen light").command)', "```")


def _layers(model: Mapping[str, Any]) -> str:
    """How many layers there are of which kind."""
    kinds = {"encoder_layers": "encoder", "decoder_layers": "decoder", "layers": "", "slot_layers": "slot"}
    parts = [f"{model[field]} {kind}".strip() for field, kind in kinds.items() if field in model]
    return f"{' and '.join(parts)} layers"


def _flat(scores: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in scores.items():
        label = f"{prefix}{name}".replace("_", " ")
        if isinstance(value, Mapping):
            yield from _flat(value, f"{label}: ")
        else:
            yield label, value


def _figure(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
