"""4-bit weights: 16 steps with a scale for every block of 32 inputs of an output; embeddings are int8.

Products become onnxruntime's own `MatMulNBits`, which unpacks weights as it multiplies; other engines cannot read the
file. Weights are rounded as `aware.round4` does.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import onnx
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

from .aware import BLOCK
from .quantize import Quantized, QuantizeError, matrix_numbers, quantize
from .static import looks_up

_OP = "MatMulNBits"
logging.root.setLevel(logging.WARNING)  # the import above makes everybody's logging talk of every node


def quantize4(source: Path, target: Path) -> Quantized:
    """Write a version of the ONNX file `source` with 4-bit weights to `target`.

    Raises QuantizeError when no product could be quantized.
    """
    count = matrix_numbers(onnx.load(source))
    with tempfile.TemporaryDirectory() as folder:
        begun = source
        if looks_up(source):
            begun = Path(folder) / "embeddings.onnx"
            quantize(source, begun, products=False)
        quantizer = MatMulNBitsQuantizer(onnx.load(begun), bits=4, block_size=BLOCK, is_symmetric=True)
        quantizer.process()
        model = quantizer.model.model
    products = [node for node in model.graph.node if node.op_type == _OP]
    if not products:
        raise QuantizeError(f"{source.name}: no weight was quantized")
    onnx.save(model, target)
    small = sum(_size(node) for node in products)
    return Quantized(source.stat().st_size, target.stat().st_size, count, small, "4-bit")


def _size(node: onnx.NodeProto) -> int:
    """How many weights a product has."""
    sizes = {attribute.name: attribute.i for attribute in node.attribute}
    return int(sizes["K"] * sizes["N"])
