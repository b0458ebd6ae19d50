"""A Marian translation model from a folder (Junczys-Dowmunt et al. 2018, arXiv 1804.00344), such as OPUS-MT's.

Local files, safetensors only, no code of the folder's own. Its tokenizer needs the package sentencepiece.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import torch

from finetune.errors import TrainingError
from finetune.model.untrusted import NO_CODE, UntrustedModelError, refuse_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_AT_ONCE = 16
_MOST_TOKENS = 256


def marian(folder: Path) -> Callable[[list[str]], list[str]]:
    """Lines into lines of the other language, greedily, so the same again in the next run.

    Raises:
        TrainingError: the folder is no Marian model that can be read here; says what to do.

    """
    from transformers import MarianMTModel, MarianTokenizer

    try:
        refuse_code(folder)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")  # of punctuation alone
            tokenizer: Any = MarianTokenizer.from_pretrained(folder, local_files_only=True, **NO_CODE)
        model: Any = MarianMTModel.from_pretrained(folder, local_files_only=True, use_safetensors=True, **NO_CODE)
    except ImportError as error:
        raise TrainingError("a Marian model's tokenizer needs: pip install sentencepiece") from error
    except (UntrustedModelError, OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise TrainingError(
            f"{folder} is no Marian model that can be read ({error}): it holds config.json, model.safetensors, "
            "source.spm, target.spm and vocab.json"
        ) from error
    model.eval()

    @torch.inference_mode()
    def translated(lines: list[str]) -> list[str]:
        made: list[str] = []
        for start in range(0, len(lines), _AT_ONCE):
            batch = tokenizer(
                lines[start : start + _AT_ONCE],
                return_tensors="pt",
                padding=True,
                truncation=True,
                max_length=_MOST_TOKENS,
            )
            ids = model.generate(**batch, num_beams=1, do_sample=False, max_new_tokens=_MOST_TOKENS)
            made += [" ".join(line.split()) for line in tokenizer.batch_decode(ids, skip_special_tokens=True)]
        return made

    return translated
