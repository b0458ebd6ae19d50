"""Checks that what an answer says of one customer, or binds the desk to, is the desk's word and not one case.

Codes, numbers, amounts, dates, names, addresses, promises, and whatever is said of "your …" (``specific.toml``) is sent
only where an article, or answers to enough different customers (``backing.py``), say the same of nearly the same thing.
A customer's words vouch for no promise and no amount, neither this one's nor those of the customer who got the answer.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.check.case_specific import QUOTED
from chatbot.dialogue.check.evidence import grounds_of, stands_in, vouches
from chatbot.dialogue.check.names import looked_up
from chatbot.dialogue.check.negation import is_denial, likeness, meaning_words
from chatbot.dialogue.check.specific_phrases import is_instruction, specific_phrases, table
from chatbot.dialogue.text.facts import Fact, blanked, claims
from chatbot.dialogue.text.normalise import REMEMBERED, comparable, normalised
from chatbot.dialogue.text.sentences import sentences
from data.masking.given_names import is_given_name
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chatbot.dialogue.check.backing import Backing
    from retrieval.passages import Passage

SAME = 0.5
"""Likeness (``negation.likeness``) from which two sentences say the same."""
NEARLY_ALL = 0.7
"""Likeness from which it does not matter that one of them says it with a word of its own."""
SHARED = 2
"""Words beside a fact that two sentences share where they speak of nearly the same thing ..."""
SHARED_IN_ALL = 5
"""... or their whole texts, for a fact that is no money."""
LONG_NUMBER = 4
"""Digits from which a bare number is looked up like a code: it names one thing."""
LONE = 2
"""A code that one conversation holds is never sent, whatever is set."""
_SPACED_CODE = re.compile(r"(?<![\w-])(?:[A-Z0-9]{1,2}[ .\u00b7-]){2,11}[A-Z0-9]{1,2}(?![\w-])")
_TOKEN = re.compile(r"[?=]|\d{4}|[^\W\d_]\d|\d[^\W\d_]|\w{20}")
"""What the path of an address that was made for one person has in it."""
_LATIN_WORD = re.compile(r"(?<![\w@./])[a-z\u00df-\u024f]{3,30}(?![\w@/])")
_MONEY = frozenset({"%", "EUR", "USD", "GBP", "CZK", "CHF", "CNY"})


def check_specific(
    text: str, backing: Backing, *, customer: str = "", own: Sequence[str] = (), waits: bool = False
) -> CheckResult:
    """What is specific in a text is said by enough others, or by an article.

    ``own`` are this customer's own data, which were put into its slots; ``customer`` is what they wrote: a code in it
    may be repeated. An answer that ``waits`` for approval needs others for all it says.
    """
    shown = normalised(text)
    for value in own:
        shown = shown.replace(normalised(value), " ")
    lone = [raw for sentence in sentences(shown) for raw in _lone(sentence, shown, backing, customer, waits=waits)]
    lone += _lone_names(shown, backing, customer)
    return CheckResult("specific", not lone, ", ".join(dict.fromkeys(lone[:5])))


def check_facts_of_others(text: str, backing: Backing, known: str) -> CheckResult:
    """A completion brings no code, number, name or address that neither ``known`` holds nor enough others say."""
    shown = normalised(text)
    lone = [
        raw
        for sentence in sentences(shown)
        for raw in (*_lone_facts(sentence, shown, backing, known), *_lone_words(sentence, backing, known))
    ]
    lone = [raw for raw in (*lone, *_lone_names(shown, backing, known)) if not _stands(raw, known)]
    return CheckResult("specific", not lone, ", ".join(dict.fromkeys(lone[:5])))


def check_claimed(text: str, asked: Sequence[str], latest: str, backing: Backing) -> CheckResult:
    """An answer that says yes affirms no promise and no amount that only customers have named.

    ``asked`` is what the past answer was given to; ``latest`` what this customer wrote.
    """
    opening = next(iter(sentences(normalised(text))), "")
    if not table().yes.search(opening):
        return CheckResult("claimed", passed=True)
    claimed = next((found for each in (*asked, latest) if (found := table().claims.search(normalised(each)))), None)
    theirs = [fact for each in asked for fact in grounds_of(each)]
    facts = [
        fact
        for fact in claims(normalised(latest))
        if fact.unit in _MONEY or any(vouches(other, fact) for other in theirs if fact.kind != "code")
    ]
    spelt = table().spelt.search(normalised(latest))
    lone = [fact.raw.strip() for fact in facts if not _fact_stands(fact, latest, latest, backing)]
    lone += [found[0] for found in (claimed, spelt) if found]
    return CheckResult("claimed", not lone, ", ".join(lone[:3]))


def _lone(sentence: str, text: str, backing: Backing, customer: str, *, waits: bool) -> Iterator[str]:
    """What is specific in one sentence and not said by enough others."""
    phrases = [match[0].strip() for match in specific_phrases(QUOTED.sub(" ", sentence))]
    if (phrases or waits) and not backing.enough(_same(sentence, backing.near)):
        yield phrases[0] if phrases else sentence.strip()[:60]
    yield from _lone_facts(sentence, text, backing, customer)
    words = [*_lone_words(sentence, backing, customer)]
    if words and not backing.enough(_same(sentence, backing.near, NEARLY_ALL)):
        yield from words


def _lone_facts(sentence: str, text: str, backing: Backing, customer: str) -> Iterator[str]:
    for fact in claims(sentence):
        if not _is_article(fact) and not _fact_stands(fact, sentence, text, backing, customer):
            yield fact.raw.strip()
    for pattern, squeeze in ((_SPACED_CODE, True), (table().spelt, False)):
        for match in pattern.finditer(blanked(sentence, (f for f in claims(sentence) if f.kind in {"link", "date"}))):
            words = _squeezed(match[0]) if squeeze else comparable(match[0])
            if squeeze and not any(letter.isdigit() for letter in words):
                continue
            saying = (each for each in backing.near if words in _for_look_up(each, squeeze=squeeze))
            if not backing.enough(saying, least=LONE):
                yield match[0]


def _lone_names(text: str, backing: Backing, customer: str) -> Iterator[str]:
    """Names of people, and of whatever else no article and too few conversations name."""
    for name, inside in dict(looked_up(text)).items():
        if _stands(name, customer):
            continue
        likely = inside or is_given_name(name)
        if not (backing.enough(_using(name, backing), least=LONE) if likely else backing.common(name.casefold())):
            yield name


def _lone_words(sentence: str, backing: Backing, customer: str) -> Iterator[str]:
    """Words that agents in general do not use and one customer alone was told: what no pattern knows of somebody.

    An instruction has none: what to do with a thing is told in the words of that thing, in a small desk once.
    """
    if is_instruction(sentence):
        return
    shown = blanked(sentence, (fact for fact in claims(sentence) if fact.kind in {"link", "email"})).casefold()
    for word in dict.fromkeys(_LATIN_WORD.findall(shown)):
        if not backing.common(word) and not _stands(word, customer):
            yield word


def _stands(words: str, text: str) -> bool:
    return stands_in(comparable(words), comparable(text))


def _fact_stands(fact: Fact, sentence: str, text: str, backing: Backing, customer: str = "") -> bool:
    if fact.kind == "link":
        return _link_stands(fact, backing)
    if _is_code(fact):
        if _squeezed(fact.raw) in _squeezed_words(customer):
            return True
        return backing.enough(_using(fact.raw, backing), least=LONE)
    return backing.enough(_stating(fact, sentence, text, backing.near))


def _is_article(fact: Fact) -> bool:
    """Whether a quantity is "a day", "ein Tag": the word says no number."""
    return fact.kind == "quantity" and fact.values == {"1"} and not fact.raw.strip()[:1].isdecimal()


def _is_code(fact: Fact) -> bool:
    """Whether a fact names one thing in the world, whatever is said of it: a code, an address, a long bare number."""
    digits = sum(character.isdecimal() for character in fact.raw)
    return fact.kind in {"code", "email"} or (fact.kind == "quantity" and fact.unit is None and digits >= LONG_NUMBER)


def _link_stands(fact: Fact, backing: Backing) -> bool:
    """A link's site is known to the desk, and so is the whole link where it carries a code of its own."""
    for value in fact.values:
        host, _, path = value.partition("/")
        site = ".".join(host.split(".")[-2:])
        wanted = value if _TOKEN.search(path) else site
        if not backing.enough(_using(wanted, backing), least=LONE):
            return False
    return True


