"""The smaller models of ``compression.py``: what is cut off, how it is trained on, how it lies on disk."""

from __future__ import annotations

import copy
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from transformers import GPT2LMHeadModel

from finetune.compress.importance import importance
from finetune.compress.int8 import quantised, save_quantised
from finetune.compress.pack import save_packed
from finetune.compress.prune import pruned, silence_heads
from finetune.compress.sparse import set_to_nought, set_to_nought_of
from finetune.evaluate.perplexity import perplexity
from finetune.examples import collator
from finetune.model.answer_model import from_packed, plain
from finetune.model.checkpoint import save_weights
from finetune.model.loading import load_base
from finetune.model.weights import Weights, read
from finetune.train.fine_tune import fine_tune
from finetune.training_settings import TrainSettings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from pathlib import Path

    from compression_desk import Examples

    from finetune.compress.int8 import Rounded


@dataclass(frozen=True, slots=True)
class Variant:
    """What is cut off, and the bits a weight has on disk; ``beside`` keeps 8 bits beside 16 as a version has them."""

    neurons: float = 0.0
    layers: int = 0
    heads: int = 0
    sparse: float = 0.0
    of_four: int = 0
    bits: int = 16
    beside: bool = False

    @property
    def cut(self) -> str:
        """What is cut off, as the name of a folder."""
        return f"n{self.neurons:g}-l{self.layers}-h{self.heads}-s{self.sparse:g}-m{self.of_four}"


VARIANTS = {
    "unpruned": Variant(),
    "neurons 25 %": Variant(neurons=0.25),
    "neurons 50 %": Variant(neurons=0.5),
    "neurons 75 %": Variant(neurons=0.75),
    "layers 1 of 6": Variant(layers=1),
    "layers 2 of 6": Variant(layers=2),
    "neurons 50 % + layers 1 of 6": Variant(neurons=0.5, layers=1),
    "heads 12 of 36 silent": Variant(heads=12),
    "sparse 50 %": Variant(sparse=0.5),
    "sparse 2 of 4": Variant(of_four=2),
    "16 and 8 bits (served)": Variant(beside=True),
    "8 bits": Variant(bits=8),
    "4 bits": Variant(bits=4),
    "sparse 50 % + 4 bits": Variant(sparse=0.5, bits=4),
    "neurons 50 % + 4 bits": Variant(neurons=0.5, bits=4),
}


class Workshop:
    """Makes the variants below ``--work``, each step once."""

    def __init__(self, options: argparse.Namespace, examples: Examples) -> None:
        self.options, self.examples = options, examples

    def row(self, name: str) -> dict[str, Any]:
        """Bytes on disk, and loss at once, recovered and taught; None where that is not measured."""
        variant = VARIANTS[name]
        whole = self._stored(self._cut(variant), variant, "cut")
        recovered = self._stored(self._recovered(variant), variant, "recovered")
        taught = None
        if variant.cut != Variant().cut and self.options.taught:
            taught = self._loss(self._stored(self._recovered(variant, taught=True), variant, "taught"), variant)
        return {
            "bytes": sum(path.stat().st_size for path in whole.glob("*.safetensors")),
            "at once": self._loss(whole, variant),
            "recovered": self._loss(recovered, variant),
            "taught": taught,
        }

    def served(self, name: str) -> tuple[Weights, Mapping[str, Rounded] | None]:
        """What the engine computes with: the weights as read back, and 8-bit matrices where a version has them."""
        variant = VARIANTS[name]
        weights = read(self._folder(f"{variant.cut}-cut-{variant.bits}{'-both' * variant.beside}"))
        return weights, quantised(weights) if variant.beside or variant.bits != 16 else None

    def _loss(self, folder: Path, variant: Variant) -> float:
        model = from_packed(GPT2LMHeadModel, folder).eval()
        if variant.beside:
            _round(model)
        return float(perplexity(model, self.examples.tokenizer, self.examples.heldout).bits_per_byte)

    def _stored(self, source: Path, variant: Variant, kind: str) -> Path:
        folder = self._folder(f"{variant.cut}-{kind}-{variant.bits}{'-both' * variant.beside}")
        if not (folder / "config.json").exists():
            folder.mkdir(parents=True, exist_ok=True)
            sparse = variant.heads or variant.sparse or variant.of_four
            if variant.bits == 16 and not sparse:
                shutil.copyfile(source / "model.safetensors", folder / "model.safetensors")
            else:
                save_packed(read(source), folder, variant.bits)
            if variant.beside:
                save_quantised(read(source), folder)
            for each in source.glob("*.json"):
                shutil.copyfile(each, folder / each.name)
        return folder

    def _cut(self, variant: Variant) -> Path:
        folder = self._folder(f"{variant.cut}-cut")
        if not (folder / "tokenizer.json").exists():
            model, tokenizer = load_base(self._tuned())
            rows = [{"input_ids": row.input_ids, "labels": row.labels} for row in self.examples.train[-64:]]
            collate = collator(tokenizer)
            batches = [collate(rows[start : start + 8]) for start in range(0, len(rows), 8)]
            model = pruned(model, batches, neurons=variant.neurons, layers=variant.layers)
            if variant.heads:
                silence_heads(model, variant.heads, importance(model, batches).heads)
            set_to_nought(model, variant.sparse)
            if variant.of_four:
                set_to_nought_of(model, variant.of_four, 4)
            save_weights(model, tokenizer, folder)
        return folder

    def _recovered(self, variant: Variant, *, taught: bool = False) -> Path:
        # What is nought stays so: of a matrix of which half is nought, those are its smallest half.
        sparse = variant.sparse or variant.of_four / 4
        name = f"{variant.cut}-{'taught' if taught else 'recovered'}"
        teachers = (self._tuned(),) if taught else ()
        return self._trained(name, str(self._cut(variant)), seed=1, sparse=sparse, teachers=teachers)

    def _tuned(self) -> str:
        return str(self._trained("tuned", self.options.base, seed=0))

    def _trained(self, name: str, base: str | None, **settings: Any) -> Path:
        folder = self._folder(name)
        if not (folder / "tokenizer.json").exists():
            chosen = TrainSettings(
                base=base, minutes=0, max_steps=self.options.steps, epochs=1000, tracker="none", **settings
            )
            work = self.options.work / f"{name}.work"
            result = fine_tune(self.examples.train, [], chosen, work)
            save_weights(result.model, result.tokenizer, folder)
            shutil.rmtree(work, ignore_errors=True)
        return folder

    def _folder(self, name: str) -> Path:
        found: Path = self.options.work / "models" / f"{self.options.steps}-steps" / name
        return found


def _round(model: Any) -> None:
    """Put the 8-bit matrices into a model, as floats: what OpenVINO computes with."""
    state = model.state_dict()
    for name, matrix in quantised(Weights.of(plain(copy.deepcopy(model)))).items():
        floats = matrix.restored()
        if name != "lm_head":  # tied to the embedding, which is read in floats
            state[f"transformer.{name}.weight"].copy_(state[f"transformer.{name}.weight"].new_tensor(floats.T))
