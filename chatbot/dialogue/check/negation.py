"""Checks for a lost or an added "not": a draft affirms what its evidence affirms, and denies what it denies.

Clause by clause against the clauses of the evidence that share its content words; in English, German, French, Spanish,
Italian, Dutch, Czech and Chinese. A clause that nothing in the evidence is like passes.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.check.evidence import CJK, Sources
from chatbot.dialogue.text.normalise import REMEMBERED, comparable, normalised
from chatbot.dialogue.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

MIN_LIKENESS = 0.5
"""Share of a clause's content words that an evidence clause must hold before the two are compared at all."""
NEAR_BEST = 0.8
"""Evidence clauses this near the best one count as well; one that agrees is enough."""
_NEGATION = re.compile(
    r"(?<!\w)(?:not|never|no|none|nobody|nothing|nowhere|neither|nor|cannot|cant|dont|wont|without|unable|impossible|"
    r"isnt|arent|doesnt|\w+n't|forbidden|prohibited|closed|excluded|geschlossen|ferm\u00e9e?s?|cerrad[oa]s?|chius[oa]|gesloten|"
    r"nicht|nie|niemals|kein\w*|ohne|weder|niemand|nichts|unm\u00f6glich|verboten|"
    r"ne|n'\w+|pas|jamais|aucune?|sans|ni|impossible|rien|interdite?s?|"
    r"nunca|jam\u00e1s|ning\u00fan|ninguna?|nadie|nada|sin|tampoco|imposible|prohibid[oa]s?|"
    r"non|mai|nessun[oa]?|nulla|niente|senza|impossibile|vietat[oa]|"
    r"niet|nooit|geen|niemand|niets|zonder|onmogelijk|verboden|"
    r"nelze|nikdy|\u017e\u00e1dn\w+|bez|nen\u00ed|nejsou|nem\u016f\u017e\w*)(?!\w)"
    r"|[\u4e0d\u6ca1\u65e0\u672a\u52ff\u522b]|\u7981\u6b62",
    re.IGNORECASE,
)
# Forms that hold a negation and deny nothing, or whose denial is of something else than the clause.
_IDLE = re.compile(
    r"(?<!\w)(?:not only|no problem|no worries|no doubt|whether or not|or not|if not|why not|no matter|no longer than|"
    r"not until|no later than|do(?:n't| not) (?:forget|hesitate|worry)|nothing but|not to mention|can't wait|"
    r"nicht nur|z\u00f6gern sie nicht|kein problem|keine sorge|wenn nicht|falls nicht|spätestens nicht|"
    r"non seulement|n'h\u00e9sitez pas|n'oubliez pas|pas de probl\u00e8me|sinon|"
    r"no solo|no s\u00f3lo|no dude|no olvide|sin problema|si no|"
    r"non solo|non esit\w+|nessun problema|se non|non dimentic\w+|"
    r"niet alleen|geen probleem|aarzel niet|zo niet|vergeet niet|"
    r"no\.|nr\.)"
    r"|\u4e0d\u4ec5|\u4e0d\u4f46|\u4e0d\u597d\u610f\u601d|\u6ca1\u95ee\u9898|\u522b\u5ba2\u6c14|\u4e0d\u5ba2\u6c14|(.)\u4e0d\1|\u7279\u522b|\u522b\u7684|\u533a\u522b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[;:,()\u2013\u2014\uff0c\uff1b\uff1a]\s*|\s(?:but|however|unless|except|although|while|because|aber|sondern|au\u00dfer|weil|"
    r"mais|sauf|parce que|pero|sino|excepto|porque|ma|per\u00f2|tranne|perch\u00e9|maar|behalve|omdat)\s",
    re.IGNORECASE,
)
_WORD = re.compile(rf"[{CJK}](?=([{CJK}]))|[^\W_{CJK}]{{3,}}")
_STEM = 5
_REMEMBERED = 128
"""Texts whose clauses are remembered, fewer than ``normalise.REMEMBERED``: they take 12 kB each."""
_MIN_WORDS = 2
_EMPTY_WORDS = (
    "the and you your our for are was were can could will would have has had with this that they them "
    "then than its within there here from into onto does did doing been being may might must should shall please "
    "just also very "
    "der die das und sie ihr ihre wir uns ist sind war kann können wird werden haben hat mit dies dieser "
    "auf aus bei von zum zur den dem ein eine einen einem bitte auch "
    "les des vous votre vos nous est sont peut pouvez avec pour dans sur une que qui aussi "
    "los las una con para que por sus usted puede pueden son está del "
    "gli con per che una sono può potete del della dei delle "
    "het een van voor met uw kunt kan zijn wordt dat deze die ook "
)
_EMPTY = frozenset(_EMPTY_WORDS.split())


