"""Tells which language a text is in: a customer's, of whatever length, and a longer one's for sure.

A customer's message may be one word, and a word may be of several languages ("no"). So ``language_of`` weighs the
words it knows, and where they leave it open it takes what the customer wrote before, then the desk's own language. The
checks want to be sure of any language instead: ``detected_language`` asks lingua, which needs a few words and is loaded
at the first (about a second, 30 MB). Decides nothing else.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.text.facts import blanked, claims
from chatbot.dialogue.text.gloss import stems_by_language, words_by_language
from chatbot.dialogue.text.normalise import REMEMBERED, normalised
from retrieval.search.general_words import words_of_languages

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

DEFAULT = "en"
SURE = 0.95
"""Of 1, where lingua's confidences sum to 1 over the languages asked."""
MIN_LETTERS = 20
MIN_CJK_LETTERS = 6
MIN_WORDS = 4
CHARACTERS_READ = 300
"""Characters that are read: the beginning tells, and a long log afterwards would not."""

_LEAD = 0.5
"""How much more evidence a language needs than the next: half a word that only it has."""
_ENOUGH = 0.6
"""Evidence, for all languages together, below which a text tells nothing: a general word alone may be a name."""
_ONE_WORD = 1.0
_FREQUENT, _OF_SUPPORT, _GENERAL = 1.0, 0.75, 0.5
"""What a word counts that is in one of the lists; where it is in that of several languages, they share it."""
_SHORTEST_STEM = 5
_HAN_SHARE = 0.2
_LANGUAGES = (
    "ENGLISH GERMAN FRENCH SPANISH ITALIAN DUTCH PORTUGUESE CZECH SLOVAK POLISH SLOVENE HUNGARIAN ROMANIAN TURKISH "
    "SWEDISH DANISH BOKMAL FINNISH GREEK RUSSIAN UKRAINIAN ARABIC HEBREW CHINESE JAPANESE KOREAN"
)
_NOISE = re.compile(
    r"\[[A-Z]+(?:_\d+)?\]|<[^>\s]{1,40}>|\"[^\"\n]{1,60}\"|\*\*[^*\n]{1,60}\*\*|[^\s]{0,100}[\\/_@=>|][^\s]*"
)
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"(?<!\w)[^\W\d_]+(?:'[^\W\d_]+)*'?(?![\d_])(?!-\d)")
_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def language_of(*texts: str, home: str = DEFAULT) -> str:
    """The language of the first text that tells one, or else ``home``, the desk's.

    ``texts`` are a customer's, the newest first. A word alone ("no", "Ben") is read with what was written before; where
    that says nothing, home is taken if the word may be its, and else the likeliest language. More than a word ("vielen
    Dank") is in one of its own, whatever was written before.
    """
    open_: list[str] = []
    bound = False
    for text in texts:
        scores = _scores(text)
        evidence = sum(scores.values())
        if evidence < _ENOUGH:
            continue
        best = sorted(scores, key=lambda language: -scores[language])
        near = [language for language in best if scores[language] > scores[best[0]] - _LEAD]
        if len(near) == 1 and evidence > _ONE_WORD and (not bound or near[0] in open_):
            return near[0]
        if not open_:
            open_, bound = near, evidence > _ONE_WORD
    return home if not open_ or home in open_ else open_[0]


def language_shares(*texts: str) -> dict[str, float]:
    """How likely each language is that these texts, the newest first, speak for, the likeliest first.

    The first is that of ``language_of``; empty where nothing speaks for any. Little evidence, and words that several
    languages have, make all of them less sure. By the squares of what speaks for each: that comes nearest to how often
    it is right (docs/results/triage.md).
    """
    told: dict[str, float] = defaultdict(float)
    for text in texts:
        for language, score in _scores(text).items():
            told[language] += score
    if sum(told.values()) < _ENOUGH:
        return {}
    first = language_of(*texts, home=max(told, key=lambda language: told[language]))
    order = sorted(told, key=lambda language: (language != first, -told[language], language))
    whole = sum(score**2 for score in told.values()) + _LEAD**2
    return {language: told[language] ** 2 / whole for language in order}


