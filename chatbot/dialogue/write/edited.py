"""Edits past answers: what is another customer's in them gives way to what this conversation names.

An agent's answer to a like question is often right but for a date, a number of people, a place. Each such fact that
nobody named here is replaced by one of its kind that was named, rather the one that stood in like words, rather the
latest. What half of the answers or an article say is the desk's own and stays: "30 days" is no customer's. A sentence
with a fact that nothing here can replace is left out; the answer as a whole stays a candidate too.
Which edit to take: the one that is likest to what agents said in like situations, as they would have said it here
(minimum Bayes risk, Kumar and Byrne 2004, with edited past answers as samples). Nothing is written that no agent wrote,
but for the facts, and no model is needed. GPT-2's likelihood adds nothing to that choice (docs/results/voice.md).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from chatbot.dialogue.answer import Candidate, Sentence, joined
from chatbot.dialogue.check.evidence import stands_in
from chatbot.dialogue.check.names import DAYS, FREE_NAMES
from chatbot.dialogue.text.facts import blanked, claims
from chatbot.dialogue.text.sentences import sentences
from chatbot.dialogue.timing import step
from chatbot.dialogue.write.compose import answer_for
from chatbot.dialogue.write.likeness import likeness
from data.masking.kinds import SLOT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from chatbot.dialogue.window import Window
    from retrieval.search.hits import Hit

EDITED = 40
"""Past answers that are edited."""
KEPT = 8
"""Edits that are tried where one is to be sent."""
NEAREST = 6
"""The past answers of which half decide what is the desk's own."""
_NAME = re.compile(r"\b[A-Z][\w'\u2019&.-]*+(?:\s{1,3}(?:(?:of|the|and|de|la|at|&)\s)?[A-Z][\w'\u2019&.-]*+)*")
_WORD = re.compile(r"[\w'\u2019]+")
_SLOT = re.compile(SLOT)
_MOST_OF_IT = 0.5
"""Share of an answer's letters that has to be left: "Good morning!" is no answer without what followed."""
_LATELY = 2
"""Turns ago up to which a name may stand for another that stood in other words."""


class _Spot(NamedTuple):
    """A fact or name in a text, its place, and the words around it in lower case."""

    start: int
    end: int
    kind: str
    text: str
    before: str
    after: str


class Edits(NamedTuple):
    """Edits of past answers, unchecked, those that most is like first.

    ``likeness`` is that of all pairs, 0 to 1, shape (drafts, drafts), and ``shares`` how much each counts, 1 in all.
    """

    drafts: Sequence[Candidate]
    likeness: NDArray[np.float64]
    shares: NDArray[np.float64]

    def varied(self, sound: Callable[[Candidate], Candidate | None], most: int) -> list[Candidate]:
        """At most so many that ``sound`` gives back, of ``KEPT`` tries, of which the best is expected to be the likest.

        Whoever chooses among three wants three that differ: each next one adds most to what those before it are like
        (greedily, which is near the best there is: Nemhauser, Wolsey and Fisher 1978).
        """
        found: list[Candidate] = []
        covered, left = np.zeros(len(self.drafts)), np.ones(len(self.drafts), dtype=np.bool_)
        while left.any() and len(found) < most and (~left).sum() < KEPT:
            place = int(np.where(left, np.maximum(self.likeness, covered) @ self.shares, -1.0).argmax())
            left[place] = False
            if (draft := sound(self.drafts[place])) is not None:
                found.append(draft)
                covered = np.maximum(covered, self.likeness[place])
        return found


@step("write")
def edited(window: Window, hits: Sequence[Hit], situations: NDArray[np.float64], articles: Sequence[str] = ()) -> Edits:
    """The edits of the answers of ``hits`` (best first); what ``articles`` say stays in them.

    ``situations`` is how much each of them counts (``rank/situation.py``), shape (hits).
    """
    answers = [answer_for(hit.passage, window) for hit in hits]
    known = [(spot, age) for age, turn in enumerate(reversed(window.turns)) for spot in [*_spots(turn.text)][::-1]]
    stays = (*_usual(answers[:NEAREST]), *articles, *(turn.text for turn in window.turns))
    said = "\n".join(stays).casefold()
    found: dict[str, tuple[float, Candidate]] = {}
    for hit, answer, share in zip(hits, answers, situations.tolist(), strict=True):
        for parts in _edits(answer, known, said):
            own = tuple(Sentence(part, hit.passage.id) for part in parts)
            draft = Candidate(joined(own), "written", (hit.passage.id,), {"similarity": hit.similarity}, sentences=own)
            # What many said alike counts once: it fits everywhere, and would be likest to itself.
            before, draft = found.get(draft.text, (0.0, draft))
            found[draft.text] = max(before, share), draft
    found.pop("", None)
    drafts = [draft for _, draft in found.values()]
    shares = np.array([share for share, _ in found.values()])
    shares /= max(shares.sum(), np.finfo(np.float64).tiny)
    alike = likeness([*found])
    order = np.argsort(-(alike @ shares), kind="stable")
    return Edits([drafts[place] for place in order.tolist()], alike[np.ix_(order, order)], shares[order])


