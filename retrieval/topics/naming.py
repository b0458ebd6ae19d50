"""Naming topics by their words: what their questions say and the others' do not, and which questions show it best.

Words are weighed by class-based TF-IDF (Grootendorst, 2022, "BERTopic"), counted once a question and as a share of the
topic's questions, so that neither a pasted log nor a large topic outweighs the rest, and by how unevenly they are
spread. Nobody lists stop words: in each language they are what is spread evenly over its topics. Knows no vectors.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from data.masking.kinds import PLACEHOLDER
from retrieval.terms import terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

WORDS = 12
"""Typical words kept of each topic."""
_FEWEST_WORDS, _MOST_WORDS = 2, 4
_WEAK = 0.25  # of it below which a word is no second one either
_STRENGTH = 0.45  # of the best word's weight that further words of a name must have
_FEWEST_QUESTIONS = 3
_LEAST_SHARE = 0.05  # of a topic's questions that a word must stand in
_EVEN = 0.92  # entropy over the topics, 1 being perfectly even, from which on a word says nothing
_COMPARABLE = 8  # topics of a language from which on evenness says something; with fewer, these do:
_FOREIGN = 0.6  # of the usual part that even words have, below which a topic is in another language
_COMMON = 0.4  # share of a topic's questions from which on a word says nothing
_SHORT = 3  # letters up to which a word is taken for a function word
_LAST_LETTER = "\u052f"  # of the scripts of which that is so: Latin, Greek, Cyrillic
_SAME_STEM = 0.6  # of the longer word that both begin with
_READ_FOR_CASE = 200
_READ = 20_000  # questions whose words are weighed, evenly taken from all
_WORD_LIKE = re.compile(r"[^\W\d_]")
_CODE = re.compile(r"(?<!\w)(?=\w*\d)\w{12,}")
_NOT_WORDS = re.compile(rf"{PLACEHOLDER.pattern}|https?://\S+|www\.\S+|(?<!\S)\S+@\S+")


@dataclass(frozen=True, slots=True)
class Named:
    """A name made of words, and the most typical words, best first."""

    name: str
    words: tuple[str, ...]


def named(texts: Sequence[str], languages: Sequence[str | None], topics: NDArray[np.int64], count: int) -> list[Named]:
    """A name and words for each of so many topics, from the questions' texts and the number of each one's topic.

    A topic is named in the language most of its questions are in. ``topics`` has shape (n), -1 being the rest, which is
    compared with as if it were one more. No two names are alike; one in another language than most says which.
    """
    step = -(-len(texts) // _READ) or 1
    texts, languages, topics = texts[::step], languages[::step], topics[::step]
    main_languages = [_main_language(language) for language in languages]
    spoken = [Counter[str]() for _ in range(count)]
    for language, topic in zip(main_languages, topics.tolist(), strict=True):
        if topic >= 0:
            spoken[topic][language] += 1
    main = [counts.most_common(1)[0][0] if counts else "" for counts in spoken]
    usual = Counter(main_languages).most_common(1)[0][0] if main_languages else ""
    words: list[list[tuple[str, float]]] = [[] for _ in range(count)]
    for language in sorted(set(main)):
        places = [place for place, each in enumerate(main_languages) if each == language]
        weighed = _weighed((texts[place], int(topics[place])) for place in places)
        for topic in range(count):
            if main[topic] == language:
                words[topic] = weighed.get(topic, [])
    taken: set[frozenset[str]] = set()
    found = []
    for topic in range(count):
        chosen = _chosen(words[topic], taken)
        taken.add(frozenset(chosen))
        members = [texts[place] for place in np.flatnonzero(topics == topic)[:_READ_FOR_CASE].tolist()]
        typical = tuple(word for word, _ in words[topic][:WORDS])
        suffix = f" ({main[topic]})" if chosen and main[topic] and main[topic] != usual else ""
        found.append(Named(", ".join(_as_written(chosen, members)) + suffix, typical))
    return found


def said_by(name: str, words: Sequence[str]) -> bool:
    """Whether a name that ``named`` made could still be made of these words."""
    return {word.casefold() for word in name.partition(" (")[0].split(", ")} <= set(words)


def words_of(text: str) -> set[str]:
    """The words of a question that may name a topic: no masks, addresses, bare numbers or long codes."""
    return {term for term in terms(_NOT_WORDS.sub(" ", text)) if _WORD_LIKE.search(term) and not _CODE.search(term)}


def _weighed(questions: Iterable[tuple[str, int]]) -> dict[int, list[tuple[str, float]]]:
    """For each topic of one language's questions its words with their weights, best first."""
    shares = _shares(questions)
    classes = {topic for share in shares.values() for topic in share}
    average = sum(sum(share.values()) for share in shares.values()) / max(1, len(classes))
    spreads = {word: _evenness(share, len(classes)) for word, share in shares.items()}
    foreign = _foreign(shares, spreads, classes)
    weighed: defaultdict[int, list[tuple[str, float]]] = defaultdict(list)
    functional: defaultdict[int, list[tuple[str, float]]] = defaultdict(list)
    for word, share in shares.items():
        weight = float(np.log1p(average / sum(share.values())) * np.sqrt(max(0.0, 1 - spreads[word])))
        for topic, part in share.items():
            if part >= _LEAST_SHARE:
                empty = spreads[word] >= _EVEN or (topic in foreign and _functional(word, part))
                kind = functional if empty else weighed
                kind[topic].append((word, part * weight))
    for topic in classes:
        if not weighed[topic]:
            longer = [pair for pair in functional[topic] if len(pair[0]) > _SHORT]
            weighed[topic] = longer or functional[topic]
    return {topic: sorted(pairs, key=lambda pair: (-pair[1], pair[0])) for topic, pairs in weighed.items()}


