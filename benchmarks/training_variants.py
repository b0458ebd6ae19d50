"""The ways to train that `training_bench.py` compares: a name, and what it changes in the settings."""

from __future__ import annotations

from typing import Any

AS_IT_IS = "as it is"
DROPPED = {"dropout": 0.1}

VARIANTS: dict[str, dict[str, Any]] = {
    AS_IT_IS: {},
    "Muon": {"optimizer": "muon"},
    "no weight decay": {"weight_decay": 0.0},
    "weight decay 0.1": {"weight_decay": 0.1},
    "dropout 0.1": DROPPED,
    "label smoothing 0.05": {"label_smoothing": 0.05},
    "layer rates 0.8": {"layer_decay": 0.8},
    "average 0.98": {"ema": 0.98},
    "adversarial 0.01": {"adversarial": 0.01},
    "adversarial 0.03": {"adversarial": 0.03},
    "R-Drop 1": {**DROPPED, "r_drop": 1.0},
    "R-Drop 4": {**DROPPED, "r_drop": 4.0},
    "LoRA": {"method": "lora"},
    "IA3": {"method": "ia3"},
    "prefix": {"method": "prefix"},
    "lowest 2 frozen": {"freeze": 2},
    "lowest 4 frozen": {"freeze": 4},
    "typos": {"augment": "noise"},
    "synonyms": {"augment": "synonyms"},
    "paraphrase": {"augment": "paraphrase"},
    "other slots": {"augment": "slots"},
    "soup of 3": {"soup": 3},
    "soup of 3 distilled": {"soup": 3, "distil": True},
}
"""Each model of a soup takes as many steps as a variant by itself: the column of seconds says what it costs."""
