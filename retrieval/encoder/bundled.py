"""The encoder that ships, opened without torch: its weights in a graph of our own, its tokeniser, its known vectors.

The weights are pinned (``encoder.bundled_folder`` compares them), so what sentence-transformers makes of them is pinned
as well: the space they span, and the vectors of the probes, which lie beside this file and which whatever computes must
give. They were written by ``np.save(path, all_vectors(WholeModel(model), PROBES))``; a test compares them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.encoder.batches import Tokens
from retrieval.encoder.runtime import Space, on_openvino

if TYPE_CHECKING:
    from retrieval.encoder.openvino import OpenVino

SPACE = Space("b1ab2dd3fe0a18b5", dimension=384, longest=256)
PROBED = Path(__file__).with_name("bundled_probes.npy")
_LAYERS, _HEADS, _EPSILON, _PADDING = 6, 12, 1e-12, 0


def open_bundled(folder: Path, *, threads: int, bf16: bool) -> OpenVino:
    """all-MiniLM-L6-v2 from its folder.

    Raises:
        RuntimeUnfitError: OpenVINO cannot be used here.

    """
    from tokenizers import Tokenizer

    tokens = Tokens(Tokenizer.from_file(str(folder / "tokenizer.json")), SPACE.longest, _PADDING)
    probed = np.load(PROBED, allow_pickle=False)
    return on_openvino(tokens, lambda: _graph(folder), probed, bf16=bf16, threads=threads)


def _graph(folder: Path) -> Any:
    from safetensors.numpy import load_file

    from retrieval.encoder.bert_graph import build

    return build(load_file(folder / "model.safetensors"), layers=_LAYERS, heads=_HEADS, epsilon=_EPSILON)
