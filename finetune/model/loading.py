"""The base to start from: ours, or any Hugging Face GPT-2, made ready for our layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from finetune.errors import TrainingError
from finetune.library_logs import quiet
from finetune.model.answer_model import AnswerGPT2, from_packed
from finetune.model.packed import is_packed
from finetune.model.untrusted import NO_CODE, UntrustedModelError, refuse_auto_map, refuse_code
from finetune.model.weights import ACTIVATIONS, BASE_FOLDER, PREFIX_FILE
from finetune.prompt import ABSTAIN, AGENT, CUSTOMER, DESK, END, EVIDENCE, prepare_tokenizer

_SPARE_ROWS = 1024  # some models keep rows for no token, to reach a round number
_MEANINGS = {DESK: "\n\n", CUSTOMER: "\nCustomer:", AGENT: "\nAgent:", EVIDENCE: "\nNote:", ABSTAIN: "Sorry"}


def load_base(base: str | Path | None = None) -> tuple[AnswerGPT2, Any]:
    """A base GPT-2 in fp32 and its tokenizer, special tokens added and embeddings grown where they lacked.

    ``base`` is a folder, a hub name, or None for the one that ships.

    Raises:
        TrainingError: nothing is there, it is no GPT-2, its weights are not safetensors, its tokenizer is another
            model's, or it is one of our versions that needs its prefix.

    """
    model, tokenizer, _ = loaded(base)
    return model, tokenizer


def loaded(base: str | Path | None = None) -> tuple[AnswerGPT2, Any, int]:
    """As ``load_base``, and how many of our special tokens it lacked."""
    place = _placed(base)
    load_config(base)
    with quiet():
        tokenizer, added = _tokenizer(place)
        try:
            if is_packed(Path(place)):
                model = from_packed(AnswerGPT2, Path(place))
            else:
                model = AnswerGPT2.from_pretrained(place, use_safetensors=True, dtype=torch.float32, **NO_CODE)
        except (OSError, ValueError) as error:
            raise TrainingError(f"the weights of {place} cannot be read; they must be safetensors ({error})") from error
        _grow(model, tokenizer, added, place)
    return model, tokenizer, added


def load_config(base: str | Path | None = None) -> Any:
    """The config of a base that can be trained here, a ``GPT2Config``.

    Raises:
        TrainingError: there is none, or it is no GPT-2's.

    """
    from transformers import AutoConfig

    place = _placed(base)
    if (Path(place) / PREFIX_FILE).exists():
        raise TrainingError(f"{place} is nothing without its prefix: name the base it was trained from")
    _refuse_code(place)
    with quiet():
        try:
            config = AutoConfig.from_pretrained(place, **NO_CODE)
            refuse_auto_map(config.to_dict(), place)
        except UntrustedModelError as error:
            raise TrainingError(str(error)) from error
        except (OSError, ValueError) as error:
            raise TrainingError(f"no model at {place}: give a GPT-2 folder or hub name ({error})") from error
        if config.model_type != "gpt2":
            raise TrainingError(f"{place} is a {config.model_type} model; only a GPT-2 can be trained here")
        if config.activation_function not in ACTIVATIONS:
            raise TrainingError(
                f"the activation of {place} is {config.activation_function}: no GPT-2 by OpenAI's recipe"
            )
    return config


def _grow(model: AnswerGPT2, tokenizer: Any, added: int, place: str) -> None:
    """Embeddings for our special tokens, each beginning as what comes nearest to it among the base's own.

    Random ones would have to be learnt from nothing, and a prefix cannot learn them at all.
    """
    rows = model.get_input_embeddings().num_embeddings
    own = len(tokenizer) - added
    if own > rows or rows - own > max(_SPARE_ROWS, own // 16):
        raise TrainingError(
            f"the tokenizer in {place} knows {own} tokens, the model there {rows}: they do not belong together"
        )
    if len(tokenizer) > rows:
        model.resize_token_embeddings(len(tokenizer))
    with torch.no_grad():
        table = model.get_input_embeddings().weight
        for token, words in _MEANINGS.items() if added else ():
            number = tokenizer.convert_tokens_to_ids(token)
            known = tokenizer(words, add_special_tokens=False)["input_ids"]
            if number >= own and known:
                table[number] = table[known].mean(dim=0)
        end = tokenizer.convert_tokens_to_ids(END)
        closing = model.config.eos_token_id  # some configs name one that their own vocabulary does not have
        if end >= own and isinstance(closing, int) and closing < own:
            table[end] = table[closing]


def load_tokenizer(base: str | Path | None = None) -> Any:
    """The tokenizer examples for ``base`` are made with; special tokens added where they lacked.

    Raises:
        TrainingError: the base has none.

    """
    return _tokenizer(_placed(base))[0]


def _tokenizer(place: str) -> tuple[Any, int]:
    from transformers import AutoTokenizer

    _refuse_code(place)
    with quiet():
        try:
            tokenizer = AutoTokenizer.from_pretrained(place, **NO_CODE)
        except (OSError, ValueError) as error:
            raise TrainingError(f"{place} holds no tokenizer: tokenizer.json is needed ({error})") from error
        added = prepare_tokenizer(tokenizer)
    return tokenizer, added


def _refuse_code(place: str) -> None:
    try:
        refuse_code(Path(place))
    except UntrustedModelError as error:
        raise TrainingError(str(error)) from error


def _placed(base: str | Path | None) -> str:
    if base is None:
        return str(BASE_FOLDER)
    name = str(base)
    looks_like_path = name.startswith((".", "/", "~")) or name.count("/") > 1
    if looks_like_path and not Path(name).expanduser().is_dir():
        raise TrainingError(f"there is no folder {name}: give a GPT-2 folder or hub name")
    return str(Path(name).expanduser()) if looks_like_path else name
