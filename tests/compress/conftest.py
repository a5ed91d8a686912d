from tests.train.conftest import corpus, symbols, tokenizer

__all__ = ["corpus", "symbols", "tokenizer"]
