"""T5: v1.0 (ReLU, its output tied to the embedding), v1.1 and mT5 (gated GELU, an output layer of its own)."""

from __future__ import annotations

from torch import Tensor

from scenic_iot.model.encoder_decoder import EncoderDecoder, EncoderDecoderConfig
from scenic_iot.model.layers import Activation

from .checkpoint import Checkpoint, ForeignError, embedded, fill, raised

_ACTIVATIONS: dict[str, Activation] = {"relu": "relu", "gated-gelu": "geglu", "gated-silu": "swiglu"}


def load(checkpoint: Checkpoint, shift: int) -> EncoderDecoder:
    """The model with the checkpoint's vocabulary as symbols; ids are raised by `shift`. Raises ForeignError."""
    model = EncoderDecoder(_config(checkpoint, shift))
    config = model.config
    shared = embedded(checkpoint.tensor("shared.weight"), shift)
    weights = {"tokens.weight": shared, "symbols.weight": shared}
    if not config.tied:
        output = "lm_head.weight" if "lm_head.weight" in checkpoint else "shared.weight"
        weights["output.weight"] = raised(checkpoint.tensor(output), shift)
    for side, layers in (("encoder", config.encoder_layers), ("decoder", config.decoder_layers)):
        first = f"{side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
        weights[f"{side}_positions.weight"] = checkpoint.tensor(first)
        weights[f"{side}_norm.weight"] = checkpoint.tensor(f"{side}.final_layer_norm.weight")
        for index in range(layers):
            parts = _layer(checkpoint, f"{side}.block.{index}.layer", side == "decoder", config.activation)
            weights |= {f"{side}.{index}.{name}.weight": weight for name, weight in parts.items()}
    fill(model, weights)
    return model.eval()


def _config(checkpoint: Checkpoint, shift: int) -> EncoderDecoderConfig:
    checkpoint.require("relative_attention_num_buckets", 32)
    checkpoint.require("relative_attention_max_distance", 128)
    activation = _ACTIVATIONS.get(checkpoint.get("feed_forward_proj", "relu"))
    if activation is None:
        raise ForeignError(f"feed_forward_proj {checkpoint.get('feed_forward_proj')!r} is not supported")
    vocabulary = int(checkpoint.get("vocab_size")) + shift
    return EncoderDecoderConfig(
        vocabulary=vocabulary,
        symbols=vocabulary,
        width=checkpoint.get("d_model"),
        heads=checkpoint.get("num_heads"),
        head=checkpoint.get("d_kv"),
        hidden=checkpoint.get("d_ff"),
        activation=activation,
        eps=checkpoint.get("layer_norm_epsilon", 1e-6),
        encoder_layers=checkpoint.get("num_layers"),
        decoder_layers=checkpoint.get("num_decoder_layers") or checkpoint.get("num_layers"),
        scaled=False,
        tied=_tied(checkpoint),
    )


def _tied(checkpoint: Checkpoint) -> bool:
    """Whether the output is the embedding over sqrt(width), as it is kept here; older files say it in another entry."""
    scaled = checkpoint.get("scale_decoder_outputs", checkpoint.get("tie_word_embeddings", True))
    return bool(scaled) and checkpoint.get("model_type") == "t5"


def _layer(checkpoint: Checkpoint, block: str, decodes: bool, activation: Activation) -> dict[str, Tensor]:
    attention, last = f"{block}.0.SelfAttention", f"{block}.{2 if decodes else 1}"
    feed = f"{last}.DenseReluDense"
    up = ("wi",) if activation == "relu" else ("wi_1", "wi_0")  # values, then what gates them
    parts = {
        "attention_norm": checkpoint.tensor(f"{block}.0.layer_norm.weight"),
        "attention.qkv": checkpoint.tensor(*(f"{attention}.{part}.weight" for part in "qkv")),
        "attention.out": checkpoint.tensor(f"{attention}.o.weight"),
        "feed_norm": checkpoint.tensor(f"{last}.layer_norm.weight"),
        "feed.up": checkpoint.tensor(*(f"{feed}.{part}.weight" for part in up)),
        "feed.down": checkpoint.tensor(f"{feed}.wo.weight"),
    }
    if decodes:
        cross = f"{block}.1.EncDecAttention"
        parts |= {
            "cross_norm": checkpoint.tensor(f"{block}.1.layer_norm.weight"),
            "cross.query": checkpoint.tensor(f"{cross}.q.weight"),
            "cross.key_value": checkpoint.tensor(*(f"{cross}.{part}.weight" for part in "kv")),
            "cross.out": checkpoint.tensor(f"{cross}.o.weight"),
        }
    return parts