def _usual(answers: Sequence[str]) -> list[str]:
    """The facts and names that at least half of the answers hold, and two of them, in lower case."""
    counts = Counter(name for answer in answers for name in {spot.text.casefold() for spot in _spots(answer)})
    return [name for name, count in counts.items() if count >= max(2, len(answers) / 2)]


def _edits(answer: str, known: Sequence[tuple[_Spot, int]], said: str) -> Iterator[list[str]]:
    """The answer's sentences with facts of this conversation: those that have only such, if they are most, then all.

    ``known`` are those facts, each with how many turns ago it was named; what stands in ``said`` stays.
    """
    taken: dict[tuple[str, str], str] = {}
    sound, whole = [], []
    for sentence in sentences(answer):
        text, fits = _edited(sentence, known, said, taken)
        whole.append(text)
        if fits:
            sound.append(text)
    if sum(map(len, sound)) >= _MOST_OF_IT * sum(map(len, whole)):
        yield sound
    yield whole


def _edited(
    sentence: str, known: Sequence[tuple[_Spot, int]], said: str, taken: dict[tuple[str, str], str]
) -> tuple[str, bool]:
    """A sentence with its facts replaced, and whether all that were to be could be; ``taken`` is kept by the caller."""
    pieces, last, fits = [], 0, True
    for spot in _spots(sentence):
        if stands_in(spot.text.casefold(), said):
            continue
        new = taken.get((spot.kind, spot.text)) or _instead(spot, known, taken.values())
        if new is None:
            fits = False
            continue
        taken[spot.kind, spot.text] = new
        rest = sentence[spot.end :].lstrip()
        stop = spot.text.endswith(".") > new.endswith(".") and (not rest or rest[0].isupper())
        pieces += [sentence[last : spot.start], new, "." * stop]
        last = spot.end
    return "".join([*pieces, sentence[last:]]), fits


def _instead(spot: _Spot, known: Sequence[tuple[_Spot, int]], taken: Collection[str]) -> str | None:
    """What this conversation names of the same kind, rather in like words, rather late; None where nothing is like it.

    A name has to stand in like words or to be said lately; a quantity to count the same.
    """
    fitting = []
    for other, age in known:
        like = (other.before == spot.before != "") + (other.after == spot.after != "")
        if other.kind != spot.kind or other.text in taken:
            continue
        if (spot.kind == "name" and not like and age >= _LATELY) or (spot.kind == "quantity" and not like):
            continue
        fitting.append((-like, age, other.text))
    return min(fitting)[2] if fitting else None


def _spots(text: str) -> Iterator[_Spot]:
    """The facts and names of a text, in order; a name at the start of a sentence only where it has several words."""
    facts = list(claims(text))
    found = [(fact.start, fact.end, _kind(fact.kind, fact.unit)) for fact in facts]
    rest = _SLOT.sub(lambda slot: " " * len(slot.group()), blanked(text, facts))
    for match in _NAME.finditer(rest):
        start, end = match.start(), match.start() + len(match.group().rstrip(".,"))
        opening = not rest[:start].strip() or rest[:start].rstrip()[-1:] in ".!?:"
        words = rest[start:end].split()
        if opening and (len(words) == 1 or words[0].casefold() in FREE_NAMES):
            start += len(words[0]) + 1
            words = words[1:]
        named = {word.casefold() for word in words}
        if words and not named & FREE_NAMES:
            found.append((start, end, "day" if named <= DAYS else "name"))
    for start, end, kind in sorted(found):
        before, after = _WORD.findall(text[max(0, start - 40) : start]), _WORD.findall(text[end : end + 40])
        beside = (before[-1].lower() if before else "", after[0].lower() if after else "")
        yield _Spot(start, end, kind, text[start:end].strip(), *beside)


def _kind(kind: str, unit: str | None) -> str:
    """An amount of money is no share and no number of people."""
    return f"{kind} {unit}" if unit else kind
