"""Dense beside 2:4 sparse on a GPU: cuSPARSELt's products through PyTorch, in one run, with the relative error.

Three components of a family's model in a size: the encoder, one step of a decoder without its caches (one symbol more
after what was read), and the whole model on a sentence and its command; then its linear products one by one, FP16 and
INT8. The sparse model has the weights of the dense one, whose 2:4 zeros are in both, so that their results must agree.
Speed does not depend on what weights are, so they are random.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.sparse import SparseSemiStructuredTensor, to_sparse_semi_structured

from scenic_iot.compress.prune import Pruning, prune
from scenic_iot.compress.scope import linear_layers
from scenic_iot.model.base import Model, Reader
from scenic_iot.model.decoder import Decoder
from scenic_iot.model.encoder import Encoder
from scenic_iot.model.encoder_decoder import EncoderDecoder

WRITTEN = 8
"""Symbols of a command, of which the step writes the last."""
_ROWS, _COLUMNS = 32, 64
"""What the rows and the inputs of a sparse FP16 matrix must be multiples of."""
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Timing:
    """One line: a component or a product at a batch and a length, in milliseconds a call."""

    part: str
    precision: str
    batch: int
    length: int
    dense: float
    sparse: float | None
    """None where there is no sparse kernel for it."""
    error: float | None
    """Relative: ‖sparse − dense‖ / ‖dense‖."""
    note: str = ""

    @property
    def speed(self) -> float | None:
        """How many times as fast as dense the sparse one is."""
        return None if self.sparse is None else self.dense / self.sparse

    def to_json(self) -> dict[str, Any]:
        """As plain values, the speed with them."""
        return asdict(self) | {"speed": self.speed}


@torch.no_grad()
def profile(
    model: Model, batches: Sequence[int], lengths: Sequence[int], device: torch.device, progress: Progress
) -> list[Timing]:
    """Timings of a model, whose weights are pruned 2:4 in place, on a GPU.

    Raises ValueError where a layer cannot be 2:4, RuntimeError where the GPU has no sparse products.
    """
    SparseSemiStructuredTensor._FORCE_CUTLASS = False  # cuSPARSELt
    prune(model, Pruning("2:4", 0.5), [])
    full = model.to(device).eval()
    half = copy.deepcopy(full).half()
    thin, dense_layers = sparsified(half)
    note = f"{dense_layers} of {len(linear_layers(half))} layers stay dense: too narrow" if dense_layers else ""
    found: list[Timing] = []
    cells = [(batch, length) for batch in batches for length in lengths]
    for index, (batch, length) in enumerate(cells):
        progress("batches and lengths", index, len(cells))
        for part, run in components(full, batch, length, device):
            found.append(Timing(part, "fp32", batch, length, milliseconds(lambda run=run: run(full)), None, None))  # type: ignore[misc]
            dense, sparse = (milliseconds(lambda run=run, m=m: run(m)) for m in (half, thin))  # type: ignore[misc]
            error = relative_error(run(thin), run(half))
            found.append(Timing(part, "fp16", batch, length, dense, sparse, error, note))
        found += products(full, batch, length)
    progress("batches and lengths", len(cells), len(cells))
    return found


def sparsified(model: Model) -> tuple[Model, int]:
    """A copy of an FP16 model with sparse weights, and how many layers are too narrow for them."""
    thin, dense = copy.deepcopy(model), 0
    for layer in linear_layers(thin).values():
        if layer.out_features % _ROWS or layer.in_features % _COLUMNS:
            dense += 1
        else:
            layer.weight = nn.Parameter(to_sparse_semi_structured(layer.weight.detach()), requires_grad=False)
    return thin, dense


Run = Callable[[Model], Tensor]


def components(model: Model, batch: int, length: int, device: torch.device) -> Iterator[tuple[str, Run]]:
    """The components of a family with what each computes, given a model of the family, on random sentences."""
    generator = torch.Generator().manual_seed(0)
    source = torch.randint(10, model.config.vocabulary, (batch, length), generator=generator).to(device)
    target = torch.randint(3, model.config.symbols, (batch, WRITTEN), generator=generator).to(device)
    if isinstance(model, Reader):
        yield "encoder", lambda m: _reader(m).encode(source)[0]
    if isinstance(model, EncoderDecoder):
        memories: dict[int, tuple[Tensor, Tensor]] = {}

        def step(m: Model) -> Tensor:
            assert isinstance(m, EncoderDecoder)
            if id(m) not in memories:  # read before, as when decoding
                memories[id(m)] = m.encode(source)
            return m.decode(target[:, -1:], *memories[id(m)])

        yield "decoder step", step
    if isinstance(model, Decoder):
        yield "decoder step", lambda m: _decoder(m).states(target[:, :1], target[:, -1:])
        yield "reading", lambda m: _decoder(m).states(source, target[:, :0])
    else:
        # An encoder-only model's cells follow from rows that fit its grid; all of them are filled here.
        yield "whole", lambda m: _whole(m, source, target)


@torch.no_grad()
def products(model: Model, batch: int, length: int) -> list[Timing]:
    """The products of the distinct shapes of a model's linear layers with batch x length rows, rounded up to 32."""
    shapes = {tuple(layer.weight.shape): layer.weight for layer in linear_layers(model).values()}
    found = []
    for (outputs, inputs), weight in sorted(shapes.items()):
        if outputs % _ROWS or inputs % _COLUMNS:
            continue
        x = torch.randn(-(-batch * length // _ROWS) * _ROWS, inputs, device=weight.device)
        for precision, a, b in (("fp16", weight.half(), x.half()), ("int8", _int8(weight), _int8(x))):
            found.append(_product(f"product {inputs} -> {outputs}", precision, batch, length, a, b))
    return found


def _product(part: str, precision: str, batch: int, length: int, weight: Tensor, x: Tensor) -> Timing:
    def dense() -> Tensor:
        """(outputs, rows)."""
        return torch._int_mm(weight, x.t()) if precision == "int8" else torch.mm(weight, x.t())

    expected = milliseconds(dense)
    try:
        multiply = sparse_product(weight)
        error = relative_error(multiply(x), dense())
        return Timing(part, precision, batch, length, expected, milliseconds(lambda: multiply(x)), error)
    except (RuntimeError, NotImplementedError) as reason:
        return Timing(part, precision, batch, length, expected, None, None, str(reason).splitlines()[0])


def sparse_product(weight: Tensor) -> Callable[[Tensor], Tensor]:
    """What multiplies a 2:4 weight (outputs, inputs) with rows (rows, inputs), to (outputs, rows).

    INT8 is summed up in INT32, as dense INT8 is; PyTorch's sparse tensors would cut it to INT8.
    """
    if weight.dtype == torch.int8:
        packed = torch._cslt_compress(weight)
        return lambda x: torch._cslt_sparse_mm(packed, x.t(), out_dtype=torch.int32)
    sparse = to_sparse_semi_structured(weight)
    return lambda x: torch.mm(sparse, x.t())


def _int8(x: Tensor) -> Tensor:
    return (x / x.abs().max() * 127).round().to(torch.int8)


@torch.no_grad()
def milliseconds(run: Callable[[], object], rounds: int = 20, repeats: int = 5) -> float:
    """The median over `repeats` of the mean of `rounds` calls, after some that do not count; the GPU is waited for."""
    for _ in range(5):
        run()
    spent = []
    for _ in range(repeats):
        _wait()
        began = time.perf_counter()
        for _ in range(rounds):
            run()
        _wait()
        spent.append((time.perf_counter() - began) / rounds)
    return 1000 * sorted(spent)[repeats // 2]


@torch.no_grad()
def relative_error(found: Tensor, expected: Tensor) -> float:
    """‖found − expected‖ / ‖expected‖, in float32."""
    return float((found.float() - expected.float()).norm() / expected.float().norm().clamp(min=1e-12))


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _whole(model: Model, source: Tensor, target: Tensor) -> Tensor:
    if isinstance(model, EncoderDecoder):
        output: Tensor = model(source, target).logits
        return output
    assert isinstance(model, Encoder)
    grid = model.config.grid
    return model.fill(*model.encode(source), torch.arange(grid.slots * grid.places, device=source.device))


def _reader(model: Model) -> Reader:
    assert isinstance(model, Reader)
    return model


def _decoder(model: Model) -> Decoder:
    assert isinstance(model, Decoder)
    return model
