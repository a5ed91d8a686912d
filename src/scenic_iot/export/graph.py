"""Writing ONNX graphs node by node, and the few blocks that the encoder's and the decoder's graphs share.

Graphs are written here rather than traced from the training modules, because what runs on a device is another
computation than what is trained: one step at a time, with caches, with what never changes worked out beforehand.
Written out, each holds a third fewer nodes than a trace and takes milliseconds to make; `parity` proves it equal. Only
standard operators are used, so any engine can read them; onnxruntime fuses norms, transposes and int8 products by
itself when it loads them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from scenic_iot.model.layers import MASKED, Activation, FeedForward, RelativeBias, RMSNorm

OPSET = 17  # onnxruntime 1.12 and later
IR_VERSION = 8
Array = NDArray[Any]
Shape = Sequence[int | str]


def weights(tensor: Tensor) -> NDArray[np.float32]:
    """A parameter as float32 numbers; a linear layer's are (outputs, inputs), to be transposed for MatMul."""
    return np.asarray(tensor.detach().float().cpu().numpy(), dtype=np.float32)


class Graph:
    """An ONNX graph in the making. Values are known by name; `op` adds a node and returns the name of its output."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, kind: int, shape: Shape) -> str:
        """Declare an input; strings in the shape are sizes that vary."""
        self._inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, value: str, name: str, shape: Shape) -> None:
        """Declare the float32 `value`, an output of the last node that made it, as the graph's output `name`."""
        for node in self._nodes:
            for names in (node.input, node.output):
                names[:] = [name if entry == value else entry for entry in names]
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def constant(self, value: Array | float | Sequence[int], name: str = "") -> str:
        """A constant. Numbers written here are float32, lists of numbers int64; equal small ones are kept once."""
        default = np.float32 if isinstance(value, float) else np.int64
        array = np.ascontiguousarray(value if isinstance(value, np.ndarray) else np.array(value, dtype=default))
        if not name:
            name = f"{array.dtype}_{'_'.join(map(str, array.ravel().tolist()))}_{array.ndim}d".replace("-", "m")
        self._constants.setdefault(name, numpy_helper.from_array(array, name))
        return name

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one output."""
        return self.ops(kind, 1, *inputs, **attributes)[0]

    def ops(self, kind: str, count: int, *inputs: str, **attributes: Any) -> list[str]:
        """Add a node with `count` outputs."""
        label = f"{kind}_{len(self._nodes)}"
        outputs = [label if count == 1 else f"{label}_{index}" for index in range(count)]
        self._nodes.append(helper.make_node(kind, list(inputs), outputs, label, **attributes))
        return outputs

    def model(self) -> onnx.ModelProto:
        """The finished model, checked."""
        graph = helper.make_graph(self._nodes, self.name, self._inputs, self._outputs, list(self._constants.values()))
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="scenic-iot"
        )
        onnx.checker.check_model(model, full_check=True)
        return model

    # Blocks. `name` is the module's path in the trained model, under which its weights are kept.

    def embed(self, table: Tensor, ids: str, name: str) -> str:
        """Rows of an embedding, scaled as the residual stream wants them."""
        return self.op("Gather", self.constant(weights(table) * np.float32(math.sqrt(table.shape[1])), name), ids)

    def project(self, x: str, matrix: Array, name: str) -> str:
        """x (…, inputs) times (inputs, outputs)."""
        return self.op("MatMul", x, self.constant(matrix, name))

    def norm(self, x: str, norm: RMSNorm, name: str) -> str:
        """RMSNorm in the form that onnxruntime recognises and fuses."""
        mean = self.op("ReduceMean", self.op("Pow", x, self.constant(2.0)), axes=[-1])
        root = self.op("Sqrt", self.op("Add", mean, self.constant(norm.eps)))
        return self.op("Mul", self.op("Div", x, root), self.constant(weights(norm.weight), name))

    def heads(self, x: str, count: int, width: int) -> str:
        """(B, T, count * width) to (B, count, T, width)."""
        return self.op("Transpose", self.op("Reshape", x, self.constant([0, 0, count, width])), perm=[0, 2, 1, 3])

    def attend(self, query: str, keys: str, values: str, bias: str, width: int) -> str:
        """Attention of scaled queries (B, H, T, D) to keys and values (B, H, S, D); gives (B, T, `width` = H * D)."""
        scores = self.op("MatMul", query, self.op("Transpose", keys, perm=[0, 1, 3, 2]))
        shares = self.op("Softmax", self.op("Add", scores, bias), axis=-1)
        mixed = self.op("Transpose", self.op("MatMul", shares, values), perm=[0, 2, 1, 3])
        return self.op("Reshape", mixed, self.constant([0, 0, width]))

    def feed(self, x: str, feed: FeedForward, name: str) -> str:
        """The feed-forward layer."""
        inner = self._activate(self.project(x, weights(feed.up.weight).T, f"{name}.up"), feed.activation)
        return self.project(inner, weights(feed.down.weight).T, f"{name}.down")

    def distance_bias(self, positions: RelativeBias, first: str, total: str, name: str) -> str:
        """Biases (H, T, S) for the queries `first` .. `total`-1 over the keys 0 .. `total`-1; both are scalars."""
        keys = self.op("Range", self.constant(0), total, self.constant(1))
        queries = self.op("Unsqueeze", self.op("Range", first, total, self.constant(1)), self.constant([1]))
        table = self.constant(weights(positions.table()), name)
        return self.op("Gather", table, self.op("Sub", queries, keys), axis=1)

    def padding_bias(self, mask: str) -> str:
        """Biases (B, 1, 1, S) that hide what a mask (B, S) of 1 and 0 leaves out."""
        seen = self.op("Cast", mask, to=TensorProto.BOOL)
        return self.op(
            "Unsqueeze", self.op("Where", seen, self.constant(0.0), self.constant(MASKED)), self.constant([1, 2])
        )

    def _activate(self, x: str, activation: Activation) -> str:
        if activation == "relu":
            return self.op("Relu", x)
        if activation == "gelu":
            bell = self.op("Add", self.op("Erf", self.op("Div", x, self.constant(math.sqrt(2)))), self.constant(1.0))
            return self.op("Mul", self.op("Mul", x, bell), self.constant(0.5))
        value, gate = self.ops("Split", 2, x, axis=-1)
        return self.op("Mul", value, self.op("Mul", gate, self.op("Sigmoid", gate)))
