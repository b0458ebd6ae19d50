"""The tiny random GPT-2 that runner and stepper are held against transformers on."""

from __future__ import annotations

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

VOCABULARY = 97
CONTEXT = 48


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(3)
    config = GPT2Config(
        vocab_size=VOCABULARY, n_positions=CONTEXT, n_embd=32, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=1
    )
    # Larger weights than GPT-2's initial ones: otherwise greedy text is one token for ever.
    model = GPT2LMHeadModel(config).eval()
    for parameter in model.parameters():
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=0.4)
    return model