def _shares(questions: Iterable[tuple[str, int]]) -> dict[str, dict[int, float]]:
    """For each word the share of each topic's questions it stands in; too small topics and too rare words left out."""
    sizes: Counter[int] = Counter()
    stands: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for text, topic in questions:
        sizes[topic] += 1
        for word in words_of(text):
            stands[word][topic] += 1
    return {
        word: {topic: count / sizes[topic] for topic, count in counts.items() if sizes[topic] >= _FEWEST_QUESTIONS}
        for word, counts in stands.items()
        if max(counts.values()) >= _FEWEST_QUESTIONS
    }


def _foreign(shares: dict[str, dict[int, float]], spreads: dict[str, float], classes: set[int]) -> set[int]:
    """The topics whose words cannot be told by their spread: all where there are few, else those in another language.

    What a language's topics share makes up much less of a topic that is in another one, whatever it is labelled.
    """
    if len(classes) < _COMPARABLE:
        return classes
    even: Counter[int] = Counter()
    total: Counter[int] = Counter()
    for word, share in shares.items():
        for topic, part in share.items():
            total[topic] += part  # type: ignore[assignment]
            even[topic] += part if spreads[word] >= _EVEN else 0  # type: ignore[assignment]
    parts = {topic: even[topic] / total[topic] for topic in classes}
    return {topic for topic, part in parts.items() if part < _FOREIGN * float(np.median(list(parts.values())))}


def _evenness(share: dict[int, float], classes: int) -> float:
    """How evenly a word is spread over the topics: entropy over its maximum; 0 where there are too few to compare."""
    if classes < _COMPARABLE or not share:
        return 0.0
    parts = np.array(list(share.values())) / sum(share.values())
    return float(-(parts * np.log(parts)).sum() / np.log(classes))


def _functional(word: str, part: float) -> bool:
    return part >= _COMMON or (len(word) <= _SHORT and word[-1] <= _LAST_LETTER)


def _chosen(weighed: Sequence[tuple[str, float]], taken: set[frozenset[str]]) -> list[str]:
    """Two to four words for a name, one where no other is typical; no two of one stem, no name twice."""
    chosen: list[str] = []
    for word, weight in weighed:
        fewest = _FEWEST_WORDS if weight >= _WEAK * weighed[0][1] else 1
        enough = len(chosen) >= fewest and frozenset(chosen) not in taken
        if enough and (len(chosen) == _MOST_WORDS or weight < _STRENGTH * weighed[0][1]):
            break
        if not any(_alike(word, other) for other in chosen):
            chosen.append(word)
    return chosen


def _alike(word: str, other: str) -> bool:
    """Whether two words are likely forms of one: "email" and "emails", "receive" and "recieve"."""
    if sorted(word) == sorted(other):
        return True
    longer = max(len(word), len(other))
    same = next(
        (place for place, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other))
    )
    return same >= min(len(word), len(other), _SAME_STEM * longer) and same > _SHORT


def _as_written(words: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The words as most of these texts write them: Gmail, IMAP, password."""
    written = []
    for word in words:
        pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
        forms = Counter(match for text in texts for match in pattern.findall(text))
        written.append(forms.most_common(1)[0][0] if forms else word)
    return written


def _main_language(language: str | None) -> str:
    return (language or "").casefold().replace("_", "-").partition("-")[0]
