"""FP16: weights stored in half the bytes.

Each matrix is stored as FP16 and cast to FP32 by a node of its own, which onnxruntime works out when it loads the
graph. So the file is half as large and a CPU computes in FP32, as fast as before: there is no arithmetic in FP16 to
gain by on the CPUs this is for.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .quantize import Quantized, QuantizeError, matrix_numbers

_LARGEST = float(np.finfo(np.float16).max)


def halve(source: Path, target: Path) -> Quantized:
    """Write an FP16 version of the ONNX file `source` to `target`.

    Raises QuantizeError where a weight is too large for FP16, or where there is no matrix.
    """
    model = onnx.load(source)
    count = matrix_numbers(model)
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or len(tensor.dims) < 2:
            continue
        values, name = numpy_helper.to_array(tensor), tensor.name
        if np.abs(values).max(initial=0.0) > _LARGEST:
            raise QuantizeError(f"{source.name}: {name} holds numbers that FP16 cannot")
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [tensor.name], [name], f"{name}.cast", to=TensorProto.FLOAT))
    if not casts:
        raise QuantizeError(f"{source.name}: no weight became FP16")
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, target)
    return Quantized(
        source.stat().st_size, target.stat().st_size, count, matrix_numbers(model, (TensorProto.FLOAT16,)), "FP16"
    )