@dataclass(frozen=True, slots=True)
class _Clause:
    words: frozenset[str]
    negative: bool


def check_negation(text: str, sources: Sources) -> CheckResult:
    """No clause of a draft denies what the evidence clause most like it affirms, nor the other way round.

    Likeness is the share of the draft clause's content words (first five letters) in an evidence clause, times the
    root of the share the other way; the customer's own words do not count. A sentence that stands in the evidence
    word for word passes.
    """
    whole = {comparable(sentence) for evidence in sources.evidence for sentence in sentences(normalised(evidence))}
    stated = [clause for evidence in sources.evidence for clause in _clauses(evidence)]
    for sentence in sentences(normalised(text)):
        if comparable(sentence) in whole:
            continue
        for clause in _clauses(sentence):
            likes = [(likeness(clause.words, other.words), other) for other in stated]
            best = max((likeness for likeness, _ in likes), default=0.0)
            if not clause.negative and (denied := _denied(clause, stated)):
                return CheckResult("negation", passed=False, detail=f"{denied}: {sentence.strip()[:100]}")
            if best < MIN_LIKENESS:
                continue
            near = [other for likeness, other in likes if likeness >= NEAR_BEST * best]
            if all(other.negative is not clause.negative for other in near):
                return CheckResult("negation", passed=False, detail=sentence.strip()[:120])
    return CheckResult("negation", passed=True)


def _denied(clause: _Clause, stated: Sequence[_Clause]) -> str:
    """A word of the clause of which the evidence speaks in denials only ("no delivery to Norway"), or nothing."""
    for word in sorted(clause.words):
        with_it = [other for other in stated if word in other.words]
        if len(word) == _STEM and with_it and all(other.negative for other in with_it):
            return word
    return ""


def likeness(words: frozenset[str], other: frozenset[str]) -> float:
    """How much of what some words say others say too, 0 to 1: the share of them there, and a part of it the other way.

    ``words`` and ``other`` are ``meaning_words``.
    """
    shared = len(words & other)
    return shared / len(words) * math.sqrt(shared / len(other)) if shared else 0.0


@lru_cache(maxsize=_REMEMBERED)
def _clauses(text: str) -> tuple[_Clause, ...]:
    """The clauses of a text; one of a single content word goes with the one before it."""
    found = []
    for sentence in sentences(normalised(text).replace("\u2019", "'")):
        rest = ""
        for part in _CLAUSE.split(_IDLE.sub(" ", sentence)):
            rest = f"{rest} {part}" if rest else part
            words = meaning_words(rest)
            if len(words) >= _MIN_WORDS:
                found.append(_Clause(words, is_denial(rest)))
                rest = ""
        if rest and (words := meaning_words(rest)):
            found.append(_Clause(words, is_denial(rest)))
    return tuple(found)


@lru_cache(maxsize=REMEMBERED)
def is_denial(text: str) -> bool:
    """Whether a clause denies something."""
    return bool(_NEGATION.search(_IDLE.sub(" ", text)))


@lru_cache(maxsize=REMEMBERED)
def meaning_words(text: str) -> frozenset[str]:
    """The first letters of the words that say what a clause is about; of Chinese each pair of characters."""
    bare = _NEGATION.sub(" ", text.casefold())
    words = (match.group() + (match.group(1) or "") for match in _WORD.finditer(bare))
    return frozenset(word[:_STEM] for word in words if word not in _EMPTY)
