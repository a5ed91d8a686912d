"""Llama, and what is built alike: Qwen2 (biases of queries, keys, values) and Qwen3 (norms of queries and keys)."""

from __future__ import annotations

from torch import Tensor

from scenic_iot.model.decoder import Decoder, DecoderConfig

from .checkpoint import Checkpoint, ForeignError, embedded, fill, raised


def load(checkpoint: Checkpoint, shift: int) -> Decoder:
    """The model with the checkpoint's vocabulary as symbols; ids are raised by `shift`. Raises ForeignError."""
    model = Decoder(_config(checkpoint, shift))
    table = checkpoint.tensor("model.embed_tokens.weight")
    output = table if checkpoint.get("tie_word_embeddings", False) else checkpoint.tensor("lm_head.weight")
    weights = {
        "tokens.weight": embedded(table, shift),
        "symbols.weight": embedded(table, shift),
        "output.weight": raised(output, shift),
        "decoder_norm.weight": checkpoint.tensor("model.norm.weight"),
    }
    for index in range(model.config.layers):
        parts = _layer(checkpoint, f"model.layers.{index}", model.config)
        weights |= {f"decoder.{index}.{name}": weight for name, weight in parts.items()}
    fill(model, weights)
    return model.eval()


def _config(checkpoint: Checkpoint, shift: int) -> DecoderConfig:
    for name, *allowed in (("hidden_act", "silu"), ("attention_bias", False), ("mlp_bias", False)):
        checkpoint.require(name, *allowed)
    checkpoint.require("use_sliding_window", False, None)
    rope = checkpoint.get("rope_parameters") or {}
    scaling = checkpoint.get("rope_scaling") or rope
    if scaling.get("rope_type", scaling.get("type", "default")) != "default":
        raise ForeignError(f"rotary positions that are scaled are not supported: {scaling}")
    vocabulary, kind = int(checkpoint.get("vocab_size")) + shift, checkpoint.get("model_type")
    return DecoderConfig(
        vocabulary=vocabulary,
        symbols=vocabulary,
        width=checkpoint.get("hidden_size"),
        heads=checkpoint.get("num_attention_heads"),
        head=checkpoint.get("head_dim") or 0,
        hidden=checkpoint.get("intermediate_size"),
        activation="swiglu",
        eps=checkpoint.get("rms_norm_eps", 1e-6),
        kv_heads=checkpoint.get("num_key_value_heads") or checkpoint.get("num_attention_heads"),
        layers=checkpoint.get("num_hidden_layers"),
        theta=float(checkpoint.get("rope_theta") or rope.get("rope_theta", 10_000.0)),
        qkv_bias=kind == "qwen2",
        qk_norm=kind == "qwen3",
        tied=False,  # the embedding is scaled here where it enters, so a tied output is kept beside it
    )


def _layer(checkpoint: Checkpoint, layer: str, config: DecoderConfig) -> dict[str, Tensor]:
    attention = [f"{layer}.self_attn.{part}_proj" for part in "qkv"]
    parts = {
        "attention_norm.weight": checkpoint.tensor(f"{layer}.input_layernorm.weight"),
        "attention.qkv.weight": checkpoint.tensor(*(f"{part}.weight" for part in attention)),
        "attention.out.weight": checkpoint.tensor(f"{layer}.self_attn.o_proj.weight"),
        "feed_norm.weight": checkpoint.tensor(f"{layer}.post_attention_layernorm.weight"),
        "feed.up.weight": checkpoint.tensor(*(f"{layer}.mlp.{part}_proj.weight" for part in ("up", "gate"))),
        "feed.down.weight": checkpoint.tensor(f"{layer}.mlp.down_proj.weight"),
    }
    if config.qkv_bias:
        parts["attention.qkv.bias"] = checkpoint.tensor(*(f"{part}.bias" for part in attention))
    if config.qk_norm:
        for index, part in enumerate("qk"):
            parts[f"attention.norms.{index}.weight"] = checkpoint.tensor(f"{layer}.self_attn.{part}_norm.weight")
    return parts
