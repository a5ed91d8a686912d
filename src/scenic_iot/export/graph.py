"""Writing ONNX graphs node by node, and the few blocks that the families' graphs share.

Graphs are written here rather than traced from the training modules, because what runs on a device is another
computation than what is trained: one step at a time, with caches, with what never changes worked out beforehand.
Written out, each holds a third fewer nodes than a trace and takes milliseconds to make; `parity` proves it equal. Only
standard operators are used, so any engine can read them; onnxruntime fuses norms, transposes and int8 products by
itself when it loads them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from scenic_iot.model.base import Model
from scenic_iot.model.layers import MASKED, Activation, FeedForward, RelativeBias, RMSNorm, SelfAttention

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

    def range(self, first: str, total: str) -> str:
        """The whole numbers from `first` to `total` - 1; both are scalars."""
        return self.op("Range", first, total, self.constant(1))

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

    def project(self, x: str, matrix: Array, name: str, bias: Array | None = None) -> str:
        """x (…, inputs) times (inputs, outputs), plus (outputs,) if given."""
        y = self.op("MatMul", x, self.constant(matrix, name))
        return y if bias is None else self.op("Add", y, self.constant(bias, f"{name}.bias"))

    def linear(self, x: str, layer: nn.Linear, name: str) -> str:
        """A linear layer."""
        bias = None if layer.bias is None else weights(layer.bias)
        return self.project(x, weights(layer.weight).T, name, bias)

    def norm(self, x: str, norm: RMSNorm | nn.LayerNorm | nn.Identity, name: str) -> str:
        """The norm over the last dimension."""
        if isinstance(norm, nn.Identity):
            return x
        if isinstance(norm, RMSNorm):
            return self.rms_norm(x, weights(norm.weight), norm.eps, name)
        scale, bias = self.constant(weights(norm.weight), name), self.constant(weights(norm.bias), f"{name}.bias")
        return self.op("LayerNormalization", x, scale, bias, axis=-1, epsilon=norm.eps)

    def rms_norm(self, x: str, weight: Array, eps: float, name: str) -> str:
        """RMSNorm in the form that onnxruntime recognises and fuses."""
        mean = self.op("ReduceMean", self.op("Pow", x, self.constant(2.0)), axes=[-1])
        root = self.op("Sqrt", self.op("Add", mean, self.constant(eps)))
        return self.op("Mul", self.op("Div", x, root), self.constant(weight, name))

    def mean(self, x: str, mask: str) -> str:
        """The mean (B, W) of x (B, S, W) over what a mask (B, S) of 1 and 0 keeps."""
        real = self.op("Unsqueeze", self.op("Cast", mask, to=TensorProto.FLOAT), self.constant([2]))
        places = self.constant([1])
        total = self.op("ReduceSum", self.op("Mul", x, real), places, keepdims=0)
        return self.op("Div", total, self.op("ReduceSum", real, places, keepdims=0))

    def heads(self, x: str, count: int, width: int) -> str:
        """(B, T, count * width) to (B, count, T, width)."""
        return self.op("Transpose", self.op("Reshape", x, self.constant([0, 0, count, width])), perm=[0, 2, 1, 3])

    def qkv(
        self, x: str, attention: SelfAttention, name: str, rotation: tuple[str, str] | None = None
    ) -> tuple[str, str, str]:
        """Scaled queries (B, H, T, D), keys and values (B, H / group, T, D) of x (B, T, W), normed and turned."""
        queries, keys, _ = sizes = attention.sizes()
        matrix, inner = weights(attention.qkv.weight).T.copy(), queries * attention.head
        bias = None if attention.qkv.bias is None else weights(attention.qkv.bias).copy()
        if attention.norms is None:  # what divides the scores goes into the weights; norms would undo it
            matrix[:, :inner] *= np.float32(attention.factor)
            if bias is not None:
                bias[:inner] *= np.float32(attention.factor)
        y = self.heads(self.project(x, matrix, f"{name}.qkv", bias), sum(sizes), attention.head)
        if attention.norms is None and rotation is None:
            query, key, value = self.ops("Split", 3, y, self.constant(sizes), axis=1)
            return query, key, value
        both, value = self.ops("Split", 2, y, self.constant([queries + keys, keys]), axis=1)
        if attention.norms is not None:
            first, second = (cast(RMSNorm, norm) for norm in attention.norms)
            rows = [weights(first.weight) * np.float32(attention.factor)] * queries + [weights(second.weight)] * keys
            both = self.rms_norm(both, np.stack(rows)[:, None], first.eps, f"{name}.norms")
        if rotation is not None:
            both = self._rotate(both, *rotation)
        query, key = self.ops("Split", 2, both, self.constant([queries, keys]), axis=1)
        return query, key, value

    def attend(self, query: str, sources: Sequence[tuple[str, str, str | None]], sizes: Sequence[int]) -> str:
        """Attention of scaled queries (B, H, T, D) to one or several sources of keys and values (B, H / group, S, D),
        each with a bias for its scores or none; gives (B, T, H * D). `sizes` are H, H / group, D."""
        count, shared, width = sizes
        grouped = count != shared  # then queries of a group are rows of one product, so that nothing is repeated
        if grouped:
            query = self.op("Reshape", query, self.constant([0, shared, -1, width]))
        scores = []
        for keys, _, bias in sources:
            score = self.op("MatMul", query, self.op("Transpose", keys, perm=[0, 1, 3, 2]))
            if grouped:
                score = self.op("Reshape", score, self.constant([0, count, -1, 0]))
            scores.append(score if bias is None else self.op("Add", score, bias))
        shares = self._softmax(scores, [keys for keys, _, _ in sources])
        if grouped:
            shares = [self.op("Reshape", share, self.constant([0, shared, -1, 0])) for share in shares]
        parts = [self.op("MatMul", share, values) for share, (_, values, _) in zip(shares, sources, strict=True)]
        mixed = parts[0] if len(parts) == 1 else self.op("Add", *parts)
        if grouped:
            mixed = self.op("Reshape", mixed, self.constant([0, count, -1, width]))
        return self.op("Reshape", self.op("Transpose", mixed, perm=[0, 2, 1, 3]), self.constant([0, 0, count * width]))

    def _softmax(self, scores: Sequence[str], keys: Sequence[str]) -> list[str]:
        """Shares of all sources together, one source each."""
        if len(scores) == 1:
            return [self.op("Softmax", scores[0], axis=-1)]
        lengths = self.op("Concat", *(self.op("Shape", entry, start=2, end=3) for entry in keys), axis=0)
        together = self.op("Softmax", self.op("Concat", *scores, axis=-1), axis=-1)
        return self.ops("Split", len(scores), together, lengths, axis=-1)

    def feed(self, x: str, feed: FeedForward, name: str) -> str:
        """The feed-forward layer."""
        inner = self._activate(self.linear(x, feed.up, f"{name}.up"), feed.activation)
        return self.linear(inner, feed.down, f"{name}.down")

    def write(self, x: str, model: Model) -> str:
        """Logits of normed states."""
        layer = model.symbols if model.output is None else model.output
        return self.project(x, weights(layer.weight).T, "symbols.output")

    def distance_bias(self, positions: RelativeBias, first: str, total: str, name: str) -> str:
        """Biases (H, T, S) for the queries `first` .. `total`-1 over the keys 0 .. `total`-1; both are scalars."""
        keys = self.range(self.constant(0), total)
        queries = self.op("Unsqueeze", self.range(first, total), self.constant([1]))
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
        if activation == "swiglu":
            return self.op("Mul", value, self.op("Mul", gate, self.op("Sigmoid", gate)))
        cubic = self.op("Mul", self.op("Pow", gate, self.constant(3.0)), self.constant(0.044715))
        curve = self.op("Tanh", self.op("Mul", self.op("Add", gate, cubic), self.constant(math.sqrt(2 / math.pi))))
        half = self.op("Mul", self.op("Mul", gate, self.op("Add", curve, self.constant(1.0))), self.constant(0.5))
        return self.op("Mul", value, half)

    def _rotate(self, x: str, cos: str, sin: str) -> str:
        """Heads (B, H, T, D), turned by cosines and sines (B, 1, T, D / 2)."""
        first, second = self.ops("Split", 2, x, axis=-1)
        real = self.op("Sub", self.op("Mul", first, cos), self.op("Mul", second, sin))
        imaginary = self.op("Add", self.op("Mul", second, cos), self.op("Mul", first, sin))
        return self.op("Concat", real, imaginary, axis=-1)