@lru_cache(maxsize=REMEMBERED)
def _scores(text: str) -> Mapping[str, float]:
    """How much speaks for each language; empty where nothing speaks for any."""
    letters = len(_LETTER.findall(text))
    if letters and len(_HAN.findall(text)) > _HAN_SHARE * letters and not _KANA.search(text):
        return {"zh": float(letters)}
    scores: dict[str, float] = defaultdict(float)
    words = list(dict.fromkeys(_words(text)))  # "si si" says no more than "si"
    told = [known for word in words if (known := _told_by(word))]
    if 2 * len(told) < len(words) and (sure := detected_language(text)):
        return {sure: float(len(words))}
    for known in told:
        for language, weight in known.items():
            scores[language] += weight
    return scores


def is_word(word: str) -> bool:
    """Whether a word in small letters is one of a language that we know, or begins as one does."""
    return bool(_told_by(word))


def frequent_words(text: str, language: str) -> int:
    """How many words of a text are among the most frequent ones of a language; 0 for a language without a list."""
    known = _frequent().get(language, frozenset())
    return sum(word in known for word in _words(text))


def _words(text: str) -> Iterator[str]:
    """In small letters; one with an apostrophe that is no word by itself in its parts ("l'adresse")."""
    for word in _WORD.findall(normalised(text).replace("\u2019", "'").casefold()):
        yield from (word,) if word in _evidence() or "'" not in word else word.split("'")


def is_frequent(word: str) -> bool:
    """Whether a word, casefolded, is among the most frequent ones of any language."""
    return any(word in known for known in _frequent().values())


@cache
def _frequent() -> Mapping[str, frozenset[str]]:
    lists = tomllib.loads(Path(__file__).with_name("frequent_words.toml").read_text(encoding="utf-8"))
    return {language: frozenset(words.split()) for language, words in lists.items()}


@lru_cache(maxsize=REMEMBERED)
def _told_by(word: str) -> Mapping[str, float]:
    """What a word speaks for, by its beginning where it is in no list; nothing where nobody knows it."""
    known = _evidence().get(word)
    if known is not None:
        return known
    stems = (word[:end] for end in range(len(word), _SHORTEST_STEM - 1, -1))
    return next((_stems()[stem] for stem in stems if stem in _stems()), {})


@cache
def _stems() -> Mapping[str, Mapping[str, float]]:
    return _shared(stems_by_language(), _OF_SUPPORT)


@cache
def _evidence() -> Mapping[str, Mapping[str, float]]:
    """What each known word speaks for: by the list of frequent words where it is there, else by the two others."""
    evidence: dict[str, Mapping[str, float]] = {}
    for lists, weight in (
        (_frequent(), _FREQUENT),
        (words_by_language(), _OF_SUPPORT),
        (words_of_languages(), _GENERAL),
    ):
        evidence = {**_shared(lists, weight), **evidence}
    return evidence


def _shared(lists: Mapping[str, Collection[str]], weight: float) -> dict[str, Mapping[str, float]]:
    """The weight of each word divided between the languages whose lists have it."""
    speaking = defaultdict(list)
    for language, words in lists.items():
        for word in words:
            speaking[word].append(language)
    return {word: dict.fromkeys(languages, weight / len(languages)) for word, languages in speaking.items()}


@lru_cache(maxsize=REMEMBERED)
def detected_language(text: str) -> str | None:
    """The ISO 639-1 code of a text's language, or None where it is too short, too mixed or like none of ours."""
    words = running_words(text)
    cjk, letters = len(_CJK.findall(words)), len(_LETTER.findall(words))
    if cjk < MIN_CJK_LETTERS and (letters < MIN_LETTERS or len(words.split()) < MIN_WORDS):
        return None
    best = _detector().compute_language_confidence_values(words)[0]
    return str(best.language.iso_code_639_1.name).lower() if best.value >= SURE else None


def language_name(code: str, told_in: str) -> str:
    """What a language is called in another, in English where the other is none that CLDR knows."""
    from babel import Locale, UnknownLocaleError

    try:
        names = Locale.parse(told_in).languages
    except (ValueError, UnknownLocaleError):
        names = Locale(DEFAULT).languages
    return str(names.get(code, code))


@lru_cache(maxsize=REMEMBERED)
def running_words(text: str) -> str:
    """The running words: without links, addresses, paths, codes, quoted menu items and slots."""
    text = normalised(text[: 2 * CHARACTERS_READ])
    return " ".join(_NOISE.sub(" ", blanked(text, claims(text))).split())[:CHARACTERS_READ]


@cache
def _detector() -> Any:
    from lingua import Language, LanguageDetectorBuilder

    languages = [getattr(Language, name) for name in _LANGUAGES.split()]
    return LanguageDetectorBuilder.from_languages(*languages).with_low_accuracy_mode().build()
