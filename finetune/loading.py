"""The base to start from: ours, or any Hugging Face GPT-2, made ready for our layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from finetune.answer_model import AnswerGPT2
from finetune.errors import TrainingError
from finetune.prompt import prepare_tokenizer
from finetune.quiet import quiet

BASE_FOLDER = Path(__file__).parent / "base_model"


def load_base(base: str | Path | None = None) -> tuple[AnswerGPT2, Any]:
    """A base GPT-2 in fp32 and its tokenizer, special tokens added and embeddings grown where they lacked.

    ``base`` is a folder, a hub name, or None for the one that ships.

    Raises:
        TrainingError: nothing is there, it is no GPT-2, or its weights are not safetensors.

    """
    model, tokenizer, _ = loaded(base)
    return model, tokenizer


def loaded(base: str | Path | None = None) -> tuple[AnswerGPT2, Any, int]:
    """As ``load_base``, and how many of our special tokens it lacked."""
    from transformers import AutoConfig

    place = _placed(base)
    with quiet():
        try:
            config = AutoConfig.from_pretrained(place)
        except (OSError, ValueError) as error:
            raise TrainingError(f"no model at {place}: give a GPT-2 folder or hub name ({error})") from error
        if config.model_type != "gpt2":
            raise TrainingError(f"{place} is a {config.model_type} model; only a GPT-2 can be trained here")
        tokenizer, added = _tokenizer(place)
        try:
            model = AnswerGPT2.from_pretrained(place, use_safetensors=True, dtype=torch.float32)
        except (OSError, ValueError) as error:
            raise TrainingError(f"the weights of {place} cannot be read; they must be safetensors ({error})") from error
        if len(tokenizer) > model.get_input_embeddings().num_embeddings:
            model.resize_token_embeddings(len(tokenizer))
    return model, tokenizer, added


def load_tokenizer(base: str | Path | None = None) -> Any:
    """The tokenizer examples for ``base`` are made with; special tokens added where they lacked.

    Raises:
        TrainingError: the base has none.

    """
    return _tokenizer(_placed(base))[0]


def _tokenizer(place: str) -> tuple[Any, int]:
    from transformers import AutoTokenizer

    with quiet():
        try:
            tokenizer = AutoTokenizer.from_pretrained(place)
        except (OSError, ValueError) as error:
            raise TrainingError(f"{place} holds no tokenizer: tokenizer.json is needed ({error})") from error
        added = prepare_tokenizer(tokenizer)
    return tokenizer, added


def _placed(base: str | Path | None) -> str:
    if base is None:
        return str(BASE_FOLDER)
    name = str(base)
    looks_like_path = name.startswith((".", "/", "~")) or name.count("/") > 1
    if looks_like_path and not Path(name).expanduser().is_dir():
        raise TrainingError(f"there is no folder {name}: give a GPT-2 folder or hub name")
    return str(Path(name).expanduser()) if looks_like_path else name