def _stating(fact: Fact, sentence: str, text: str, near: Sequence[Passage]) -> Iterator[Passage]:
    """The passages that state a fact in words that are partly those of its sentence, or text.

    An answer whose customer had named the fact only echoes them.
    """
    about, whole = _beside_facts(sentence), _beside_facts(text)
    for passage in near:
        if passage.kind is PassageKind.MOMENT and _states(fact, grounds_of(passage.question)):
            continue
        stating = [other for other, grounds in _with_facts(passage) if _states(fact, grounds)]
        beside = [_beside_facts(other) for other in stating]
        near_it = any(len(about & words) >= min(SHARED, len(about), len(words)) for words in beside)
        if near_it or (
            stating
            and fact.unit not in _MONEY
            and len(whole & _beside_facts(normalised(passage.answer))) >= SHARED_IN_ALL
        ):
            yield _approving(passage, same=about in beside)


@lru_cache(maxsize=REMEMBERED)
def _beside_facts(text: str) -> frozenset[str]:
    """What a text is about, its facts left out."""
    return meaning_words(blanked(text, grounds_of(text)))


def _states(fact: Fact, grounds: Sequence[Fact]) -> bool:
    return any(vouches(ground, fact) for ground in grounds)


def _same(sentence: str, near: Sequence[Passage], least: float = SAME) -> Iterator[Passage]:
    """The passages with a sentence that says the same as this one: ``least`` is how like they are."""
    words, denies = meaning_words(sentence), is_denial(sentence)
    for passage in near:
        said = [meaning_words(other) for other in _cut(passage) if is_denial(other) is denies]
        if any(likeness(words, other) >= least for other in said):
            yield _approving(passage, same=words in said)


