"""The whole way of an answer, from the window to the checked reply, many customers at once, against the naive way.

The desk is the sample shop with the base that ships. A customer waits for an answer, then asks the next question; the
questions are the opening messages of the shop's own past and a set that is not in it. Three ways, by turns in one run:

- as served: recall, candidates, checks, ranking and decision on the dialogue's thread. Replies are past answers or
  composed of them (ADR 13), so no token is generated: that is part of why it is faster, and the third way is there so
  that it is seen how much.
- as served, and a draft of 48 tokens by GPT-2 from the evidence, through the engine, all customers' drafts together.
- naive: sentence-transformers' ``encode`` of the question, a flat FAISS search, transformers' ``generate`` of 48 tokens
  in fp32 from the three nearest past answers, one request after the other; nothing is checked or ranked.

    python benchmarks/answer.py [--customers 1,8,32] [--seconds 20] [--threads 2] [--home DIR]

Prints a table and one JSON line last.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from transformers import AutoTokenizer, GPT2LMHeadModel

from chatbot.cli.demo import prepare
from chatbot.engine.engine import Engine
from chatbot.engine.protocol import Generate, Sampling
from chatbot.engine.runners.openvino_runner import OpenVinoRunner
from chatbot.engine.worker import Worker
from chatbot.service.serving.loader import load_pipeline
from chatbot.settings import Settings
from data.sample import GENERATED, QUESTIONS, TRANSCRIPTS
from data.transcripts import Role, Turn, conversation_from_json
from finetune.compress.int8 import quantised
from finetune.model.weights import BASE_FOLDER, Weights
from finetune.prompt import encode_prompt, evidence_of
from retrieval.encoder.encoder import bundled_folder
from retrieval.encoder.openvino import computes_bf16

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from data.transcripts import Conversation

    Way = Callable[[Turn], object]

DRAFT_TOKENS, PROMPT_TOKENS, PASSAGES = 48, 512, 3


def main() -> None:
    """Measure and print."""
    options = _arguments()
    torch.set_num_threads(options.threads)
    past = _read(TRANSCRIPTS, GENERATED)
    asked = [turn for each in _read(QUESTIONS) + past for turn in each.turns[:1] if turn.role is Role.CUSTOMER]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as dialogue:
        settings = Settings(home=options.home or Path(folder), torch_threads=options.threads)
        asyncio.run(prepare(settings))
        worker = Worker()
        ways = _ways(settings, dialogue, worker, past, options.threads)
        figures = {"threads": options.threads, "customers": _measured(ways, asked, options)}
        worker.stop()
    figures["resident MiB, all ways together"] = _resident()
    print(json.dumps(figures))


def _ways(
    settings: Settings, dialogue: ThreadPoolExecutor, worker: Worker, past: Sequence[Conversation], threads: int
) -> dict[str, Way]:
    pipeline = load_pipeline(settings)
    model = GPT2LMHeadModel.from_pretrained(BASE_FOLDER, dtype=torch.float32, local_files_only=True).eval()
    tokenizer = AutoTokenizer.from_pretrained(BASE_FOLDER, local_files_only=True)
    hosted = worker.host(
        Engine(
            OpenVinoRunner(
                Weights.of(model), rounded=quantised(Weights.of(model)), bf16=computes_bf16(), threads=threads
            )
        )
    )

    def served(question: Turn) -> Any:
        return dialogue.submit(pipeline.answer, [question]).result()

    def drafted(question: Turn) -> Any:
        evidence = [each.text for each in served(question).evidence[:PASSAGES]]
        prompt = encode_prompt(tokenizer, [question], evidence, max_tokens=PROMPT_TOKENS)
        request = Generate(prompt, Sampling(max_tokens=DRAFT_TOKENS), evidence_of(tokenizer, prompt))
        return list(hosted.client().generate(request))

    return {
        "as served": served,
        "as served, and a draft": drafted,
        "naive": _naive(model, tokenizer, past),
    }


def _naive(model: GPT2LMHeadModel, tokenizer: Any, past: Sequence[Conversation]) -> Way:
    """What one would write in an afternoon; a lock, for it serves one request at a time."""
    import faiss
    from sentence_transformers import SentenceTransformer

    encoder = SentenceTransformer(str(bundled_folder()), device="cpu")
    pairs = [
        (one.text, other.text)
        for conversation in past
        for one, other in zip(conversation.turns, conversation.turns[1:], strict=False)
        if (one.role, other.role) == (Role.CUSTOMER, Role.AGENT)
    ]
    vectors = encoder.encode([question for question, _ in pairs], normalize_embeddings=True)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    taken = threading.Lock()

    def answer(question: Turn) -> Any:
        with taken, torch.inference_mode():
            found = index.search(encoder.encode([question.text], normalize_embeddings=True), PASSAGES)[1][0]
            evidence = [pairs[place][1] for place in found]
            ids = torch.tensor([encode_prompt(tokenizer, [question], evidence, max_tokens=PROMPT_TOKENS)])
            return model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=DRAFT_TOKENS,
                do_sample=False,
                eos_token_id=None,
                pad_token_id=0,
            )

    return answer


def _measured(ways: dict[str, Way], asked: Sequence[Turn], options: Any) -> dict[int, Any]:
    for way in ways.values():  # what is loaded or computed once is not counted
        for question in asked[-3:]:
            way(question)
    table: dict[int, Any] = {}
    print(f"{'customers':>9s}  {'':24s}{'answers/s':>10s}{'p50':>8s}{'p95':>8s}{'speed-up':>10s}")
    for customers in options.customers:
        rows = {name: {"seconds": [], "spent": 0.0} for name in ways}
        for turn in range(options.rounds):
            for name, way in ways.items():
                seconds, spent = _served(way, asked, customers, options.seconds / options.rounds, turn)
                rows[name]["seconds"] += seconds
                rows[name]["spent"] += spent
        speed = {name: len(row["seconds"]) / row["spent"] for name, row in rows.items()}
        table[customers] = {}
        for name, row in rows.items():
            p50, p95 = (float(each) for each in np.percentile(row["seconds"], (50, 95)))
            ratio = speed[name] / speed["naive"]
            table[customers][name] = {"answers a second": speed[name], "p50": p50, "p95": p95, "speed-up": ratio}
            print(f"{customers:9d}  {name:24s}{speed[name]:10.2f}{p50:8.3f}{p95:8.3f}{ratio:9.2f}x")
    return table


def _served(way: Way, asked: Sequence[Turn], customers: int, limit: float, turn: int) -> tuple[list[float], float]:
    """Seconds of each answer to customers who ask for so long, and until the last of them had one."""
    seconds: list[float] = []
    numbers = count(turn * 97)
    started = time.perf_counter()

    def customer() -> None:
        while (began := time.perf_counter()) - started < limit:
            way(asked[next(numbers) % len(asked)])
            seconds.append(time.perf_counter() - began)

    threads = [threading.Thread(target=customer) for _ in range(customers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seconds, time.perf_counter() - started


def _read(*paths: Path) -> list[Conversation]:
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return [conversation_from_json(json.loads(line)) for line in lines]


def _resident() -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def _arguments() -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", default="1,8,32")
    parser.add_argument("--seconds", type=float, default=20, help="of each way at each number of customers")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--home", type=Path, default=None, help="a sample desk to use again")
    options = parser.parse_args()
    options.customers = [int(part) for part in options.customers.split(",")]
    return options


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    main()
