"""Recipes: one YAML file says how a model is made, from the data to the files.

    name: small
    seed: 1
    data: {pairs: 1_000_000}
    tokenizer: {mode: subword, size: 3000}
    model: {preset: small}
    train: {epochs: 10, batch: 512, learning_rate: 0.002}
    export: {int8: true}

Every field is documented where it stands (`metadata["help"]`) and has a default. A recipe says nothing of the machine:
devices, threads and processes are arguments of the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from scenic_iot.command.grid import Grid
from scenic_iot.home import yamlfile
from scenic_iot.instruct.mix import Mix
from scenic_iot.model.base import Family
from scenic_iot.model.presets import PRESETS, preset

T = TypeVar("T")
Objective = Literal["cross_entropy", "triplet", "supervised_contrastive"]
"""See `objectives`."""


class RecipeError(yamlfile.FileError):
    """A mistake in a recipe, with `file`, `line`, `field` and `message`."""


def _setting(default: Any, help: str, least: float | None = None, below: float | None = None) -> Any:
    """A documented field; numbers must be at least `least` and less than `below`."""
    return field(default=default, metadata={"help": help, "least": least, "below": below})


@dataclass(frozen=True, slots=True)
class DataSettings:
    """What is generated."""

    pairs: int = _setting(1_000_000, "pairs to train on", least=1)
    held_out: int = _setting(5_000, "more pairs, of a seed of their own, to watch the training by", least=0)
    languages: tuple[str, ...] = _setting(("zh", "en"), "languages of the sentences")
    mix: Mix = field(default_factory=Mix, metadata={"help": "shares of the kinds of sentences"})
    without: tuple[str, ...] = _setting((), "kinds of sentences that are kept from training, such as reject:weather")


@dataclass(frozen=True, slots=True)
class PairSettings:
    """A file of prompts and responses that is learned instead of generated pairs; see `train.pairs`."""

    file: str = _setting("", "JSON list or JSON lines of prompt and response, or of text and command; '': none")
    held_out: float = _setting(0.05, "share of its rows that are kept from training, to score by", least=0, below=1)
    separator: str = _setting("；", "what stands between the clauses of a response; '': there is one clause only")
    symbols: int = _setting(1000, "most symbols that responses are written with", least=1, below=32768)
    known: bool = _setting(False, "write nothing but the file's responses")
    augmented: int = _setting(0, "pairs made in all, out of the file's; fewer than those: only they", least=0)
    swapped: float = _setting(0.35, "share of them in which spans are exchanged", least=0)
    joined: float = _setting(0.3, "share of them in which several are joined", least=0)


@dataclass(frozen=True, slots=True)
class TokenizerSettings:
    """How text is cut into tokens."""

    mode: Literal["subword", "character"] = _setting("subword", "Latin words in learned pieces, or letter by letter")
    size: int = _setting(3000, "most tokens in the vocabulary", least=200, below=32768)
    min_count: int = _setting(3, "how often a character must occur to get a token", least=1)


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """The shape of the model."""

    family: Family = field(default="encoder_decoder", metadata={"help": "encoder, decoder or encoder_decoder"})
    preset: str = _setting("small", f"size: {', '.join(PRESETS)}")
    overrides: Mapping[str, Any] = field(
        default_factory=dict, metadata={"help": "fields of the model's configuration that differ from the preset"}
    )

    init: str = _setting("", "folder of a checkpoint (T5, Llama, Qwen, BERT) to begin with, instead of a preset")

    def __post_init__(self) -> None:
        if self.init:
            return  # the checkpoint decides family and sizes
        preset(self.family, self.preset, 1, Grid("pbe"), self.overrides)  # raises ValueError


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """How the weights are learned."""

    objective: Objective = field(
        default="cross_entropy", metadata={"help": f"what is minimised: {', '.join(get_args(Objective))}"}
    )
    alpha: float = _setting(0.1, "weight of the contrastive part of the objective", least=0)
    margin: float = _setting(0.0, "of the triplet objective; 0: 0.25 for encoder-only models, else 0.5", least=0)
    temperature: float = _setting(0.1, "of the supervised contrastive objective", least=0.001)
    epochs: float = _setting(10.0, "passes over the data", least=0)
    samples: int = _setting(0, "pairs seen in all, instead of epochs; 0: as epochs says", least=0)
    batch: int = _setting(512, "pairs in a step of each process", least=1)
    learning_rate: float = _setting(2e-3, "highest learning rate", least=0)
    warmup: int = _setting(500, "steps until it is reached; a tenth of all steps at most", least=0)
    schedule: Literal["cosine", "linear", "constant"] = _setting("cosine", "how it then falls")
    final: float = _setting(0.0, "what is left of it in the end, as a share", least=0)
    weight_decay: float = _setting(0.01, "AdamW's, on matrices only", least=0)
    clip: float = _setting(1.0, "longest gradient", least=0)
    label_smoothing: float = _setting(0.0, "share of the probability spread over all symbols", least=0, below=1)
    dropout: float = _setting(0.1, "share of activations dropped", least=0, below=1)
    token_dropout: float = _setting(0.0, "share of tokens replaced by <unk>; placeholders never are", least=0, below=1)
    bpe_dropout: float = _setting(0.1, "share of merges skipped when words are cut into pieces", least=0, below=1)
    encodings: int = _setting(4, "random spellings of all data, used in turn by the epochs", least=1)
    ema: float = _setting(0.999, "decay of the averaged weights, which are the ones kept; 0: none", least=0, below=1)
    evaluations: int = _setting(10, "times that the held-out pairs are scored", least=0)

    def steps(self, pairs: int, batches: int) -> int:
        """Steps in all, at least one, for so many training pairs in so many batches."""
        epochs = self.samples / pairs if self.samples else self.epochs
        return max(1, round(epochs * batches))


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """What is put into the bundle."""

    int8: bool = _setting(True, "quantize to int8; otherwise float32")
    embeddings: bool = _setting(True, "quantize the embeddings as well")
    reduce_range: bool = _setting(False, "7-bit weights, for x86 processors without VNNI")
    tolerance: float = _setting(1e-4, "largest difference of float32 logits between PyTorch and ONNX", least=0)
    sentences: int = _setting(500, "held-out sentences that parity is checked on", least=1)
    calibration: int = _setting(8_000, "new pairs that confidence is fitted on; 0: the search's own is given", least=0)
    caution: float = _setting(0.4, "what it costs to do a wrong command, in wrong refusals", least=0)


@dataclass(frozen=True, slots=True)
class Recipe:
    """All of it."""

    name: str = field(metadata={"help": "what the model is called"})
    about: str = _setting("", "one sentence for the model card")
    seed: int = _setting(0, "the data, the first weights and the order of training follow from it", least=0)
    data: DataSettings = field(default_factory=DataSettings, metadata={"help": DataSettings.__doc__})
    pairs: PairSettings = field(default_factory=PairSettings, metadata={"help": PairSettings.__doc__})
    tokenizer: TokenizerSettings = field(
        default_factory=TokenizerSettings, metadata={"help": TokenizerSettings.__doc__}
    )
    model: ModelSettings = field(default_factory=ModelSettings, metadata={"help": ModelSettings.__doc__})
    train: TrainSettings = field(default_factory=TrainSettings, metadata={"help": TrainSettings.__doc__})
    export: ExportSettings = field(default_factory=ExportSettings, metadata={"help": ExportSettings.__doc__})

    def to_json(self) -> dict[str, Any]:
        """The recipe as plain values, defaults included."""
        return asdict(self)


def for_pairs(file: str) -> Recipe:
    """A recipe for a file of pairs that nothing else is known of."""
    return Recipe(
        Path(file).stem,
        pairs=PairSettings(file, augmented=100_000),
        tokenizer=TokenizerSettings(min_count=1),
        train=TrainSettings(
            samples=600_000, batch=256, warmup=200, token_dropout=0.05, label_smoothing=0.05, encodings=1, evaluations=0
        ),
    )


def read_recipe(path: Path) -> Recipe:
    """Read a recipe. Raises RecipeError, which names file, line and field."""
    return _read(Recipe, yamlfile.read_yaml(path, RecipeError))


def _read(kind: type[T], entry: yamlfile.Field) -> T:
    """A dataclass from a mapping."""
    assert is_dataclass(kind)
    known = {item.name: item for item in fields(kind)}
    hints = get_type_hints(kind)
    required = [name for name, item in known.items() if item.default is MISSING and item.default_factory is MISSING]
    given = entry.fields(known, required)
    values = {name: _value(hints[name], known[name], child) for name, child in given.items()}
    try:
        return kind(**values)
    except ValueError as reason:
        raise entry.fail(str(reason)) from reason


def _value(hint: Any, item: Field[Any], entry: yamlfile.Field) -> Any:
    """A value of the type that a field is declared with."""
    if is_dataclass(hint):
        assert isinstance(hint, type)
        return _read(hint, entry)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return None if entry.is_empty() else _value(next(a for a in arguments if a is not type(None)), item, entry)
    if origin is Literal:
        if entry.text() not in arguments:
            near = yamlfile.suggestion(entry.text(), arguments)
            raise entry.fail(f"{entry.text()!r} is none of {', '.join(arguments)}{near}")
        return entry.text()
    if origin is tuple:
        return tuple(_value(arguments[0], item, element) for element in entry.sequence())
    if origin in (dict, Mapping):
        return {key: _scalar(child) for key, child in entry.items().items()}
    if hint in (int, float):
        return _number(hint, item, entry)
    return entry.flag() if hint is bool else entry.text()


def _number(kind: type[int | float], item: Field[Any], entry: yamlfile.Field) -> int | float:
    number = entry.number()
    if kind is int and number != int(number):
        raise entry.fail(f"expected a whole number, found {number:g}")
    least, below = item.metadata.get("least"), item.metadata.get("below")
    if least is not None and number < least:
        raise entry.fail(f"{number:g} is less than {least:g}")
    if below is not None and number >= below:
        raise entry.fail(f"{number:g} is not less than {below:g}")
    return kind(number)


def _scalar(entry: yamlfile.Field) -> str | bool | int | float:
    """A value whose type is not declared."""
    for read in (entry.flag, entry.number):
        try:
            value = read()
        except yamlfile.FileError:
            continue
        return int(value) if not isinstance(value, bool) and value == int(value) else value
    return entry.text()
