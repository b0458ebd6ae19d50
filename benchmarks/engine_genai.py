"""GPT-2 for OpenVINO GenAI: a stateful graph of the shape that optimum-intel exports, and its continuous batching.

GenAI puts paged attention in the place of the attention below by itself. Matrices are in 8 bits, as in ours.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from transformers import AutoTokenizer

from chatbot.engine.runners.openvino_graph import Builder
from finetune.compress.int8 import quantised
from finetune.model.weights import BASE_FOLDER, Weights
from retrieval.encoder.openvino import computes_bf16, package

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from transformers import GPT2LMHeadModel

CACHE_GB, STEP_TOKENS = 2, 512


class GenAI:
    """A ``ContinuousBatchingPipeline`` on ids; bfloat16 where the processor has it."""

    def __init__(self, model: GPT2LMHeadModel, threads: int) -> None:
        package()
        import openvino_genai as genai

        self._genai, self._openvino = genai, package()
        scheduler = genai.SchedulerConfig()
        scheduler.cache_size, scheduler.max_num_batched_tokens = CACHE_GB, STEP_TOKENS
        scheduler.enable_prefix_caching = False  # every prompt is read, by everybody
        precision = "bf16" if computes_bf16() else "f32"
        with tempfile.TemporaryDirectory() as folder:
            _save(model, Path(folder))
            self._pipeline = genai.ContinuousBatchingPipeline(
                folder,
                scheduler,
                "CPU",
                {
                    "INFERENCE_NUM_THREADS": threads,
                    "INFERENCE_PRECISION_HINT": precision,
                    "KV_CACHE_PRECISION": precision,
                },
            )
        self.written: list[list[int]] = []

    def write(self, prompts: Sequence[NDArray[np.int64]], tokens: int) -> list[float]:
        """See ``engine_contestants.Contestant.write``."""
        config = self._genai.GenerationConfig()
        config.max_new_tokens, config.ignore_eos = tokens, True
        started = time.perf_counter()
        # By steps: its own account of the first token leaves out the wait for a turn.
        handles = [
            self._pipeline.add_request(number, self._openvino.Tensor(np.asarray(prompt, np.int64)[None]), config)
            for number, prompt in enumerate(prompts)
        ]
        self.written = [[] for _ in handles]
        firsts: dict[int, float] = {}
        while self._pipeline.has_non_finished_requests():
            self._pipeline.step()
            for number, handle in enumerate(handles):
                while handle.can_read():
                    self.written[number] += next(iter(handle.read().values())).generated_ids
                    firsts.setdefault(number, time.perf_counter() - started)
        return list(firsts.values())


def _save(model: GPT2LMHeadModel, folder: Path) -> None:
    openvino = package()
    from openvino_tokenizers import convert_tokenizer

    weights = Weights.of(model)
    openvino.save_model(_Stateful(weights, quantised(weights)).graph(), folder / "openvino_model.xml", False)
    # Texts are not used, but the pipeline wants to know how they would be read. Any GPT-2's would do.
    tokenizer = AutoTokenizer.from_pretrained(BASE_FOLDER, local_files_only=True)
    for part, name in zip(convert_tokenizer(tokenizer, with_detokenizer=True), ("", "de"), strict=True):
        openvino.save_model(part, folder / f"openvino_{name}tokenizer.xml")
    shutil.copy(BASE_FOLDER / "config.json", folder)


class _Stateful(Builder):
    """Inputs: ``input_ids``, ``attention_mask``, ``position_ids`` (rows, tokens), ``beam_idx`` (rows)."""

    def graph(self) -> Any:
        for name in ("input_ids", "attention_mask", "position_ids"):
            self._input(name, [-1, -1], np.int64)
        self._input("beam_idx", [-1], np.int32)
        op = self._op
        self._kept: list[Any] = []
        self._mask = self._causal()
        hidden = op.add(self._embedding("wte.weight", "input_ids"), self._embedding("wpe.weight", "position_ids"))
        logits = op.matmul(self._norm(self._layers(hidden), "ln_f"), self._matrix("lm_head"), False, True)
        logits.output(0).get_tensor().set_names({"logits"})
        return self._openvino.Model([op.result(logits)], self._kept, list(self._inputs.values()), "gpt2")

    def _attend(self, layer: int, hidden: Any) -> Any:
        op = self._op
        joined = self._linear(hidden, f"h.{layer}.attn.c_attn")
        queries, *both = (self._by_head(part) for part in op.split(joined, self._numbers(2), 3).outputs())
        whole = [self._with_past(f"{layer}.{kind}", part) for kind, part in zip(("key", "value"), both, strict=True)]
        found = op.transpose(op.scaled_dot_product_attention(queries, *whole, self._mask), self._long([0, 2, 1, 3]))
        return op.reshape(found, self._long([0, 0, self._heads * self._width]), True)

    def _by_head(self, part: Any) -> Any:
        parted = self._op.reshape(part, self._long([0, 0, self._heads, self._width]), True)
        return self._op.transpose(parted, self._long([0, 2, 1, 3]))

    def _with_past(self, name: str, new: Any) -> Any:
        from openvino import opset6

        shape = self._openvino.PartialShape([-1, self._heads, -1, self._width])
        rows = self._op.gather(self._op.shape_of(self._inputs["input_ids"], "i64"), self._long([0]), self._long(0))
        nothing = self._op.concat([rows, self._long([self._heads, 0, self._width])], 0)
        empty = self._op.broadcast(self._floats(0), nothing)
        past = opset6.read_value(empty, name, self._openvino.Type.f32, shape)
        chosen = self._op.gather(past, self._inputs["beam_idx"], self._long(0))
        whole = self._op.concat([chosen, new], 2)
        self._kept.append(opset6.assign(whole, name))
        return whole

    def _causal(self) -> Any:
        """What must not be seen, as a large negative number, (1, 1, new, all)."""
        op, none = self._op, self._long(0)
        new, whole = (
            op.gather(op.shape_of(self._inputs[name], "i64"), self._long(1), none)
            for name in ("input_ids", "attention_mask")
        )
        columns = op.range(none, whole, self._long(1), "i64")
        rows = op.range(op.subtract(whole, new), whole, self._long(1), "i64")
        seen = op.less_equal(op.unsqueeze(columns, self._long([0])), op.unsqueeze(rows, self._long([1])))
        return op.unsqueeze(op.select(seen, self._floats(0), self._floats(-1e9)), self._long([0, 1]))

    def _long(self, value: object) -> Any:
        return self._constant(value, np.int64)
