import pytest
import torch

from tests.train.conftest import corpus, symbols, tokenizer

__all__ = ["corpus", "symbols", "tokenizer"]


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """Models this small are slower on several threads."""
    torch.set_num_threads(1)
