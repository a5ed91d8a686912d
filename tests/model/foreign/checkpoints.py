"""Small random checkpoints of each kind, saved by `transformers`, with small tokenizers of the kind they come with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

SENTENCES = ["turn off the kitchen light", "turn on the fan", "set it to 26", "打开厨房灯", "关掉风扇", "电视"] * 3
_COMMON = {"num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 32, "intermediate_size": 48}
_LLAMA = _COMMON | {"num_key_value_heads": 2, "max_position_embeddings": 256}
_T5 = {"d_model": 32, "d_kv": 12, "d_ff": 48, "num_heads": 4, "num_layers": 2, "num_decoder_layers": 3}


def bert_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(SENTENCES, trainers.WordPieceTrainer(vocab_size=120, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 2), ("[SEP]", 3)])
    return tokenizer


def t5_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(vocab_size=100, special_tokens=special, unk_token="<unk>")
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.post_processor = processors.TemplateProcessing("$A </s>", None, [("</s>", 1)])
    return tokenizer


def llama_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(SENTENCES, trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet))
    return tokenizer


KINDS: dict[str, tuple[Any, Any, dict[str, Any], Any]] = {
    "t5": (transformers.T5ForConditionalGeneration, transformers.T5Config, _T5, t5_tokenizer),
    "t5-v1.1": (
        transformers.T5ForConditionalGeneration,
        transformers.T5Config,
        _T5 | {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
        t5_tokenizer,
    ),
    "mt5": (transformers.MT5ForConditionalGeneration, transformers.MT5Config, _T5, t5_tokenizer),
    "llama": (transformers.LlamaForCausalLM, transformers.LlamaConfig, _LLAMA, llama_tokenizer),
    "qwen2": (
        transformers.Qwen2ForCausalLM,
        transformers.Qwen2Config,
        _LLAMA | {"tie_word_embeddings": True},
        llama_tokenizer,
    ),
    "qwen3": (transformers.Qwen3ForCausalLM, transformers.Qwen3Config, _LLAMA | {"head_dim": 12}, llama_tokenizer),
    "bert": (transformers.BertForMaskedLM, transformers.BertConfig, _COMMON, bert_tokenizer),
}


def make(kind: str, folder: Path, shard: str = "1GB", **changes: Any) -> Any:
    """A random model of a kind, saved in `folder`, in evaluation mode; every weight is random."""
    model_type, config_type, settings, tokenizer = KINDS[kind]
    torch.manual_seed(2)
    spelled = tokenizer()
    model = model_type(config_type(vocab_size=spelled.get_vocab_size() + 9, **(settings | changes))).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() == 1:
                parameter.add_(0.2 * torch.randn_like(parameter))
            elif "embed" not in name and "shared" not in name:
                parameter.mul_(3)
    model.save_pretrained(folder, max_shard_size=shard)
    spelled.save(str(folder / "tokenizer.json"))
    return model