def _approving(passage: Passage, *, same: bool) -> Passage:
    """The passage; an approved one that does not say the very same is one customer's answer like any other.

    A person approved these words: neither one more, nor one less, which may have been their condition.
    """
    return passage if same or not passage.approved else replace(passage, approved=False)


def _using(text: str, backing: Backing) -> Iterator[Passage]:
    """The passages of the whole desk that hold a code, a name or an address, however it is cut."""
    wanted = _squeezed(text)
    for passage in backing.using(text):
        if wanted in _for_look_up(passage, squeeze=True):
            yield passage


@lru_cache(maxsize=REMEMBERED)
def _cut(passage: Passage) -> tuple[str, ...]:
    """The sentences of a passage as a reader sees them; an article's title says what all of them are about."""
    title = f"{passage.title}: " if passage.kind is PassageKind.ARTICLE and passage.title else ""
    return tuple(title + sentence for sentence in sentences(normalised(passage.answer)))


def _statements(passage: Passage) -> tuple[str, ...]:
    """What stands together: a sentence of an answer, a whole chunk of an article, which is about one thing."""
    if passage.kind is PassageKind.ARTICLE:
        return (normalised(f"{passage.title or ''}\n{passage.answer}"),)
    return _cut(passage)


@lru_cache(maxsize=REMEMBERED)
def _with_facts(passage: Passage) -> tuple[tuple[str, tuple[Fact, ...]], ...]:
    """Its statements that can vouch for a fact, with these: most state none, and they are asked for each claim."""
    read = ((statement, grounds_of(statement)) for statement in _statements(passage))
    return tuple((statement, grounds) for statement, grounds in read if grounds)


@lru_cache(maxsize=REMEMBERED)
def _for_look_up(passage: Passage, *, squeeze: bool) -> str:
    text = " ".join(part for part in (passage.answer, _beside(passage)) if part)
    return _squeezed(text) if squeeze else comparable(text)


def _beside(passage: Passage) -> str:
    return f"{passage.title or ''} {passage.url or ''}" if passage.kind is PassageKind.ARTICLE else ""


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", comparable(text))


@lru_cache(maxsize=REMEMBERED)
def _squeezed_words(text: str) -> frozenset[str]:
    """The words of a text, codes whole ("XK-2291")."""
    return frozenset(_squeezed(word) for word in text.split())
