"""Checks that the names in a draft stand in its evidence: products, people, places, menu items.

Knows capitals and quotation marks, no dictionary. German writes every noun with a capital, so there only names that
show themselves otherwise count; of scripts without capitals, only what stands in quotes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.check.evidence import CJK, Sources, stands_in
from chatbot.dialogue.check.labels import labels_in
from chatbot.dialogue.text.facts import blanked, claims
from chatbot.dialogue.text.language import detected_language
from chatbot.dialogue.text.normalise import comparable, normalised
from chatbot.dialogue.text.numerals import MONTHS
from chatbot.dialogue.text.places import places_in
from chatbot.dialogue.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_QUOTED = re.compile(r"[\"\u201c\u201e\u00ab\u300c]([^\"\u201d\u201c\u00bb\u300d\n]{2,60})[\"\u201d\u201c\u00bb\u300d]")
_BOLD = re.compile(r"\*\*([^*\n]{2,60})\*\*")
_WORD = re.compile(rf"[^\W\d_{CJK}](?:[\w\u2019'-]*\w)?")
_STARTS = re.compile(r"(?:^|[:>\u2192|\u2013\u2014(\[/*\"\u201c\u201e\u00ab-]\s*|\d[.)]\s+)$")
SHAPED = re.compile(r"[a-z][A-Z]|^[A-Z]{2,}|^[A-Z]+\d|[a-z]\d")
"""What is a name by its letters, wherever it stands: "iPhone", "DHL", "B2B"."""
"""What is a name or a code by its letters, wherever it stands: "iPhone", "DHL", "B2B"."""
_TITLED = re.compile(
    r"\b(?:Herrn?|Frau|Mann|Sohn|Tochter|Kolleg(?:e|in)|Namen?|hei\u00dft|hei\u00dfe|namens|Dr\.|Firma)\s+"
    r"([A-Z\u00c4\u00d6\u00dc][\w-]+)"
)
_CONTRACTION = re.compile("['\u2019](?:s|ll|ve|d|re|m|t)$|n['\u2019]t$", re.IGNORECASE)
_FREE_WORDS = (
    "i i'm i'll i've i'd i\u2019m i\u2019ll i\u2019ve i\u2019d ok okay ps faq pc url pdf id hello hi hey thanks thank "
    "you your please dear yes no sorry vous votre usted ustedes lei loro suo sua u uw"
)
FREE_NAMES = frozenset(_FREE_WORDS.split())
"""Words that name nobody wherever they have a capital."""
_DAYS = (
    "monday tuesday wednesday thursday friday saturday sunday lundi mardi mercredi jeudi vendredi samedi dimanche "
    "lunes martes mi\u00e9rcoles jueves viernes s\u00e1bado domingo luned\u00ec marted\u00ec mercoled\u00ec "
    "gioved\u00ec venerd\u00ec sabato domenica maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"
)
DAYS = frozenset(MONTHS).union(_DAYS.split(), (f"{day}s" for day in _DAYS.split()))
"""Days of the week and months, in lower case."""
_COMMON = FREE_NAMES | DAYS
"""Words with a capital that name nobody."""


def check_names(text: str, sources: Sources) -> CheckResult:
    """Names and quoted words of a draft stand in the evidence, or in what it answered, in whatever case.

    The customer does not vouch for them: who asks about a product that does not exist would be told how to use it.
    """
    known = as_compared((*sources.evidence, *sources.about))
    missing = [name for name in dict.fromkeys(names_of(text)) if not is_named(name, known)]
    return CheckResult("names", not missing, ", ".join(missing[:5]))


def looked_up(text: str) -> Iterator[tuple[str, bool]]:
    """Words of a text that may be somebody's name, each with whether it stands inside a sentence.

    Every word with a capital but the names of countries and labels of screens; in German, where nouns have one too,
    those after a title or where a name stands.
    """
    shown = normalised(text)
    shown = blanked(shown, (fact for fact in claims(shown) if fact.kind in {"link", "email", "date", "code", "time"}))
    if detected_language(text) == "de":
        yield from ((match.group(1), True) for match in _TITLED.finditer(shown))
        return
    for sentence in sentences(shown):
        words = list(_WORD.finditer(sentence))
        labels = {match.start() for match in labels_in(sentence, words)}
        for match in (each for each in words if each.start() not in labels):
            word = _CONTRACTION.sub("", match.group())
            if word[:1].isupper() and len(word) > 1 and word.casefold() not in _COMMON and not places_in(word):
                yield word, bool(_WORD.search(sentence[: match.start()]))


def as_compared(texts: Iterable[str]) -> str:
    """Texts as names are looked for in them (``is_named``)."""
    return " ".join(comparable(text) for text in texts).replace("\u2019", "'")


def is_named(name: str, known: str) -> bool:
    """Whether a name stands in texts ``as_compared``, in the singular, the plural or the genitive."""
    name = " ".join(name.casefold().replace("\u2019", "'").split())
    bare = name.removesuffix("'s").rstrip("'")
    return any(stands_in(form, known) for form in {name, bare, bare.removesuffix("s"), f"{bare}s"} if form)


def names_of(text: str, *, headings: bool = False) -> Iterator[str]:
    """The names and quoted words of a text, word by word, as often as they stand there.

    A line of capitals, a heading or a menu path is no running text, and every word in it may be capital: there none
    counts but with ``headings``.
    """
    text = normalised(text)
    # Links, addresses, dates and codes are the other checks' business.
    text = blanked(text, (fact for fact in claims(text) if fact.kind in {"link", "email", "date", "code", "time"}))
    for pattern in (_QUOTED, _BOLD):
        yield from (match.group(1).strip(" .,:;!?") for match in pattern.finditer(text) if _WORD.search(match.group(1)))
    german = detected_language(text) == "de"
    if german:
        yield from (match.group(1) for match in _TITLED.finditer(text))
    for sentence in sentences(text):
        words = list(_WORD.finditer(sentence))
        capital = sum(match.group()[0].isupper() for match in words)
        if not headings and capital > max(3, len(words) // 2):
            continue
        for match in words:
            word = match.group()
            first = bool(_STARTS.search(sentence[: match.start()].lstrip())) or not sentence[: match.start()].strip()
            if word.casefold() in FREE_NAMES or not (word[0].isupper() or SHAPED.search(word)):
                continue
            if SHAPED.search(word) or not (first or german):
                yield word
