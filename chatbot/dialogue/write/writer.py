"""Writes texts from an outline with a model of its own: several are drawn, checked, and put in order.

The prompt is that of its training (``finetune/pair_prompt.py``). Nothing that is written here goes to a customer:
a person reads it, so that what fails a check is told with its reason and not thrown away.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.check.copying import check_copied, words_of
from chatbot.dialogue.check.evidence import Sources
from chatbot.dialogue.check.grounding import check_facts
from chatbot.dialogue.check.names import check_names
from chatbot.dialogue.check.shape import check_hidden, check_placeholders, check_repetition
from chatbot.dialogue.check.suites import check_private
from chatbot.dialogue.text.sentences import finished
from chatbot.engine.protocol import Generate, Generator, Sampling
from data.progress import Report, silent
from finetune.pair_prompt import Brief, encode_brief, read_of
from finetune.prompt import decode_answer, encode_answer, end_id, evidence_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatbot.dialogue.check.copying import LearntRuns

SPARE = 3
"""Texts drawn beyond those that are asked for, to choose among."""
TEMPERATURE, TOP_P = 0.7, 0.9
REPETITION_PENALTY = 1.1
SECONDS = 60.0
"""Time for one text."""
PRIOR_WEIGHT = 0.5
"""What of its likelihood a text has whatever the outline is taken off (the lambda of Li et al. 2016,
arXiv:1510.03055): it keeps what fits every outline from being first."""
FARTHEST = 2.0
"""How many times longer or shorter than asked a text may be."""
_TOKENS_A_WORD, _TOKENS_BESIDE = 3.0 * FARTHEST, 16
_LOOP_LOOK = 60


@dataclass(frozen=True, slots=True)
class Written:
    """A text, the seed that it was drawn with, its score (higher is better) and the checks that it failed."""

    text: str
    seed: int
    score: float = 0.0
    failed: tuple[CheckResult, ...] = ()

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(words_of(self.text))

    def to_json(self) -> dict[str, Any]:
        """For the command line and the report."""
        return {
            "text": self.text,
            "words": self.words,
            "seed": self.seed,
            "score": round(self.score, 4),
            "failed": [{"name": check.name, "detail": check.detail} for check in self.failed],
        }


class Writer:
    """Writes with one model. Not thread-safe.

    ``lengths`` is how many words a short, a medium and a long text of its training has, ``learnt`` what a text may not
    be a copy of.
    """

    def __init__(
        self, generator: Generator, tokenizer: Any, learnt: LearntRuns | None, lengths: Mapping[str, float]
    ) -> None:
        self._generator = generator
        self._tokenizer = tokenizer
        self._learnt = learnt
        self._lengths = lengths
        self._longest = generator.context_tokens // 2

    def called(self, words: float) -> str | None:
        """What a length in words is called in the prompt: the nearest; None where the model learnt none."""
        known = self._lengths
        return min(known, key=lambda name: abs(math.log(known[name] / words))) if known else None

    def unread(self, brief: Brief) -> int:
        """How many words of the outline and the evidence the prompt has no room for; they are the last ones."""
        given = sum(len(words_of(text)) for text in (brief.outline, *brief.evidence))
        return max(0, given - len(words_of(read_of(self._tokenizer, self._prompt(brief)))))

    def write(
        self,
        brief: Brief,
        *,
        words: float | None = None,
        variants: int = 1,
        spare: int = SPARE,
        seed: int = 0,
        report: Report = silent,
    ) -> list[Written]:
        """The best ``variants`` of so many and ``spare`` more, each once: first what passes, then what fails.

        ``words`` is how long they are to be; without, that of the brief's ``length``, if it has one. Equal briefs with
        equal seeds give equal texts. Empty where the model writes nothing.
        """
        if words is not None and brief.length is None:
            brief = replace(brief, length=self.called(words))
        words = words or self._lengths.get(brief.length or "")
        draws = variants + spare
        drawn: dict[str, Written] = {}
        for number in range(draws):
            text, complete = self._drawn(brief, words, seed + number)
            if text:
                found = Written(text, seed + number, failed=self._failed(text, brief, words, complete=complete))
                drawn.setdefault(text, found)
            report("write", number + 1, draws)
        scores = self._scores(brief, list(drawn))
        scored = [replace(each, score=score) for each, score in zip(drawn.values(), scores, strict=True)]
        return sorted(scored, key=lambda each: (len(each.failed), _distance(each, words), -each.score))[:variants]

    def _drawn(self, brief: Brief, words: float | None, seed: int) -> tuple[str, bool]:
        """A text, and whether the model has ended it; what was cut off ends with its last whole sentence."""
        longest = self._longest
        if words is not None:
            longest = min(longest, round(_TOKENS_A_WORD * words) + _TOKENS_BESIDE)
        prompt = self._prompt(brief)
        sampling = Sampling(
            max_tokens=longest,
            temperature=TEMPERATURE,
            top_p=TOP_P,
            repetition_penalty=REPETITION_PENALTY,
            seed=seed,
            stop_ids=frozenset({end_id(self._tokenizer)}),
        )
        request = Generate(prompt, sampling, evidence_of(self._tokenizer, prompt), seconds=SECONDS)
        ids: list[int] = []
        loops = False
        for token in self._generator.generate(request):
            ids.append(token)
            if len(ids) % _LOOP_LOOK == 0:
                loops = not check_repetition(decode_answer(self._tokenizer, ids)).passed
                if loops:
                    break  # it will not come out of it
        text = decode_answer(self._tokenizer, ids).strip()
        if loops or len(ids) < longest:
            return text, not loops
        whole = "".join(finished(text)).strip()
        return whole or text, bool(whole)

    def _failed(self, text: str, brief: Brief, words: float | None, *, complete: bool) -> tuple[CheckResult, ...]:
        given = (brief.outline, *brief.evidence)
        sources = Sources(given)
        checks = [
            check_repetition(text),
            *check_facts(text, sources),
            check_names(text, sources),
            check_hidden(text),
            check_placeholders(text),
            check_private(text),
            CheckResult("complete", complete, "" if complete else "it does not come to an end"),
            _check_words(text, words),
        ]
        if self._learnt is not None:
            checks.append(check_copied(text, self._learnt, given))
        return tuple(check for check in checks if not check.passed)

    def _scores(self, brief: Brief, texts: list[str]) -> list[float]:
        """How well each text fits this outline, in nats a token."""
        rows = [encode_answer(self._tokenizer, text)[: self._longest] for text in texts]
        anything = Brief("", brief.length, brief.tone)
        sums = [self._generator.score(self._prompt(each), rows) for each in (brief, anything)]
        return [(here - PRIOR_WEIGHT * anywhere) / len(ids) for here, anywhere, ids in zip(*sums, rows, strict=True)]

    def _prompt(self, brief: Brief) -> list[int]:
        return encode_brief(self._tokenizer, brief, max_tokens=self._generator.context_tokens - self._longest)


def _check_words(text: str, wanted: float | None) -> CheckResult:
    count = len(words_of(text))
    passed = wanted is None or wanted / FARTHEST <= count <= wanted * FARTHEST
    return CheckResult("length", passed, "" if passed else f"{count} words, about {wanted:.0f} were asked for")


def _distance(written: Written, wanted: float | None) -> int:
    """How far a length is from what was asked, in steps of a quarter, which a reader notices."""
    if wanted is None:
        return 0
    return round(abs(math.log(max(1, written.words) / wanted)) / math.log(1.25))
