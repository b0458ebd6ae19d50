"""Where less work is done: candidates over one pass of their prompt, second turns, texts that copy their evidence.

Prompts are laid out as the product does it, from the sample desk: evidence are the three past answers that have most
words in common with what the customer wrote, the customer's own conversation left out.
"""

from __future__ import annotations

import json
import time
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from transformers import AutoTokenizer

from chatbot.engine.engine import Engine
from chatbot.engine.protocol import Generate, NextToken, Sampling, Score
from data.sample import GENERATED, TRANSCRIPTS
from data.transcripts import Role, conversation_from_json
from finetune.model.weights import BASE_FOLDER
from finetune.prompt import encode_prompt, evidence_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine_contestants import Contestant, Ours
    from numpy.typing import NDArray

    from data.transcripts import Conversation, Turn

CANDIDATES, LENGTH = 8, 30
PASSAGES = 3
CONVERSATIONS = 12


def candidates_judged(mine: Ours, prompt: NDArray[np.int64], rounds: int) -> dict[str, float]:
    """Eight candidates of 30 tokens after a prompt, against one pass of that prompt."""
    numbers = np.random.default_rng(1).integers(10, mine.runner.vocabulary - 10, (CANDIDATES, LENGTH))
    ids, candidates = prompt.tolist(), numbers.tolist()
    passes, scorings = [], []
    for _ in range(2 * rounds):
        passes.append(mine.ask([NextToken(ids)])[0].seconds)
        scorings.append(mine.ask([Score(ids, candidates=candidates)])[0].seconds)
    ratio = median(scoring / one for scoring, one in zip(scorings, passes, strict=True))
    print(f"\n{CANDIDATES} candidates of {LENGTH}: {median(scorings):.3f} s, {ratio:.2f}x a pass of their prompt")
    return {"seconds": median(scorings), "of a pass": ratio}


def second_turn(base: Contestant, mine: Ours, rounds: int) -> dict[str, float]:
    """Time to the first token of a conversation's second answer, its first having been written by the same engine."""
    theirs, ours, reused, lengths = [], [], 0, 0
    for first, second in _two_turns():
        for _ in range(rounds):
            theirs.append(base.write([np.array(second)], 1)[0])
            engine = Engine(mine.runner)
            mine.ask([Generate(first, sampling=Sampling(max_tokens=1))], engine)
            before = engine.counts.reused
            ours.append(mine.ask([Generate(second, sampling=Sampling(max_tokens=1))], engine)[0].first)
            reused, lengths = reused + engine.counts.reused - before, lengths + len(second)
            engine.close()
    ratio = median(one / other for one, other in zip(ours, theirs, strict=True))
    print(f"second turn: first token {median(ours):.3f} s, {ratio:.2f}x; {reused / lengths:.0%} of its prompt reused")
    return {"first token": median(ours), "ratio": ratio, "reused": reused / lengths, "tokens": lengths / len(theirs)}


def refined(base: Contestant, mine: Ours, options: Any) -> dict[str, float]:
    """Whole requests with evidence to copy from, with and without proposals, against transformers."""
    seconds: dict[str, list[float]] = {"transformers": [], "ours": [], "ours, nothing proposed": []}
    proposed = accepted = equal = 0
    for ids, evidence in _with_evidence():
        for _ in range(options.rounds):
            started = time.perf_counter()
            base.write([np.array(ids)], options.tokens)
            seconds["transformers"].append(time.perf_counter() - started)
            sampling = Sampling(max_tokens=options.tokens)
            plain = mine.ask([Generate(ids, sampling=sampling)])[0]
            engine = Engine(mine.runner)
            copying = mine.ask([Generate(ids, sampling=sampling, evidence=evidence)], engine)[0]
            seconds["ours, nothing proposed"].append(plain.seconds)
            seconds["ours"].append(copying.seconds)
            proposed, accepted = proposed + engine.counts.proposed, accepted + engine.counts.accepted
            equal += plain.tokens == copying.tokens
            engine.close()
    speed = {
        name: median(one / other for one, other in zip(seconds["transformers"], each, strict=True))
        for name, each in seconds.items()
    }
    share = accepted / max(proposed, 1)
    written = options.tokens * len(seconds["ours"])
    print(
        f"refining: {speed['ours']:.2f}x, without proposals {speed['ours, nothing proposed']:.2f}x; "
        f"{share:.0%} of {proposed / written:.2f} proposed a token accepted"
    )
    return {
        "speed-up": speed["ours"],
        "without proposals": speed["ours, nothing proposed"],
        "accepted": share,
        "accepted of all written": accepted / written,
        "same text": equal / len(seconds["ours"]),
    }


def _with_evidence() -> Iterator[tuple[list[int], list[int]]]:
    """Prompts of first answers with the ids of their evidence."""
    tokenizer = AutoTokenizer.from_pretrained(BASE_FOLDER, local_files_only=True)
    past = _past()
    for conversation in past[:: max(len(past) // CONVERSATIONS, 1)][:CONVERSATIONS]:
        turns = conversation.turns[: _customer_turns(conversation)[0] + 1]
        evidence = _evidence(past, conversation, turns)
        ids = encode_prompt(tokenizer, turns, evidence, max_tokens=512)
        yield ids, evidence_of(tokenizer, ids)


def _two_turns() -> Iterator[tuple[list[int], list[int]]]:
    """Prompts of the first and the second answer of one conversation, each with evidence of its own."""
    tokenizer = AutoTokenizer.from_pretrained(BASE_FOLDER, local_files_only=True)
    past = _past()
    longer = [conversation for conversation in past if len(_customer_turns(conversation)) > 1]
    for conversation in longer[:: max(len(longer) // CONVERSATIONS, 1)][:CONVERSATIONS]:
        prompts = []
        for place in _customer_turns(conversation)[:2]:
            turns = conversation.turns[: place + 1]
            prompts.append(encode_prompt(tokenizer, turns, _evidence(past, conversation, turns), max_tokens=512))
        yield prompts[0], prompts[1]


def _past() -> list[Conversation]:
    lines = [line for path in (TRANSCRIPTS, GENERATED) for line in path.read_text(encoding="utf-8").splitlines()]
    return [conversation_from_json(json.loads(line)) for line in lines]


def _customer_turns(conversation: Conversation) -> list[int]:
    """Places of customer turns that an agent answers."""
    roles = [turn.role for turn in conversation.turns]
    return [n for n, pair in enumerate(pairwise(roles)) if pair == (Role.CUSTOMER, Role.AGENT)]


def _evidence(past: Sequence[Conversation], asked: Conversation, turns: Sequence[Turn]) -> list[str]:
    words = set(turns[-1].text.lower().split())
    likeness = []
    for conversation in past:
        if conversation.id != asked.id:
            for place in _customer_turns(conversation):
                theirs = set(conversation.turns[place].text.lower().split())
                shared = len(words & theirs) / max(len(words | theirs), 1)
                likeness.append((shared, conversation.turns[place + 1].text))
    return [text for _, text in sorted(likeness, reverse=True)[:PASSAGES]]
