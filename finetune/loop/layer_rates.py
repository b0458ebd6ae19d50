"""Layer-wise learning rates: what lies lower is more general and moves less.

Discriminative fine-tuning (Howard & Ruder 2018, arXiv:1801.06146): each layer has ``decay`` times the rate of the one
above it. Knows names of weights; refuses to know optimisers.
"""

from __future__ import annotations

import re

_LAYER = re.compile(r"\.h\.(\d+)\.")
_EMBEDDING = re.compile(r"\.(wte|wpe)\.")


def rate_factor(name: str, layers: int, decay: float) -> float:
    """What the rate of the weight called ``name`` is multiplied by, in a GPT-2 of ``layers`` layers.

    1 for the top layer and for what belongs to none (the last normalisation, a prefix), ``decay ** layers`` for the
    embeddings. PEFT's and other wrappers' names are understood as well.
    """
    layer = layer_of(name)
    return 1.0 if layer is None else decay ** (layers - 1 - layer)


def layer_of(name: str) -> int | None:
    """The layer a weight belongs to: from 0, -1 for embeddings, None for none of them."""
    dotted = f".{name}"
    found = _LAYER.search(dotted)
    if found:
        return int(found[1])
    return -1 if _EMBEDDING.search(dotted) else None
